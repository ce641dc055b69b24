"""`flask ledger`: the proof and its exit code, balances by either name of an account, sealing by hand."""

from __future__ import annotations

import json

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes
from checkout.ledger.chart import seller_pending
from checkout.ledger.recipes import OrderPart

CAUSE = Cause("system", "test")
SELLER = new_uuid()


@pytest.fixture
def books(db):
    """24.90 EUR captured for one seller, fee 0.61."""
    capture = recipes.payment_captured(
        payment_id=new_uuid(),
        psp="stripe",
        charge_id="ch_1",
        amount=Money(2490, "EUR"),
        orders=[OrderPart(new_uuid(), SELLER, Money(2490, "EUR"))],
    )
    fee = recipes.psp_fee(source="pay_1", psp="stripe", number="txn_1", fee=Money(61, "EUR"))
    with atomic() as session:
        journal.post(session, capture, cause=CAUSE)
        journal.post(session, fee, cause=CAUSE)
    return db


def test_verify_ends_with_0_and_says_what_it_read(books, flask_command):
    """Two entries of two postings each."""
    result = flask_command("ledger", "verify", "--json")

    report = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    assert (report["holds"], report["entries"], report["postings"], report["differences"]) == (True, 2, 4, [])


def test_verify_ends_with_6_and_names_the_difference(books, flask_command):
    """One cent changed by hand: both forms say where."""
    with books.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE postings SET amount_minor = 2491 WHERE amount_minor = 2490")
    entry = encode("jrn", books.value("SELECT id FROM journal_entries WHERE kind = 'payment_captured'"))

    as_json, as_text = flask_command("ledger", "verify", "--json"), flask_command("ledger", "verify")

    assert (as_json.exit_code, as_text.exit_code) == (6, 6)
    first = json.loads(as_json.stdout)["differences"][0]
    assert (first["code"], first["subject"]) == ("entry_unbalanced", entry)
    assert f"entry_unbalanced  {entry}  payment_captured is off by 1 minor units of EUR" in as_text.stderr


def test_seal_then_verify_shows_the_head(books, flask_command):
    """The digest that seal prints is the one that verify proves; sealing again finds nothing new."""
    (sealed,) = json.loads(flask_command("ledger", "seal", "--json").stdout)["items"]
    report = json.loads(flask_command("ledger", "verify", "--json").stdout)

    assert (sealed["number"], sealed["entries"]) == (1, 2)
    assert (report["head_digest"], report["unsealed_entries"]) == (sealed["digest"], 0)
    assert json.loads(flask_command("ledger", "seal", "--json").stdout) == {"items": []}


def test_balance_of_an_account_by_either_name(books, flask_command):
    """kind:owner:currency and acc_… are the same account."""
    by_name = flask_command(
        "ledger", "balance", f"seller_pending:{seller_pending(SELLER).owner}:EUR", "--json"
    )
    account = json.loads(by_name.stdout)
    by_id = flask_command("ledger", "balance", account["id"], "--json")

    assert account == json.loads(by_id.stdout)
    assert (account["balance"], account["formatted"], account["side"]) == (-2490, "-24.90 EUR", "credit")


def test_balance_alone_is_the_trial_balance(books, flask_command):
    """It sums to zero; before anything happened there was nothing."""
    lines = json.loads(flask_command("ledger", "balance", "--json").stdout)["items"]
    before = json.loads(flask_command("ledger", "balance", "--at", "2020-01-01", "--json").stdout)["items"]

    assert {line["kind"]: line["balance"] for line in lines} == {
        "psp_balance": 2429,
        "psp_fees": 61,
        "seller_pending": -2490,
    }
    assert before == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rounding:platform:EUR"], 3),
        ([encode("acc", new_uuid())], 3),
        (["acc_nonsense"], 3),
        (["petty_cash:platform:EUR"], 2),
        (["psp_balance"], 2),
        (["--at", "yesterday"], 2),
    ],
)
def test_what_cannot_be_answered_ends_with_its_code(books, flask_command, arguments, code):
    """3 for what does not exist, 2 for what is no account or no time."""
    assert flask_command("ledger", "balance", *arguments).exit_code == code
