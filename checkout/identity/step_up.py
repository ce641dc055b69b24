"""Step-up: what is hard to take back asks for a second factor shown just now, not at some time today. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from checkout.core.errors import DomainError

FRESH_FOR: Final = timedelta(minutes=5)  # long enough to fill in a form, too short to leave a desk for


class StepUpRequired(DomainError):
    """The second factor was never shown, or too long ago."""

    code = "step_up_required"


class HasSecondFactor(Protocol):
    """A principal, or the person of a session."""

    @property
    def second_factor_at(self) -> datetime | None: ...


def is_fresh(who: HasSecondFactor, *, now: datetime) -> bool:
    """Whether a code was given in the last five minutes. A time ahead of the clock counts as none."""
    given = who.second_factor_at
    return given is not None and timedelta(0) <= now - given <= FRESH_FOR


def require(who: HasSecondFactor, now: datetime) -> None:
    """Passes only shortly after a second factor.

    Raises:
        StepUpRequired: ask for a code first; an API key never has one.
    """
    if not is_fresh(who, now=now):
        raise StepUpRequired("this needs a second factor given in the last five minutes")
