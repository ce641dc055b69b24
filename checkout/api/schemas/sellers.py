"""What comes in about sellers: one is taken on, sent to the payment provider, paid to a bank account."""

from __future__ import annotations

import re
from typing import Final

from checkout.api.schemas.strict import Currency, Email, Integer, StrictSchema, Text

URL_LENGTH: Final = 2_048
COUNTRY: Final = re.compile(r"[A-Z]{2}")
WEB_ADDRESS: Final = re.compile(
    r"https://[!-~]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?(?:/[!-~]*)?"
)


def _country() -> Text:
    return Text(
        2,
        least=2,
        shape=COUNTRY,
        what="must be an ISO 3166 code of two capital letters",
        required=True,
        metadata={"example": "DE"},
    )


class NewSeller(StrictSchema):
    """A seller to take on. `currency` is that of its account at the payment provider; without one, its country's."""

    name = Text(200, required=True)
    country = _country()
    currency = Currency()
    email = Email(metadata={"description": "Letters about its account go there."})
    commission_bps = Integer(
        0, 10_000, metadata={"description": "Basis points of each order; 1000 if left out."}
    )


class LinkRequest(StrictSchema):
    """Where the payment provider sends the seller back to."""

    return_url = Text(
        URL_LENGTH, shape=WEB_ADDRESS, what="must be an https address, or http on this machine", required=True
    )
    refresh_url = Text(
        URL_LENGTH,
        shape=WEB_ADDRESS,
        what="must be an https address, or http on this machine",
        metadata={"description": "Where to, when the link has lapsed; `return_url` if left out."},
    )


class NewPayoutAccount(StrictSchema):
    """A bank account, as a person types it."""

    currency = Currency(required=True)
    country = _country()
    account_number = Text(
        50, least=4, required=True, metadata={"description": "An IBAN, or the country's own."}
    )
    account_holder_name = Text(200, required=True)
    routing_number = Text(40)
