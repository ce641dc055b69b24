"""Finance's pages: a large payout waits for a second person, a blocked seller says why, and a hold has a reason."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.payouts.payable import collect_payable
from checkout.payouts.payout import read_payout
from checkout.payouts.request import request_payout
from checkout.psp import registry
from tests.pages.people import CAUSE, send, signed_in, somebody
from tests.pages.selling import new_seller, paid_out, released
from tests.payouts.conftest import owe
from tests.payouts.fake_psp import FakePsp


@pytest.fixture
def seller(db):
    return new_seller(db)


@pytest.fixture
def psp(app):
    fake = FakePsp()
    registry.use(fake)
    return fake


def large(db, seller, psp, cause=CAUSE):
    """20,000.00, above the limit of what goes by itself."""
    released(db, seller, 2_000_000, commission=0, logistics=0)
    return request_payout(seller_id=seller, currency="EUR", method="standard", psp=psp, cause=cause)


def test_a_large_payout_is_approved_by_a_second_person(db, client, seller, psp):
    payout = large(db, seller, psp)
    approver = signed_in(client, somebody(db, "finance_approver"))
    page = approver.get("/finance/payouts").text
    assert "Approve 20,000.00" in page
    assert "1</span> payout waits" in approver.get("/finance").text

    answer = send(approver, "/finance/payouts", f"/finance/payouts/{payout.public_id}/approve")

    assert answer.status_code == 303
    assert read_payout(payout.id).status == "reserved"
    again = send(approver, "/finance/payouts", f"/finance/payouts/{payout.public_id}/approve")
    assert (again.status_code, "The payout is reserved." in again.text) == (409, True)


def test_nobody_approves_their_own(db, client, seller, psp):
    """The page offers no button, and a form sent all the same is refused."""
    who = somebody(db, "admin")
    payout = large(db, seller, psp, Cause("person", who.public_id))
    own = signed_in(client, who)

    assert "You asked for it" in own.get("/finance/payouts").text
    answer = send(own, "/finance/payouts", f"/finance/payouts/{payout.public_id}/approve")
    assert answer.status_code == 409
    assert read_payout(payout.id).status == "awaiting_approval"


def test_a_rejection_says_why_and_gives_the_amount_back(db, client, seller, psp):
    payout = large(db, seller, psp)
    approver = signed_in(client, somebody(db, "finance_approver"))
    path = f"/finance/payouts/{payout.public_id}/reject"

    assert send(approver, "/finance/payouts", path, reason=" ").status_code == 422
    assert send(approver, "/finance/payouts", path, reason="Not expected").status_code == 303
    assert read_payout(payout.id).status == "canceled"


def test_approving_needs_a_fresh_second_factor(db, client, seller, psp):
    payout = large(db, seller, psp)
    approver = signed_in(client, somebody(db, "finance_approver", stepped_up=False))

    answer = send(approver, "/account", f"/finance/payouts/{payout.public_id}/approve")

    assert answer.headers["Location"].startswith("/step-up?")
    assert read_payout(payout.id).status == "awaiting_approval"


def test_a_hold_has_a_reason_and_blocks_until_it_is_lifted(db, client, seller, psp):
    released(db, seller)
    collect_payable()
    finance = signed_in(client, somebody(db, "finance"))
    there, at = f"/admin/sellers/{encode('sel', seller)}", f"/finance/sellers/{encode('sel', seller)}"

    assert send(finance, there, f"{at}/hold", reason="").status_code == 422
    assert send(finance, there, f"{at}/hold", reason="Goods are not real").status_code == 303
    assert send(finance, there, f"{at}/hold", reason="Again").status_code == 409
    blocked = finance.get("/finance/payouts").text.partition('id="blocked"')[2]
    assert "The platform holds this seller&#39;s payouts." in blocked
    assert "Goods are not real" in blocked

    assert send(finance, there, f"{at}/release", reason="They are").status_code == 303
    page = finance.get(there).text
    assert "Payouts are held since" not in page
    assert "lifted" in page


def test_the_list_filters_by_seller_and_status(db, client, seller, psp):
    released(db, seller)
    payout = paid_out(seller, psp)
    other = new_seller(db, "Bao Tea")
    finance = signed_in(client, somebody(db, "auditor"))

    def shows(query):
        return payout.public_id in finance.get(f"/finance/payouts?{query}").text

    assert shows(f"seller={encode('sel', seller)}&status=in_transit&currency=eur")
    assert not shows(f"seller={encode('sel', other)}")
    assert not shows("status=failed")
    assert finance.get("/finance/payouts?seller=usr_1").status_code == 422


def test_a_seller_shows_what_it_has_owes_and_pays(db, client, seller, psp):
    """The debt with its age, the plan with its validity; the auditor sees no form."""
    released(db, seller)
    owe(seller, 5_000)
    auditor = signed_in(client, somebody(db, "auditor"))

    page = auditor.get(f"/admin/sellers/{encode('sel', seller)}").text

    assert 'Owes <data value="3950"' in page
    assert "10 %" in page
    assert "Plan for all currencies, version 1, from" in page
    assert "Hold payouts" not in page
    listed = auditor.get("/admin/sellers?name=ada").text
    assert 'data value="-3950"' in listed
    assert "Nothing matches" in auditor.get("/admin/sellers?name=nobody").text


def test_the_platform_looks_at_one_sellers_pages(db, client, seller, psp):
    """The address says whose they are, and every link goes on saying it; without it a seller is chosen first."""
    released(db, seller)
    named = f"seller={encode('sel', seller)}"
    auditor = signed_in(client, somebody(db, "auditor"))

    assert "Choose a seller" in auditor.get("/seller/orders").text
    page = auditor.get(f"/seller/orders?{named}").text
    assert f"?{named}" in page.partition("<tbody")[2]
    assert auditor.get("/seller?seller=sel_nonsense").status_code == 404


def test_sellers_do_not_see_finances_pages(db, client, seller):
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=seller))

    for path in ("/finance", "/finance/payouts", "/admin/sellers", f"/admin/sellers/{encode('sel', seller)}"):
        assert owner.get(path).status_code == 403
