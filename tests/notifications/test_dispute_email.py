"""The email of a dispute: to a seller's people, about their own orders, once for each event."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import memberships, users
from checkout.notifications.dispute_email import send_dispute_email
from checkout.tasks import ClaimedTask
from tests.disputes.conftest import bank, psp, shop
from tests.notifications.conftest import configure
from tests.notifications.test_parcel_email import sent, text

__all__ = ["bank", "psp", "shop"]

CAUSE = Cause("cli", "test")


@pytest.fixture(autouse=True)
def _office(db):
    configure()


@pytest.fixture
def people(bank):
    """Somebody works for each seller."""
    for name, seller in (("ada", bank.shop.ada), ("bao", bank.shop.bao)):
        with atomic() as session:
            user = users.create_user(session, email=f"{name}@example.org", cause=CAUSE)
            memberships.grant(session, user.id, "seller_owner", seller_id=seller, cause=CAUSE)


def tell(dispute, type, event=None):
    args = {"event": str(event or new_uuid()), "type": type, "object": dispute.public_id}
    send_dispute_email(ClaimedTask(new_uuid(), "mail", "notifications.dispute_email", args, 1, 8, 1))


def test_each_sellers_people_hear_of_their_own_part_once(db, bank, people):
    """15.00 of Ada's and 9.90 of Bao's: each is told its own amount, and that the platform answers."""
    dispute = bank.now(bank.told(bank.paid(1500, 990), reason="product_not_received"))
    event = new_uuid()
    tell(dispute, "dispute.opened", event)
    tell(dispute, "dispute.opened", event)

    letters = {str(message["To"]): message for message in sent(db)}
    assert set(letters) == {"ada@example.org", "bao@example.org"}
    for kind in ("plain", "html"):
        said = text(letters["ada@example.org"], kind)
        for part in (
            "15.00",
            "The shopper says the goods did not arrive",
            "in 6 days",
            "the platform answers",
        ):
            assert part in said
        assert "9.90" not in said
        assert "24.90" not in said


def test_each_event_has_its_own_words(db, bank, people):
    """A reminder, a win and a loss are three letters."""
    told = bank.told(bank.paid(1500))
    for type in ("dispute.evidence_due_soon", "dispute.won", "dispute.lost"):
        tell(bank.now(told), type)

    subjects = [str(message["Subject"]) for message in sent(db)]
    assert [subject.partition(": ")[2] for subject in subjects] == [
        "evidence is due (Ada's Pottery)",
        "a dispute is won (Ada's Pottery)",
        "a dispute is lost (Ada's Pottery)",
    ]
