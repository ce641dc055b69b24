"""The hosted page without a browser: plain forms, strict headers, and a story that a reload does not repeat."""

from __future__ import annotations

import re

import pytest
import requests

from checkout.mockpsp.card_table import TABLE

VISA = {"method": "card", "number": "4242 4242 4242 4242", "expiry": "12/34", "security_code": "123"}


@pytest.fixture
def browser():
    with requests.Session() as session:
        yield session


def pressed(browser, session, form, **options):
    return browser.post(session.url, data=form, allow_redirects=False, timeout=30, **options)


def test_the_page_shows_the_order_and_takes_every_means(browser, new_session):
    session = new_session()

    page = browser.get(session.url, timeout=30).text

    assert "No real money" in page
    assert "<h1>Pay 24.90 EUR</h1>" in page
    assert re.search(r"Mug</td><td[^>]*>24\.90 EUR", page)
    assert "Time left: <strong>23 hours 59 minutes</strong>" in page or "24 hours" in page
    for sign in (
        'autocomplete="cc-number"',
        'autocomplete="cc-exp"',
        'autocomplete="cc-csc"',
        'inputmode="numeric"',
    ):
        assert sign in page
    assert '<button type="submit">Pay 24.90 EUR</button>' in page
    assert 'href="http://localhost:8000/s/token">Cancel and go back' in page
    assert "Use Mock Wallet" in page
    assert "IBAN" in page
    assert [row.slug for row in TABLE if row.spaced not in page] == []


def test_the_page_forbids_scripts_frames_and_strangers(browser, new_session):
    """form-action names the shop: a browser applies it to the redirect after the form."""
    response = browser.get(new_session().url, timeout=30)

    policy = response.headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://localhost:8000"
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in response.text
    assert re.findall(r'(?:src|href)="((?:https?:)?//[^"]*)"', response.text) == [
        "http://localhost:8000/s/token"
    ]


def test_paying_leads_back_to_the_shop_and_a_reload_pays_no_second_time(browser, new_session, client):
    session = new_session()

    answers = [pressed(browser, session, VISA) for _ in range(3)]

    assert answers[0].status_code == 303
    assert answers[0].headers["Location"] == f"http://localhost:8000/s/token?session={session.id}"
    assert "<h1>Paid</h1>" in browser.get(session.url, timeout=30).text
    assert len(client.v1.charges.list().data) == 1


def test_a_decline_comes_back_to_the_form_with_its_reason(browser, new_session):
    session = new_session()

    answer = pressed(browser, session, VISA | {"number": "4000000000009995"})

    assert (answer.status_code, answer.headers["Location"]) == (303, session.url)
    page = browser.get(session.url, timeout=30).text
    assert 'role="alert"' in page
    assert "Your card has insufficient funds. Nothing was taken." in page


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (VISA | {"number": " "}, "Enter a card number."),
        (VISA | {"expiry": "13/34"}, "like 12/34"),
        (VISA | {"expiry": "01/20"}, "in the past"),
        (VISA | {"security_code": "12"}, "three or four digits"),
        ({"method": "debit", "iban": ""}, "Enter an IBAN."),
        ({"method": "debit", "iban": "DE00 1234"}, "not one of the test accounts"),
    ],
)
def test_a_form_that_is_not_filled_in_says_where(form, message, browser, new_session, client):
    response = pressed(browser, new_session(), form)

    assert response.status_code == 422
    assert message in response.text
    assert 'aria-invalid="true"' in response.text
    assert "4242 4242 4242 4242</a>" in response.text, "the list of test cards stays"
    assert 'value="4242' not in response.text, "a typed number is not sent back"
    assert client.v1.charges.list().data == []


def test_a_test_card_fills_in_the_form(browser, new_session):
    """A link and no script: the page comes back filled in."""
    session = new_session()

    page = browser.get(f"{session.url}?try=amex", timeout=30).text
    debit = browser.get(f"{session.url}?try=debit-fails", timeout=30).text

    assert 'value="3782 822463 10005"' in page
    assert 'value="12/34"' in page
    assert 'value="1234"' in page
    assert 'value="DE18 3704 0044 0532 9900 01"' in debit


