"""The four-eyes queue: who, why and how much; decided by somebody else, with a note and a fresh second factor."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from checkout import approvals
from checkout.approvals import get_approval
from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.identity import api_keys
from checkout.identity.access import principal_of
from checkout.payouts.debts import propose_write_off
from checkout.payouts.payout import read_payout
from tests.pages.finance_forms import _large
from tests.pages.people import send, signed_in, somebody, storefront
from tests.pages.selling import new_seller
from tests.payouts.conftest import owe

PAGE = "/finance/approvals"


def proposal(by, subject="po_x", kind="test.thing", **members):
    with atomic() as session:
        return approvals.propose(
            session,
            kind=kind,
            subject=subject,
            proposal={"amount": 150_000, "currency": "JPY", **members},
            proposer=by,
        )


def of(who):
    return Cause("person", who.public_id)


def decide(client, id, **fields):
    return send(client, PAGE, f"{PAGE}/{encode('apr', id)}", **fields)


@pytest.fixture
def ada(db):
    return somebody(db, "finance", name="Ada Lovelace")


@pytest.fixture
def approver(db, client):
    return signed_in(client, somebody(db, "finance_approver", name="Grace Hopper"))


def test_it_says_who_why_and_how_much_and_where_the_evidence_is(db, approver, ada):
    """A write-off of a seller's debt: its reason, the person by name, and the seller's page."""
    seller = new_seller(db)
    owe(seller, 5_000)
    with atomic() as session:
        propose_write_off(session, seller, Money(4_000, "EUR"), reason="They closed the shop", cause=of(ada))

    page = approver.get(PAGE).text

    for words in (
        "Write off what a seller owes",
        "40.00",
        "Ada Lovelace",
        "They closed the shop",
        "Approve 40.00",
    ):
        assert words in page
    assert f'href="/admin/sellers/{encode("sel", seller)}"' in page


def test_a_payout_leads_to_its_page_and_to_how_its_amount_is_made_up(db, client):
    """And approving it here lets it go, by the task that waits for the decision."""
    payout = _large(client, db)

    page = client.get(PAGE).text
    assert f"/explain/{payout.public_id}/amount" in page
    assert f'href="/seller/payouts/{payout.public_id}?seller=' in page
    assert (
        send(
            client, PAGE, f"{PAGE}/{encode('apr', read_payout(payout.id).approval_id)}", decision="approve"
        ).status_code
        == 303
    )
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'payouts.decided'") == 1


def test_a_decision_has_its_note_and_stands_below(db, approver, ada):
    id = proposal(of(ada), reason="A large order")

    answer = decide(approver, id, decision="approve", note="Seen the invoice")

    assert answer.status_code == 303
    page = approver.get(answer.headers["Location"]).text
    assert "Approved: it is carried out in a moment." in page
    assert "Nothing waits for a second person" in page
    below = page.partition('id="ended"')[2]
    for words in ("Seen the invoice", "Grace Hopper", "Ada Lovelace", "1 proposal, newest first", "150,000"):
        assert words in below
    assert get_approval(id).reason == "Seen the invoice"
    assert "Nothing matches" in approver.get(f"{PAGE}?status=rejected").text
    assert approver.get(f"{PAGE}?status=odd").status_code == 422


def test_a_rejection_says_why_and_a_choice_is_made(db, approver, ada):
    """What was typed stays in its form; nothing is decided."""
    id = proposal(of(ada))

    silent = decide(approver, id, decision="reject", note=" ")
    undecided = decide(approver, id, note="Hm <b>")

    assert (silent.status_code, "A rejection says why." in silent.text) == (422, True)
    assert (undecided.status_code, "Hm &lt;b&gt;</textarea>" in undecided.text) == (422, True)
    assert get_approval(id).status == "pending"
    assert decide(approver, id, decision="reject", note="Not this one").status_code == 303
    assert get_approval(id).status == "rejected"


def test_a_second_decision_and_a_late_one_are_told_so(db, approver, ada):
    id, late = proposal(of(ada)), proposal(of(ada), "po_y")
    decide(approver, id, decision="approve")

    again = decide(approver, id, decision="reject", note="No")
    clock.configure(offset_seconds=8 * 24 * 3600)
    too_late = decide(approver, late, decision="approve")

    assert (again.status_code, "The approval is approved." in again.text) == (409, True)
    assert (too_late.status_code, "Nobody decided before" in too_late.text) == (409, True)
    assert decide(approver, new_uuid(), decision="approve").status_code == 404


def test_nobody_is_offered_nor_allowed_their_own(db, client):
    """Proposed by themself, or by a key that they made: the page says so, and a form sent all the same is refused."""
    admin = signed_in(client, who := somebody(db, "admin"))
    now = datetime.now(UTC)
    grants = [SimpleNamespace(role="admin", seller_id=None, storefront_id=None)]
    maker = principal_of(
        SimpleNamespace(user_id=who.user_id, grants=grants, second_factor_at=now, read_at=now)
    )
    with atomic() as session:
        key, _ = api_keys.create(
            session,
            storefront(db),
            "till",
            livemode=False,
            cause=maker.cause,
            scopes=["payouts:write"],
            maker=maker,
        )
    ids = [proposal(of(who)), proposal(Cause("key", key.public_id), "po_y")]

    page = admin.get(PAGE).text
    assert page.count("You proposed it: somebody else decides.") == 2
    assert f"the API key {key.public_id}, which {who.email} made" in page
    assert "<textarea" not in page
    for id in ids:
        for decision in ("approve", "reject"):
            answer = decide(admin, id, decision=decision, note="mine")
            assert (answer.status_code, "Whoever proposed this cannot decide it" in answer.text) == (
                409,
                True,
            )
        assert get_approval(id).status == "pending"


def test_deciding_needs_the_role_and_a_fresh_second_factor(db, client, ada):
    """Finance reads and is told which role decides; an approver is asked for a code first."""
    id = proposal(Cause("task", "tsk_x"))
    finance = signed_in(client, ada)

    page = finance.get(PAGE).text
    assert "the platform itself" in page
    assert "Needs role Admin or Finance approver" in page
    assert send(finance, "/account", f"{PAGE}/{encode('apr', id)}", decision="approve").status_code == 403
    tired = signed_in(client, somebody(db, "finance_approver", stepped_up=False))
    answer = send(tired, PAGE, f"{PAGE}/{encode('apr', id)}", decision="approve", form_page=PAGE)
    assert answer.headers["Location"] == "/step-up?next=/finance/approvals"
    assert get_approval(id).status == "pending"
