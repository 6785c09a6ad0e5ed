"""The web server's way in."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setright.server.settings")
application = get_wsgi_application()

# What is loaded stays for good, and a board makes thousands of objects at once: without this, the collector walks all
# of it several times a request and takes half of the time (benchmarks/RESULTS.md, The site).
len(get_resolver().url_patterns)
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
