"""Take a settlement file in: validated whole, then visible whole. The same bytes again are the same file; the same batch
with other bytes is refused. Of a file that is refused, only why is kept."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.errors import FieldError
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic, constraint_name
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.reconciliation.days import refuse_odd
from checkout.reconciliation.files.archives import unpacked
from checkout.reconciliation.files.copying import RowWriter, write_others
from checkout.reconciliation.files.errors import (
    SettlementBatchConflict,
    SettlementFileRefused,
    error_of_file,
    error_of_row,
)
from checkout.reconciliation.files.intake import Intake, counted
from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementReader
from checkout.reconciliation.matching.differences import rejected_key
from checkout.reconciliation.queries import SettlementFile, file_by_batch, file_by_content, get_file
from checkout.reconciliation.states import SETTLEMENT_FILE

Origin = Literal["upload", "drop", "report", "cli"]

ERRORS_AT_MOST: Final = 100
STATEMENT_TIMEOUT: Final = "30min"  # one COPY writes the whole file
HASH_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a file comes from. `business_on`: the day it settles, in the PSP's time zone. `name`: what others call it,
    which is any bytes; only what can be shown is kept of it."""

    psp: str
    business_on: date
    name: str
    origin: Origin
    by: str

    def __post_init__(self) -> None:
        shown = "".join(letter for letter in self.name if letter.isprintable())
        object.__setattr__(self, "name", shown or "unnamed")


def receive_file(stream: BinaryIO, delivery: Delivery, *, cause: Cause) -> tuple[SettlementFile, bool]:
    """The file, and whether it is new. Owns its transactions; killed anywhere, nothing of it is there.

    `stream` can be read again from its beginning. Packed or not, the same content is the same file.

    Raises:
        InvalidParameter: no day that anything can be settled on.
        SettlementBatchConflict: the batch was received before, with other content; an alert calls finance.
        SettlementFileRefused: with up to 100 errors; a row says what was refused, and an alert calls finance.
    """
    refuse_odd(delivery.business_on)
    try:
        content = unpacked(stream)
        digest, size = _digest(content)
    except SettlementFileInvalid as error:
        errors = [error_of_file(error)]
        raise SettlementFileRefused(
            errors, _keep_refusal(delivery, *_digest(stream), errors, cause)
        ) from error
    if (known := file_by_content(delivery.psp, digest, delivery.business_on)) is not None:
        return known, False
    try:
        reader = open_file(content, delivery.psp)
        return _import(reader, delivery, digest, size, cause), True
    except SettlementFileInvalid as error:
        errors = [error_of_file(error)]
    except _TooManyBadRows as error:
        errors = [error_of_row(row) for row in error.rows[:ERRORS_AT_MOST]]
    except exc.IntegrityError as error:
        if constraint_name(error) not in ("one_settlement_file_per_content", "one_settlement_file_per_batch"):
            raise
        return _faster(reader, delivery, digest), False
    raise SettlementFileRefused(errors, _keep_refusal(delivery, digest, size, errors, cause))


