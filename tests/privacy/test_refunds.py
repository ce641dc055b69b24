"""A shopper whose money is going back is not erased meanwhile; afterwards nothing said of it names them."""

from __future__ import annotations

import pytest

from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.privacy import ErasureRefused, erase_person
from checkout.refunds.commands import RequestRefund
from checkout.refunds.request import request_refund
from checkout.refunds.submit import submit_refund
from tests.privacy.conftest import CAUSE, EMAIL, NAME, TRACES, settled
from tests.privacy.conftest import bought as bought
from tests.refunds.conftest import psp, shop
from tests.tables import everything_in

__all__ = ["psp", "settled", "shop"]


def erase():
    return erase_person(EMAIL, reason="asked for by letter", cause=CAUSE)


@pytest.fixture
def refund(settled, psp):
    """5.00 are asked for, in words that name the shopper."""
    command = RequestRefund(
        settled.id, amount_minor=500, reason="other", note=f"{NAME} wrote", metadata={"to": EMAIL}
    )
    with atomic() as session:
        return request_refund(session, command, psp=psp, cause=CAUSE)


def test_an_open_refund_is_a_reason_to_wait(db, psp, refund):
    with pytest.raises(ErasureRefused, match=f"{encode('re', refund)} is requested"):
        erase()
    submit_refund(refund, psp=psp, cause=CAUSE)
    assert erase().payments == 1
    left = {table for table, text in everything_in(db).items() if any(word in text for word in TRACES)}
    assert left == set()
