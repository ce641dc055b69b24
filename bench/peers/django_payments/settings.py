"""Settings of the peer: production's, persistent connections, hardly any middleware."""

import os
from urllib.parse import parse_qs, urlsplit

import stripe

_url = urlsplit(os.environ["PEER_DATABASE_URL"])
SECRET_KEY = "bench-only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "bench.peers.django_payments.views"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["payments", "bench.peers.django_payments"]
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
PAYMENT_HOST = "localhost"
PAYMENT_USES_SSL = False
PAYMENT_MODEL = "django_payments.Payment"
PAYMENT_VARIANTS = {"stripe": ("payments.stripe.StripeProviderV3", {"api_key": "sk_test_bench"})}
stripe.api_base = os.environ["PEER_PSP_URL"]
