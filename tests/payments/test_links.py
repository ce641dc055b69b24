"""The link to a payment's status page: the same for ever, and of nobody else's making."""

from __future__ import annotations

from uuid import UUID

import pytest

from checkout.core.errors import NotFound
from checkout.payments.links import StatusLinks

PAYMENT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
TOKEN = "AYkKXayWd0u8zrMCCZqAVw.Lq9GImFZ9QQuZi4yL9yxohY7usE"  # under the test's own secret


def test_a_link_that_was_sent_once_opens_for_ever():
    """The token under this secret is what it always was: it stands in emails."""
    links = StatusLinks("http://localhost:8000", "a-secret-of-this-test")

    assert links.url(PAYMENT) == f"http://localhost:8000/s/{TOKEN}"
    assert links.read(TOKEN) == PAYMENT


def test_a_token_of_another_secret_opens_nothing():
    """Nor does one whose signature was changed by a letter."""
    links = StatusLinks("http://localhost:8000", "another-secret")

    for token in (TOKEN, links.token(PAYMENT)[:-1] + "-"):
        with pytest.raises(NotFound):
            links.read(token)
