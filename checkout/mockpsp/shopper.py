"""What a shopper can do with a session, from the hosted page and from the control API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checkout.mockpsp import attempts, cards
from checkout.mockpsp.attempts import Outcome, Result
from checkout.mockpsp.behaviours import Decline
from checkout.mockpsp.cards import Instrument
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.work import Work

UNKNOWN_ACCOUNT = Decline(
    "account_number_invalid", None, "This IBAN is not one of the test accounts.", reaches_issuer=False
)
WRONG_CURRENCY = Decline(
    "payment_method_currency_mismatch", None, "Bank debit takes euros only.", reaches_issuer=False
)


class NoSuchSession(LookupError):
    def __init__(self, session_id: str) -> None:
        super().__init__(f"no such session: {session_id[:80]}")


class Answer(StrEnum):
    """How the shopper meets the 3-D Secure challenge."""

    APPROVE = "approve"
    DENY = "deny"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Wish:
    """One means to pay with; `cancel` goes back to the shop; without `answer` the challenge stays open."""

    instrument: Instrument | None = None
    refusal: Decline | None = None
    answer: Answer | None = None
    cancel: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it, and where the browser goes next (None: nowhere)."""

    outcome: Outcome
    redirect_url: str | None


def wish_of(body: Mapping[str, Any]) -> Wish:
    """A wish from a control request: card, iban, wallet or action, and three_d_secure."""
    if body.get("action") == "cancel":
        return Wish(cancel=True)
    answer = Answer(body["three_d_secure"]) if body.get("three_d_secure") in tuple(Answer) else None
    if isinstance(body.get("iban"), str):
        account = cards.bank_account(body["iban"])
        return Wish(account, UNKNOWN_ACCOUNT if account is None else None, answer)
    if body.get("wallet"):
        return Wish(cards.wallet(), answer=answer)
    if body.get("card") is not None:
        return Wish(cards.card(str(body["card"])), answer=answer)
    return Wish(answer=answer)


def act(psp: Psp, session_id: str, wish: Wish) -> Step:
    """Pays, answers the challenge or turns back.

    Raises:
        NoSuchSession: nothing stands behind this address.
    """
    with psp.work() as work:
        checkout = work.tx.get("checkout.session", session_id)
        if checkout is None:
            raise NoSuchSession(session_id)
        if wish.cancel:
            return Step(Outcome(Result.CANCELED), checkout["cancel_url"])
        outcome = _pay(work, checkout, wish)
    return Step(outcome, _next_address(psp, checkout, outcome))


def _pay(work: Work, checkout: dict[str, Any], wish: Wish) -> Outcome:
    refusal = wish.refusal
    if wish.instrument is not None and wish.instrument.kind == "sepa_debit" and checkout["currency"] != "eur":
        refusal = WRONG_CURRENCY
    if refusal is not None:
        return attempts.standing(work, checkout) or Outcome(Result.DECLINED, refusal)
    if wish.instrument is not None:
        outcome = attempts.attempt(work, checkout["id"], wish.instrument)
        if outcome.result is not Result.REQUIRES_ACTION:
            return outcome
    if wish.answer is None:
        return attempts.standing(work, checkout) or Outcome(Result.REQUIRES_ACTION)
    return attempts.answer_challenge(work, checkout["id"], approved=wish.answer is Answer.APPROVE)


def _next_address(psp: Psp, checkout: dict[str, Any], outcome: Outcome) -> str | None:
    page = f"{psp.settings.public_base}/pay/{checkout['id']}"
    if not outcome.returns:
        return None
    match outcome.result:
        case Result.SUCCEEDED | Result.PROCESSING:
            return str(checkout["success_url"]).replace("{CHECKOUT_SESSION_ID}", checkout["id"])
        case Result.REQUIRES_ACTION:
            return f"{page}/challenge"
        case Result.EXPIRED | Result.CANCELED:
            return None if checkout["cancel_url"] is None else str(checkout["cancel_url"])
        case Result.DECLINED | Result.TIMEOUT:
            return page
