"""The mailbox of a running product, asked without a browser: what is looked for in it may take many looks."""

from __future__ import annotations

import re
from html import unescape

from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE_MS
from tests.product import Product

LOOK_AGAIN_MS = 250
ATTEMPTS = PATIENCE_MS // LOOK_AGAIN_MS
SUBJECTS = re.compile(r'<a href="/demo/mailbox/\d+">([^<]*)</a>')


def emails(product: Product) -> list[str]:
    """The subjects in the mailbox, newest first."""
    shown = product.get("/demo/mailbox")
    assert shown.ok
    return [unescape(subject) for subject in SUBJECTS.findall(shown.text)]


def wait_for_email(product: Product, page: Page, state: str, order: str) -> str:
    """The subject of this order's email: the other tests' orders have theirs in the same mailbox."""
    for _attempt in range(ATTEMPTS):
        for subject in emails(product):
            if subject.endswith(state) and order in subject:
                return subject
        page.wait_for_timeout(LOOK_AGAIN_MS)
    raise AssertionError(f"no email: {order}, {state}")
