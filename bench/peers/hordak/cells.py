"""`python -m bench.peers.hordak.cells migrate | one SECONDS THREADS | batch SECONDS THREADS`, in the peer's environment."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.hordak.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import transaction
from hordak.models import Account, AccountType, Leg, Transaction
from moneyed import Money

from bench.threads import measure

BATCH = 50
AMOUNTS = (2490, -1500, -690, -300)


def accounts():
    names = ("PSP", "Seller A", "Seller B", "Seller C")
    return [
        Account.objects.get_or_create(
            name=name,
            code=str(number),
            defaults={
                "type": AccountType.asset if number == 1 else AccountType.liability,
                "currencies": ["EUR"],
            },
        )[0]
        for number, name in enumerate(names, 1)
    ]


def legs(entry, of):
    """Four legs; the amount's sign says the side, as hordak's own amount= does."""
    return [
        Leg(transaction=entry, account=account, amount=Money(amount / 100, "EUR"))
        for account, amount in zip(of, AMOUNTS, strict=True)
    ]


def one():
    of = accounts()

    def work():
        with transaction.atomic():
            entry = Transaction.objects.create(description="payment_captured")
            Leg.objects.bulk_create(legs(entry, of))
        return 1

    return work


def batch():
    of = accounts()

    def work():
        with transaction.atomic():
            entries = Transaction.objects.bulk_create(
                [Transaction(description="payment_captured") for _ in range(BATCH)]
            )
            Leg.objects.bulk_create([leg for entry in entries for leg in legs(entry, of)])
        return BATCH

    return work


if __name__ == "__main__":
    if sys.argv[1] == "migrate":
        call_command("migrate", verbosity=0)
        accounts()
    else:
        measure(
            {"one": one, "batch": batch}[sys.argv[1]], seconds=float(sys.argv[2]), threads=int(sys.argv[3])
        )
