"""A period's journal as a file: written whole, counted and digested before anybody gets it, and put down in the history.

Nothing is cut, however long the period is; memory does not grow with it. Of a locked period the file is the same, byte
for byte, whenever it is made.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Final, Literal, get_args
from uuid import UUID

from psycopg.types.json import Jsonb

from checkout import audit
from checkout.accounting import journal_lines
from checkout.accounting.journal_lines import Detail, Line, Lock, Sum
from checkout.accounting.layouts import About, Row, above, json_line, rows_of
from checkout.accounting.periods import Period
from checkout.accounting.profiles import Profile
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.db.statement import execute

Form = Literal["csv", "jsonl"]
FORMS: Final = get_args(Form)
ACTION: Final = "data.exported"
AT_A_TIME: Final = 500  # entries between two writes: a few hundred kilobytes of text
WRITTEN: Final = """
    INSERT INTO journal_exports (id, first_on, last_on, profile, form, detail, lock_id, rows, entries, totals, bytes,
                                 sha256, made_by, made_at)
    VALUES (%(id)s, %(first_on)s, %(last_on)s, %(profile)s, %(form)s, %(detail)s, %(lock_id)s, %(rows)s, %(entries)s,
            %(totals)s, %(bytes)s, %(sha256)s, %(made_by)s, %(made_at)s)
"""


@dataclass(frozen=True, slots=True)
class Export:
    """What was written. rows: without what stands above them. entries: journal entries, or days, or sums that belong
    together. totals: by currency, debit and credit in minor units, equal. left_out: postings of currencies that the
    profile does not take."""

    id: UUID
    name: str
    rows: int
    entries: int
    totals: Mapping[str, tuple[int, int]]
    left_out: Mapping[str, int]
    size: int
    sha256: str
    lock: Lock | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they will stand in the file, and the whole period's sums. Of a period that is not `whole`, with more
    entries than a page reads, there are no sums, and of every posting some rows from its beginning."""

    header: Row
    rows: list[Row]
    sums: list[Sum]
    lock: Lock | None
    whole: bool = True


def preview(period: Period, profile: Profile, detail: Detail, *, rows: int) -> Preview:
    """The file's first rows, and what all of it comes to: as much as a page may read."""
    with journal_lines.glance() as connection:
        whole = journal_lines.are_few(connection, period)
        lock = journal_lines.lock_over(connection, period)
        most = journal_lines.FEW if whole else rows + 1
        sums = journal_lines.sums_of(connection, period, most=most) if whole else []
        found: list[Row] = []
        if whole or detail == "postings":
            make = rows_of(profile)
            for lines in journal_lines.entries_of(
                connection, period, detail, currencies=profile.currencies, limit=rows + 1, most=most
            ):
                found += make(lines)
    header = above(About(profile, period, utcnow()))[-1]
    return Preview(header, found[:rows], sums, lock, whole)


def export_journal(
    into: IO[bytes], *, period: Period, profile: Profile, detail: Detail, form: Form, by: Cause
) -> Export:
    """Writes the file, then the history and the audit log. Owns its transactions.

    Raises:
        InvalidParameter: the profile has columns of its own, which JSON lines have not.
    """
    if form == "jsonl" and profile.layout != "generic":
        raise InvalidParameter.at("/format", f"{profile.name} is a CSV: JSON lines have the generic profiles")
    with journal_lines.snapshot() as connection:
        lock = journal_lines.lock_over(connection, period)
        sums = journal_lines.sums_of(connection, period)
        about = About(profile, period, lock.locked_at if lock else utcnow())
        groups = journal_lines.entries_of(connection, period, detail, currencies=profile.currencies)
        written = _Written(into, about, form)
        written.write(groups)
    made = Export(
        id=new_uuid(),
        name=f"journal-{period.name.replace('..', '-to-')}-{detail}-{profile.name}.{form}",
        rows=written.rows,
        entries=written.groups,
        totals={code: (debit, credit) for code, (debit, credit) in sorted(written.totals.items())},
        left_out={each.currency: each.postings for each in sums if not profile.takes(each.currency)},
        size=written.size,
        sha256=written.digest.hexdigest(),
        lock=lock,
    )
    wanted = {each.currency: (each.debit_minor, each.credit_minor) for each in sums}
    assert all(wanted[code] == both and both[0] == both[1] for code, both in made.totals.items()), (
        "the rows come to what the period comes to, and every entry balances"
    )
    _put_down(made, period=period, profile=profile, detail=detail, form=form, by=by)
    return made


class _Written:
    """Counts and digests what goes into the file."""

    def __init__(self, into: IO[bytes], about: About, form: Form) -> None:
        self.rows, self.groups, self.size = 0, 0, 0
        self.totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.digest = hashlib.sha256()
        self._into, self._about, self._form = into, about, form

    def write(self, groups: Iterator[list[Line]]) -> None:
        if self._form == "csv":
            for row in above(self._about):
                self._put(_csv_text([row], self._about.profile))
        while some := list(islice(groups, AT_A_TIME)):
            self.groups += len(some)
            for line in chain.from_iterable(some):
                both = self.totals[line.currency]
                both[0] += line.debit_minor
                both[1] += line.credit_minor
            self._put(self._text(some))

    def _text(self, groups: list[list[Line]]) -> str:
        profile = self._about.profile
        if self._form == "jsonl":
            texts = [json_line(profile, line) for lines in groups for line in lines]
            self.rows += len(texts)
            return "".join(texts)
        make = rows_of(profile)
        rows = [row for lines in groups for row in make(lines)]
        self.rows += len(rows)
        return _csv_text(rows, profile)

    def _put(self, text: str) -> None:
        encoding = self._about.profile.encoding if self._form == "csv" else "utf-8"
        raw = text.encode(encoding, "replace")
        self._into.write(raw)
        self.digest.update(raw)
        self.size += len(raw)


def _csv_text(rows: list[Row], profile: Profile) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=profile.delimiter, lineterminator="\r\n").writerows(rows)  # RFC 4180
    return text.getvalue()


def _put_down(
    made: Export, *, period: Period, profile: Profile, detail: Detail, form: Form, by: Cause
) -> None:
    totals = {code: {"debit": debit, "credit": credit} for code, (debit, credit) in made.totals.items()}
    with atomic() as session:
        execute(
            session,
            WRITTEN,
            id=made.id,
            first_on=period.first_on,
            last_on=period.last_on,
            profile=profile.full_name,
            form=form,
            detail=detail,
            lock_id=made.lock.id if made.lock else None,
            rows=made.rows,
            entries=made.entries,
            totals=Jsonb(totals),
            bytes=made.size,
            sha256=made.sha256,
            made_by=str(by),
            made_at=utcnow(),
        )
        said = f"{period.name}; {detail}; {profile.full_name}; sha256 {made.sha256}"
        audit.record(
            session,
            actor=str(by),
            action=ACTION,
            object="platform",
            after={"kind": "journal", "rows": made.rows, "filter": said},
        )
