"""The shop of the payments' tests, whose customers have store credit."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal
from checkout.ledger.verify import verify_ledger
from checkout.ledger.wallet_recipes import wallet_topped_up
from checkout.shoppers import Details, email_index, new_person
from checkout.wallets.balance import credit
from checkout.wallets.grant import grant_credit
from tests.payments.conftest import psp, shop

__all__ = ["customer", "granted", "jo", "psp", "put_in", "shop", "stands", "wallet"]

FINANCE = Cause("person", "usr_finance")


@pytest.fixture
def jo(db, shop) -> UUID:
    """The customer of every checkout of the shop's."""
    return customer(db, shop.storefront_id, "jo@example.org")


def customer(db, storefront_id: UUID, email: str) -> UUID:
    """Somebody who has bought at the storefront before."""
    id, index = new_uuid(), email_index(email, storefront_id)
    person = new_person(id, Details(email, "Jo", "de-DE", "DE"))
    db.rows(
        """
        INSERT INTO shoppers (id, storefront_id, email_index, key_sealed, details, created_at)
        VALUES (%(id)s, %(storefront)s, %(index)s, %(key)s, %(details)s, now())
        """,
        id=id,
        storefront=storefront_id,
        index=index,
        key=person.key_sealed,
        details=person.details,
    )
    return id


def put_in(customer: UUID, amount: Money) -> None:
    """Store credit that was paid for, by a payment that is not looked at here."""
    now, charge = utcnow(), f"ch_{uuid4()}"
    payment = {"payment_id": uuid4(), "psp": "stripe", "charge_id": charge}
    with atomic() as session:
        credit(session, shopper_id=customer, amount=amount, now=now)
        entry = wallet_topped_up(**payment, customer_id=customer, amount=amount)
        journal.post(session, entry, cause=FINANCE)


def granted(customer: UUID, amount: Money, *, days: float = 30) -> UUID:
    """Promotional credit that ends in so many days."""
    with atomic() as session:
        return grant_credit(
            session,
            shopper_id=customer,
            amount=amount,
            expires_at=utcnow() + timedelta(days=days),
            reason="sorry",
            cause=FINANCE,
        )


def wallet(db) -> list[tuple[str, int, int, int]]:
    """Every wallet: currency, free, held, promotional."""
    rows = db.rows("SELECT * FROM wallets ORDER BY shopper_id, currency")
    return [(r["currency"], r["free_minor"], r["held_minor"], r["promotional_minor"]) for r in rows]


def stands(db) -> dict[str, int]:
    """What stands on each kind of account, zeros left out; the whole ledger holds."""
    report = verify_ledger()
    assert report.holds, report.differences
    rows = db.rows("""
        SELECT a.kind, sum(p.amount_minor)::bigint AS amount FROM postings p
          JOIN ledger_accounts a ON a.id = p.account_id GROUP BY a.kind HAVING sum(p.amount_minor) <> 0 ORDER BY a.kind
    """)
    return {row["kind"]: row["amount"] for row in rows}
