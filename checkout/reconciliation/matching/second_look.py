"""What a line is in the light of its payment and of the other lines: parts of one entry, several entries at once, a payment
under way, a capture too many, a rounding within its batch's bound. Pure.

A row never decides a state: what the payment is by our books and by the row may differ, and the PSP is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.core.money import Money
from checkout.reconciliation.matching.classify import DifferingLine, Verdict, beyond_theirs
from checkout.reconciliation.matching.evidence import Captured, Evidence, payment_of
from checkout.reconciliation.rules.rule_set import Rules

Judged = tuple[DifferingLine, Verdict]

ENTRIES_OF_A_LINE_MOST: Final = 5  # ledger's numbers have names for as many
OPEN_CHARGES: Final = frozenset({"missing_in_ledger", "amount_mismatch"})
ENDED: Final = frozenset({"failed", "expired", "canceled"})


def asks_more(verdict: Verdict) -> bool:
    """Whether something beside the line could say what it is."""
    return verdict.code in (*OPEN_CHARGES, "unknown_reference", "rounding")


def look_again(judged: Sequence[Judged], known: Evidence, rules: Rules, *, now: datetime) -> list[Judged]:
    """The same lines in their order."""
    verdicts = {(line.file_id, line.line): verdict for line, verdict in judged}
    lines = [line for line, _ in judged]
    for payment, group in _open_charges(judged).items():
        verdicts |= _of_a_payment(payment, group, known, rules, taken=_taken(judged), now=now)
    verdicts |= _shared(judged, known)
    verdicts |= {
        (line.file_id, line.line): _hinted(line, verdict, known.claims)
        for line, verdict in judged
        if line.kind == "adjustment" and verdict.code == "unknown_reference"
    }
    settled = [(line, verdicts[line.file_id, line.line]) for line in lines]
    return _within_bounds(settled, known.rounded, rules.tolerances.rounding_batch_minor)


Verdicts = dict[tuple[UUID, int], Verdict]


def _open_charges(judged: Sequence[Judged]) -> Mapping[UUID, Sequence[Judged]]:
    """Charges that nothing under their number answers to, by payment."""
    found: dict[UUID, list[Judged]] = defaultdict(list)
    for line, verdict in judged:
        payment = payment_of(line)
        if (
            payment is not None
            and line.kind == "charge"
            and not line.says_another_amount
            and (line.entry_id is None or line.in_suspense)
            and verdict.code in OPEN_CHARGES
        ):
            found[payment].append((line, verdict))
    return found


def _taken(judged: Sequence[Judged]) -> set[UUID]:
    return {verdict.learn for _, verdict in judged if verdict.learn is not None}


def _of_a_payment(
    payment: UUID,
    group: Sequence[Judged],
    known: Evidence,
    rules: Rules,
    *,
    taken: set[UUID],
    now: datetime,
) -> Verdicts:
    captured = known.captured.get(payment, ())
    free = [entry for entry in captured if not entry.numbered and entry.entry_id not in taken]
    found: Verdicts = {}
    for currency in {line.currency for line, _ in group}:
        lines = [line for line, _ in group if line.currency == currency and not line.in_suspense]
        parts = [part for part in known.around.get(payment, ()) if part.currency == currency]
        fitting = [entry for entry in free if entry.currency == currency]
        matched = _by_rules(lines, fitting, rules, {part.number: part.gross_minor for part in parts})
        again = bool(captured) and not free
        found |= {
            _key(line): _by_state(line, verdict, payment, known, rules, now, again=again)
            for line, verdict in group
            if line.currency == currency
        }
        found |= matched
    return found


def _by_rules(
    lines: Sequence[DifferingLine], free: Sequence[Captured], rules: Rules, around: Mapping[str, int]
) -> Verdicts:
    """One line to its entry by our reference; several lines to one entry; one line to several entries."""
    wanted = rules.matching.rules
    if not lines:
        return {}
    if "reference" in wanted and len(lines) == len(free) == 1 and _is_told_by(lines[0], free[0]):
        return {_key(lines[0]): _learns(lines[0], free[0].entry_id)}
    if "sum" not in wanted or not free:
        return {}
    told = sum(line.gross_minor for line in lines)
    if len(free) == 1 and len(lines) + len(around) > 1:
        if told == free[0].minor:
            return {_key(line): _learns(line, free[0].entry_id) for line in lines}
        if told + sum(around.values()) == free[0].minor:
            parts = tuple(around)
            return {_key(line): _learns(line, free[0].entry_id, same=parts) for line in lines}
    several = len(lines) == 1 and 1 < len(free) <= ENTRIES_OF_A_LINE_MOST
    if several and told == sum(entry.minor for entry in free):
        more = tuple(entry.entry_id for entry in free[1:])
        return {_key(lines[0]): _learns(lines[0], free[0].entry_id, more=more)}
    return {}


def _is_told_by(line: DifferingLine, entry: Captured) -> bool:
    """A line that names a charge is matched by that; our reference alone would take a second charge for the first."""
    return not line.source_id and line.gross_minor == entry.minor


def _learns(
    line: DifferingLine, entry: UUID, *, more: tuple[UUID, ...] = (), same: tuple[str, ...] = ()
) -> Verdict:
    return Verdict(None, learn=entry, learn_more=more, same_entry=same, book_fee=bool(line.fee_minor))


def _key(line: DifferingLine) -> tuple[UUID, int]:
    return line.file_id, line.line


def _by_state(
    line: DifferingLine,
    verdict: Verdict,
    payment: UUID,
    known: Evidence,
    rules: Rules,
    now: datetime,
    *,
    again: bool,
) -> Verdict:
    """again: every capture of the payment has its own movement."""
    if verdict.code != "missing_in_ledger":
        return verdict
    if again:
        detail = "The payment was captured before, by another charge: the shopper may have paid twice."
        aside = f" {verdict.detail}" if line.in_suspense else ""
        return replace(verdict, code="duplicate_capture", detail=detail + aside)
    found = known.payments.get(payment)
    if found is None:
        return verdict
    if found.status == "processing":
        limit = timedelta(days=rules.ageing.limit_days(found.method or line.method))
        if now < line.occurred_at + limit:
            detail = "The payment is still under way by our books: waited for."
            return replace(verdict, code="timing_cutoff", detail=detail)
    if found.status == "processing" or found.status in ENDED:
        detail = f"By our books the payment is {found.status}; the PSP says that it is settled."
        return replace(verdict, code="status_mismatch", ours_minor=0, detail=detail)
    return verdict


def _shared(judged: Sequence[Judged], known: Evidence) -> Verdicts:
    """Lines that are parts of one entry: they match together, or their first one says by how much they do not."""
    found: Verdicts = {}
    told: set[UUID] = set()
    for line, verdict in judged:
        if verdict.code not in ("amount_mismatch", "rounding") or line.entry_id not in known.shared:
            continue
        if line.says_another_amount:
            continue
        assert line.entry_id is not None
        ours, theirs = known.shared[line.entry_id]
        if ours == theirs or line.entry_id in told:
            book_fee = bool(line.fee_minor) and not line.ours_fee
            found[_key(line)] = Verdict(None, book_fee=book_fee)
        else:
            detail = f"Its lines together are {line.money(theirs)}, ours is {line.money(ours)}."
            whole = Verdict("amount_mismatch", ours, theirs, ours - theirs, detail)
            found[_key(line)] = replace(whole, balance_minor=ours - theirs)
        told.add(line.entry_id)
    return found


def _hinted(line: DifferingLine, verdict: Verdict, claims: Iterable[tuple[str, Money]]) -> Verdict:
    """A correction in our favour may be the payment of what we have claimed: it says of which."""
    fitting = [name for name, left in claims if left == Money(line.net_minor, line.currency)]
    if not fitting:
        return verdict
    return replace(verdict, detail=f"{verdict.detail} It may pay the claim of {', '.join(fitting[:3])}.")


def _within_bounds(
    judged: Sequence[Judged], rounded: Mapping[tuple[UUID, str], int], most_minor: int
) -> list[Judged]:
    """Roundings of a batch are booked as long as they are little together; the first beyond that is told, and all after it."""
    used = defaultdict(int, rounded)
    settled: list[Judged] = []
    for line, verdict in judged:
        if verdict.code == "rounding":
            batch = (line.file_id, line.currency)
            used[batch] += abs(verdict.rounding_minor)
            if used[batch] <= most_minor:
                verdict = replace(verdict, code=None)
            else:
                verdict = beyond_theirs(line, replace(verdict, rounding_minor=0, learn=None, book_fee=False))
        settled.append((line, verdict))
    return settled
