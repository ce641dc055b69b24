"""Nobody who was erased gets store credit that nobody could spend."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.db.session import retrying
from checkout.privacy.erase import ErasureRefused, erase_person
from tests.concurrency import at_once
from tests.refunds.conftest import Desk
from tests.refunds.fake_psp import RefundingPsp
from tests.wallets.conftest import wallet

OFFICER = Cause("person", "usr_officer")


@pytest.fixture
def psp():
    return RefundingPsp()


@pytest.fixture
def desk(db, shop, psp):
    return Desk(db, shop, psp)


def released(desk, *amounts, **more):
    payment = desk.paid(*amounts, **more)
    desk.released(payment)
    return payment


def erase():
    return erase_person("jo@example.org", reason="asked for it", cause=OFFICER)


def test_a_refund_after_the_erasure_goes_to_the_card_alone(db, desk):
    """15.00 were paid by card; the customer is erased: store credit is refused at the field, the card gets it."""
    payment = released(desk, 1500)
    erase()

    with pytest.raises(InvalidParameter) as refused:
        desk.asks(payment, 500, destination="wallet")
    assert [error.pointer for error in refused.value.pointers] == ["/destination"]
    assert (wallet(db), desk.refunded(payment)) == ([], 0)
    assert desk.refunds(payment, 500).status == "succeeded"


def test_an_erasure_and_a_refund_into_the_wallet_at_once(db, desk):
    """Whoever comes first: the customer is erased and has no store credit, or has it and is not erased."""
    payment = released(desk, 1500)

    outcomes = at_once(
        lambda: retrying(erase),
        lambda: retrying(lambda: desk.asks(payment, 500, destination="wallet")),
    )

    names = {type(each).__name__ for each in outcomes if isinstance(each, Exception)}
    assert names in ({"ErasureRefused"}, {"InvalidParameter"})
    (shopper,) = db.rows("""
        SELECT s.erased_at, coalesce((SELECT sum(free_minor) FROM wallets w WHERE w.shopper_id = s.id), 0) AS credit
          FROM shoppers s
    """)
    assert (shopper["erased_at"] is None, shopper["credit"]) in {(True, 500), (False, 0)}


def test_store_credit_keeps_its_owner(db, desk):
    """Control: who has some is not erased."""
    payment = released(desk, 1500)
    desk.asks(payment, 500, destination="wallet")

    with pytest.raises(ErasureRefused):
        erase()
    assert wallet(db) == [("EUR", 500, 0, 0)]
