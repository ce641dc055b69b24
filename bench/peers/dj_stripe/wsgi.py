"""gunicorn's entry, and `python -m bench.peers.dj_stripe.wsgi UUID SECRET`, which makes tables and the endpoint's row."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.dj_stripe.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import call_command
    from djstripe.models import WebhookEndpoint

    call_command("migrate", run_syncdb=True, verbosity=0)
    WebhookEndpoint.objects.get_or_create(
        djstripe_uuid=sys.argv[1],
        defaults={
            "id": "we_bench",
            "livemode": False,
            "secret": sys.argv[2],
            "status": "enabled",
            "url": "http://localhost/stripe/webhook",
            "enabled_events": ["*"],
        },
    )
