"""Reads of settlement files, by id, content and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.db.statement import run

FILE_COLUMNS: Final = """
    id, psp, account, batch, business_on, format, name, encode(sha256, 'hex') AS sha256, size_bytes, origin, status,
    rows_total, rows_kept, rows_rejected, totals, errors, received_by, received_at
"""


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """A file as it stands. totals: per currency rows, gross, fee and net, in minor units."""

    id: UUID
    psp: str
    account: str
    batch: str
    business_on: date
    format: str
    name: str
    sha256: str
    size_bytes: int
    origin: str
    status: str
    rows_total: int
    rows_kept: int
    rows_rejected: int
    totals: Mapping[str, Mapping[str, int]]
    errors: Sequence[Mapping[str, str]]
    received_by: str
    received_at: datetime

    @property
    def public_id(self) -> str:
        return encode("file", self.id)


def get_file(file_id: UUID) -> SettlementFile:
    """
    Raises:
        NotFound: there is none.
    """
    found = _one("id = %(id)s", id=file_id)
    if found is None:
        raise NotFound("no such settlement file")
    return found


def file_by_content(psp: str, digest: bytes, business_on: date) -> SettlementFile | None:
    """The file that was taken in with these bytes. Files of days on which nothing moved are all alike: of them, the day's."""
    return _one(
        """
        psp = %(psp)s AND sha256 = %(digest)s AND status <> 'rejected'
        AND (rows_total > 0 OR business_on = %(business_on)s)
        """,
        psp=psp,
        digest=digest,
        business_on=business_on,
    )


def file_by_batch(psp: str, account: str, batch: str) -> SettlementFile | None:
    return _one(
        "psp = %(psp)s AND account = %(account)s AND batch = %(batch)s AND status <> 'rejected'",
        psp=psp,
        account=account,
        batch=batch,
    )


def files_of(psp: str, business_on: date) -> list[SettlementFile]:
    """What was taken in for a day."""
    return files_between(psp, business_on, business_on)


def files_between(psp: str, first_on: date, last_on: date) -> list[SettlementFile]:
    """What was taken in for these days, both included."""
    rows = run(
        f"""
        SELECT {FILE_COLUMNS} FROM settlement_files
         WHERE psp = %(psp)s AND business_on BETWEEN %(first_on)s AND %(last_on)s AND status <> 'rejected'
         ORDER BY business_on, received_at, id
        """,
        psp=psp,
        first_on=first_on,
        last_on=last_on,
    )
    return [SettlementFile(**row._mapping) for row in rows]


def _one(where: str, **parameters: Any) -> SettlementFile | None:
    rows = run(f"SELECT {FILE_COLUMNS} FROM settlement_files WHERE {where}", **parameters)
    return SettlementFile(**rows[0]._mapping) if rows else None
