"""Ask for a payout now: all that is free of a seller in one currency, by the ordinary way or instantly for a fee."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.payouts import funds
from checkout.payouts.eligibility import REASONS, NotPayable, Terms
from checkout.payouts.errors import CurrencyNotPaidOut, MovementsUnderWay, PayoutNotEligible
from checkout.payouts.payable import collect_payable
from checkout.payouts.payout import Payout, read_payout
from checkout.payouts.reserve import Wanted, reserve
from checkout.psp import PaymentServiceProvider, PspError
from checkout.sellers.queries import get_seller

Method = Literal["standard", "instant"]

# The rules below have a name, which each payout keeps with the figures it was made by: who changes a rule gives it a new one.
STANDARD_VERSION: Final = "standard-1"
INSTANT_VERSION: Final = "instant-1"
INSTANT_FEE_BPS: Final = 100
INSTANT_FEE_CENTS: Final = 50  # at least 0.50 of the currency's unit
INSTANT_UNITS_A_DAY: Final = (
    5_000  # of the currency, fees included: whoever got hold of a password gets no more
)


def request_payout(
    *, seller_id: UUID, currency: str, method: Method, psp: PaymentServiceProvider, cause: Cause
) -> Payout:
    """Reserves the payout and stages its way; above the limit a second person lets it go. Owns its transactions.

    Raises:
        NotFound: no such seller. PayoutNotEligible: nothing can be paid now, and why.
    """
    there = look_before(seller_id, currency, psp)

    def unit() -> UUID:
        with atomic() as session:
            return reserve_one(session, seller_id, currency, method, psp=psp, cause=cause, there=there)

    return read_payout(retrying(unit))


def look_before(seller_id: UUID, currency: str, psp: PaymentServiceProvider) -> dict[str, Money]:
    """What has to be known before the transaction that reserves: the newest movements are taken up, and the PSP is
    asked what the platform has there. Where it does not say, the payout's own step asks again.

    Raises:
        NotFound: no such seller.
    """
    get_seller(seller_id)
    collect_payable()
    try:
        return {currency: funds.available(psp, currency)}
    except PspError:
        return {}


def reserve_one(
    session: Session,
    seller_id: UUID,
    currency: str,
    method: Method,
    *,
    psp: PaymentServiceProvider,
    cause: Cause,
    there: Mapping[str, Money],
) -> UUID:
    """Reserves in the caller's transaction, after look_before(); returns the payout's id.

    Raises:
        PayoutNotEligible: nothing can be paid now, and why.
    """
    wanted = Wanted(
        seller_id=seller_id,
        currency=currency,
        kind="instant" if method == "instant" else "manual",
        terms=terms_of(method, currency, psp),
        requested_by=str(cause),
    )
    (result,) = reserve(session, [wanted], psp=psp, cause=cause, now=utcnow(), there=there)
    if isinstance(result, NotPayable):
        raise not_eligible(result)
    audit.record(
        session,
        actor=str(cause),
        action="payout.request",
        object=encode("po", result.payout_id),
        after={
            "seller": encode("sel", seller_id),
            "amount": result.payable.amount.amount_minor,
            "currency": currency,
            "kind": wanted.kind,
        },
    )
    return result.payout_id


def terms_of(method: Method, currency: str, psp: PaymentServiceProvider, *, minimum_minor: int = 0) -> Terms:
    """The bounds of a payout in a currency.

    Raises:
        CurrencyNotPaidOut: the PSP does not know it.
    """
    rules = psp.capabilities.currencies.get(currency)
    if rules is None:
        raise CurrencyNotPaidOut(REASONS["currency_not_paid_out"], extra={"reason": "currency_not_paid_out"})
    if method == "standard":
        return Terms(
            version=STANDARD_VERSION, minimum_minor=minimum_minor, step_minor=rules.payout_step_minor
        )
    units: int = 10 ** exponent(currency)
    return Terms(
        version=INSTANT_VERSION,
        minimum_minor=minimum_minor,
        step_minor=rules.payout_step_minor,
        fee_bps=INSTANT_FEE_BPS,
        fee_minimum_minor=max(1, INSTANT_FEE_CENTS * units // 100),
        daily_most_minor=INSTANT_UNITS_A_DAY * units,
    )


def not_eligible(result: NotPayable) -> PayoutNotEligible:
    extra = {"reason": result.code}
    if result.until is not None:
        extra["until"] = result.until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if result.code == "movements_under_way":
        return MovementsUnderWay(result.words, extra=extra, retry_after_seconds=1)
    return PayoutNotEligible(result.words, extra=extra)
