"""A payout on its way: it leaves, arrives, fails at the bank, comes back, or is called back in time."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import journal, timers
from checkout.mockpsp.behaviours import Fate
from checkout.mockpsp.movements import move
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]
LEAVES_SECONDS: Final = 10  # it can be called back until then
FAILS_SECONDS: Final = 20  # after it has left; a bank may take days, a test should not
STANDARD_SECONDS: Final = 2 * 86_400
INSTANT_SECONDS: Final = 120
RETURNED_SECONDS: Final = 2 * 86_400  # after it arrived


def travel_seconds(method: str) -> int:
    return INSTANT_SECONDS if method == "instant" else STANDARD_SECONDS


def leave(work: Work, payout_id: str) -> None:
    """It is handed to the bank; from now on nobody can call it back."""
    payout, private = _held(work, payout_id)
    if payout["status"] != "pending":
        return
    payout |= {"status": "in_transit", "trace_id": {"status": "pending", "value": None}}
    work.tx.update(payout)
    fails = private["fate"]["fate"] == Fate.FAILS
    due = work.now + FAILS_SECONDS if fails else payout["created"] + travel_seconds(payout["method"])
    timers.set_timer(work.tx, TimerKind.SETTLE_PAYOUT, payout_id, due=due)
    work.emit("payout.updated", payout, lane=payout_id, account=private["account"])


def settle(work: Work, payout_id: str) -> None:
    """The bank's word: it is there, or it is not taken."""
    payout, private = _held(work, payout_id)
    if payout["status"] != "in_transit":
        return
    fate = private["fate"]
    if fate["fate"] == Fate.FAILS:
        fail(work, payout_id, fate["code"], fate["message"])
        return
    payout |= {"status": "paid", "trace_id": {"status": "supported", "value": f"MOCK{payout_id[-12:]}"}}
    work.tx.update(payout)
    if fate["fate"] == Fate.RETURNS:
        timers.set_timer(work.tx, TimerKind.RETURN_PAYOUT, payout_id, due=work.now + RETURNED_SECONDS)
    work.emit("payout.paid", payout, lane=payout_id, account=private["account"])


def send_back(work: Work, payout_id: str) -> None:
    """It had arrived, and the bank returns it."""
    _, private = _held(work, payout_id)
    fail(work, payout_id, private["fate"]["code"], private["fate"]["message"])


def fail(work: Work, payout_id: str, code: str, message: str) -> None:
    """The money is back on the account's balance."""
    payout, private = _held(work, payout_id)
    if payout["status"] not in ("pending", "in_transit", "paid"):
        return
    back = _money_back(work, payout, private["account"], "payout_failure")
    payout |= {
        "status": "failed",
        "failure_code": code,
        "failure_message": message,
        "failure_balance_transaction": back["id"],
    }
    work.tx.update(payout)
    work.emit("payout.failed", payout, lane=payout_id, account=private["account"])


def call_back(work: Work, payout: Json) -> None:
    """Canceled before it left."""
    account = work.tx.private("payout", payout["id"])["account"]
    back = _money_back(work, payout, account, "payout_cancel")
    payout |= {"status": "canceled", "failure_balance_transaction": back["id"]}
    work.tx.update(payout)
    work.emit("payout.canceled", payout, lane=payout["id"], account=account)


def write_journal(work: Work, kind: str, payout: Json, account: str, booked: Json) -> None:
    journal.write(
        work.tx,
        kind=kind,
        at=work.now,
        account=account,
        object_id=payout["id"],
        amount=payout["amount"],
        currency=payout["currency"],
        balance_transaction=booked["id"],
        reference=payout["metadata"].get("payout"),
        idempotency_key=work.idempotency_key,
        destination=payout["destination"],
    )


def _money_back(work: Work, payout: Json, account: str, kind: str) -> Json:
    back = move(
        work,
        account,
        kind=kind,
        category="payout_reversal",
        amount=payout["amount"],
        currency=payout["currency"],
        source=payout["id"],
    )
    write_journal(work, "payout_failure", payout, account, back)
    return back


def _held(work: Work, payout_id: str) -> tuple[Json, Json]:
    payout = work.tx.get("payout", payout_id)
    assert payout is not None, "a payout is never deleted"
    return payout, work.tx.private("payout", payout_id)
