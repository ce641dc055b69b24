"""An entry of a bank statement as a line of ours. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from checkout.core.currencies import UnknownCurrency
from checkout.reconciliation.formats.amounts import from_major
from checkout.reconciliation.formats.line import LineKind, OtherLine, SettlementLine
from checkout.reconciliation.formats.moments import moment

if TYPE_CHECKING:
    from checkout.reconciliation.formats.camt_statement import Statement

REFERENCE_CHARACTERS: Final = 1000  # a remittance text has 140 a line; what is longer names nothing
COSTS: Final = frozenset({"CHRG", "COMM", "FEES", "COME", "COMI", "COMT", "COMN"})
NAMING: Final = frozenset({"EndToEndId", "Ustrd", "Ref", "AddtlTxInf", "AddtlNtryInf"})
INTEREST: Final = frozenset({"INTR", "COIN", "CDIS", "DDIS"})


@dataclass(slots=True)
class Element:
    """An element of the message with what is in it; small, since an entry is bounded."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def at(self, path: str) -> Element | None:
        """The first element on a path such as `Acct/Id/IBAN`."""
        found: Element | None = self
        for name in path.split("/"):
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def value(self, *paths: str) -> str:
        """The text at the first path that has one, or ""."""
        texts = (element.text.strip() for path in paths if (element := self.at(path)) is not None)
        return next(filter(None, texts), "")

    def texts(self, names: Collection[str]) -> list[str]:
        """The texts of all elements of those names below this one, in their order."""
        found, waiting = [], list(reversed(self.children))
        while waiting:
            element = waiting.pop()
            if element.name in names:
                found.append(element.text.strip())
            waiting.extend(reversed(element.children))
        return found


def read_entry(entry: Element, line: int, raw: bytes, statement: Statement) -> SettlementLine | OtherLine:
    """A booked entry is a movement of the account; one that is only announced is none yet."""
    status = entry.value("Sts/Cd", "Sts/Prtry", "Sts")
    if status in ("PDNG", "INFO", "FUTR"):
        return OtherLine(line, "blank", raw, detail=f"an entry that is only {status}")
    number = _number(entry, statement)
    try:
        if status != "BOOK":
            raise ValueError(f"has the status {status[:20]!r}")
        minor, currency = signed_amount(entry)
    except (ValueError, UnknownCurrency) as error:
        statement.has_unread = True
        return OtherLine(line, "rejected", raw, "row_rejected", str(error), number)
    statement.add(minor, currency)
    try:
        at = _booked_at(entry)
    except ValueError as error:
        return OtherLine(line, "rejected", raw, "row_rejected", str(error), number)
    return SettlementLine(
        line=line,
        kind=_kind(entry, minor),
        type=_type(entry),
        number=number,
        source_id=_end_to_end(entry),
        reference=_reference(entry),
        gross_minor=minor,
        fee_minor=0,
        net_minor=minor,
        currency=currency,
        occurred_at=at,
        raw=raw,
    )


def signed_amount(element: Element) -> tuple[int, str]:
    """Amt and CdtDbtInd of an entry or a balance: credit is positive.

    Raises:
        ValueError, UnknownCurrency: it has none that can be read.
    """
    amount, side = element.at("Amt"), element.value("CdtDbtInd")
    if amount is None or side not in ("CRDT", "DBIT"):
        raise ValueError("has no Amt, or no CdtDbtInd that says CRDT or DBIT")
    currency = amount.attributes.get("Ccy", "")
    text = amount.text.strip()
    minor = from_major(text, currency)
    if text[:1] in ("-", "+"):
        raise ValueError(f"Amt {text[:40]!r} has a sign")
    return (minor if side == "CRDT" else -minor), currency


def _booked_at(entry: Element) -> datetime:
    return moment(entry.value("BookgDt/DtTm", "BookgDt/Dt", "ValDt/DtTm", "ValDt/Dt"))


def _number(entry: Element, statement: Statement) -> str:
    """The bank's reference of the entry; where it has none, its place in the statement."""
    statement.entries += 1
    return entry.value("AcctSvcrRef", "NtryRef") or f"{statement.id}/{statement.entries}"


def _type(entry: Element) -> str:
    codes = [entry.value(f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "-".join(filter(None, codes)) or entry.value("BkTxCd/Prtry/Cd") or entry.value("CdtDbtInd")


def _kind(entry: Element, minor: int) -> LineKind:
    """What comes in is taken for a PSP's payout until it is compared; costs and interest of the bank are told apart."""
    code = entry.value("BkTxCd/Domn/Fmly/SubFmlyCd")
    if code in COSTS:
        return "fee"
    if code in INTEREST:
        return "adjustment"
    if entry.value("RvslInd") in ("true", "1"):
        return "payout_reversal" if minor < 0 else "adjustment"
    return "payout" if minor > 0 else "adjustment"


def _end_to_end(entry: Element) -> str:
    return next((text for text in entry.texts(("EndToEndId",)) if text not in ("", "NOTPROVIDED")), "")


def _reference(entry: Element) -> str:
    """Every text in which a sender may have named the payment."""
    texts = [text for text in entry.texts(NAMING) if text != "NOTPROVIDED"]
    return " ".join(dict.fromkeys(filter(None, texts)))[:REFERENCE_CHARACTERS]
