"""Settings of the peer: production's, persistent connections, hardly any middleware."""

import os
from urllib.parse import parse_qs, urlsplit

_url = urlsplit(os.environ["PEER_DATABASE_URL"])
SECRET_KEY = "bench-only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "bench.peers.dj_stripe.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "djstripe"]
# Its tables as they are now, without the way there.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "djstripe": None}
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware"
]  # it sets Content-Length, without which keep-alive is chunked
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": _url.username or "",
        "PASSWORD": _url.password or "",
        "HOST": parse_qs(_url.query).get("host", [_url.hostname or ""])[0],
        "PORT": _url.port or "",
        "CONN_MAX_AGE": None,
    }
}
STRIPE_API_HOST = os.environ["PEER_PSP_URL"]
STRIPE_TEST_SECRET_KEY = f"sk_test_{'0' * 24}"  # it refuses shorter ones
STRIPE_LIVE_MODE = False
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
if os.environ.get("PEER_HAND_ON"):  # its documented way to answer first and work later
    DJSTRIPE_WEBHOOK_EVENT_CALLBACK = "bench.peers.dj_stripe.urls.hand_on"
