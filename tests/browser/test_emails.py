"""The emails' HTML as a mail program shows it: accessible in both colour schemes, whole on a phone, loading nothing."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page

from tests.browser.checks import OVERFLOW
from tests.browser.inspector import Inspector
from tests.browser.seen import Seen
from tests.conftest import Database
from tests.notifications.conftest import configure, tell
from tests.notifications.test_payment_email import ENDS
from tests.pages.seed import Seeded, seed

Open = Callable[..., tuple[Page, Seen]]


def html_of(db: Database, fact: str) -> str:
    configure()
    tell(fact, seed(db, Seeded(status=ENDS[fact], columns={"method": "sepa_debit"})))
    raw = bytes(db.value("SELECT raw FROM mailbox_messages"))
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("fact", sorted(ENDS))
def test_an_email_is_readable_by_everybody(
    db: Database, open_page: Open, inspector: Inspector, fact: str
) -> None:
    page, seen = open_page("about:blank", viewport={"width": 320, "height": 800})
    page.set_content(html_of(db, fact))
    assert inspector.faults(page, dark=True) == []
    assert page.evaluate(OVERFLOW) <= 0
    assert seen.foreign == []
