"""On whose behalf this thread works just now: told once at the edge (a request, a command, a task), kept in every row.

The edge clears it when it is done: a thread serves many, and nobody may be taken for whoever came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

IN_REQUEST: Final = "request:"  # a cause that says in which request, and leaves it to the edge to say by whom


@dataclass(frozen=True, slots=True)
class Author:
    """actor: "key:key_…", "person:usr_…", "cli:<user>", "task:tsk_…"; None while a request is nobody's yet. role: in
    which capacity, as "finance", "api_key", "command", or a task's kind. ip and request_id: of a request alone."""

    actor: str | None = None
    role: str | None = None
    ip: str | None = None
    request_id: str | None = None


NOBODY: Final = Author()
_author: ContextVar[Author] = ContextVar("audit_author", default=NOBODY)


def author() -> Author:
    """Who acts; NOBODY where no edge has said so."""
    return _author.get()


def begin(*, ip: str | None = None, request_id: str | None = None) -> None:
    """A request begins: whatever is written from now on came from there. Who it is follows by known_as()."""
    _author.set(Author(ip=ip, request_id=request_id))


def known_as(actor: str, role: str | None) -> None:
    """The request's caller is known now."""
    known = _author.get()
    _author.set(Author(actor, role, known.ip, known.request_id))


def known_as_shopper(payment: str) -> None:
    """Whoever holds the link of a payment's page. Their address is not kept: it is a person's, and could not be erased
    from a log that nobody may change."""
    _author.set(Author(actor=f"shopper:{payment}", role="shopper", request_id=_author.get().request_id))


def end() -> None:
    """The request is over."""
    _author.set(NOBODY)


@contextmanager
def acting(actor: str, role: str) -> Iterator[None]:
    """What runs inside is done by a command or a task."""
    token = _author.set(Author(actor=actor, role=role))
    try:
        yield
    finally:
        _author.reset(token)


def actor_of(told: str) -> str:
    """The actor of a row: as told, but for a cause that only names the request, whose caller is known by now."""
    if told.startswith(IN_REQUEST):
        return _author.get().actor or told
    return told


def request_of(told: str) -> str | None:
    """The request that a cause names, also where a task goes on with what a request began."""
    return told.removeprefix(IN_REQUEST) if told.startswith(IN_REQUEST) else None
