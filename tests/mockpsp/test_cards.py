"""Each row of the table of test cards does what it says; the page, the documentation and this test share the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout.core.text import luhn_valid
from checkout.mockpsp import card_docs
from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.card_table import TABLE
from checkout.mockpsp.fees import fee_minor

ROOT = Path(__file__).resolve().parents[2]
ROWS = {row.slug: row for row in TABLE}


def of(family):
    return [row for row in TABLE if row.family is family]


def named(row):
    return row.slug


def test_the_table_holds_the_cards_that_work():
    """The numbers, literally: losing one or gaining one is a change of what others rely on."""
    assert [row.number for row in TABLE] == [
        "4242424242424242", "5555555555554444", "378282246310005",
        "4000000000000002", "4000000000009995", "4000000000009987", "4000000000009979", "4000000000000069",
        "4000000000000127", "4000000000000119", "4242424242424241",
        "4000002760003184", "4000008260003178",
        "4000000000004954", "4000000000009235",
        "4000000000007726", "4000000000005126",
        "4000000000000259", "4000000000002685",
        "4000990000000103", "4000990000000202", "4000990000000301", "4000990000000400", "4000990000000509",
        "4000990000000608", "4000990000000806",
        "4000990000001903", "4000990000002000",
        "4000990000001002", "4000990000001101", "4000990000001200", "4000990000001309", "4000990000001408",
        "4000990000001507", "4000990000001606", "4000990000001705", "4000990000001804",
        "DE89370400440532013000", "DE18370400440532990001", "DE88370400440532990002",
        "DE61370400440532990003",
    ]  # fmt: skip


def test_the_documentation_is_the_table():
    """`python -m checkout.mockpsp.card_docs > docs/test-cards.md` mends it."""
    assert (ROOT / "docs/test-cards.md").read_text() == card_docs.markdown()


@pytest.mark.parametrize("row", of(Family.SUCCESS) + of(Family.RISK), ids=named)
def test_a_card_that_succeeds(row, client, new_session, pay, shop):
    session = new_session()

    answer = pay(session, row.spaced)

    assert answer == {
        "outcome": "succeeded",
        "redirect_url": f"http://localhost:8000/s/token?session={session.id}",
    }
    assert shop.wait_for(3) == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    charge = client.v1.charges.list().data[0]
    assert (charge.amount, charge.status, charge.metadata.payment) == (2490, "succeeded", "pay_1")
    assert charge.payment_method_details.card.last4 == row.number[-4:]
    assert charge.outcome.risk_level == row.behaviour.risk.level


@pytest.mark.parametrize(
    ("slug", "code", "decline_code"),
    [
        ("generic-decline", "card_declined", "generic_decline"),
        ("insufficient-funds", "card_declined", "insufficient_funds"),
        ("lost-card", "card_declined", "lost_card"),
        ("stolen-card", "card_declined", "stolen_card"),
        ("expired-card", "expired_card", "expired_card"),
        ("incorrect-cvc", "incorrect_cvc", "incorrect_cvc"),
        ("processing-error", "processing_error", "processing_error"),
    ],
)
def test_a_card_that_is_declined(slug, code, decline_code, client, new_session, pay, shop):
    session = new_session()

    answer = pay(session, ROWS[slug].number)

    assert (answer["outcome"], answer["decline_code"]) == ("declined", decline_code)
    assert shop.wait_for(2) == ["charge.failed", "payment_intent.payment_failed"]
    error = shop.received[1].event["data"]["object"]["last_payment_error"]
    assert (error["code"], error["decline_code"]) == (code, decline_code)
    assert client.v1.charges.list().data[0].failure_code == code
    assert client.v1.balance.retrieve().pending == []


def test_every_declining_card_is_tested():
    tested = {"generic-decline", "insufficient-funds", "lost-card", "stolen-card", "expired-card", "incorrect-cvc",
              "processing-error", "incorrect-number"}  # fmt: skip

    assert {row.slug for row in of(Family.DECLINE)} == tested


@pytest.mark.parametrize(
    ("number", "decline_code"),
    [
        ("4242424242424241", "incorrect_number"),
        ("1234", "incorrect_number"),
        ("no number", "incorrect_number"),
        ("4111111111111111", "test_mode_live_card"),
    ],
)
def test_a_number_that_is_no_card_never_reaches_the_issuer(
    number, decline_code, client, new_session, pay, shop
):
    answer = pay(new_session(), number)

    assert (answer["outcome"], answer["decline_code"]) == ("declined", decline_code)
    assert shop.wait_for(1) == ["payment_intent.payment_failed"]
    assert client.v1.charges.list().data == []


@pytest.mark.parametrize(
    ("slug", "answer", "outcome", "decline_code"),
    [
        ("3ds-always", "approve", "succeeded", None),
        ("3ds-always", "deny", "declined", "payment_intent_authentication_failure"),
        ("3ds-always", "timeout", "declined", "payment_intent_authentication_failure"),
        ("3ds-then-declined", "approve", "declined", "insufficient_funds"),
        ("3ds-then-declined", "deny", "declined", "payment_intent_authentication_failure"),
    ],
)
def test_3d_secure_ends_as_the_shopper_answers(slug, answer, outcome, decline_code, new_session, pay, shop):
    got = pay(new_session(), ROWS[slug].number, three_d_secure=answer)

    assert (got["outcome"], got.get("decline_code")) == (outcome, decline_code)
    assert shop.wait_for(2)[0] == "payment_intent.requires_action"


def test_an_unanswered_challenge_fails_after_ten_minutes(client, new_session, pay, control, shop):
    session = new_session()
    answer = pay(session, ROWS["3ds-always"].number)
    assert answer["outcome"] == "requires_action"
    assert answer["redirect_url"] == f"{session.url}/challenge"

    control("POST", "/clock", {"advance_seconds": 601})

    assert shop.wait_for(2) == ["payment_intent.requires_action", "payment_intent.payment_failed"]
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(("slug", "seconds"), [("after-30-seconds", 30), ("after-15-minutes", 900)])
def test_a_card_that_takes_its_time(slug, seconds, client, new_session, pay, control, shop):
    """The session is complete and unpaid first; the money comes by the mock's clock."""
    session = new_session()
    assert pay(session, ROWS[slug].number)["outcome"] == "processing"
    assert shop.wait_for(3) == ["charge.pending", "payment_intent.processing", "checkout.session.completed"]
    assert shop.received[2].event["data"]["object"]["payment_status"] == "unpaid"

    control("POST", "/clock", {"advance_seconds": seconds - 10})
    assert client.v1.charges.list().data[0].status == "pending"
    control("POST", "/clock", {"advance_seconds": 10})

    assert shop.wait_for(6)[3:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_the_webhook_comes_before_the_redirect(new_session, pay, shop):
    """When the shopper's browser learns where to go, the shop has already been told."""
    pay(new_session(), ROWS["webhook-first"].number)

    assert shop.types == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_the_webhook_is_lost_for_good(client, new_session, pay, control, shop):
    """Only asking tells: the events exist, but they are never sent, and not held either."""
    session = new_session()
    assert pay(session, ROWS["webhook-lost"].number)["outcome"] == "succeeded"

    control("POST", "/webhooks/deliver")
    pay(new_session(), ROWS["visa"].number)

    shop.wait_for(3)
    assert all(session.id not in str(delivery.raw) for delivery in shop.received)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert len(client.v1.events.list({"type": "charge.succeeded"}).data) == 2


def test_each_webhook_comes_three_times_and_out_of_order(new_session, pay, shop):
    pay(new_session(), ROWS["webhook-three-times"].number)

    types = shop.wait_for(9)

    assert types[0] == "checkout.session.completed"
    assert sorted(types) == sorted(
        ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"] * 3
    )
    assert len({delivery.event["id"] for delivery in shop.received}) == 3


def test_a_payment_that_times_out_is_later_found_to_have_succeeded(client, new_session, pay, control, shop):
    session = new_session()
    assert pay(session, ROWS["timeout"].number) == {"outcome": "timeout", "redirect_url": None}
    assert client.v1.charges.list().data == []
    assert pay(session, ROWS["visa"].number)["outcome"] == "processing", "it must not be paid twice meanwhile"

    control("POST", "/clock", {"advance_seconds": 20})

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert shop.wait_for(3) == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    assert len(client.v1.charges.list().data) == 1


def test_a_timed_out_payment_outlives_its_sessions_end(client, new_session, pay, control):
    """Expiry does not cancel what may yet succeed."""
    session = new_session()
    pay(session, ROWS["timeout"].number)

    control("POST", "/clock", {"advance_seconds": 25 * 3600})

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_shopper_who_never_returns(new_session, pay, shop):
    assert pay(new_session(), ROWS["never-returns"].number) == {"outcome": "succeeded", "redirect_url": None}
    assert len(shop.wait_for(3)) == 3


def test_a_bank_debit_succeeds_after_two_days(client, new_session, pay, control, shop):
    session = new_session()
    assert pay(session, iban=ROWS["debit-succeeds"].spaced)["outcome"] == "processing"

    control("POST", "/clock", {"advance_seconds": 2 * 86_400})

    assert shop.wait_for(6)[5] == "checkout.session.async_payment_succeeded"
    charge = client.v1.charges.list().data[0]
    assert (charge.status, charge.payment_method_details.sepa_debit.last4) == ("succeeded", "3000")


def test_a_bank_debit_fails_after_two_days(client, new_session, pay, control, shop):
    session = new_session()
    pay(session, iban=ROWS["debit-fails"].number)

    control("POST", "/clock", {"advance_seconds": 2 * 86_400})

    assert shop.wait_for(6)[3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    assert client.v1.balance.retrieve().pending == []


def test_a_bank_debit_that_never_ends(client, new_session, pay, control, shop):
    session = new_session()
    pay(session, iban=ROWS["debit-never-ends"].number)

    control("POST", "/clock", {"advance_seconds": 90 * 86_400})

    assert client.v1.charges.list().data[0].status == "pending"
    assert shop.wait_for(3) == ["charge.pending", "payment_intent.processing", "checkout.session.completed"]


def test_bank_debits_take_euros_and_known_accounts_only(client, new_session, pay):
    unknown = pay(new_session(), iban="DE00123456781234567890")
    dollars = pay(new_session(currency="usd"), iban=ROWS["debit-succeeds"].number)

    assert unknown["decline_code"] == "account_number_invalid"
    assert dollars["decline_code"] == "payment_method_currency_mismatch"
    assert client.v1.charges.list().data == []


def test_the_wallet_pays(client, new_session, pay):
    assert pay(new_session(), wallet=True)["outcome"] == "succeeded"
    assert client.v1.charges.list().data[0].payment_method_details.card.wallet.type == "google_pay"


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [(2490, "eur", 102), (1000, "eur", 59), (50, "eur", 31), (1050, "usd", 60), (1000, "jpy", 29), (12340, "kwd", 458)],
)  # fmt: skip
def test_the_fee_is_2_9_percent_and_a_fixed_part(amount, currency, fee):
    """10.50: 2.9 % is 30.45, so 30 and 30. JPY has no fixed part, KWD 0.100."""
    assert fee_minor(amount, currency) == fee


def test_no_card_number_is_kept(tmp_path, mock, new_session, pay):
    """Neither the file nor its log of recent writes holds a number that was paid with."""
    for row in TABLE:
        pay(new_session(), **({"iban": row.number} if row.is_iban else {"card": row.number}))

    with mock.psp.store.snapshot() as connection:
        kept = "\n".join(connection.iterdump())

    assert [row.number for row in TABLE if row.number in kept or row.spaced in kept] == []
    files = b"".join(path.read_bytes() for path in tmp_path.glob("mock.sqlite3*"))
    assert [row.number for row in TABLE if row.number.encode() in files] == []


def test_only_the_wrong_number_and_our_own_fail_the_check_digit():
    """A test of redaction can use the rest as true card numbers."""
    failing = {row.slug for row in TABLE if not row.is_iban and not luhn_valid(row.number)}

    assert "incorrect-number" in failing
    assert failing <= {"incorrect-number"} | {row.slug for row in of(Family.DELIVERY)}
