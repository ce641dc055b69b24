"""The ids of accounts: looked up once per process, made when first posted to, by however many callers at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.session import after_commit, engine
from checkout.db.statement import execute
from checkout.ledger.chart import CHART, Account

AccountKey = tuple[str, str, str]  # kind, owner, currency

KNOWN_AT_MOST = 100_000  # about 20 MB; past it the process forgets all and looks up again

_known_by_engine: WeakKeyDictionary[Engine, dict[AccountKey, UUID]] = WeakKeyDictionary()


def key_of(account: Account, currency: str) -> AccountKey:
    return (account.kind, account.owner, currency)


def account_ids(session: Session, keys: Iterable[AccountKey]) -> dict[AccountKey, UUID]:
    """The id of each account; those that do not exist are made in the caller's transaction.

    An id is remembered only once this transaction has committed: an account made in one that rolls back never was.
    """
    known = _known_by_engine.setdefault(engine(), {})
    wanted = set(keys)
    found = {key: id for key in wanted if (id := known.get(key)) is not None}
    missing = sorted(wanted - found.keys())
    if missing:
        resolved = _find(session, missing)
        absent = [key for key in missing if key not in resolved]
        if absent:
            resolved |= _make(session, absent)
        found |= resolved
        after_commit(session, lambda: _remember(known, resolved))
    return found


def _find(session: Session, keys: list[AccountKey]) -> dict[AccountKey, UUID]:
    rows = execute(
        session,
        """
        SELECT a.kind, a.owner, a.currency, a.id
          FROM unnest(%(kinds)s::text[], %(owners)s::text[], %(currencies)s::text[]) AS wanted (kind, owner, currency)
          JOIN ledger_accounts AS a USING (kind, owner, currency)
        """,
        kinds=[kind for kind, _, _ in keys],
        owners=[owner for _, owner, _ in keys],
        currencies=[currency for _, _, currency in keys],
    )
    return {(row.kind, row.owner, row.currency): row.id for row in rows}


def _make(session: Session, keys: list[AccountKey]) -> dict[AccountKey, UUID]:
    """Inserts in key order, so that two callers making the same accounts wait for each other in one direction.

    An account that another transaction has just made is not returned by the insert: it is read afterwards.
    """
    lines = [CHART[kind] for kind, _, _ in keys]
    execute(
        session,
        """
        INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
        SELECT id, kind, owner, currency, side, either, %(now)s
          FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(owners)s::text[], %(currencies)s::text[],
                      %(sides)s::smallint[], %(eithers)s::boolean[]) AS a (id, kind, owner, currency, side, either)
        ON CONFLICT (kind, owner, currency) DO NOTHING
        """,
        ids=[new_uuid() for _ in keys],
        kinds=[kind for kind, _, _ in keys],
        owners=[owner for _, owner, _ in keys],
        currencies=[currency for _, _, currency in keys],
        sides=[int(line.normal_side) for line in lines],
        eithers=[line.either_side for line in lines],
        now=utcnow(),
    )
    return _find(session, keys)


def _remember(known: dict[AccountKey, UUID], resolved: dict[AccountKey, UUID]) -> None:
    if len(known) > KNOWN_AT_MOST:
        known.clear()
    known.update(resolved)
