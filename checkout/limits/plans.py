"""Which plan a storefront's or a seller's keys have. Nobody has asked for one: the standard plan."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.db.statement import execute, run
from checkout.limits.quotas import BY_KEY, STANDARD

CACHE_SECONDS: Final = 10.0  # another plan counts everywhere within this time
CACHE_SIZE: Final = 1_000

_cache: dict[str, tuple[str, float]] = {}


def plan_of(owner: str) -> str:
    """The plan of an owner of keys: "sto_…" or "sel_…". The standard one too when the database does not answer."""
    known = _cache.get(owner)
    now = time.monotonic()
    if known is not None and known[1] > now:
        return known[0]
    try:
        rows = run("SELECT plan FROM rate_plans WHERE owner = %(owner)s", owner=owner)
    except exc.SQLAlchemyError:
        return STANDARD
    plan = rows[0].plan if rows and rows[0].plan in BY_KEY else STANDARD
    if len(_cache) >= CACHE_SIZE:
        _cache.clear()
    _cache[owner] = (plan, now + CACHE_SECONDS)
    return plan


def choose_plan(session: Session, owner: str, plan: str, *, cause: Cause) -> None:
    """Gives an owner's keys another plan; every process knows within ten seconds.

    Raises:
        InvalidParameter: there is no such plan.
    """
    if plan not in BY_KEY:
        raise InvalidParameter.at("/plan", f"must be one of {', '.join(BY_KEY)}")
    execute(
        session,
        """
        INSERT INTO rate_plans (owner, plan, chosen_by, chosen_at)
        VALUES (%(owner)s, %(plan)s, %(by)s, %(now)s)
        ON CONFLICT (owner) DO UPDATE SET plan = EXCLUDED.plan, chosen_by = EXCLUDED.chosen_by,
                                          chosen_at = EXCLUDED.chosen_at
        """,
        owner=owner,
        plan=plan,
        by=str(cause),
        now=utcnow(),
    )
    audit.record(session, actor=str(cause), action="rate_plan.choose", object=owner, after={"plan": plan})


def forget_cached_plans() -> None:
    """Starts anew, as a fresh process would."""
    _cache.clear()
