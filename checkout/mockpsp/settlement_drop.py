"""Each day's settlement file, put into a directory once the day has passed by the mock's clock: the same as a report
of that day, for who takes files rather than asks for reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from checkout.mockpsp.psp import Psp
from checkout.mockpsp.report_columns import ACTIVITY, COLUMNS
from checkout.mockpsp.report_files import write_csv
from checkout.mockpsp.report_rows import Wanted

SETTING: Final = "settlement_dropped_before"  # the first day that no file was put down for
DAYS_AT_ONCE: Final = 31  # after a leap of the clock; the next round goes on
DAY: Final = 86_400


def begin(psp: Psp) -> None:
    """Notes the day on which the mock is first started: the first that has a file."""
    with psp.store.transaction() as tx:
        if not tx.setting(SETTING, ""):
            tx.set_setting(SETTING, str(psp.clock.now() // DAY))


def drop_due(psp: Psp, now: int) -> None:
    """Writes the files of the days that have passed since the mock began. One that is there is written again, alike."""
    if psp.settings.drop_dir is None:
        return
    today = now // DAY
    with psp.store.transaction() as tx:
        first = int(tx.setting(SETTING, str(today)))
    for day in range(first, min(today, first + DAYS_AT_ONCE)):
        date = datetime(1970, 1, 1, tzinfo=UTC).date() + timedelta(days=day)
        wanted = Wanted(ACTIVITY, day * DAY, (day + 1) * DAY, COLUMNS[ACTIVITY], ZoneInfo("Etc/UTC"))
        write_csv(psp.store, psp.settings.drop_dir / f"stripe-{date}.csv", wanted)
        with psp.store.transaction() as tx:
            tx.set_setting(SETTING, str(day + 1))
