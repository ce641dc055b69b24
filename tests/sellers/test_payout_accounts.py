"""Where payouts go: sealed, checked, told to the PSP and to the seller; a change pauses payouts for two days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.identity import memberships, users
from checkout.sellers.bank_numbers import checked
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
