"""Step-up: what is hard to take back asks for a second factor shown just now, not at some time today. Pure.

Both times are the database's: moving the test clock neither ages a code nor makes it young.
"""

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
    @property
    def read_at(self) -> datetime | None: ...


def is_fresh(who: HasSecondFactor, now: datetime | None = None) -> bool:
    """Whether a code had been given in the five minutes before they were read, or before `now`. A time that is still
    to come counts as never."""
    given, at = who.second_factor_at, now or who.read_at
    return given is not None and at is not None and timedelta(0) <= at - given <= FRESH_FOR


def require(who: HasSecondFactor, now: datetime | None = None) -> None:
    """Passes only shortly after a second factor.

    Raises:
        StepUpRequired: ask for a code first; an API key never has one.
    """
    if not is_fresh(who, now):
        raise StepUpRequired("this needs a second factor given in the last five minutes")
