"""What is measured of the peer: an entry of four legs, and fifty of them, each in a transaction."""

from django.db import transaction
from hordak.models import Account, AccountType, Leg, Transaction
from moneyed import Money

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
