"""Whether a seller may be given money: said once, in SQL, for every statement that must know; and what the PSP's word
about an account means in ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.db.statement import execute
from checkout.psp import ConnectedAccount

# Of a row `sel` of sellers.
IS_VERIFIED: Final = "(sel.status = 'active' AND sel.verification_status = 'verified')"

VerificationStatus = Literal["unverified", "pending", "verified", "restricted"]
REQUIREMENTS_MAX: Final = 50  # of what the PSP asks for; more than a person would read


@dataclass(frozen=True, slots=True)
class Verification:
    """unverified: not everything is handed in. pending: it is being checked. restricted: more is wanted, or the PSP
    will not have the seller; `reason` says so in words. `requirements` are the PSP's own names of what it wants."""

    status: VerificationStatus
    reason: str | None
    requirements: tuple[str, ...]
    payouts_enabled: bool


NOT_STARTED: Final = Verification(
    "unverified", "The seller has no account with the payment provider yet.", (), False
)


def is_verified(session: Session, seller_id: UUID) -> bool:
    """Whether money may be released and paid out to the seller.

    Raises:
        NotFound: there is no such seller.
    """
    sql = f"SELECT {IS_VERIFIED} AS verified FROM sellers sel WHERE sel.id = %(id)s"
    row: Any = execute(session, sql, id=seller_id).first()
    if row is None:
        raise NotFound("no such seller")
    return bool(row.verified)


def verification_of(account: ConnectedAccount) -> Verification:
    """What the PSP's account says of its seller. Pure."""
    wanted = account.requirements
    names = tuple(dict.fromkeys((*wanted.past_due, *wanted.currently_due)))[:REQUIREMENTS_MAX]
    if account.payouts_enabled and account.transfers_enabled:
        return Verification("verified", None, names, True)
    if (wanted.disabled_reason or "").startswith("rejected"):
        reason = "The payment provider has rejected the account. It cannot be paid out."
        return Verification("restricted", reason, names, False)
    if not account.details_submitted:
        reason = "The seller has not handed in everything that the payment provider asks for."
        return Verification("unverified", reason, names, False)
    if names:
        said = " ".join(wanted.errors) or "The payment provider asks for more."
        return Verification("restricted", said, names, False)
    return Verification("pending", "The payment provider is checking the details.", names, False)
