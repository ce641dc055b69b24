"""The product's own server settings, with less patience than shipped: a test need not wait half a minute."""

from checkout.launcher import slow_clients
from checkout.launcher.gunicorn_settings import *  # noqa: F403

slow_clients.HEAD_SECONDS = 0.6
slow_clients.BODY_SECONDS = 0.6
