"""gunicorn's entry, and `python -m bench.peers.django_payments.wsgi`, which makes the tables."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.django_payments.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
