"""Work for later in the mock's time: rows that the ticker finds due."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checkout.mockpsp.store import Transaction


class TimerKind(StrEnum):
    SETTLE_CHARGE = "settle_charge"
    FINISH_TIMED_OUT = "finish_timed_out"
    LAPSE_CHALLENGE = "lapse_challenge"
    SEND_PAYOUT = "send_payout"
    SETTLE_PAYOUT = "settle_payout"
    RETURN_PAYOUT = "return_payout"
    SETTLE_REFUND = "settle_refund"
    FAIL_REFUND = "fail_refund"
    FUND_REFUND = "fund_refund"
    RETURN_DEBIT = "return_debit"
    EVIDENCE_DUE = "evidence_due"
    DECIDE_DISPUTE = "decide_dispute"
    END_INQUIRY = "end_inquiry"


@dataclass(frozen=True, slots=True)
class Timer:
    seq: int
    kind: TimerKind
    subject: str


def set_timer(tx: Transaction, kind: TimerKind, subject: str, *, due: int) -> None:
    tx.run("insert into timers (due, kind, subject) values (?, ?, ?)", [due, kind.value, subject])


def take_due(tx: Transaction, now: int, *, limit: int) -> list[Timer]:
    """The due timers, removed: the transaction that takes one also does its work."""
    rows = tx.run(
        "delete from timers where seq in (select seq from timers where due <= ? order by due, seq limit ?) "
        "returning seq, kind, subject, due",
        [now, limit],
    ).fetchall()
    return [
        Timer(seq, TimerKind(kind), subject)
        for seq, kind, subject, _ in sorted(rows, key=lambda row: (row[3], row[0]))
    ]
