"""A seller's account at the PSP: opened once whatever is lost on the way, and believed in whatever order it is told."""

from __future__ import annotations

import itertools

import pytest

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.psp import ConnectedAccount, Requirements, Unavailable
from checkout.psp.stripe.client import StripeClient
from checkout.sellers.account_facts import read_due
from checkout.sellers.create import create_seller
from checkout.sellers.onboarding import onboarding_link, request_onboarding
from checkout.sellers.verification import is_verified, verification_of
from checkout.tasks import ClaimedTask
from tests.sellers.conftest import CLI, stored_text


def verified(seller_id):
    with atomic() as session:
        return is_verified(session, seller_id)


def test_a_seller_is_verified_once_the_psp_says_so(platform, db):
    """Unverified while the account is only asked for; the task opens it, and its answer verifies the seller."""
    ada = platform.onboarded()
    assert platform.seller(ada).verification.status == "unverified"
    assert not verified(ada)

    platform.work()

    assert verified(ada)
    assert platform.seller(ada).verification.payouts_enabled
    assert platform.accounts_at_psp(ada) == [platform.account_of(ada)]
    assert db.value("SELECT count(*) FROM events WHERE type = 'seller.updated'") == 1


def test_asking_twice_opens_one_account(platform, db):
    """The second time nothing is written and no task staged."""
    ada = platform.onboarded()
    with atomic() as session:
        assert request_onboarding(session, ada, cause=CLI) is False

    platform.work()

    assert len(platform.accounts_at_psp(ada)) == 1
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'sellers.open_account'") == 1


def test_a_lost_answer_leaves_one_account(platform, db):
    """Executed, answer lost, twice: the task comes back under the same key and finds what was opened."""
    ada = platform.onboarded()
    platform.mock.control(
        "POST", "faults", {"path": "/v1/accounts", "method": "POST", "kind": "drop_response", "times": 2}
    )
    platform.work()
    assert db.value("SELECT psp_account_id FROM connected_accounts") is None

    platform.later(60)
    platform.work()

    assert platform.accounts_at_psp(ada) == [platform.account_of(ada)]
    assert verified(ada)


def test_after_the_keys_window_the_account_is_looked_for_first(platform, monkeypatch):
    """Executed, answer lost; a day later nothing is sent that could open a second one."""
    ada = platform.onboarded()
    platform.mock.control(
        "POST", "faults", {"path": "/v1/accounts", "method": "POST", "kind": "drop_response", "times": 2}
    )
    platform.work()
    posts = []
    whole = StripeClient.post

    def counted(self, path, *arguments, **options):
        posts.append(path)
        return whole(self, path, *arguments, **options)

    monkeypatch.setattr(StripeClient, "post", counted)
    platform.later(25 * 3600)
    platform.work()

    assert platform.accounts_at_psp(ada) == [platform.account_of(ada)]
    assert posts == []


def test_a_refused_account_is_said_and_calls_a_person(platform, db):
    """A country that the PSP refuses: no retry, an alert, and the link says why."""
    platform.mock.control(
        "POST",
        "faults",
        {"path": "/v1/accounts", "method": "POST", "kind": "status", "status": 400, "times": 1},
    )
    platform.onboarded()

    platform.work()

    assert db.value("SELECT code FROM alerts") == "onboarding_refused"
    assert db.value("SELECT status FROM tasks WHERE kind = 'sellers.open_account'") == "done"


def test_the_contact_address_is_sealed_and_reaches_the_psp_all_the_same(platform, db):
    """No table holds it in clear, the account at the PSP does."""
    ada = platform.onboarded("secret+verified@example.org")
    platform.work()

    assert "secret+verified" not in stored_text(db)
    assert verified(ada)  # the mock verifies by this very address


def test_events_in_any_order_end_in_what_the_psp_says_now(platform):
    """Verified, then more is wanted, then rejected: six orders of three events, one end."""
    ada = platform.onboarded("new@example.org")
    platform.work()
    for action in ("verify", "require", "reject"):
        platform.decide(ada, action)
    events = platform.events_of(platform.account_of(ada))
    assert len(events) == 3

    for number, order in enumerate(itertools.permutations(events)):
        platform.deliver(*({**event, "id": f"{event['id']}{number}"} for event in order))
        platform.work()

        found = platform.seller(ada).verification
        assert (found.status, found.payouts_enabled) == ("restricted", False)


