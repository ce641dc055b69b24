"""What is known of a person, and its form under encryption. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Details:
    """As the shopper's own checkouts said; `locale` is a BCP 47 tag, `country` an ISO 3166-1 code of two letters."""

    email: str
    name: str | None = None
    locale: str | None = None
    country: str | None = None

    def merged(self, said: Details) -> Details:
        """What a later checkout says counts, where it says something; the email stays as it was first written."""
        return Details(
            email=self.email,
            name=said.name or self.name,
            locale=said.locale or self.locale,
            country=said.country or self.country,
        )


def encode(details: Details) -> bytes:
    return json.dumps(asdict(details), ensure_ascii=False, separators=(",", ":")).encode()


def decode(text: bytes) -> Details:
    return Details(**json.loads(text))
