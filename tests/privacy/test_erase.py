"""After an erasure nobody can say who the shopper was, and the books are as they were."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger.verify import verify_ledger
from checkout.payments import start
from checkout.privacy import ErasureRefused, erase_person
from checkout.shoppers import Details
from checkout.wallets.balance import debit
from tests.privacy.conftest import CAUSE, EMAIL, NAME, TRACES, buy
from tests.shoppers.reading import people
from tests.tables import everything_in
from tests.wallets.conftest import put_in


def erase(subject=EMAIL, reason="asked for by letter"):
    return erase_person(subject, reason=reason, cause=CAUSE)


def holders_of(db, *words):
    return {table for table, text in everything_in(db).items() if any(word in text for word in words)}


def test_nothing_of_an_erased_person_is_left_in_any_table(db, shop, settled):
    """Names in the storefront's own texts included; the ledger verifies, and the payment is still there."""
    assert holders_of(db, *TRACES) >= {"payments", "orders", "order_lines", "idempotency_keys"}  # the control

    erased = erase()

    assert holders_of(db, *TRACES) == set()
    assert (erased.payments, people(db)) == (1, [None])
    view = shop.view(settled.id)
    assert (view.shopper_email, view.amount_received.amount_minor) == (None, 1500)
    assert (view.metadata["cart"], view.metadata["buyer"]) == ("c-77", "[erased] <[erased]>")
    assert verify_ledger().differences == ()


def test_the_stored_answers_about_an_order_lose_the_person_too(db, settled):
    """They repeat the order's texts, and stand under a key of their own for thirty days."""
    db.rows(
        "UPDATE idempotency_keys SET resource_id = %(order)s, body = %(body)s",
        order=settled.orders[0].id,
        body=json.dumps({"object": "order", "reference": f"for {NAME}"}).encode(),
    )

    erase()

    assert holders_of(db, *TRACES) == set()


def test_an_erasure_is_audited_without_naming_anybody(db, settled):
    (shopper,) = erase().shoppers

    rows = db.rows("SELECT actor, object, reason FROM audit_log WHERE action = 'privacy.erase'")
    assert rows == [{"actor": str(CAUSE), "object": shopper, "reason": "asked for by letter"}]


def test_a_later_checkout_with_the_address_makes_a_new_shopper(db, shop, settled):
    """What was erased does not come back with the next purchase."""
    erase()

    again = buy(shop)

    assert again.shopper_id != settled.shopper_id
    assert people(db) == [None, Details(EMAIL, NAME, "fr-FR", "FR")]


def test_an_open_payment_is_a_reason_to_wait(db, shop):
    """The refusal names it; nothing was changed."""
    payment = shop.started()

    with pytest.raises(ErasureRefused, match=f"{payment.public_id} is awaiting shopper"):
        erase("jo@example.org")

    assert [person.name for person in people(db)] == ["Jo"]


@pytest.mark.parametrize("status", ["created", "processing", "unknown", "in_review"])
def test_a_payment_that_may_still_move_is_a_reason_to_wait(db, shop, status):
    shop.started()
    db.rows("UPDATE payments SET status = %(status)s", status=status)

    with pytest.raises(ErasureRefused):
        erase("jo@example.org")


def test_held_money_is_a_reason_to_wait(db, bought):
    with pytest.raises(ErasureRefused, match="is paid, its money is not released"):
        erase()


def test_an_open_payout_of_an_order_is_a_reason_to_wait(db, settled):
    """Until it has arrived or come to nothing."""
    (order,) = settled.orders
    payout = new_uuid()
    db.rows(
        "INSERT INTO payouts (id, seller_id, currency, kind, status, amount_minor, requested_by, psp, psp_account,"
        " transfer_request, payout_request, times_paid, created_at, updated_at)"
        " VALUES (%(id)s, %(seller)s, 'EUR', 'manual', 'in_transit', 1350, 'cli:test', 'stripe', 'acct_1', '{}', '{}',"
        " 1, now(), now())",
        id=payout,
        seller=order.seller_id,
    )
    db.rows(
        "INSERT INTO payable_items (seller_id, currency, carried_by, kind, order_id, amount_minor, effective_at)"
        " VALUES (%(seller)s, 'EUR', %(payout)s, 'order_released', %(order)s, 1350, now())",
        seller=order.seller_id,
        payout=payout,
        order=order.id,
    )
    db.rows("INSERT INTO payout_lines SELECT %(payout)s, id FROM payable_items", payout=payout)

    with pytest.raises(ErasureRefused, match=f"{encode('po', payout)} is in transit"):
        erase()

    db.rows("UPDATE payouts SET status = 'paid'")
    assert erase().payments == 1


def test_a_reason_that_names_the_person_is_refused(settled):
    """It would stand in the audit log for ever."""
    with pytest.raises(InvalidParameter, match="must not name the person"):
        erase(reason=f"{NAME} wrote to us")


@pytest.mark.parametrize("subject", ["nobody@example.org", encode("cus", UUID(int=1))], ids=["address", "id"])
def test_nobody_is_not_erased(db, subject):
    with pytest.raises(NotFound):
        erase(subject)


def test_a_second_erasure_finds_nobody(settled):
    shopper = erase().shoppers[0]

    with pytest.raises(NotFound):
        erase(shopper)


def test_a_checkout_that_found_the_shopper_just_before_makes_a_new_one(db, shop, settled, monkeypatch):
    """Erased between reading and writing: the payment is never an erased person's."""
    reading = start._refuse_while_open

    def erase_meanwhile(psp):
        monkeypatch.setattr(start, "_refuse_while_open", reading)
        erase()
        reading(psp)

    monkeypatch.setattr(start, "_refuse_while_open", erase_meanwhile)

    again = buy(shop)

    assert again.shopper_id != settled.shopper_id
    assert again.shopper_email == EMAIL
    assert db.value("SELECT count(*) FROM payments") == 2


def test_nobody_with_store_credit_is_erased(db, shop, settled):
    """It is theirs: refused with the reason, until it is spent or has expired."""
    put_in(settled.shopper_id, Money(1, "EUR"))

    with pytest.raises(ErasureRefused) as refused:
        erase()
    with atomic() as session:
        debit(session, shopper_id=settled.shopper_id, amount=Money(1, "EUR"), now=utcnow())

    assert refused.value.extra["open"] == [f"{encode('cus', settled.shopper_id)} has store credit in EUR"]
    assert erase().payments == 1
