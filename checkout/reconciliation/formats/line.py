"""What every format is brought to: one line of a settlement file, in our units and words; and what was wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from checkout.reconciliation.formats.chunk import Chunk

LineKind = Literal[
    "charge",
    "charge_failure",
    "refund",
    "refund_failure",
    "dispute",
    "dispute_reversal",
    "fee",
    "payout",
    "payout_reversal",
    "transfer",
    "transfer_reversal",
    "topup",
    "reserve",
    "conversion",
    "adjustment",
    "unknown",
]


class SettlementLine(NamedTuple):
    """A row that could be read. Amounts are minor units with the sign of our balance: + came in, − went out;
    `fee_minor` is what the PSP kept, and net = gross − fee.

    number: the PSP's number of the movement (Stripe's txn_). source_id: the object that moved (ch_, re_, po_ …).
    reference: our own id, where the file carries it. type: the PSP's word for the kind. line: counts from 1, the
    header included. raw: the bytes of the row as they stood in the file, line end included. method: the payment method
    in the PSP's words (card, sepa_debit, visa …), "" where the file names none.
    """

    line: int
    kind: LineKind
    type: str
    number: str
    source_id: str
    reference: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    occurred_at: datetime
    raw: bytes
    method: str = ""


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A row that is no movement: a header, a footer, an empty line; or (code not empty) one that cannot be read.

    number, source_id: of a rejected row, where at least these stand where they should: it tells of that movement.
    """

    line: int
    role: Literal["header", "footer", "blank", "rejected"]
    raw: bytes
    code: str = ""
    detail: str = ""
    number: str = ""
    source_id: str = ""


class SettlementFileInvalid(Exception):
    """The file as a whole cannot be taken: its encoding, its header, its totals. `line` where one can be named."""

    def __init__(self, code: str, detail: str, line: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.line = line


class SettlementReader(Protocol):
    """An opened file. `batch` is the file's own number, "" where it has none; known once `rows()` is exhausted."""

    format: str
    account: str
    batch: str

    def rows(self) -> Iterator[SettlementLine | OtherLine]:
        """Every row of the file in its order, so that all `raw` together are the file, byte for byte.

        Raises:
            SettlementFileInvalid: at the row where it is found out, or at the end for totals.
        """
        ...

    def chunks(self) -> Iterator[Chunk]:
        """The same rows, many at a time."""
        ...
