"""The platform's funds: when charges become available, and money put in from outside."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import journal, object_ids
from checkout.mockpsp.movements import PLATFORM, move
from checkout.mockpsp.store import Transaction
from checkout.mockpsp.work import Work

Json = dict[str, Any]
_SETTING: Final = "funds_available_after_seconds"
_REFUNDS_WAIT: Final = "refunds_wait_for_funds"


def available_after_seconds(tx: Transaction) -> int:
    """How long a charge stays pending: no time at all, unless a test has set one."""
    return int(tx.setting(_SETTING, "0"))


def set_available_after_seconds(tx: Transaction, seconds: int) -> None:
    tx.set_setting(_SETTING, str(seconds))


def refunds_wait(tx: Transaction) -> bool:
    """Whether a refund beyond the available funds stays pending. It does not, unless a test says so: like an account
    whose bank may be debited, the platform goes into the red."""
    return tx.setting(_REFUNDS_WAIT, "no") == "yes"


def set_refunds_wait(tx: Transaction, wait: bool) -> None:
    tx.set_setting(_REFUNDS_WAIT, "yes" if wait else "no")


def top_up(work: Work, *, amount: int, currency: str) -> Json:
    """Money from the platform's bank; answers the balance transaction."""
    topup_id = object_ids.topup_id()
    made = move(
        work, PLATFORM, kind="topup", category="topup", amount=amount, currency=currency, source=topup_id
    )
    journal.write(
        work.tx,
        kind="topup",
        at=work.now,
        object_id=topup_id,
        amount=amount,
        currency=currency,
        balance_transaction=made["id"],
        reference=None,
        idempotency_key=work.idempotency_key,
    )
    return made
