"""A form that must not work twice: it carries a key of its own, and sent again it leads to what came of it the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import request
from sqlalchemy.orm import Session

from checkout import idempotency
from checkout.core import ids
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic, retrying
from checkout.idempotency import Replay
from checkout.pages import access

FIELD: Final = "form_key"
PREFIX: Final = "form:"  # beside the keys that a person's own calls of the API carry
LEASE_SECONDS: Final = 30
LENGTH: Final = 32
NOT_OF_THE_FORM: Final = frozenset({"csrf_token", "form_page", FIELD})


def new_key() -> str:
    """For a form that is shown now."""
    return ids.new_uuid().hex


def sent_once(work: Callable[[Session], str]) -> str:
    """Runs `work` in a transaction of its own and keeps the address that it returns; the same form again gets that
    address, and nothing is done. Two who send it at the same moment: one waits for the other.

    Raises:
        InvalidParameter: the form has no key. KeyReused: it was sent before, filled in otherwise. And what `work`
        raises: then nothing is kept, and the form may be sent again.
    """
    key = request.form.get(FIELD, "")
    if len(key) != LENGTH or not key.isalnum() or not key.isascii():
        raise InvalidParameter.at(f"/{FIELD}", "open the form again: it has lost its key", "required")
    fields = {name: request.form.getlist(name) for name in request.form if name not in NOT_OF_THE_FORM}
    fingerprint = idempotency.fingerprint("POST", request.path, fields)
    return retrying(lambda: _under_key(PREFIX + key, fingerprint, work))


def _under_key(key: str, fingerprint: bytes, work: Callable[[Session], str]) -> str:
    principal = access.principal().scope
    with atomic() as session:
        claimed = idempotency.claim(
            session,
            principal=principal,
            key=key,
            fingerprint=fingerprint,
            route=f"POST {request.url_rule}",
            resource_id=None,
            lease_seconds=LEASE_SECONDS,
            now=utcnow(),
        )
        if isinstance(claimed, Replay):
            return claimed.answer.body.decode()
        address = work(session)
        stored = idempotency.finish_key(
            session,
            principal=principal,
            key=key,
            token=claimed.token,
            status=303,
            body=address.encode(),
            headers={},
            now=utcnow(),
        )
        assert stored, "the key's row is ours until the commit"
    return address