def _import(
    reader: SettlementReader, delivery: Delivery, digest: bytes, size: int, cause: Cause
) -> SettlementFile:
    file_id = new_uuid()
    with atomic() as session:
        execute(session, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        intake = Intake()
        writer = RowWriter(session, file_id, delivery.psp, delivery.business_on)
        intake.kept = writer.write(counted(reader, intake))
        if intake.is_another_format:
            raise _TooManyBadRows(intake.rejected)
        write_others(session, file_id, intake.others)
        crash_point("reconciliation.receive.after_copy")
        _write_file(session, file_id, reader, delivery, digest, size, intake, cause)
        if intake.rejected:
            _tell_rejected(session, file_id, intake)
    return get_file(file_id)


def _write_file(
    session: Session,
    file_id: UUID,
    reader: SettlementReader,
    delivery: Delivery,
    digest: bytes,
    size: int,
    intake: Intake,
    cause: Cause,
) -> None:
    kept, rejected = intake.kept, len(intake.rejected)
    _insert(
        session,
        file_id,
        delivery,
        digest=digest,
        size=size,
        account=reader.account,
        batch=_batch(reader, delivery),
        format=reader.format,
        rows_total=kept + rejected,
        rows_kept=kept,
        rows_rejected=rejected,
        totals=intake.as_json(),
        errors=[_error(error_of_row(row)) for row in intake.rejected[:ERRORS_AT_MOST]],
    )
    for status in ("validated", "imported"):
        transition(session.connection(), SETTLEMENT_FILE, file_id, to=status, cause=cause)
    _audit(session, "settlement_file.receive", file_id, delivery, cause)


def _batch(reader: SettlementReader, delivery: Delivery) -> str:
    """The file's own number where it has one, else the business date: the account is a column of its own."""
    return reader.batch or delivery.business_on.isoformat()


def _faster(reader: SettlementReader, delivery: Delivery, digest: bytes) -> SettlementFile:
    """Somebody else was faster: with the same bytes it is the same file, with others it is refused."""
    if (known := file_by_content(delivery.psp, digest, delivery.business_on)) is not None:
        return known
    batch = _batch(reader, delivery)
    other = file_by_batch(delivery.psp, reader.account, batch)
    assert other is not None, "the index has refused a second one"
    conflict = SettlementBatchConflict(batch, other.id)
    _tell_conflict(delivery, other, conflict)
    raise conflict


def _tell_conflict(delivery: Delivery, other: SettlementFile, conflict: SettlementBatchConflict) -> None:
    """However it came: one of the two is wrong, and the first one is what was compared."""
    with atomic() as session:
        open_alert(
            session,
            code="duplicate_file",
            severity="high",
            subject=other.public_id,
            detail=f"{delivery.name} of {delivery.psp} for {delivery.business_on} was not taken in: {conflict.detail}.",
            dedupe_key=f"duplicate_file:{other.public_id}",
        )


def _keep_refusal(
    delivery: Delivery, digest: bytes, size: int, errors: list[FieldError], cause: Cause
) -> UUID:
    file_id = new_uuid()
    with atomic() as session:
        _insert(
            session, file_id, delivery, digest=digest, size=size, account="", format="",
            batch=encode("file", file_id),  # it has none: the day's may be here already
            rows_total=0, rows_kept=0, rows_rejected=0, totals={}, errors=[_error(error) for error in errors],
        )  # fmt: skip
        transition(session.connection(), SETTLEMENT_FILE, file_id, to="rejected", cause=cause)
        _audit(session, "settlement_file.refuse", file_id, delivery, cause)
        open_alert(
            session,
            code="schema_drift" if errors[0].code == "header" else "settlement_file_invalid",
            severity="high",
            subject=encode("file", file_id),
            detail=f"{delivery.name} of {delivery.psp} for {delivery.business_on} was refused: {errors[0].detail}",
            dedupe_key=f"settlement_file_invalid:{delivery.psp}:{delivery.business_on}",
        )
    return file_id


def _audit(session: Session, action: str, file_id: UUID, delivery: Delivery, cause: Cause) -> None:
    audit.record(
        session,
        actor=str(cause),
        action=action,
        object=encode("file", file_id),
        after={
            "psp": delivery.psp,
            "business_on": delivery.business_on.isoformat(),
            "origin": delivery.origin,
        },
    )


def _tell_rejected(session: Session, file_id: UUID, intake: Intake) -> None:
    """One alert for each row that was kept out: it holds the day open until somebody has looked at it."""
    for row in intake.rejected[:ERRORS_AT_MOST]:
        open_alert(
            session,
            code=row.code,
            severity="high",
            subject=encode("file", file_id),
            detail=f"Line {row.line} was kept out: {row.detail}",
            dedupe_key=rejected_key(row.code, file_id, row.line),
        )


def _insert(session: Session, file_id: UUID, delivery: Delivery, *, digest: bytes, **columns: object) -> None:
    documents = {name: Jsonb(columns[name]) for name in ("totals", "errors")}
    execute(
        session,
        """
        INSERT INTO settlement_files (id, psp, account, batch, business_on, format, name, sha256, size_bytes, origin,
                                      status, rows_total, rows_kept, rows_rejected, totals, errors, received_by,
                                      received_at, updated_at)
        VALUES (%(id)s, %(psp)s, %(account)s, %(batch)s, %(business_on)s, %(format)s, %(name)s, %(sha256)s, %(size)s,
                %(origin)s, 'received', %(rows_total)s, %(rows_kept)s, %(rows_rejected)s, %(totals)s, %(errors)s,
                %(by)s, %(now)s, %(now)s)
        """,
        id=file_id,
        psp=delivery.psp,
        business_on=delivery.business_on,
        name=delivery.name,
        origin=delivery.origin,
        by=delivery.by,
        sha256=digest,
        now=utcnow(),
        **{**columns, **documents},
    )


def _error(error: FieldError) -> dict[str, str]:
    return {"pointer": error.pointer, "code": error.code, "detail": error.detail}


def _digest(stream: BinaryIO) -> tuple[bytes, int]:
    sha256 = hashlib.sha256()
    stream.seek(0, os.SEEK_SET)
    size = 0
    while block := stream.read(HASH_BLOCK):
        sha256.update(block)
        size += len(block)
    return sha256.digest(), size


class _TooManyBadRows(Exception):
    """More rows than a few cannot be read."""

    def __init__(self, rows: list[OtherLine]) -> None:
        super().__init__(f"{len(rows)} rows cannot be read")
        self.rows = rows