@pytest.mark.parametrize(
    ("answer", "leads_to"), [("approve", "/s/token?session="), ("deny", "/pay/cs_test_"), ("timeout", "/pay/cs_test_")]
)  # fmt: skip
def test_the_challenge(answer, leads_to, browser, new_session):
    session = new_session()

    challenged = pressed(browser, session, VISA | {"number": "4000002760003184"})
    page = browser.get(challenged.headers["Location"], timeout=30).text
    answered = browser.post(
        f"{session.url}/challenge", data={"answer": answer}, allow_redirects=False, timeout=30
    )

    assert challenged.headers["Location"] == f"{session.url}/challenge"
    assert "Approve</button>" in page
    assert "Deny</button>" in page
    assert (answered.status_code, leads_to in answered.headers["Location"]) == (303, True)
    if answer != "approve":
        assert "unable to authenticate" in browser.get(session.url, timeout=30).text


def test_a_challenge_that_nobody_asked_for_leads_to_the_page(browser, new_session):
    session = new_session()

    for response in (
        browser.get(f"{session.url}/challenge", allow_redirects=False, timeout=30),
        browser.post(
            f"{session.url}/challenge", data={"answer": "approve"}, allow_redirects=False, timeout=30
        ),
    ):
        assert (response.status_code, response.headers["Location"]) == (303, session.url)


def test_the_wallet_and_the_bank_debit_pay_too(browser, new_session, client):
    wallet, debit = new_session(), new_session()

    paid = pressed(browser, wallet, {"method": "wallet"})
    debited = pressed(browser, debit, {"method": "debit", "iban": "DE89 3704 0044 0532 0130 00"})

    assert (paid.status_code, debited.status_code) == (303, 303)
    assert client.v1.checkout.sessions.retrieve(wallet.id).payment_status == "paid"
    assert "being processed" in browser.get(debit.url, timeout=30).text


def test_bank_debit_is_offered_for_euros_only(browser, new_session):
    assert "IBAN" not in browser.get(new_session(currency="usd").url, timeout=30).text


@pytest.mark.parametrize(
    ("amount", "currency", "shown"), [(12340, "kwd", "12.340 KWD"), (2490, "jpy", "2,490 JPY"), (50000, "isk", "500.00 ISK")]
)  # fmt: skip
def test_amounts_have_their_currencys_decimals(amount, currency, shown, browser, new_session):
    assert f"<h1>Pay {shown}</h1>" in browser.get(new_session(amount, currency).url, timeout=30).text


def test_a_page_that_ended_says_so(browser, new_session, client):
    session = new_session()
    client.v1.checkout.sessions.expire(session.id)
    url = session.url

    page = browser.get(url, timeout=30).text
    late = browser.post(url, data=VISA, allow_redirects=False, timeout=30)

    assert "<h1>This page has expired</h1>" in page
    assert "Back to the shop" in page
    assert (late.status_code, late.headers["Location"]) == (303, url)
    assert client.v1.charges.list().data == []


def test_a_payment_whose_answer_is_lost_says_not_to_pay_again(browser, new_session):
    response = pressed(browser, new_session(), VISA | {"number": "4000 9900 0000 0608"})

    assert response.status_code == 504
    assert "do not pay again" in response.text


def test_hostile_names_are_shown_as_text(browser, new_session):
    name = "<script>alert(1)</script> \u202egnol" + "x" * 200
    session = new_session(
        line_items=[
            {
                "price_data": {"currency": "eur", "unit_amount": 100, "product_data": {"name": name}},
                "quantity": 1,
            }
        ]
    )

    page = browser.get(session.url, timeout=30).text

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_unknown_page_is_404(browser, mock):
    assert browser.get(f"{mock.base}/pay/cs_test_unknown", timeout=30).status_code == 404
    assert browser.get(f"{mock.base}/", timeout=30).status_code == 200
