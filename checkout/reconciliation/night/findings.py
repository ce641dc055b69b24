"""What a day comes to by given rules: its lines judged, and what differs or may still come. Reads alone; run.py records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from checkout.reconciliation.bank.book import unmatched_credits
from checkout.reconciliation.files.opening import BANK
from checkout.reconciliation.matching.classify import judge
from checkout.reconciliation.matching.compare import differing_lines, further_lines
from checkout.reconciliation.matching.contract_check import fee_differences
from checkout.reconciliation.matching.conversions import joined
from checkout.reconciliation.matching.differences import Difference
from checkout.reconciliation.matching.evidence import Evidence, gather
from checkout.reconciliation.matching.exchanges import rate_differences
from checkout.reconciliation.matching.explained import as_explained
from checkout.reconciliation.matching.second_look import Judged, asks_more, look_again
from checkout.reconciliation.matching.untold import rejected_of, untold_of
from checkout.reconciliation.night.batch_totals import batch_differences
from checkout.reconciliation.queries import SettlementFile, files_between
from checkout.reconciliation.rules.rule_set import Rules


@dataclass(frozen=True, slots=True)
class Day:
    """What is compared: a PSP's files of a business day, by these rules, at this time."""

    psp: str
    business_on: date
    files: Sequence[SettlementFile]
    rules: Rules
    now: datetime


@dataclass(frozen=True, slots=True)
class Findings:
    """differing: what somebody is told. waiting: what may still come, ours without a line or a line too early. together:
    rows that are told of with another one, and not by themselves."""

    differing: Sequence[Difference]
    waiting: Sequence[Difference]
    together: int = 0


def judge_lines(session: Session, day: Day) -> list[Judged]:
    """The lines that do not match as they stand, each with what it is. A bank's are no movements of a PSP."""
    if day.psp == BANK:
        return []
    lines = differing_lines(session, day.files, day.psp)
    judged = joined([(line, judge(line, day.psp, day.rules)) for line in lines], day.psp, day.rules)
    judged = look_again(judged, evidence_of(session, day, judged), day.rules, now=day.now)
    return as_explained(session, judged)


def evidence_of(session: Session, day: Day, judged: Sequence[Judged]) -> Evidence:
    matching = day.rules.matching
    return gather(
        session,
        [line for line, verdict in judged if asks_more(verdict)],
        psp=day.psp,
        files=[file.id for file in day.files],
        first_on=day.business_on - timedelta(days=matching.look_back_files),
        last_on=day.business_on + timedelta(days=matching.look_forward_files),
    )


def _files_around(day: Day) -> list[SettlementFile]:
    """Those of the days before and after in which what belongs to this day may stand."""
    first_on = day.business_on - timedelta(days=day.rules.matching.look_back_files)
    last_on = day.business_on + timedelta(days=day.rules.matching.look_forward_files)
    around = files_between(day.psp, first_on, last_on)
    return [file for file in around if file.business_on != day.business_on]


def find_differences(session: Session, day: Day, judged: Sequence[Judged]) -> Findings:
    """After judge_lines() in the same transaction: the day's lines lie in the table that it made."""
    if day.psp == BANK:
        return Findings(unmatched_credits(session, day.files), [])
    told = [
        (Difference.of_line(line, verdict), verdict) for line, verdict in judged if verdict.code is not None
    ]
    differing = [one for one, verdict in told if verdict.code != "timing_cutoff"]
    early = [one for one, verdict in told if verdict.code == "timing_cutoff"]
    further = further_lines(session, day.files, day.psp, looked_at=len(judged))
    differing += [Difference.of_further(lines) for lines in further]
    if day.files:
        differing += rejected_of(session, day.psp, day.files)
        anyway = [one for one, _ in told]
        differing += fee_differences(session, day.files, day.psp, day.rules, but=anyway)
        differing += rate_differences(session, day.files, day.psp, day.rules, but=anyway)
        differing += batch_differences(session, day.files, _files_around(day))
    late, waiting = untold_of(session, day.psp, day.business_on, day.rules, now=day.now)
    together = sum(lines.lines - 1 for lines in further)
    return Findings(differing + late, early + waiting, together)