def test_an_answer_that_was_asked_for_earlier_never_takes_a_newer_one_back(platform, db):
    """A slow reader comes to write what it read before the rejection: nothing happens."""
    ada = platform.onboarded()
    platform.work()
    platform.decide(ada, "reject")
    platform.later(10)
    platform.deliver(*platform.events_of(platform.account_of(ada)))
    platform.work()
    assert platform.seller(ada).verification.status == "restricted"
    newest = db.value("SELECT asked_at FROM connected_accounts")

    platform.decide(ada, "verify")
    platform.later(-5)  # this reader began five seconds before the other
    platform.deliver(*platform.events_of(platform.account_of(ada))[-1:])
    platform.work()

    assert platform.seller(ada).verification.status == "restricted"
    assert db.value("SELECT asked_at FROM connected_accounts") == newest


def test_an_event_about_a_strangers_account_is_ignored(platform, db):
    """It bears no seller of ours, or one who has another account."""
    stranger = platform.mock.adapter._client.post(
        "/v1/accounts", {"country": "DE", "email": "x+verified@example.org"}, key=str(new_uuid())
    )["id"]

    platform.deliver(*platform.events_of(stranger))
    platform.work()

    assert db.value("SELECT status FROM inbox_events") == "ignored"


def test_what_an_event_did_not_tell_is_asked_for_within_an_hour(platform):
    """Its webhook is lost; the hourly round reads the accounts of those who are not verified."""
    ada = platform.onboarded("new@example.org")
    platform.work()
    platform.decide(ada, "verify")
    platform.later(3_700)

    read_due(ClaimedTask(new_uuid(), "default", "sellers.read_due", {}, 1, 8, 1))

    assert verified(ada)


def test_the_link_leads_to_the_psps_page(platform):
    """It opens the account where the task has not done so yet, once."""
    ada = platform.onboarded("new@example.org")

    link = onboarding_link(
        ada, refresh_url="https://shop.example/a", return_url="https://shop.example/b", cause=CLI
    )
    platform.work()

    assert link.url.startswith(f"{platform.mock.running.base}/connect/")
    assert len(platform.accounts_at_psp(ada)) == 1


def test_without_a_country_or_a_seller_there_is_no_onboarding(platform):
    with atomic() as session:
        nowhere = create_seller(session, name="Nowhere", commission_bps=0, cause=CLI)
    with pytest.raises(InvalidParameter) as refused, atomic() as session:
        request_onboarding(session, nowhere, cause=CLI)
    assert refused.value.pointers[0].pointer == "/country"

    with pytest.raises(NotFound), atomic() as session:
        request_onboarding(session, new_uuid(), cause=CLI)


def test_a_psp_that_is_away_is_waited_for(platform, monkeypatch, db):
    """Nothing is lost: the task comes back."""
    ada = platform.onboarded()
    with monkeypatch.context() as away:

        def refuse(*arguments, **options):
            raise Unavailable("no connection")

        away.setattr(StripeClient, "post", refuse)
        platform.work()
    assert db.value("SELECT status FROM tasks") == "ready"

    platform.later(60)
    platform.work()

    assert verified(ada)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"payouts_enabled": True, "transfers_enabled": True}, "verified"),
        ({"payouts_enabled": True}, "pending"),
        ({"details_submitted": False}, "unverified"),
        ({"requirements": Requirements(pending_verification=("document",))}, "pending"),
        ({"requirements": Requirements(past_due=("document",), errors=("Blurred.",))}, "restricted"),
        ({"requirements": Requirements(disabled_reason="rejected.fraud")}, "restricted"),
    ],
)
def test_what_the_psp_says_in_our_words(facts, status):
    """Money may leave only when both transfers and payouts are enabled; every other state has a reason in words."""
    account = {
        "id": "acct_1", "reference": None, "country": "DE", "default_currency": "EUR", "details_submitted": True,
        "payouts_enabled": False, "transfers_enabled": False, "requirements": Requirements(), "bank_accounts": (),
        "created_at": None,
    }  # fmt: skip

    found = verification_of(ConnectedAccount(**account | facts))

    assert found.status == status
    assert (found.reason is None) == (status == "verified")
