"""Which storefronts' checkouts are slowed down right now. Read for each new payment, so from memory."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import exc

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import run

READ_EVERY_SECONDS: Final = 5.0  # one small statement a process

_braked: frozenset[str] = frozenset()
_read_at = 0.0


def is_braked(storefront: str) -> bool:
    """`storefront` is a public id. Without the database it stays as it was."""
    global _braked, _read_at
    now = time.monotonic()
    if not _read_at or now - _read_at >= READ_EVERY_SECONDS:
        _read_at = now
        try:
            rows = run("SELECT storefront_id FROM checkout_brakes WHERE until > %(now)s", now=utcnow())
            _braked = frozenset(encode("sto", row.storefront_id) for row in rows)
        except exc.SQLAlchemyError:
            pass
    return storefront in _braked


def forget() -> None:
    """Starts anew, as a fresh process would."""
    global _read_at
    _read_at = 0.0
