"""A list's filters as they stand in the address: what was asked, what is wrong with it, how to ask otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from checkout.core.text import contains_card_number
from checkout.reporting.paging import Cut

MOST_LENGTH: Final = 200
LAST_YEAR: Final = 9000  # a day further on could not be stored
KEY_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """One filter a list offers. `options`: value and word of each choice; without them it is a text or a date."""

    name: str
    label: str
    type: str = "text"
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """The filter as the form shows it."""

    name: str
    label: str
    type: str
    value: str
    options: Sequence[tuple[str, str]]
    error: str


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words, and the address without it."""

    name: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Filters:
    """`values` holds what is asked and sound; `problems` what is not, by name. `kept`: what every address of the list
    repeats and no filter is, such as whose list it is."""

    path: str
    wanted: Sequence[Wanted]
    sent: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, str]:
        return {name: value for name, value in self.sent.items() if name not in self.problems}

    @property
    def inputs(self) -> list[Input]:
        return [
            Input(
                each.name,
                each.label,
                each.type,
                self._repeated(each),
                each.options,
                self.problems.get(each.name, ""),
            )
            for each in self.wanted
        ]

    def _repeated(self, wanted: Wanted) -> str:
        """What was sent, but for a day that is none: a browser's date field takes days alone."""
        broken = wanted.type == "date" and wanted.name in self.problems
        return "" if broken else self.sent.get(wanted.name, "")

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(each.label, _said(each, self.sent[each.name]), self._without(each.name))
            for each in self.wanted
            if each.name in self.sent
        ]

    @property
    def cleared(self) -> str:
        return self._address({})

    def url(self, suffix: str = "", **more: str) -> str:
        """This filter's address with something added: a cursor, or a suffix such as ".csv"."""
        return self._address({**self.sent, **more}, suffix)

    def arranged(self, **kept: str) -> str:
        """This filter's address from its beginning, with another order or length of the list."""
        return replace(self, kept={**self.kept, **kept}).url()

    def said(self) -> str:
        """The filter in one line, for a file that leaves the page and for the audit log. What is not sound is named there,
        never repeated: it may be a card number, or letters that are not kept."""
        values = self.values
        return (
            "; ".join(
                f"{each.label}: {_said(each, values[each.name]) if each.name in values else 'not understood'}"
                for each in self.wanted
                if each.name in self.sent
            )
            or "none"
        )

    def with_problem(self, name: str, problem: str) -> Filters:
        """The same, with something found wrong that only the list itself can know."""
        return replace(self, problems={**self.problems, name: problem})

    def _without(self, name: str) -> str:
        return self._address({key: value for key, value in self.sent.items() if key != name})

    def _address(self, asked: Mapping[str, str], suffix: str = "") -> str:
        query = urlencode({**self.kept, **asked})
        return f"{self.path}{suffix}" + (f"?{query}" if query else "")


def read_filters(
    path: str,
    wanted: Sequence[Wanted],
    arguments: Mapping[str, str],
    kept: Mapping[str, str] | None = None,
) -> Filters:
    """What the address asks of this list. Nothing sent can break it: what is not sound is said beside its field."""
    sent = {
        each.name: arguments[each.name].strip() for each in wanted if arguments.get(each.name, "").strip()
    }
    problems = {each.name: problem for each in wanted if (problem := _problem(each, sent.get(each.name)))}
    cut = {name: value[:MOST_LENGTH] for name, value in sent.items()}
    return Filters(path, wanted, cut, problems, kept or {})


def read_cut(arguments: Mapping[str, str]) -> Cut:
    """Where the page begins; `after` wins over `before`."""
    after, before = arguments.get("after", "")[:KEY_LENGTH], arguments.get("before", "")[:KEY_LENGTH]
    return Cut(after=after) if after else Cut(before=before or None)


def day_begins(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The first moment of a business day."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), zone) if text else None


def day_is_over(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The first moment after a business day, which may last 23 or 25 hours."""
    if not text:
        return None
    return datetime.combine(date.fromisoformat(text) + timedelta(days=1), datetime.min.time(), zone)


def _problem(wanted: Wanted, value: str | None) -> str:
    if value is None:
        return ""
    if len(value) > MOST_LENGTH or not value.isprintable():
        return f"At most {MOST_LENGTH} characters, all of them visible."
    if contains_card_number(value):
        return "This looks like a card number: it is not searched for, nor kept."
    if wanted.options and value not in {option for option, _ in wanted.options}:
        return f"There is no such choice: {value[:40]}."
    if wanted.type == "date" and not _is_day(value):
        return "A day is written as 2026-03-14."
    return ""


def _is_day(text: str) -> bool:
    try:
        return 1970 <= date.fromisoformat(text).year <= LAST_YEAR and len(text) == len("2026-03-14")
    except ValueError:
        return False


def _said(wanted: Wanted, value: str) -> str:
    return dict(wanted.options).get(value, value[:MOST_LENGTH])
