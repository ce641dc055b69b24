"""`python -m bench.peers.hordak.cells migrate | one SECONDS THREADS | batch SECONDS THREADS`, in the peer's environment."""

import os
import sys

import django
from django.core.management import call_command

from bench.threads import measure


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.hordak.settings")
    django.setup()
    from bench.peers.hordak import entries  # its models can be imported only now

    if sys.argv[1] == "migrate":
        call_command("migrate", verbosity=0)
        entries.accounts()
    else:
        cell = {"one": entries.one, "batch": entries.batch}[sys.argv[1]]
        measure(cell, seconds=float(sys.argv[2]), threads=int(sys.argv[3]))


if __name__ == "__main__":
    main()
