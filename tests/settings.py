"""The site's own settings on a database in memory (or PostgreSQL where SETRIGHT_TEST_DATABASE_URL names one)."""

import os
import tempfile

os.environ.setdefault("SETRIGHT_HOME", tempfile.mkdtemp(prefix="setright-test-"))
os.environ["SETRIGHT_DATABASE_URL"] = os.environ.get("SETRIGHT_TEST_DATABASE_URL", "sqlite:///:memory:")
os.environ["SETRIGHT_SECRET_KEY"] = "only for tests"

from setright.server.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LANGUAGE_CODE = "en"  # tests compare English words where a page has no signed-in reader; Chinese is checked by its own
