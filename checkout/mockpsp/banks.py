"""Test bank accounts that payouts can go to: one table that makes the onboarding page, the documentation and the
tests. Numbers are compared here and never kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a bank sends money back, in Stripe's code and words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TestBank:
    """One row. `failure`: a payout to it comes back; `returns`: only after it had arrived."""

    slug: str
    number: str
    says: str
    failure: Failure | None = None
    returns: bool = False
    instant: bool = True

    @property
    def spaced(self) -> str:
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


ACCOUNT_CLOSED: Final = Failure("account_closed", "The bank account has been closed.")
NO_ACCOUNT: Final = Failure(
    "no_account",
    "The bank account details on file are probably incorrect: no bank account could be located with them.",
)
COULD_NOT_PROCESS: Final = Failure("could_not_process", "The bank could not process this payout.")
RESTRICTED: Final = Failure(
    "bank_account_restricted", "The bank account has restrictions on the type of payouts it takes."
)
WRONG_NAME: Final = Failure(
    "incorrect_account_holder_name", "The account holder's name does not match the bank's records."
)
WRONG_CURRENCY: Final = Failure(
    "invalid_currency", "The bank could not process this payout because of its currency."
)

ORDINARY: Final = TestBank("ordinary", "DE89370400440532013000", "payouts arrive")

TABLE: Final[tuple[TestBank, ...]] = (
    ORDINARY,
    TestBank("closed", "DE62370400440532013001", "fails: account_closed", ACCOUNT_CLOSED),
    TestBank("no-account", "DE35370400440532013002", "fails: no_account", NO_ACCOUNT),
    TestBank("restricted", "DE08370400440532013003", "fails: bank_account_restricted", RESTRICTED),
    TestBank("wrong-name", "DE78370400440532013004", "fails: incorrect_account_holder_name", WRONG_NAME),
    TestBank("wrong-currency", "DE51370400440532013005", "fails: invalid_currency", WRONG_CURRENCY),
    TestBank(
        "returned", "DE24370400440532013006", "arrives, and comes back two days later: could_not_process",
        COULD_NOT_PROCESS, returns=True,
    ),
    TestBank("no-instant", "DE94370400440532013007", "takes no instant payouts", instant=False),
)  # fmt: skip

_BY_NUMBER: Final = {row.number: row for row in TABLE}
_BY_SLUG: Final = {row.slug: row for row in TABLE}
_SEPARATORS: Final = re.compile(r"[\s-]+")
_NUMBER: Final = re.compile(r"[A-Z0-9]{4,34}")


def normalized(number: str) -> str | None:
    """The number without separators; None for one that no bank account has."""
    plain = _SEPARATORS.sub("", number).upper()
    return plain if _NUMBER.fullmatch(plain) else None


def by_number(number: str) -> TestBank:
    """What payouts to this number do; one that is not in the table is an ordinary account."""
    return _BY_NUMBER.get(number, ORDINARY)


def by_slug(slug: str | None) -> TestBank:
    return _BY_SLUG.get(slug or "", ORDINARY)
