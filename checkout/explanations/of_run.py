"""What a night left unexplained, and one difference of it: ours less theirs, down to the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.currencies import CODES
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.entries import ledger_of
from checkout.explanations.evidence import evidence_of
from checkout.explanations.sight import Sight
from checkout.explanations.tree import Explanation, Ledger, Ref, Rule, Stored, Term, added
from checkout.identity.access import Reach

TERMS_SHOWN: Final = 100

RUN: Final = "SELECT psp, business_on FROM reconciliation_runs WHERE id = %(id)s"
# What stood, and was not explained, when the day was last compared; alerts that were closed since are still in it.
LAST: Final = """
    SELECT c.number, c.finished_at, c.rules, coalesce((c.report -> 'unexplained' ->> %(currency)s)::bigint, 0) AS minor
      FROM reconciliation_comparisons c WHERE c.run_id = %(id)s ORDER BY c.number DESC LIMIT 1
"""
UNEXPLAINED: Final = """
    SELECT f.code, f.alert_id, f.difference_minor, count(*) OVER () AS many,
           sum(f.difference_minor) OVER ()::bigint AS whole_minor, d.file_id, d.line
      FROM reconciliation_findings f LEFT JOIN settlement_differences d ON d.id = f.difference_id
     WHERE f.run_id = %(id)s AND f.number = %(number)s AND f.currency = %(currency)s AND NOT f.resolved
     ORDER BY abs(f.difference_minor) DESC, f.difference_id LIMIT %(limit)s
"""
# Whether a difference of the day was explained in parts, or is gone: what was posted for those is no whole difference.
IN_PARTS: Final = """
    SELECT EXISTS (SELECT FROM settlement_differences d
                    WHERE d.psp = %(psp)s AND d.business_on = %(business_on)s
                      AND (d.gone_at IS NOT NULL
                           OR EXISTS (SELECT FROM alert_notes n
                                       WHERE n.alert_id = d.alert_id AND n.kind IN ('explained', 'linked'))))
"""
DIFFERENCE: Final = """
    SELECT d.code, d.psp, d.business_on, d.file_id, d.line, d.entry_id, d.number, d.ours_minor, d.theirs_minor,
           d.difference_minor, d.currency, d.detail, r.id AS run_id
      FROM settlement_differences d
      LEFT JOIN reconciliation_runs r ON r.psp = d.psp AND r.business_on = d.business_on
     WHERE d.alert_id = %(id)s
"""


Place = tuple[UUID, int]


def explain_run(
    session: Session, run_id: UUID, field: str, reach: Reach
) -> tuple[Explanation, Sequence[Place]]:
    """Takes "difference.EUR": what of a day was unexplained when it was last compared, alert by alert; and where their
    rows stand.

    Raises:
        NotFound: no such run, or figure of it; it was never compared to its end; the reach is not the platform.
    """
    name, _, currency = field.partition(".")
    if name != "difference" or currency not in CODES or not reach.everything:
        raise NotFound("no such figure of a run")
    run = execute(session, RUN, id=run_id).first()
    last = execute(session, LAST, id=run_id, currency=currency).first()
    if run is None or last is None:
        raise NotFound("no such figure of a run")
    rows = execute(
        session, UNEXPLAINED, id=run_id, number=last.number, currency=currency, limit=TERMS_SHOWN
    ).all()
    terms, whole = _differences(rows, currency), rows[0].whole_minor if rows else 0
    posted = last.minor - whole
    if posted and execute(session, IN_PARTS, psp=run.psp, business_on=run.business_on).scalar_one():
        terms.append(added("What was posted for parts of them, or for what is gone", Money(posted, currency)))
        whole += posted
    result, public_id = Money(whole, currency), encode("run", run_id)
    ledger = _no_entries(currency)
    name_of_day = f"{run.psp}, {run.business_on.isoformat()}"
    sentence = f"{result} of {name_of_day} was unexplained when it was last compared: ours less theirs."
    explanation = Explanation(
        ref=Ref(public_id, field),
        sentence=sentence if terms else f"Nothing of {name_of_day} was unexplained in {currency}.",
        terms=[term for term in terms if term.amount],
        result=result,
        basis="booked",
        rules=[_rule(last.rules)] if last.rules else (),
        ledger=ledger,
        evidence=evidence_of(session, ledger, objects=[public_id]),
        stored=Stored(Money(last.minor, currency), "the run's report"),
    )
    return explanation, [(row.file_id, row.line) for row in rows if row.file_id]


def _differences(rows: Sequence[Row[Any]], currency: str) -> list[Term]:
    """Each, and the smaller ones together."""
    terms = [
        added(
            row.code.replace("_", " ").capitalize(),
            Money(row.difference_minor, currency),
            Ref(encode("alr", row.alert_id), "difference") if row.alert_id else None,
        )
        for row in rows
    ]
    if rows and rows[0].many > len(rows):
        shown = sum(row.difference_minor for row in rows)
        beyond = Money(rows[0].whole_minor - shown, currency)
        terms.append(added(f"{rows[0].many - len(rows)} smaller ones", beyond))
    return terms


def explain_difference(
    session: Session, alert_id: UUID, field: str, reach: Reach
) -> tuple[Explanation, Sequence[Place]]:
    """Ours less theirs of one alert; and where their row stands, if they have one.

    Raises:
        NotFound: no such alert of a settlement, or figure of it; the reach is not the platform.
    """
    row = execute(session, DIFFERENCE, id=alert_id).first()
    if row is None or field != "difference" or not reach.everything:
        raise NotFound("no such figure of an alert")
    currency, public_id = row.currency, encode("alr", alert_id)
    result = Money(row.difference_minor, currency)
    terms = [
        Term("What our books say", Money(row.ours_minor or 0, currency), entry_id=row.entry_id),
        Term(f"What {row.psp} says", Money(row.theirs_minor or 0, currency), sign=-1),
    ]
    effects = {row.entry_id: row.ours_minor or 0} if row.entry_id else {}
    sight = Sight(True, frozenset(), payments=True)
    ledger = ledger_of(session, effects, currency, sight, is_the_figure=False)
    explanation = Explanation(
        ref=Ref(public_id, field),
        sentence=f"{result} is between our books and {row.psp}, {row.business_on.isoformat()}. {row.detail}",
        terms=terms,
        result=result,
        basis="booked",
        rules=(),
        ledger=ledger,
        evidence=evidence_of(session, ledger, objects=[public_id], psp_objects=[row.number]),
        stored=None,
    )
    return explanation, [(row.file_id, row.line)] if row.file_id else []


def _rule(rules: str) -> Rule:
    name, _, version = rules.partition("@")
    return Rule(f"Rules of settlement: {name}", version or "1", {}, "none")


def _no_entries(currency: str) -> Ledger:
    return Ledger((), 0, Money.zero(currency), is_the_figure=False)
