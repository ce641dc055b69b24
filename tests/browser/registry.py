"""Every page that people see, in every state that looks different. The generic tests go over this list.

A page that is missing here is found by test_every_page_is_registered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.browser import finance_registry, money_back_registry, people_registry, seller_registry
from tests.browser.entry import HOSTILE, Entry, Site
from tests.browser.finance_registry import FINANCE_PAGES
from tests.browser.money_back_registry import MONEY_BACK_PAGES
from tests.browser.people_registry import PEOPLE_PAGES, SIGN_IN_PAGES
from tests.browser.seller_registry import SELLER_PAGES
from tests.browser.statement_registry import STATEMENT_FILES, STATEMENT_PAGES
from tests.notifications.conftest import configure, tell
from tests.pages.seed import Line, Part, Seeded, seed


def _status(name: str, suffix: str = "", endpoint: str = "status.show", **seeded: Any) -> Entry:
    def arrange(site: Site) -> str:
        return site.links.url(seed(site.db, Seeded(**seeded))) + suffix

    return Entry(f"status: {name}", endpoint, arrange)


def _at(path: str, name: str, endpoint: str, status: int = 200) -> Entry:
    return Entry(name, endpoint, lambda site: site.base_url + path, status)


def _mail(fact: str, status: str) -> Callable[[Site], int]:
    def arrange(site: Site) -> int:
        configure()
        tell(fact, seed(site.db, Seeded(status=status)))
        return int(site.db.value("SELECT max(id) FROM mailbox_messages"))

    return arrange


def _hosted(site: Site, **more: str) -> dict[str, Any]:
    """A session at the mock PSP, made as the adapter makes one."""
    form = {
        "mode": "payment",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1500",
        "line_items[0][price_data][product_data][name]": "Mug (Ada's Pottery)",
        "line_items[0][quantity]": "1",
        "success_url": f"{site.base_url}/s/x?from=psp",
        "cancel_url": f"{site.base_url}/s/x",
        "expires_at": str(int((datetime.now(UTC) + timedelta(hours=1)).timestamp())),
        **more,
    }
    answer = requests.post(
        f"{site.mock_url}/v1/checkout/sessions", data=form, auth=("sk_test_mock", ""), timeout=60
    )
    assert answer.ok, answer.text
    return dict(answer.json())


def _challenge(site: Site) -> str:
    session = _hosted(site)
    requests.post(
        f"{site.mock_url}/_mock/pay", json={"session": session["id"], "card": "4000002760003184"}, timeout=60
    )
    return f"{session['url']}/challenge"


def _ended(site: Site) -> str:
    session = _hosted(site)
    requests.post(
        f"{site.mock_url}/_mock/pay", json={"session": session["id"], "card": "4242424242424242"}, timeout=60
    )
    return str(session["url"])


MINUTES = timedelta(minutes=1)
DECLINED = {"last_error": {"code": "insufficient_funds"}}
MANY = tuple(
    Part(f"Seller {n}", 3_000_000, f"2026-{n:05d}", tuple(Line(f"Item {i}", 1_000_000, 1) for i in range(3)))
    for n in range(8)
)
STATUS_PAGES = (
    _status("starting", status="created"),
    _status("not finished", status="awaiting_shopper"),
    _status("just returned", "?from=psp", status="awaiting_shopper"),
    _status("declined", status="awaiting_shopper", columns=DECLINED),
    _status("canceling", status="awaiting_shopper", columns={"cancel_requested_at": datetime.now(UTC)}),
    _status("checking", status="processing", age=timedelta(0)),
    _status("still checking", status="processing", age=timedelta(seconds=20)),
    _status("bank slow", status="processing", age=3 * MINUTES, columns={"method": "sepa_debit"}),
    _status("stopped", "?watch=no", status="processing", age=3 * MINUTES),
    _status("not known", status="unknown"),
    _status("in review", status="in_review"),
    _status("paid", status="succeeded"),
    _status("paid, German", status="succeeded", locale="de-DE"),
    _status("paid, Arabic dinar", status="succeeded", locale="ar", currency="KWD"),
    _status("partly refunded", status="succeeded", columns={"amount_refunded_minor": 1200}),
    _status("refunded", status="succeeded", columns={"amount_refunded_minor": 2490}),
    _status("failed", status="failed", columns={"last_error": {"code": "psp_rejected"}}),
    _status("expired", status="expired"),
    _status("canceled", status="canceled"),
    _status("paid too late", status="canceled", columns={"amount_received_minor": 2490}),
    _status("many sellers", status="succeeded", parts=MANY),
    _status(
        "hostile names",
        status="succeeded",
        shop=HOSTILE[:200],
        parts=(Part(HOSTILE[:200], 1, HOSTILE[:60], (Line(HOSTILE, 1),)),),
    ),
    _status(
        "receipt", "/receipt", "status.receipt", status="succeeded", columns={"amount_refunded_minor": 1200}
    ),
    _status("no receipt yet", "/receipt", "status.receipt", status="processing"),
    _status("help", "/help", "status.help", status="succeeded"),
    _status("help while nobody knows", "/help", "status.help", status="unknown"),
)
DEMO_PAGES = (
    _at("/demo", "shop: empty cart", "demo.shop"),
    _at("/demo/thanks?payment=pay_1", "shop: thanks", "demo.thanks"),
    _at("/demo/mailbox", "mailbox: empty", "mailbox.index"),
    Entry(
        "mailbox: messages",
        "mailbox.index",
        lambda site: f"{site.base_url}/demo/mailbox" if _mail("payment.succeeded", "succeeded")(site) else "",
    ),
    Entry(
        "mailbox: confirmation",
        "mailbox.message",
        lambda site: f"{site.base_url}/demo/mailbox/{_mail('payment.succeeded', 'succeeded')(site)}",
    ),
    Entry(
        "mailbox: delay",
        "mailbox.message",
        lambda site: f"{site.base_url}/demo/mailbox/{_mail('payment.delayed', 'processing')(site)}",
    ),
)


def _docs(path: str, name: str, endpoint: str, **more: Any) -> Entry:
    return Entry(
        f"docs: {name}", f"docs.{endpoint}", lambda site: f"{site.base_url}/docs{path}", private=False, **more
    )


DOCS_PAGES = (
    _docs(
        "",
        "reference",
        "reference",
        vendored_part="#reference",
        drawn="#reference .opblock",
        in_shell=False,
    ),
    _docs("/errors", "errors", "errors"),
    _docs("/errors/psp_unavailable", "an error", "error"),
    _docs("/events", "events", "events"),
    _docs("/events/payment.succeeded", "an event", "event"),
    _docs("/alerts", "alerts", "alerts"),
    _docs("/alerts/missing_at_psp", "an alert", "alert"),
)
ERROR_PAGES = (
    _at("/no/such/page", "error: not found", "error", 404),
    _at("/s/not-a-token", "error: unknown link", "error", 404),
    _at("/demo/checkout", "error: wrong method", "error", 405),
)
MOCK_PAGES = (
    Entry("mock: start", "mock", lambda site: f"{site.mock_url}/", in_shell=False),
    Entry("mock: pay", "mock", lambda site: str(_hosted(site)["url"]), in_shell=False),
    Entry("mock: challenge", "mock", _challenge, in_shell=False),
    Entry("mock: paid already", "mock", _ended, in_shell=False),
)
PAGES = (
    *STATUS_PAGES,
    *DEMO_PAGES,
    *DOCS_PAGES,
    *ERROR_PAGES,
    *SIGN_IN_PAGES,
    *PEOPLE_PAGES,
    *SELLER_PAGES,
    *STATEMENT_PAGES,
    *MONEY_BACK_PAGES,
    *FINANCE_PAGES,
)
ALL = (*PAGES, *MOCK_PAGES)

# GET routes of the application that are no pages of this list, each with the reason.
NOT_PAGES = {
    "shell.asset": "a static file",
    "docs.asset": "a static file",
    "docs.openapi": "the API's document, JSON",
    "mailbox.html": "an email's HTML, shown in a frame; test_emails.py looks at it",
    "demo.home": "a redirect to the shop",
    **people_registry.NOT_PAGES,
    **seller_registry.NOT_PAGES,
    **money_back_registry.NOT_PAGES,
    **finance_registry.NOT_PAGES,
    **STATEMENT_FILES,
}
