"""Writes reports beside the mock's file, from a snapshot of its own: no payment waits for a million rows."""

from __future__ import annotations

import csv
import secrets
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkout.mockpsp import object_ids, shapes
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.report_columns import COLUMNS
from checkout.mockpsp.report_rows import Wanted, rows
from checkout.mockpsp.store import Store

Json = dict[str, Any]
KIND: Final = "reporting.report_run"
KEPT_SECONDS: Final = 365 * 86_400
AT_ONCE: Final = 20  # runs that one round makes; the next one goes on


def content_path(psp: Psp, file_id: str) -> Path:
    """Where a report's content lies. The id is the mock's own, never a client's text."""
    return psp.settings.sqlite_path.parent / "mock_psp_reports" / f"{file_id}.csv"


def make_due(psp: Psp, now: int) -> None:
    """Makes the runs that are due by now; each is told once."""
    with psp.store.transaction() as tx:
        found = tx.query(
            "select id from report_runs where status = 'pending' and ready_at <= ? order by seq limit ?",
            [now, AT_ONCE],
        ).fetchall()
        due = [run for (run_id,) in found if (run := tx.get(KIND, run_id)) is not None]
    for run in due:
        _make(psp, run)


def write_csv(store: Store, path: Path, wanted: Wanted) -> int:
    """Writes a report where it is whole at once, or not there; answers its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with store.snapshot() as connection, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, wanted.columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(connection, wanted))
    size = partial.stat().st_size
    partial.replace(path)
    return size


def wanted_of(run: Json) -> Wanted:
    given = run["parameters"]
    return Wanted(
        report_type=run["report_type"],
        start=given["interval_start"],
        before=given["interval_end"],
        columns=tuple(given.get("columns") or COLUMNS[run["report_type"]]),
        zone=ZoneInfo(given.get("timezone") or "Etc/UTC"),
        currency=given.get("currency"),
        category=given.get("reporting_category"),
    )


def _make(psp: Psp, run: Json) -> None:
    file_id = object_ids.file_id()
    path = content_path(psp, file_id)
    size = write_csv(psp.store, path, wanted_of(run))
    with psp.work() as work:
        made = work.tx.get(KIND, run["id"])
        if made is None or made["status"] != "pending":
            path.unlink()  # somebody else was faster
            return
        result = shapes.report_file(
            file_id=file_id,
            size=size,
            base=psp.settings.public_base,
            now=work.now,
            expires_at=work.now + KEPT_SECONDS,
        )
        work.tx.insert(result)
        made |= {"status": "succeeded", "succeeded_at": work.now, "result": result}
        work.tx.update(made)
        work.emit("reporting.report_run.succeeded", made, lane=made["id"])
