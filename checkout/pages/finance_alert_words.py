"""What the list of alerts says of deeds: what may be done to many at once, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.core.errors import DomainError
from checkout.reconciliation.desk.resolutions import WORDS

# The deeds, as buttons under the list name them.
DEEDS: Final[Mapping[str, str]] = {
    "assign": "Give to somebody",
    "snooze": "Put off",
    "due": "Set the due day",
    "cause": "Hang on a cause",
    "resolve": "Resolve",
}
TITLES: Final[Mapping[str, str]] = {
    "assign": "Give alerts to somebody",
    "snooze": "Put alerts off",
    "due": "Set when alerts are due",
    "cause": "Hang alerts on a cause",
    "resolve": "Resolve alerts together",
}
_DONE_TO_MANY: Final[Mapping[str, tuple[str, str]]] = {
    "assign": ("1 alert is given.", "{n} alerts are given."),
    "snooze": ("1 alert is put off.", "{n} alerts are put off."),
    "due": ("The day of 1 alert is set.", "The day of {n} alerts is set."),
    "undue": ("1 alert is due on no day.", "{n} alerts are due on no day."),
    "cause": ("1 alert hangs on its cause.", "{n} alerts hang on their cause."),
    "resolve": ("1 alert is resolved.", "{n} alerts are resolved, each with its own entry."),
    "propose": (
        "1 write-off waits for a second person.",
        "{n} write-offs wait for a second person: nothing is posted until then.",
    ),
}
_DONE: Final[Mapping[str, str]] = {
    "view": "The view is kept: it stands above the list.",
    "dropped": "The view is dropped.",
}
_DIGITS: Final = 6
# What was done, as the history of an alert names it.
NOTES: Final[Mapping[str, str]] = {
    "note": "Note",
    "assigned": "Given",
    "snoozed": "Put off",
    "woken": "Open again",
    "reopened": "Opened again",
    "proposed": "Proposed",
    "resolved": "Resolved",
    "escalated": "Handed on",
    "rated": "Rated anew",
    "caused": "Cause",
    "linked": "Joined",
    "unlinked": "Join taken back",
    "explained": "Explained in part",
    "due": "Due day",
}
_WAYS: Final[Mapping[str, str]] = {
    **{way: words.partition(" (")[0].partition(":")[0] for way, words in WORDS.items()},
    "looked_into": "Looked into",
    "cause_resolved": "Resolved with its cause",
}


def done_words(sent: Mapping[str, str]) -> str:
    """What the deed that led here came to; empty where none did."""
    done, n = sent.get("done", ""), sent.get("n", "")
    if done in _DONE_TO_MANY and n.isascii() and n.isdigit() and len(n) <= _DIGITS:
        one, many = _DONE_TO_MANY[done]
        return one if int(n) == 1 else many.format(n=int(n))
    return _DONE.get(done, "")


def spelled_out(text: str) -> str:
    """A note's text with the way that it begins with in words, where it begins with one."""
    way, colon, why = text.partition(":")
    return f"{_WAYS[way]}{colon}{why}" if colon and way in _WAYS else text


def said(refusal: DomainError) -> str:
    """A refusal as a sentence for people."""
    text = (refusal.detail or "That did not work").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
