"""Which format a file is in: asked of its PSP and its first row, never of its name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, Final

from checkout.reconciliation.formats import stripe
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementReader
from checkout.reconciliation.formats.records import BOM, LINE_BYTES_MOST

Opens = Callable[[BinaryIO], SettlementReader]
Recognises = Callable[[Sequence[str]], bool]

FORMATS: Final[Mapping[str, Sequence[tuple[Recognises, Opens]]]] = {
    "stripe": ((stripe.recognises, stripe.StripeReport),),
}


def open_file(stream: BinaryIO, psp: str) -> SettlementReader:
    """A reader for the stream, which is put back to its beginning.

    Raises:
        SettlementFileInvalid: no format of that PSP begins so; the detail says what the nearest one misses.
    """
    stream.seek(0)
    first = stream.readline(LINE_BYTES_MOST)
    stream.seek(0)
    if not first:
        raise SettlementFileInvalid("empty", "the file is empty")
    header = _fields(first)
    for recognises, opens in FORMATS.get(psp, ()):
        if recognises(header):
            return opens(stream)
    formats = FORMATS.get(psp)
    if not formats:
        raise SettlementFileInvalid("unknown_psp", f"no settlement format of {psp!r} is known")
    missing = [name for name in stripe.NEEDED if name not in header] if psp == "stripe" else []
    detail = f"has no column {', '.join(missing)}" if missing else "begins like no format that is known"
    raise SettlementFileInvalid("header", detail, 1)


def _fields(first: bytes) -> list[str]:
    text = first.removeprefix(BOM).decode("utf-8", "replace")
    try:
        return [field.strip() for field in next(csv.reader([text]), [])]
    except csv.Error:
        return []
