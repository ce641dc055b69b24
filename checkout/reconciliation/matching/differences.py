"""A difference of a day: kept as a row once, with one alert that says its amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import desk, open_alert
from checkout.core.cause import Cause
from checkout.core.ids import MalformedId, decode, encode, new_uuid
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.reconciliation import rules
from checkout.reconciliation.desk.rest import explained_in_parts, unexplained
from checkout.reconciliation.matching import statements
from checkout.reconciliation.matching.classify import KEPT_OUT, DifferingLine, Verdict
from checkout.reconciliation.progress import tell

BY_ITSELF: Final = "system"  # who closes what does not differ any more
LEFT_UNEXPLAINED: Final = "not_ours"  # two persons have let it stay so


@dataclass(frozen=True, slots=True)
class Difference:
    """`subject` names it once within its day and code: the line, or the entry that no line tells of."""

    code: str
    subject: str
    file_id: UUID | None
    line: int | None
    entry_id: UUID | None
    payment_id: UUID | None
    number: str
    source_id: str
    ours_minor: int | None
    theirs_minor: int | None
    difference_minor: int
    balance_minor: int
    currency: str
    detail: str

    @classmethod
    def of_line(cls, line: DifferingLine, verdict: Verdict) -> Difference:
        assert verdict.code is not None, "a line that matches is no difference"
        return cls(
            code=verdict.code,
            subject=f"{encode('file', line.file_id)}:{line.line}",
            file_id=line.file_id,
            line=line.line,
            entry_id=line.entry_id or line.charge_entry_id,
            payment_id=_payment(line.reference, line.entry_source, line.charge_source),
            number=line.number,
            source_id=line.source_id,
            ours_minor=verdict.ours_minor,
            theirs_minor=verdict.theirs_minor,
            difference_minor=verdict.difference_minor,
            balance_minor=verdict.balance_minor,
            currency=line.currency,
            detail=f"Line {line.line} ({line.type}, {line.number}): {verdict.detail}",
        )

    @classmethod
    def of_entry(
        cls,
        *,
        entry_id: UUID,
        kind: str,
        source: str,
        source_key: str,
        number: str,
        minor: int,
        net_minor: int,
        currency: str,
    ) -> Difference:
        return cls(
            code="missing_at_psp",
            subject=encode("jrn", entry_id),
            file_id=None,
            line=None,
            entry_id=entry_id,
            payment_id=_payment(source),
            number=number,
            source_id=source_key if source_key != number else "",
            ours_minor=minor,
            theirs_minor=0,
            difference_minor=minor,
            balance_minor=net_minor,
            currency=currency,
            detail=f"We booked {kind} ({source_key}); no line of the files around that day tells of it.",
        )

    @classmethod
    def of_rejected(
        cls,
        *,
        code: str,
        file_id: UUID,
        line: int,
        entry_id: UUID,
        source: str,
        number: str,
        source_id: str,
        minor: int,
        net_minor: int,
        currency: str,
        detail: str,
    ) -> Difference:
        return cls(
            code=code,
            subject=f"{encode('file', file_id)}:{line}",
            file_id=file_id,
            line=line,
            entry_id=entry_id,
            payment_id=_payment(source),
            number=number,
            source_id=source_id,
            ours_minor=minor,
            theirs_minor=None,
            difference_minor=minor,
            balance_minor=net_minor,
            currency=currency,
            detail=f"Line {line} ({number}) was kept out: {detail}",
        )


@dataclass(frozen=True, slots=True)
class KeptDifference:
    """A difference with its row and its alert. explained_minor: what of it is explained in parts so far."""

    id: UUID
    difference: Difference
    alert_id: UUID
    resolved: bool
    explained_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.difference.difference_minor - self.explained_minor


def keep_differences(
    session: Session,
    found: Sequence[Difference],
    *,
    psp: str,
    business_on: date,
    cause: Cause,
    now: datetime,
) -> list[KeptDifference]:
    """Writes each once; one that was there keeps its alert. A resolved one is opened again where its difference has come
    back, or is another than the one that was explained."""
    kept = []
    for n, difference in enumerate(found, 1):
        kept.append(_keep(session, difference, psp, business_on, cause, now))
        tell("differences", n, len(found))
    return kept


def _keep(
    session: Session, difference: Difference, psp: str, business_on: date, cause: Cause, now: datetime
) -> KeptDifference:
    columns = {name: getattr(difference, name) for name in Difference.__slots__}
    row = execute(
        session,
        statements.KEEP_DIFFERENCE,
        id=new_uuid(),
        psp=psp,
        business_on=business_on,
        now=now,
        **columns,
    ).one()
    alert_id = row.alert_id or _alert(session, row.id, difference, psp, business_on, cause, now)
    resolved = _still_resolved(session, alert_id, difference, cause)
    explained = 0 if resolved else explained_in_parts(session, alert_id)
    return KeptDifference(row.id, difference, alert_id, resolved, explained)


def _still_resolved(session: Session, alert_id: UUID, difference: Difference, cause: Cause) -> bool:
    """Whether somebody has explained this very difference; the alert says what is known now."""
    alert = execute(
        session,
        "SELECT status, amount_minor, resolved_by, resolution_kind FROM alerts WHERE id = %(id)s",
        id=alert_id,
    ).one()
    changed = alert.amount_minor != difference.difference_minor
    if changed:
        execute(
            session,
            "UPDATE alerts SET amount_minor = %(minor)s, currency = %(currency)s, detail = %(detail)s WHERE id = %(id)s",
            minor=difference.difference_minor,
            currency=difference.currency,
            detail=difference.detail,
            id=alert_id,
        )
    if alert.status != "resolved":
        return False
    if changed or alert.resolved_by == BY_ITSELF:
        why = "It differs by another amount now." if changed else "It differs again."
    elif alert.resolution_kind != LEFT_UNEXPLAINED and (left := unexplained(session, alert_id).beyond):
        why = f"{left} of it is not explained any more."
    else:
        return True
    desk.reopen(session, alert_id, reason=why, by=cause)
    return False


def _alert(
    session: Session,
    id: UUID,
    difference: Difference,
    psp: str,
    business_on: date,
    cause: Cause,
    now: datetime,
) -> UUID:
    payment = encode("pay", difference.payment_id) if difference.payment_id else difference.subject
    today = now.date()
    severity = rules.current().severity(
        difference.code, difference.difference_minor, difference.currency, (today - business_on).days
    )
    alert_id = open_alert(
        session,
        code=difference.code,
        severity=severity,
        subject=payment,
        detail=difference.detail,
        amount=Money(difference.difference_minor, difference.currency),
        payment_id=difference.payment_id,
        dedupe_key=_dedupe_key(difference, psp, business_on),
        due_on=rules.current().due_on(difference.code, severity, today),
    )
    execute(session, statements.NAME_ALERT, id=id, alert_id=alert_id)
    data = {
        "code": difference.code,
        "difference": difference.difference_minor,
        "currency": difference.currency,
    }
    emit(session, DomainEvent("reconciliation.alert_opened", encode("alr", alert_id), data=data), cause=cause)
    return alert_id


def _dedupe_key(difference: Difference, psp: str, business_on: date) -> str:
    """A row that was kept out has its alert since it was received."""
    if difference.code in KEPT_OUT:
        return rejected_key(difference.code, difference.file_id, difference.line)
    return f"settlement:{psp}:{business_on}:{difference.code}:{difference.subject}"


def rejected_key(code: str, file_id: UUID | None, line: int | None) -> str:
    """What names the alert of a row that was kept out."""
    return f"{code}:{file_id}:{line}"


def _payment(*names: str | None) -> UUID | None:
    """The payment that the first name says which is a payment's."""
    for name in names:
        try:
            if name:
                return decode("pay", name)
        except MalformedId:
            continue
    return None
