"""The status page: it shows what is known, asks the PSP like anybody who waits, and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from checkout.notifications.payment_email import send_payment_email
from checkout.payments.views import PaymentView
from checkout.psp import Unavailable
from tests.conftest import Database
from tests.notifications.conftest import configure, task
from tests.pages.seed import Part, seed
from tests.payments.conftest import Shop, psp, shop
from tests.payments.fake_psp import DECLINED

__all__ = ["psp", "shop"]

TokenOf = Callable[[UUID], str]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def waiting(client: FlaskClient, shop: Shop) -> PaymentView:
    """A payment whose shopper is at the PSP. The application is made first: it configures the real adapter."""
    return shop.started()


def test_coming_back_before_the_webhook_says_checking_and_asks_nobody(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    """The first look is quick and honest: the return proves nothing."""
    shop.psp.charge(waiting.psp_session_id or "")

    page = client.get(f"/s/{token_of(waiting.id)}?from=psp").text

    assert "Checking with your bank" in page
    assert 'hx-trigger="load delay:2s, every 30s"' in page
    assert shop.psp.count("fetch") == 0


def test_a_lost_webhook_is_made_good_by_the_second_look(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    """The page asks the PSP, the payments package applies the answer, the page shows it and stops asking."""
    shop.psp.charge(waiting.psp_session_id or "")

    part = client.get(f"/s/{token_of(waiting.id)}?from=psp&polls=1&seen=checking", headers=HTMX).text

    assert shop.view(waiting.id).status == "succeeded"
    assert "Thank you, payment received" in part
    assert "hx-get" not in part
    assert '<div id="live" hx-swap-oob="innerHTML">Thank you, payment received</div>' in part
    assert "<title>Thank you, payment received - Demo shop</title>" in part
    assert "<html" not in part


def test_a_shopper_who_gave_up_is_told_so_once_the_psp_has_answered(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    part = client.get(f"/s/{token_of(waiting.id)}?from=psp&polls=1", headers=HTMX).text

    assert "Payment not finished" in part
    assert f'href="{waiting.hosted_url}"' in part


def test_a_silent_psp_leaves_the_page_checking(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    """No error page, no guess: it goes on asking."""
    shop.psp.down = Unavailable("refused")

    answer = client.get(f"/s/{token_of(waiting.id)}?from=psp&polls=1", headers=HTMX)

    assert answer.status_code == 200
    assert "Checking with your bank" in answer.text
    assert "from=psp" in answer.text


def test_an_impatient_reader_does_not_become_a_load_on_the_psp(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    """However often the page is opened, the PSP is asked once in five seconds."""
    for _ in range(5):
        client.get(f"/s/{token_of(waiting.id)}?from=psp&polls=1", headers=HTMX)
        client.post(f"/s/{token_of(waiting.id)}/check")

    assert shop.psp.count("fetch") == 1


def test_nothing_in_the_address_marks_a_payment_paid(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    for query in (
        "?from=psp",
        "?from=psp&status=succeeded",
        "?payment=pay_1&seen=paid",
        "?polls=99999&from=psp",
        "?polls=-1",
    ):
        assert "payment received" not in client.get(f"/s/{token_of(waiting.id)}{query}").text
    assert shop.view(waiting.id).status == "awaiting_shopper"


def test_only_a_change_is_announced(client: FlaskClient, db: Database, token_of: TokenOf) -> None:
    """A screen reader hears the new state, not each tick."""
    token = token_of(seed(db, status="processing", age=timedelta(seconds=20)))

    assert 'id="live"' not in client.get(f"/s/{token}?polls=6&seen=still_checking", headers=HTMX).text
    assert ">Still checking</div>" in client.get(f"/s/{token}?polls=6&seen=checking", headers=HTMX).text


def test_the_page_stops_asking_and_offers_a_button(
    client: FlaskClient, db: Database, token_of: TokenOf
) -> None:
    token = token_of(seed(db, status="processing", age=timedelta(minutes=9)))

    page = client.get(f"/s/{token}?polls=37", headers=HTMX).text

    assert "hx-get" not in page
    assert "http-equiv" not in page
    assert ">Check again</button>" in page
    assert "We go on, and email you at j...@example.org." in page


def test_without_scripts_the_page_looks_again_by_itself_until_told_not_to(
    client: FlaskClient, db: Database, token_of: TokenOf
) -> None:
    """Only while something is awaited, and with a link that stops it."""
    token = token_of(seed(db, status="processing"))

    page = client.get(f"/s/{token}").text
    assert re.search(
        r'<noscript><meta http-equiv="refresh" content="1\d;url=/s/[^"]+polls=\d+"></noscript>', page
    )
    assert f'href="/s/{token}?watch=no"' in page
    assert "http-equiv" not in client.get(f"/s/{token}?watch=no").text
    assert "http-equiv" not in client.get(f"/s/{token_of(seed(db, status='succeeded'))}").text


def test_cancel_closes_the_psps_page_and_says_so(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    token = token_of(waiting.id)

    answer = client.post(f"/s/{token}/cancel", headers={"Origin": "http://localhost"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/s/{token}")
    assert shop.psp.sessions[waiting.psp_session_id or ""].status == "expired"
    assert '<h1 id="heading">Canceled</h1>' in client.get(f"/s/{token}").text


def test_a_shopper_who_paid_before_canceling_has_paid(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    shop.psp.charge(waiting.psp_session_id or "")
    token = token_of(waiting.id)

    client.post(f"/s/{token}/cancel")

    assert shop.view(waiting.id).status == "succeeded"
    assert "Thank you, payment received" in client.get(f"/s/{token}").text


def test_canceling_while_the_psp_is_silent_is_remembered(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    shop.psp.down = Unavailable("refused")
    token = token_of(waiting.id)

    client.post(f"/s/{token}/cancel")

    assert "We are closing the payment page." in client.get(f"/s/{token}").text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_cancel(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf, headers: dict[str, str]
) -> None:
    assert client.post(f"/s/{token_of(waiting.id)}/cancel", headers=headers).status_code == 403
    assert shop.view(waiting.id).status == "awaiting_shopper"


def test_a_link_cannot_cancel(client: FlaskClient, waiting: PaymentView, token_of: TokenOf) -> None:
    """A mail program that opens every link changes nothing."""
    assert client.get(f"/s/{token_of(waiting.id)}/cancel").status_code == 405


def test_a_declined_attempt_says_why_and_leads_back(
    client: FlaskClient, shop: Shop, waiting: PaymentView, token_of: TokenOf
) -> None:
    shop.hears(shop.psp.news(waiting.psp_session_id or "", "attempt_declined", decline=DECLINED))

    page = client.get(f"/s/{token_of(waiting.id)}").text

    assert "There is not enough money on the account." in page
    assert ">Try again</a>" in page


def test_a_token_is_not_guessed(client: FlaskClient, db: Database, token_of: TokenOf) -> None:
    """Unknown, cut, changed and foreign: one answer, the same page."""
    token = token_of(seed(db, status="succeeded"))
    wrong = [token[:-1], token + "A", token.swapcase(), "x", "." * 40, token_of(UUID(int=1)), "%00", "é"]

    answers = [client.get(f"/s/{text}") for text in wrong]

    assert {answer.status_code for answer in answers} == {404}
    assert {re.sub(r"req_\w+|/s/[^\"]*", "", answer.text) for answer in answers[:1]} == {
        re.sub(r"req_\w+|/s/[^\"]*", "", answer.text) for answer in answers
    }


@pytest.mark.parametrize("path", ["", "/receipt", "/help"])
def test_no_personal_data_is_shown(client: FlaskClient, db: Database, token_of: TokenOf, path: str) -> None:
    """Whoever holds the link sees the order, never whose it is."""
    answer = client.get(f"/s/{token_of(seed(db, status='succeeded', email='jo.secret@example.org'))}{path}")

    assert "jo.secret" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.text


@pytest.mark.parametrize(
    ("locale", "currency", "amount_minor", "expected"),
    [
        ("de-DE", "EUR", 123456, "1.234,56\N{NO-BREAK SPACE}€"),
        ("ja-JP", "JPY", 1234567, "￥1,234,567"),
        ("en-IN", "KWD", 1234560, "KWD\N{NO-BREAK SPACE}1,234.560"),
        ("ar", "IQD", 1234567, "\N{RIGHT-TO-LEFT MARK}1,234.567\N{NO-BREAK SPACE}د.ع.\N{RIGHT-TO-LEFT MARK}"),
    ],
)
def test_the_amount_is_in_the_orders_locale(
    client: FlaskClient,
    db: Database,
    token_of: TokenOf,
    locale: str,
    currency: str,
    amount_minor: int,
    expected: str,
) -> None:
    parts = (Part("Ada's Pottery", amount_minor, None),)
    token = token_of(seed(db, status="succeeded", locale=locale, currency=currency, parts=parts))

    page = client.get(f"/s/{token}").text

    assert f'<p class="total"><data value="{amount_minor}">{expected}</data></p>' in page


def test_the_buttons_carry_the_payment_to_the_shop(
    client: FlaskClient, db: Database, token_of: TokenOf
) -> None:
    paid = client.get(f"/s/{token_of(seed(db, status='succeeded'))}").text
    expired = client.get(f"/s/{token_of(seed(db, status='expired'))}").text

    assert re.search(
        r'href="https://shop\.example/thanks\?cart=7&amp;payment=pay_\w{26}">Back to <bdi>Demo shop</bdi>',
        paid,
    )
    assert re.search(r'href="https://shop\.example/cart\?payment=pay_\w{26}">Back to the cart', expired)


def test_the_page_says_when_the_confirmation_has_left(
    client: FlaskClient, db: Database, token_of: TokenOf
) -> None:
    payment = seed(db, status="succeeded")
    assert "on its way to j...@example.org" in client.get(f"/s/{token_of(payment)}").text

    configure()
    send_payment_email(task("payment.succeeded", payment))

    assert "We have sent a confirmation to j...@example.org." in client.get(f"/s/{token_of(payment)}").text


def test_a_receipt_exists_once_the_money_does(client: FlaskClient, db: Database, token_of: TokenOf) -> None:
    parts = (Part("Ada's Pottery", 1190, "7", tax_minor=190),)
    paid = client.get(f"/s/{token_of(seed(db, status='succeeded', parts=parts))}/receipt").text
    unpaid = client.get(f"/s/{token_of(seed(db, status='processing'))}/receipt").text

    assert "Tax included" in paid
    assert re.search(r"<dt>Paid</dt><dd><time [^>]+>\d+ \w+ \d{4}, \d\d:\d\d C", paid), (
        "a receipt has its date"
    )
    assert '<data value="190">1.90\N{NO-BREAK SPACE}EUR</data>' in paid
    assert "No receipt yet" in unpaid


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("succeeded", "Yes: we received"),
        ("expired", "No. Nothing was taken"),
        ("processing", "We do not know yet."),
        ("unknown", "We do not know yet."),
        ("in_review", "Possibly."),
    ],
)
def test_help_answers_was_i_charged(
    client: FlaskClient, db: Database, token_of: TokenOf, status: str, answer: str
) -> None:
    assert answer in client.get(f"/s/{token_of(seed(db, status=status))}/help").text


def test_a_page_costs_few_statements(
    client: FlaskClient, db: Database, token_of: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three: the payment with its orders, its refunds, and whether the email has left; however many sellers."""
    from checkout.db.autocommit import Connections

    parts = tuple(Part(f"Seller {n}", 1000, None) for n in range(8))
    token = token_of(seed(db, status="succeeded", parts=parts))
    run, seen = Connections.run, []
    monkeypatch.setattr(Connections, "run", lambda *args: (seen.append(args[1]), run(*args))[1])

    client.get(f"/s/{token}")

    assert len(seen) == 3
