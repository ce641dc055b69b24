"""A movement that a night tells of, and what a row of it is read as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from checkout.core.currencies import exponent

GARBLED = "1O.OO"  # letters where digits belong


@dataclass(frozen=True)
class Told:
    """Amounts with the sign of our balance; what a format cannot say, its writer leaves out. paid: how much was paid in which
    other currency."""

    kind: str
    gross: int
    fee: int
    currency: str
    at: datetime
    reference: str
    garbled: bool = False
    paid: tuple[int, str] | None = None

    def amount(self, text: str) -> str:
        return GARBLED if self.garbled else text


def major(minor: int, currency: str) -> str:
    """Without a sign."""
    places = exponent(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def read_as(told: Told, *, type: str, number: str, source_id: str, fee: int, **more: Any) -> dict[str, Any]:
    """What the reader must make of it."""
    return {
        "kind": told.kind, "type": type, "number": number, "source_id": source_id, "reference": told.reference,
        "gross_minor": told.gross, "fee_minor": fee, "net_minor": told.gross - fee, "currency": told.currency,
        "occurred_at": told.at,
    } | more  # fmt: skip


def nights(
    kinds: dict[str, int], currencies: tuple[str, ...] = ("EUR", "JPY", "KWD")
) -> st.SearchStrategy[list[Told]]:
    """One to six movements; each kind has the sign that it has in life."""
    texts = st.text(st.characters(codec="latin-1", categories=("L", "N", "P")), min_size=1, max_size=12)
    one = st.builds(
        lambda kind, gross, fee, currency, at, reference: Told(kind, kinds[kind] * gross, fee, currency, at, reference),
        st.sampled_from(sorted(kinds)), st.integers(1, 10**9), st.integers(0, 10**4), st.sampled_from(currencies),
        st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),
        texts,
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=6)


def quoted(*fields: str, delimiter: str = ",") -> str:
    """A row of CSV, every field in quotes."""
    return delimiter.join('"' + field.replace('"', '""') + '"' for field in fields)
