"""How a seller's account comes to be trusted: what is asked, handed in, checked, and what follows from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from checkout.mockpsp import banks
from checkout.mockpsp.banks import TestBank
from checkout.mockpsp.shapes.account import WANTED, bank_account, bank_list, requirements
from checkout.mockpsp.work import Work

Json = dict[str, Any]
DOCUMENT: Final = "representative.verification.document"
_BLURRED: Final[Json] = {
    "code": "verification_document_not_readable",
    "reason": "The document could not be read: its picture is blurred.",
    "requirement": DOCUMENT,
}


class Outcome(StrEnum):
    """What the checks say of what was handed in."""

    VERIFY = "verify"
    REVIEW = "review"
    REQUIRE = "require"
    REJECT = "reject"
    RESET = "reset"


def decide(work: Work, account: Json, outcome: Outcome, *, bank_number: str | None = None) -> None:
    """Changes the account as the outcome says, and tells of it. Details count as handed in, but for a reset."""
    if outcome is not Outcome.RESET:
        _hand_in(account, bank_number, work.now)
    match outcome:
        case Outcome.VERIFY:
            _stand(account, active=True, wanted=requirements())
        case Outcome.REVIEW:
            wanted = requirements(pending=(DOCUMENT,), disabled_reason="requirements.pending_verification")
            _stand(account, active=False, wanted=wanted)
        case Outcome.REQUIRE:
            wanted = requirements((DOCUMENT,), disabled_reason="requirements.past_due", errors=(_BLURRED,))
            _stand(account, active=False, wanted=wanted)
        case Outcome.REJECT:
            _stand(account, active=False, wanted=requirements(disabled_reason="rejected.other"))
        case Outcome.RESET:
            account["details_submitted"] = False
            wanted = requirements(WANTED, disabled_reason="requirements.past_due")
            _stand(account, active=False, wanted=wanted)
    tell(work, account)


def set_bank(
    account: Json, bank: TestBank, *, number: str, country: str, currency: str, holder: str | None
) -> None:
    """The account that payouts in this currency go to from now on."""
    others = [item for item in account["external_accounts"]["data"] if item["currency"] != currency]
    made = bank_account(account["id"], bank, number=number, country=country, currency=currency, holder=holder)
    account["external_accounts"] = bank_list(account["id"], [made, *others])
    wanted = account["requirements"]
    for name in ("currently_due", "eventually_due", "past_due"):
        wanted[name] = [item for item in wanted[name] if item != "external_account"]


def tell(work: Work, account: Json) -> None:
    work.tx.update(account)
    work.emit("account.updated", account, lane=account["id"], account=account["id"])


def _hand_in(account: Json, bank_number: str | None, now: int) -> None:
    account["details_submitted"] = True
    account["business_type"] = account["business_type"] or "company"
    account["tos_acceptance"] |= {"date": now, "ip": "127.0.0.1"}
    if bank_number is not None or not account["external_accounts"]["data"]:
        number = bank_number or banks.ORDINARY.number
        set_bank(
            account,
            banks.by_number(number),
            number=number,
            country=account["country"],
            currency=account["default_currency"],
            holder=account["business_profile"]["name"],
        )


def _stand(account: Json, *, active: bool, wanted: Json) -> None:
    account["requirements"] = wanted
    account["payouts_enabled"] = active
    account["capabilities"]["transfers"] = "active" if active else "inactive"
