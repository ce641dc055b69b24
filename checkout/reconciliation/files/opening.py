"""Which format a file is in: asked of its PSP and its first bytes, never of its name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from checkout.reconciliation.formats import adyen, camt053, paypal, stripe
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementReader
from checkout.reconciliation.formats.mapped import MappedFile
from checkout.reconciliation.formats.mapping import ColumnMapping, MappingInvalid, load_mappings
from checkout.reconciliation.formats.records import BOM, LINE_BYTES_MOST

BANK: Final = "bank"
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
HEAD_BYTES: Final = LINE_BYTES_MOST

Opens = Callable[[BinaryIO], SettlementReader]


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is known, opened, and what a first row lacks that is nearly it."""

    recognises: Callable[[bytes, Sequence[str]], bool]
    opens: Opens
    missing: Callable[[Sequence[str]], Sequence[str]] = lambda header: ()


FORMATS: Final[Mapping[str, Format]] = {
    "stripe": Format(lambda _, header: stripe.recognises(header), stripe.StripeReport, stripe.missing),
    "adyen": Format(lambda _, header: adyen.recognises(header), adyen.AdyenReport, adyen.missing),
    "paypal": Format(lambda _, header: paypal.recognises(header), paypal.PayPalReport),
    BANK: Format(lambda head, _: camt053.recognises(head), camt053.Camt053),
}

_mappings_dir: Path | None = None


def configure(*, mappings_dir: Path | None) -> None:
    """Where the column mappings of this installation lie; None: it has none."""
    global _mappings_dir
    _mappings_dir = mappings_dir


def open_file(stream: BinaryIO, psp: str) -> SettlementReader:
    """A reader for the stream, which is put back to its beginning.

    What no format of ours knows may be known to a mapping of this installation.

    Raises:
        SettlementFileInvalid: no format of that PSP begins so; the detail says what the nearest one misses. Or a
            mapping cannot be used, and it might have known the file.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if not head:
        raise SettlementFileInvalid("empty", "the file is empty")
    if head.startswith(UTF_16):
        raise SettlementFileInvalid("encoding", "is UTF-16; it is taken as UTF-8", 1)
    format, header = FORMATS.get(psp), _fields(head)
    if format is not None and format.recognises(head, header):
        return format.opens(stream)
    if (mapping := _mapping_of(psp, head)) is not None:
        return MappedFile(stream, mapping)
    if format is None:
        raise SettlementFileInvalid("unknown_psp", f"no settlement format of {psp!r} is known")
    missing = format.missing(header)
    detail = f"has no column {', '.join(missing)}" if missing else "begins like no format that is known"
    raise SettlementFileInvalid("header", detail, 1)


def _mapping_of(psp: str, head: bytes) -> ColumnMapping | None:
    if _mappings_dir is None:
        return None
    try:
        found = load_mappings(_mappings_dir)
    except (MappingInvalid, OSError) as error:
        raise SettlementFileInvalid("mapping", f"a column mapping cannot be used: {error}") from error
    return next((mapping for mapping in found if mapping.psp == psp and mapping.recognises(head)), None)


def known_mappings() -> list[ColumnMapping]:
    """All versions of the column mappings of this installation.

    Raises:
        MappingInvalid: one of them cannot be used.
    """
    return load_mappings(_mappings_dir) if _mappings_dir is not None else []


def _fields(head: bytes) -> list[str]:
    first = head.removeprefix(BOM).split(b"\n", 1)[0]
    try:
        return [field.strip() for field in next(csv.reader([first.decode("utf-8", "replace")]), [])]
    except csv.Error:
        return []
