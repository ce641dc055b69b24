"""Where payouts go: sealed, checked, told to the PSP and to the seller; a change pauses payouts for two days."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.identity import memberships, users
from checkout.sellers.account_facts import read_account, record_account
from checkout.sellers.bank_numbers import checked
from checkout.sellers.onboarding import onboarding_link
from checkout.sellers.payout_accounts import BankDetails, change_payout_account, payouts_paused_until
from tests.sellers.conftest import CLI, stored_text

FIRST, SECOND = "DE89 3704 0044 0532 0130 00", "DE62370400440532013001"


def change(seller_id, number=FIRST, currency="EUR", **more):
    with atomic() as session:
        details = BankDetails(
            currency, more.pop("country", "DE"), number, more.pop("holder", "Ada Lindqvist")
        )
        return change_payout_account(session, seller_id, details, cause=CLI)


def paused_until(seller_id, currency="EUR"):
    with atomic() as session:
        return payouts_paused_until(session, seller_id, currency)


def test_the_first_account_is_set_without_a_pause(platform):
    """There was nobody to take it from: it is active as soon as the PSP knows it, and masked wherever it is shown."""
    ada = platform.onboarded()
    change(ada)
    assert platform.seller(ada).payout_accounts[0].status == "pending"

    platform.work()

    (account,) = platform.seller(ada).payout_accounts
    assert (account.status, account.last4, account.payouts_paused_until) == ("active", "3000", None)
    assert paused_until(ada) is None
    (bank,) = platform.mock.adapter.fetch_connected_account(platform.account_of(ada)).bank_accounts
    assert bank.last4 == "3000"


def test_a_change_pauses_payouts_of_its_currency_for_48_hours(platform):
    """Another currency is not touched; after two days it may leave again."""
    ada = platform.onboarded()
    change(ada)
    change(ada, SECOND)
    change(ada, FIRST, "JPY")
    platform.work()

    until = paused_until(ada)

    assert until is not None
    assert abs(until - utcnow() - timedelta(hours=48)) < timedelta(minutes=1)
    assert paused_until(ada, "JPY") is None
    assert {account.last4 for account in platform.seller(ada).payout_accounts} == {"3001", "3000"}
    platform.later(48 * 3600 + 1)
    assert paused_until(ada) is None


def enter_at_psp(platform, seller_id, iban):
    """Whoever has the link to the PSP's page types a bank account there; its event says that something has changed."""
    back = "https://shop.example/done"
    link = onboarding_link(seller_id, refresh_url=back, return_url=back, cause=CLI)
    form = {"iban": iban, "outcome": "verify"}
    origin = {"Origin": platform.mock.running.base}
    assert requests.post(link.url, form, headers=origin, allow_redirects=False, timeout=30).status_code == 303
    read_account("stripe", platform.account_of(seller_id), cause=CLI)
    platform.work()


def test_an_account_handed_in_at_the_psp_is_one_that_can_be_taken_over(platform):
    """The seller was verified with the account ending in 3000; whoever names 3001 here afterwards waits 48 hours."""
    ada = platform.onboarded()
    platform.work()
    (account,) = platform.seller(ada).payout_accounts
    assert (account.status, account.last4, paused_until(ada)) == ("active", "3000", None)

    change(ada, SECOND)
    platform.work()

    assert abs(paused_until(ada) - utcnow() - timedelta(hours=48)) < timedelta(minutes=1)


def test_a_change_made_at_the_psp_pauses_payouts_and_is_told(platform, db):
    """3001 typed on the PSP's page in place of 3000: 48 hours and a letter; looked at again it is no new change."""
    ada = platform.onboarded()
    change(ada)
    platform.work()
    assert paused_until(ada) is None

    enter_at_psp(platform, ada, SECOND)

    until = paused_until(ada)
    assert abs(until - utcnow() - timedelta(hours=48)) < timedelta(minutes=1)
    (account,) = platform.seller(ada).payout_accounts
    assert (account.status, account.last4) == ("active", "3001")
    assert "3001" in bytes(db.value("SELECT raw FROM mailbox_messages ORDER BY id DESC LIMIT 1")).decode()
    platform.later(60)
    read_account("stripe", platform.account_of(ada), cause=CLI)
    assert paused_until(ada) == until


