"""Take a transfer back whose bank payout failed: before it is back, no new payout of the same money is made."""

from __future__ import annotations

from typing import Final

from psycopg.types.json import Jsonb

from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payouts import settle
from checkout.payouts.attempts import growing_pause_seconds, key_is_good
from checkout.payouts.payout import Payout, lock_payout, read_payout
from checkout.payouts.wire import new_reversal, reversal_request
from checkout.psp import (
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    PaymentServiceProvider,
    PspError,
    RateLimited,
    TransferReversal,
    Unavailable,
)

REFUSED_WAIT_SECONDS: Final = 6 * 3_600.0  # the account's balance must change first, or a person acts


def take_back(payout: Payout, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """Asks for the reversal under its one key; after the key's window looks at what was taken back instead."""
    if payout.psp_transfer_id is None:
        return None
    if payout.reversal_request is None:
        wire = psp.wire_of(new_reversal(payout, payout.psp_transfer_id))
        retrying(lambda: _write_down(payout, wire))
        crash_point("payouts.before_reversal")
        return None  # read again with its request
    assert payout.reversal_attempted_at is not None
    try:
        if key_is_good(psp, payout.reversal_attempted_at):
            reversals: tuple[TransferReversal, ...] = (psp.reverse_transfer(reversal_request(payout)),)
        else:
            reversals = psp.list_transfer_reversals(payout.psp_transfer_id)
    except (InvalidRequest, InsufficientFunds) as refusal:
        return _refused(payout, psp, refusal, cause)
    except (RateLimited, Unavailable, OutcomeUnknown) as wait:
        return wait.retry_after_seconds or growing_pause_seconds(payout)
    crash_point("payouts.after_reversal_answer")
    retrying(lambda: _record(payout, reversals, cause))
    if read_payout(payout.id).status != "reversing":
        return None
    _tell(
        payout, "The transfer was not taken back in whole, and the key it was asked under does nothing more"
    )
    return REFUSED_WAIT_SECONDS


def _record(payout: Payout, reversals: tuple[TransferReversal, ...], cause: Cause) -> None:
    with atomic() as session:
        for reversal in reversals:
            settle.reversed_(session, lock_payout(session, payout.id), reversal, cause=cause)


def _write_down(payout: Payout, wire: dict[str, str]) -> None:
    with atomic() as session:
        execute(
            session,
            """
            UPDATE payouts SET reversal_request = %(wire)s, reversal_attempted_at = %(now)s
             WHERE id = %(id)s AND status = 'reversing' AND reversal_request IS NULL
            """,
            id=payout.id,
            wire=Jsonb(wire),
            now=utcnow(),
        )


def _refused(payout: Payout, psp: PaymentServiceProvider, refusal: PspError, cause: Cause) -> float:
    """It may have been taken back by hand: the list says so. Else it stays as it is, and a person is told."""
    assert payout.psp_transfer_id is not None
    try:
        reversals = psp.list_transfer_reversals(payout.psp_transfer_id)
    except PspError:
        reversals = ()
    retrying(lambda: _record(payout, reversals, cause))
    if read_payout(payout.id).status != "reversing":
        return 0.0
    _tell(payout, f"The PSP would not take the transfer back: {refusal.detail or refusal.psp_code}")
    return REFUSED_WAIT_SECONDS


def _tell(payout: Payout, detail: str) -> None:
    with atomic() as session:
        open_alert(
            session,
            code="payout_not_reversed",
            severity="critical",
            subject=payout.public_id,
            detail=detail,
            amount=payout.amount,
            dedupe_key=f"payout_not_reversed:{payout.public_id}",
        )
