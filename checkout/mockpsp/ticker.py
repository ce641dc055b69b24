"""The mock's heartbeat: one thread that does what is due by the mock's time and keeps the deliveries moving."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from checkout.mockpsp import (
    attempts,
    bank_side,
    bank_verdicts,
    dispute_course,
    idempotency,
    refund_course,
    report_files,
    settlement_drop,
    settlements,
    timers,
)
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.sessions import expire_open_session
from checkout.mockpsp.timers import TimerKind

TICK_SECONDS: Final = 0.2
PURGE_EVERY_SECONDS: Final = 60.0
BATCH: Final = 100  # of timers or sessions in one transaction: payments wait behind it
MAX_MOMENTS: Final = 100_000

_log = logging.getLogger(__name__)
_WORK: Final = {
    TimerKind.SETTLE_CHARGE: settlements.settle_charge,
    TimerKind.FINISH_TIMED_OUT: settlements.finish_timed_out,
    TimerKind.LAPSE_CHALLENGE: attempts.lapse_challenge,
    TimerKind.SEND_PAYOUT: bank_side.leave,
    TimerKind.SETTLE_PAYOUT: bank_side.settle,
    TimerKind.RETURN_PAYOUT: bank_side.send_back,
    TimerKind.SETTLE_REFUND: refund_course.succeed,
    TimerKind.FAIL_REFUND: refund_course.fail,
    TimerKind.FUND_REFUND: refund_course.fund,
    TimerKind.RETURN_DEBIT: dispute_course.return_debit,
    TimerKind.EVIDENCE_DUE: bank_verdicts.lapse,
    TimerKind.DECIDE_DISPUTE: bank_verdicts.decide,
    TimerKind.END_INQUIRY: bank_verdicts.end_inquiry,
}


class Ticker:
    def __init__(self, psp: Psp) -> None:
        self._psp = psp
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mock-psp-ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        purged_at = 0.0
        while not self._stopping.wait(TICK_SECONDS):
            try:
                run_due(self._psp)
                self._psp.webhooks.note_outcomes()
                self._psp.webhooks.refill()
                if time.monotonic() - purged_at > PURGE_EVERY_SECONDS:
                    purged_at = time.monotonic()
                    with self._psp.work() as work:
                        idempotency.purge(work.tx, work.now)
            except Exception:  # the heartbeat must not stop for one bad row; the log says which
                _log.exception("mock_psp.tick_failed")


def run_due(psp: Psp) -> None:
    """Does everything that is due by now, each thing at its own moment: a leap of days happens as the days would."""
    horizon = psp.clock.now()
    for _ in range(MAX_MOMENTS):
        moment = _next_moment(psp, horizon)
        if moment is None:
            break
        _ring_timers(psp, moment)
        _expire_sessions(psp, moment)
    report_files.make_due(psp, horizon)
    settlement_drop.drop_due(psp, horizon)


# A session whose payment is on its way does not expire: it may yet be paid.
_EXPIRING: Final = (
    "from sessions s left join payment_intents i on i.id = s.payment_intent "
    "where s.status = 'open' and s.expires_at <= ? "
    "and coalesce(json_extract(i.body, '$.status'), '') not in ('processing', 'succeeded')"
)


def _next_moment(psp: Psp, horizon: int) -> int | None:
    with psp.store.transaction() as tx:
        row = tx.query(
            "select min(due) from (select min(due) as due from timers where due <= ? "
            f"union all select min(s.expires_at) as due {_EXPIRING})",
            [horizon, horizon],
        ).fetchone()
    return None if row[0] is None else int(row[0])


def _ring_timers(psp: Psp, moment: int) -> None:
    with psp.work(at=moment) as work:
        for timer in timers.take_due(work.tx, moment, limit=BATCH):
            _WORK[timer.kind](work, timer.subject)


def _expire_sessions(psp: Psp, moment: int) -> None:
    with psp.work(at=moment) as work:
        rows = work.tx.query(f"select s.id {_EXPIRING} limit ?", [moment, BATCH]).fetchall()
        for (session_id,) in rows:
            checkout = work.tx.get("checkout.session", session_id)
            if checkout is not None:
                expire_open_session(work, checkout)
