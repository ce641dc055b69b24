"""Take a seller on, and change what its orders cost: a plan is never edited, a newer version takes over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.session import constraint_name
from checkout.db.statement import execute
from checkout.sellers.contact import set_contact_email

DEFAULT_HOLD_DAYS = 7
RULES = {
    "seller_named": ("/name", "a name has 1 to 200 characters"),
    "hold_days_bounded": ("/hold_days", "0 to 365 days"),
    "reserve_bps_bounded": ("/reserve_bps", "0 to 10000 basis points"),
    "payout_schedule_known": ("/payout_schedule", "manual, daily, weekly or monthly"),
    "commission_bps_bounded": ("/commission_bps", "0 to 10000 basis points"),
    "commission_fixed_not_negative": ("/commission_fixed", "not negative"),
    "commission_minimum_not_negative": ("/commission_minimum", "not negative"),
    "plan_category": ("/category_bps", "a category is 1 to 40 of a-z, 0-9, - and _"),
    "category_bps_bounded": ("/category_bps", "0 to 10000 basis points"),
    "amounts_need_a_currency": ("/currency", "a fixed part or a minimum needs the plan's currency"),
}


NEW_SELLER = """
    INSERT INTO sellers (id, name, country, default_currency, hold_days, payout_schedule, reserve_bps, reserve_days,
                         created_at)
    VALUES (%(id)s, %(name)s, %(country)s, %(currency)s, %(hold_days)s, %(payout_schedule)s, %(reserve_bps)s,
            %(reserve_days)s, %(now)s)
"""
NEXT_VERSION = """
    INSERT INTO fee_plans (id, seller_id, currency, version, commission_bps, commission_fixed_minor,
                           commission_minimum_minor, valid_from, created_at)
    SELECT %(id)s, %(seller_id)s, %(currency)s, COALESCE(max(version), 0) + 1, %(bps)s, %(fixed)s, %(minimum)s,
           %(valid_from)s, %(now)s
      FROM fee_plans WHERE seller_id = %(seller_id)s AND currency IS NOT DISTINCT FROM %(currency)s
"""

CATEGORIES = """
    INSERT INTO fee_plan_categories (fee_plan_id, category, commission_bps)
    SELECT %(id)s, category, bps FROM unnest(%(names)s::text[], %(rates)s::integer[]) AS c (category, bps)
"""


def create_seller(
    session: Session,
    *,
    name: str,
    commission_bps: int,
    cause: Cause,
    country: str | None = None,
    hold_days: int = DEFAULT_HOLD_DAYS,
    payout_schedule: str = "manual",
    reserve_bps: int = 0,
    reserve_days: int = 0,
    currency: str | None = None,
    email: str | None = None,
) -> UUID:
    """A new active seller with its first plan, the same share in every currency. `currency`: of its account at the
    payment provider; None: the one of its country. `email`: whom letters about its account go to.

    Raises:
        UnknownCurrency. InvalidParameter: a value is out of its bounds.
    """
    if currency is not None:
        exponent(currency)
    seller_id = new_uuid()
    try:
        execute(
            session,
            NEW_SELLER,
            id=seller_id,
            name=name.strip(),
            country=country,
            currency=currency,
            hold_days=hold_days,
            payout_schedule=payout_schedule,
            reserve_bps=reserve_bps,
            reserve_days=reserve_days,
            now=utcnow(),
        )
    except exc.IntegrityError as error:
        raise _refusal(error) from error
    audit.record(
        session,
        actor=str(cause),
        action="seller.create",
        object=encode("sel", seller_id),
        after={"name": name.strip(), "hold_days": hold_days, "payout_schedule": payout_schedule},
    )
    if email is not None:
        set_contact_email(session, seller_id, email)
    add_fee_plan(session, seller_id, commission_bps=commission_bps, cause=cause)
    return seller_id


def add_fee_plan(
    session: Session,
    seller_id: UUID,
    *,
    commission_bps: int,
    cause: Cause,
    currency: str | None = None,
    commission_fixed_minor: int = 0,
    commission_minimum_minor: int = 0,
    category_bps: Mapping[str, int] | None = None,
    valid_from: datetime | None = None,
) -> UUID:
    """The next version of a seller's plan for a currency, or for all that have none of their own. Orders that exist
    keep the terms they were created under.

    Raises:
        NotFound: no such seller. UnknownCurrency. InvalidParameter: a value is out of its bounds.
    """
    if currency is not None:
        exponent(currency)
    _lock_seller(session, seller_id)
    plan_id, now = new_uuid(), utcnow()
    try:
        execute(
            session,
            NEXT_VERSION,
            id=plan_id,
            seller_id=seller_id,
            currency=currency,
            bps=commission_bps,
            fixed=commission_fixed_minor,
            minimum=commission_minimum_minor,
            valid_from=valid_from or now,
            now=now,
        )
        rates = dict(category_bps or {})
        execute(session, CATEGORIES, id=plan_id, names=list(rates), rates=list(rates.values()))
    except exc.IntegrityError as error:
        raise _refusal(error) from error
    terms = {
        "currency": currency,
        "commission_bps": commission_bps,
        "commission_fixed_minor": commission_fixed_minor,
        "commission_minimum_minor": commission_minimum_minor,
        "category_bps": rates,
    }
    seller = encode("sel", seller_id)
    audit.record(session, actor=str(cause), action="seller.fee_plan", object=seller, after=terms)
    return plan_id


def _lock_seller(session: Session, seller_id: UUID) -> None:
    if execute(session, "SELECT id FROM sellers WHERE id = %(id)s FOR UPDATE", id=seller_id).first() is None:
        raise NotFound("no such seller")


def _refusal(error: exc.IntegrityError) -> InvalidParameter:
    """The rule that a named constraint states; an unknown one is a bug and stays what it is."""
    rule = RULES.get(constraint_name(error) or "")
    if rule is None:
        raise error
    return InvalidParameter.at(*rule)
