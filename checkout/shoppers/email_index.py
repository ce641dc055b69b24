"""How a shopper is found by email without any email being readable."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from checkout.secrets import blind_index

TABLE: Final = "shoppers"
COLUMN: Final = "email_index"
_TO_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def normalise(email: str) -> str:
    """Two spellings of one address. Only A to Z are folded: what else is one letter depends on who is asked."""
    return email.strip().translate(_TO_LOWER)


def email_index(email: str, storefront_id: UUID) -> bytes:
    """32 bytes, equal for equal addresses of one storefront; two storefronts' do not meet."""
    return blind_index(normalise(email), table=TABLE, column=COLUMN, scope=storefront_id)
