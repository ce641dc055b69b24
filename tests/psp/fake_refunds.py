"""A PSP in memory that gives money back: once per key, and told by a test how to misbehave and what banks did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import in_transaction
from checkout.psp import CreateRefund, InvalidRequest, OutcomeUnknown, PspError, Refund
from checkout.psp.stripe.refunds import refund_parameters


@dataclass
class FakeRefunds:
    """`taken`: what there is to give back, by intent; an intent that is not in it gives back without end.

    `faults` are used up one by one by the next calls of create_refund: "before" has done nothing, "after" has.
    `behaviours` likewise decide how the next refunds begin: pending, or with no movement yet. `calls` is what was
    asked, in order, as (call, key or id).
    """

    taken: dict[str, Money] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    wires: dict[str, Mapping[str, str]] = field(default_factory=dict)
    refusals: dict[str, PspError] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, PspError]] = field(default_factory=list)
    behaviours: list[Callable[[Refund], Refund]] = field(default_factory=list)
    blind: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    made: int = 0

    # -- what a test says

    def took(self, intent_id: str, amount: Money) -> None:
        """A payment of that much was captured."""
        self.taken[intent_id] = amount

    def lose(self, when: str = "after", error: PspError | None = None) -> None:
        """The next answer is lost: the refund is made ("after") or not ("before")."""
        self.faults.append((when, error or OutcomeUnknown("no answer")))

    def refuse(self, error: PspError | None = None) -> None:
        """The next refund is refused for good, and its key keeps that answer."""
        self.faults.append(("refuse", error or InvalidRequest("no", psp_code="charge_already_refunded")))

    def keep_pending(self, *, moved: bool = True) -> None:
        """The next refund is accepted and waits; with `moved` its money has left our balance already."""
        self.behaviours.append(
            lambda made: replace(
                made,
                status="pending",
                psp_status="pending",
                balance_transaction=made.balance_transaction if moved else None,
            )
        )

    def hide(self, look_ups: int = 1) -> None:
        """The next look-ups do not see what is there yet."""
        self.blind += look_ups

    def forget_keys(self) -> None:
        """As a day later: the same key would give the money back a second time."""
        with self.lock:
            self.refusals.clear()
            for kept in (self.refunds, self.wires):
                for key in list(kept):
                    kept[f"{key} forgotten at {len(self.calls)}"] = kept.pop(key)  # type: ignore[attr-defined]

    def settle(self, reference: str) -> Refund:
        """The waiting refund has gone through."""
        return self._become(
            reference, lambda made: replace(_moved(made), status="succeeded", psp_status="succeeded")
        )

    def bounce(self, reference: str, reason: str = "lost_or_stolen_card", *, moved: bool = True) -> Refund:
        """The bank did not take the money: it is back on our balance (with `moved`), also after it had succeeded."""
        return self._become(
            reference,
            lambda made: replace(
                made,
                status="failed",
                psp_status="failed",
                failure_reason=reason,
                failure_balance_transaction=_back(made) if moved else None,
            ),
        )

    def cancel(self, reference: str) -> Refund:
        """The waiting refund was called off at the PSP: nothing has reached the shopper."""
        return self._become(
            reference,
            lambda made: replace(
                made, status="failed", psp_status="canceled", failure_balance_transaction=_back(made)
            ),
        )

    def refund_elsewhere(self, intent_id: str, amount: Money, charge_id: str | None = None) -> Refund:
        """A refund made in the PSP's own dashboard."""
        with self.lock:
            made = self._new(None, charge_id, intent_id, amount)
            self.refunds[f"dashboard:{made.id}"] = made
            return made

    def refund_named(self, reference: str) -> Refund:
        """The one refund that the PSP has of ours; a test that finds two has found the error it looks for."""
        (made,) = [made for made in self.refunds.values() if made.reference == reference]
        return made

    def given_back(self, intent_id: str) -> int:
        """Minor units that left and did not come back: what truly happened."""
        return sum(
            made.amount.amount_minor
            for made in self.refunds.values()
            if made.intent_id == intent_id and made.status != "failed"
        )

    # -- what the port asks

    def refund_wire(self, request: CreateRefund) -> dict[str, str]:
        return refund_parameters(request)

    def create_refund(self, request: CreateRefund) -> Refund:
        assert not in_transaction(), "a PSP is never called inside a transaction"
        assert request.wire is not None, "what is sent was written down before"
        key = request.idempotency_key
        with self.lock:
            self.calls.append(("create_refund", key))
            when, error = self.faults.pop(0) if self.faults else ("", None)
            if error is not None and when == "before":
                raise error
            if key in self.refusals:
                raise self.refusals[key]
            if key in self.refunds and dict(self.wires[key]) != dict(request.wire):
                raise OutcomeUnknown("the key was used with other parameters")
            if key not in self.refunds:
                self._refuse(key, error if when == "refuse" else self._too_much(request))
                made = self._new(request.reference, request.charge_id, request.intent_id, request.amount)
                self.refunds[key] = self.behaviours.pop(0)(made) if self.behaviours else made
                self.wires[key] = dict(request.wire)
            if error is not None and when == "after":
                raise error
            return self.refunds[key]

    def fetch_refund(self, refund_id: str) -> Refund:
        self._asked("fetch_refund", refund_id)
        found = [made for made in self.refunds.values() if made.id == refund_id]
        if not found:
            raise InvalidRequest("HTTP 404: resource_missing", psp_code="resource_missing")
        return found[0]

    def find_refund(self, reference: str, intent_id: str) -> Refund | None:
        self._asked("find_refund", reference)
        with self.lock:
            if self.blind:
                self.blind -= 1
                return None
        found = [made for made in self._of(intent_id) if made.reference == reference]
        if len(found) > 1:
            raise OutcomeUnknown(f"{len(found)} refunds of ours at the PSP where there should be one")
        return found[0] if found else None

    def list_refunds(self, intent_id: str) -> tuple[Refund, ...]:
        self._asked("list_refunds", intent_id)
        return self._of(intent_id)

    def _of(self, intent_id: str) -> tuple[Refund, ...]:
        with self.lock:
            return tuple(made for made in self.refunds.values() if made.intent_id == intent_id)[::-1]

    def _asked(self, call: str, id: str) -> None:
        assert not in_transaction(), "a PSP is never called inside a transaction"
        self.calls.append((call, id))

    def _refuse(self, key: str, refusal: PspError | None) -> None:
        if refusal is not None:
            self.refusals[key] = refusal
            raise refusal

    def _too_much(self, request: CreateRefund) -> PspError | None:
        taken = self.taken.get(request.intent_id)
        left = None if taken is None else taken.amount_minor - self.given_back(request.intent_id)
        if left is None or request.amount.amount_minor <= left:
            return None
        if left == 0:
            return InvalidRequest("HTTP 400: charge_already_refunded", psp_code="charge_already_refunded")
        return InvalidRequest("HTTP 400: more than is left at amount", psp_code="invalid_request_error")

    def _new(self, reference: str | None, charge_id: str | None, intent_id: str, amount: Money) -> Refund:
        self.made += 1
        return Refund(
            id=f"re_psp_{self.made}",
            reference=reference,
            charge_id=charge_id or f"ch_of_{intent_id}",
            intent_id=intent_id,
            amount=amount,
            status="succeeded",
            psp_status="succeeded",
            failure_reason=None,
            balance_transaction=f"txn_re_{self.made}",
            failure_balance_transaction=None,
            created_at=utcnow().replace(microsecond=0),
        )

    def _become(self, reference: str, change: Callable[[Refund], Refund]) -> Refund:
        """By our reference, or by the PSP's id for a refund that is not ours."""
        with self.lock:
            (key,) = [key for key, made in self.refunds.items() if reference in (made.reference, made.id)]
            self.refunds[key] = change(self.refunds[key])
            return self.refunds[key]


def _moved(made: Refund) -> Refund:
    return replace(made, balance_transaction=made.balance_transaction or f"txn_{made.id}")


def _back(made: Refund) -> str | None:
    """What brings the money back, where it had left."""
    return f"{made.balance_transaction}_back" if made.balance_transaction else None
