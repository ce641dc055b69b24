"""What a proof of the ledger finds: differences, each with its code and the ids it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

NAMED_AT_MOST: Final = 10  # the rest is counted: a ledger that is wrong everywhere must not fill the memory


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not hold. `subject` is a public id, or what comes nearest."""

    code: str
    subject: str
    detail: str


@dataclass(slots=True)
class Findings:
    """The first differences by name, and how many there are."""

    named: list[Difference] = field(default_factory=list)
    count: int = 0

    def add(self, code: str, subject: str, detail: str) -> None:
        self.count += 1
        if len(self.named) < NAMED_AT_MOST:
            self.named.append(Difference(code, subject, detail))
