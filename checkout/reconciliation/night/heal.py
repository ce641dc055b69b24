"""Lines that nothing of ours answers to: the PSP's own object is read, and applied as its news would have been.

A row never decides a state. What it names is asked for; what the answer says is booked by the use cases that book news.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

import structlog

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import MalformedId, decode
from checkout.db.statement import run
from checkout.disputes.apply_news import apply_dispute_news
from checkout.disputes.errors import ChargeNotBooked
from checkout.ledger.errors import NumberTaken
from checkout.payments.errors import PspUnavailable
from checkout.payments.sync import sync_payment
from checkout.payouts.apply_news import apply_payout_news
from checkout.psp import DisputeNews, InvalidRequest, PaymentServiceProvider, PspError, TransferNews
from checkout.reconciliation.matching.classify import DifferingLine
from checkout.reconciliation.night.run import judged_lines
from checkout.refunds.apply_news import apply_refund

HEALABLE: Final = frozenset(
    {
        "missing_in_ledger",
        "duplicate_capture",
        "refund_unmatched",
        "dispute_unmatched",
        "transfer_unmatched",
        "status_mismatch",
    }
)
LOOKS_AT_MOST: Final = 200  # calls to the PSP for one day; what is left is an alert

Place = tuple[UUID, int]  # a file and a line of it

log = structlog.get_logger(__name__)


def heal_day(psp: PaymentServiceProvider, business_on: date, *, cause: Cause) -> set[Place]:
    """Reads again what the day's unexplained lines name; returns those that have no answer yet, since the PSP gave none, or
    since they are more than are asked for at a time. Owns its transactions; what is known already, or lies in suspense under
    its number, is booked no second time."""
    lines = [
        line
        for line, verdict in judged_lines(psp.name, business_on)
        if verdict.code in HEALABLE and not line.in_suspense
    ]
    unanswered = {(line.file_id, line.line) for line in lines[LOOKS_AT_MOST:]}
    for line in lines[:LOOKS_AT_MOST]:
        try:
            _heal(line, psp, cause)
        except (InvalidRequest, ChargeNotBooked, NumberTaken) as error:  # an answer, which explains nothing
            _say(line, error)
        except (PspError, PspUnavailable) as error:
            _say(line, error)
            unanswered.add((line.file_id, line.line))
    return unanswered


def _say(line: DifferingLine, error: Exception) -> None:
    log.info("reconciliation.not_healed", number=line.number, error=type(error).__name__)


def _heal(line: DifferingLine, psp: PaymentServiceProvider, cause: Cause) -> None:
    """Nothing where the line names nothing that could be asked for."""
    match line.kind:
        case "charge" | "charge_failure":
            _read_payment(line, psp, cause)
        case "refund" | "refund_failure" if line.source_id:
            apply_refund(psp.fetch_refund(line.source_id), psp=psp, cause=cause)
        case "dispute" | "dispute_reversal" if line.source_id:
            dispute = psp.fetch_dispute(line.source_id)
            apply_dispute_news(DisputeNews(dispute, "updated", utcnow()), psp=psp, cause=cause)
        case "transfer" if line.source_id:
            transfer = psp.fetch_transfer(line.source_id)
            apply_payout_news(TransferNews(transfer, (), False, utcnow()), psp=psp, cause=cause)
        case "transfer_reversal" if line.reference:
            found = psp.find_transfer(line.reference)
            if found is not None:
                apply_payout_news(TransferNews(found, (), False, utcnow()), psp=psp, cause=cause)


def _read_payment(line: DifferingLine, psp: PaymentServiceProvider, cause: Cause) -> None:
    payment_id = _payment_of(line.reference, line.entry_source, line.charge_source)
    if payment_id is not None:
        sync_payment(payment_id, psp=psp, cause=cause)


def _payment_of(*names: str | None) -> UUID | None:
    """The first that names a payment which is here."""
    for name in names:
        try:
            payment_id = decode("pay", name or "")
        except MalformedId:
            continue
        if run("SELECT 1 FROM payments WHERE id = %(id)s", id=payment_id):
            return payment_id
    return None
