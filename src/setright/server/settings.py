"""Django's settings, from `Config` alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from setright.server.config import Config

CONFIG: Final = Config()
_CAMPAIGN: Final = Path(__file__).resolve().parents[1] / "campaign"

DEBUG = CONFIG.debug
SECRET_KEY = CONFIG.signing_key
ALLOWED_HOSTS = [host.strip() for host in CONFIG.hosts.split(",") if host.strip()]
ROOT_URLCONF = "setright.server.urls"
WSGI_APPLICATION = "setright.server.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, Any] = {"default": CONFIG.database}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "ninja",
    "treebeard",
    "setright.campaign",
]

# Staff middleware runs under /app/ and /api/ only (server/middleware.py): a public page has no session and no log.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "setright.server.middleware.Addresses",
    "csp.middleware.CSPMiddleware",
    "setright.server.middleware.NoStore",
    "setright.server.middleware.StaffSession",
    "setright.server.middleware.StaffCsrf",
    "setright.server.middleware.StaffAuthentication",
    "setright.server.middleware.ReaderLanguage",
    "setright.server.middleware.StaffMessages",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_CAMPAIGN / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "setright.campaign.views.shell.shell",
            ],
            "builtins": ["django.templatetags.i18n", "setright.campaign.templatetags.parts"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# ------------------------------------------------------------------------------------------------- people and sessions
AUTH_USER_MODEL = "campaign.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "setright.server.session"
SESSION_COOKIE_NAME = "setright_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/app/"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = CONFIG.https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "setright.campaign.views.trouble.csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/app/"
ACCOUNT_ADAPTER = "setright.server.account.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "setright.server.account.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
_FORMS: Final = "setright.server.account_forms."
ACCOUNT_FORMS = {
    "login": f"{_FORMS}Login",
    "reauthenticate": f"{_FORMS}Reauthenticate",
    "change_password": f"{_FORMS}ChangePassword",
    "set_password": f"{_FORMS}SetPassword",
    "reset_password": f"{_FORMS}ResetPassword",
    "reset_password_from_key": f"{_FORMS}ResetPasswordKey",
}
MFA_FORMS = {
    "authenticate": f"{_FORMS}Authenticate",
    "reauthenticate": f"{_FORMS}ReauthenticateFactor",
    "activate_totp": f"{_FORMS}ActivateTotp",
    "add_webauthn": f"{_FORMS}AddKey",
    "edit_webauthn": f"{_FORMS}EditKey",
}
# Limits count by the name tried, never by address: over a shared address one attacker would lock everybody out.
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_failed": "10/5m/key",
    "reset_password": "5/h/key",
    "reauthenticate": "10/5m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Setright"
MFA_ADAPTER = "setright.server.account.MfaAdapter"
# The organisation's own sign-in vouches for the e-mail address by which a person made here is found.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "APPS": (
            [
                {
                    "provider_id": "oidc",
                    "name": CONFIG.oidc_name or "OIDC",
                    "client_id": CONFIG.oidc_client,
                    "secret": CONFIG.oidc_secret,
                    "settings": {"server_url": CONFIG.oidc_server},
                }
            ]
            if CONFIG.oidc_server
            else []
        )
    }
}

# ------------------------------------------------------------------------------------------------------------- language
USE_I18N = USE_TZ = True
LANGUAGE_CODE = CONFIG.language
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [_CAMPAIGN / "locale"]
TIME_ZONE = CONFIG.time_zone
USE_THOUSAND_SEPARATOR = False

# --------------------------------------------------------------------------------------------------------- what is sent
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": CONFIG.home / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

for _name, _value in CONFIG.email.items():
    globals()[_name] = _value
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIG.email_from
ADMINS: list[tuple[str, str]] = []

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *CONFIG.oidc_origin],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["setright"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.https else 0
X_FRAME_OPTIONS = "DENY"

# Nothing of a request is logged; an error is written to standard error without the request's content.
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}, "nowhere": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django.request": {"handlers": ["nowhere"], "propagate": False},
        "django.security": {"handlers": ["nowhere"], "propagate": False},
        "django.server": {"handlers": ["nowhere"], "propagate": False},
        "setright.trouble": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