def test_an_answer_from_before_a_change_is_no_change_back(platform):
    """What the PSP said of 3000 is written down after 3001 was set: the account stays 3001, its pause as it was."""
    ada = platform.onboarded()
    change(ada)
    platform.work()
    account, asked_at = platform.mock.adapter.fetch_connected_account(platform.account_of(ada)), utcnow()
    change(ada, SECOND)
    platform.work()
    until = paused_until(ada)

    with atomic() as session:
        record_account(session, ada, account, asked_at=asked_at, cause=CLI)

    assert (platform.seller(ada).payout_accounts[0].last4, paused_until(ada)) == ("3001", until)


def test_the_newest_change_wins_whichever_task_runs_first(platform, db):
    """Two changes before any task has run: the PSP is told of the second alone."""
    ada = platform.onboarded()
    platform.work()
    change(ada)
    change(ada, SECOND)

    platform.work()

    (bank,) = platform.mock.adapter.fetch_connected_account(platform.account_of(ada)).bank_accounts
    assert bank.last4 == "3001"
    assert (
        db.value("SELECT count(*) FROM payout_accounts WHERE set_at IS NOT NULL AND replaced_at IS NULL") == 1
    )


def test_number_and_holder_stand_nowhere_in_clear(platform, db):
    """Not in a table, a task, the audit log or an event."""
    change(platform.onboarded())
    platform.work()

    stored = stored_text(db)

    assert "370400440532013000" not in stored
    assert "Lindqvist" not in stored


def test_contact_and_owners_are_told_once_each(platform, db):
    """The contact is an owner, too: two letters for two people, with the masked number and the end of the pause."""
    ada = platform.onboarded("ada+verified@example.org")
    with atomic() as session:
        for email in ("ada+verified@example.org", "bo@example.org"):
            person = users.create_user(session, email=email, cause=CLI)
            memberships.grant(session, person.id, "seller_owner", seller_id=ada, cause=CLI)
    change(ada)
    platform.work()
    first = db.rows("SELECT recipient, raw FROM mailbox_messages ORDER BY id")

    change(ada, SECOND)
    platform.work()

    letters = db.rows("SELECT recipient, raw FROM mailbox_messages ORDER BY id")
    assert sorted(letter["recipient"] for letter in first) == ["ada+verified@example.org", "bo@example.org"]
    assert len(letters) == 4
    told = bytes(letters[-1]["raw"]).decode()
    assert "3001" in told
    assert SECOND not in told
    assert "pause until" in told


def test_what_the_psp_refuses_is_shown_and_the_old_one_stays(platform):
    """The first stays at the PSP; the change is shown as refused, and the pause stands."""
    ada = platform.onboarded()
    change(ada)
    platform.work()
    path = f"/v1/accounts/{platform.account_of(ada)}"
    platform.mock.control(
        "POST", "faults", {"path": path, "method": "POST", "kind": "status", "status": 400, "times": 1}
    )
    change(ada, SECOND)
    platform.work()

    assert platform.seller(ada).payout_accounts[0].status == "refused"
    (bank,) = platform.mock.adapter.fetch_connected_account(platform.account_of(ada)).bank_accounts
    assert bank.last4 == "3000"
    assert paused_until(ada) is not None


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"number": "DE89370400440532013001"}, "/account_number"),
        ({"number": FIRST, "country": "FR"}, "/account_number"),
        ({"number": "12"}, "/account_number"),
        ({"number": "DE89-3704-ÄÖ"}, "/account_number"),
        ({"holder": "  "}, "/account_holder_name"),
    ],
)
def test_bad_details_are_refused_by_name(platform, db, more, pointer):
    """Wrong check digits, another country's IBAN, too short, letters that no number has, no holder."""
    ada = platform.onboarded()

    with pytest.raises(InvalidParameter) as refused:
        change(ada, **more)

    assert refused.value.pointers[0].pointer == pointer
    assert db.value("SELECT count(*) FROM payout_accounts") == 0


def test_a_number_that_is_no_iban_is_only_bounded():
    """A US account number, with separators."""
    assert checked("0001-2345 6789", "US") == "000123456789"
