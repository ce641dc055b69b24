"""Some of our balance sold for another currency: two lines, what was sold and what was bought, that are one entry. Pure.

Which two belong together the file says by the object that both name; where they have no name in common with any, by their
second, if exactly one was sold and one bought in it. Nothing is guessed beyond that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from checkout.core.money import Money
from checkout.reconciliation.matching.classify import DifferingLine, Sold, Verdict, beyond_theirs
from checkout.reconciliation.matching.second_look import Judged
from checkout.reconciliation.rules.rule_set import Rules

Pair = tuple[DifferingLine, DifferingLine]  # what was sold, what was bought
Place = tuple[UUID, int]  # a file and a line of it


def joined(judged: Sequence[Judged], psp: str, rules: Rules) -> list[Judged]:
    """The same lines in their order; of a declared conversion both match, once it is booked."""
    verdicts = {place(line): verdict for line, verdict in judged}
    for sold, bought in _pairs([line for line, verdict in judged if _waits_for_its_other(line, verdict)]):
        _decide(verdicts, sold, bought, psp, rules)
    return [(line, verdicts[place(line)]) for line, _ in judged]


def place(line: DifferingLine) -> Place:
    return line.file_id, line.line


def rows_together(judged: Sequence[Judged]) -> dict[Place, Place]:
    """Of each conversion that would be booked, either row's other one."""
    numbers = {
        (line.file_id, line.number, line.currency): place(line)
        for line, found in judged
        if found.code is None
    }
    pairs: dict[Place, Place] = {}
    for line, verdict in judged:
        if verdict.converts is not None:
            paid = verdict.converts
            sold = numbers[line.file_id, paid.number, paid.amount.currency]
            pairs |= {place(line): sold, sold: place(line)}
    return pairs


def left_alone(line: DifferingLine) -> Verdict:
    """A row whose other side somebody has explained by itself: booking the conversion would move that side twice."""
    detail = "It is one side of a conversion, and the other side was explained by itself."
    return beyond_theirs(
        line, Verdict("currency_mismatch", None, line.gross_minor, -line.gross_minor, detail)
    )


def _waits_for_its_other(line: DifferingLine, verdict: Verdict) -> bool:
    return line.kind == "conversion" and verdict.code == "unknown_reference" and not line.in_suspense


def _pairs(lines: Sequence[DifferingLine]) -> Iterator[Pair]:
    """An object that one line alone names joins nothing: PayPal gives each row its own."""
    names = Counter((line.file_id, line.source_id) for line in lines if line.source_id)
    named = [line for line in lines if names[line.file_id, line.source_id] > 1]
    yield from _two_of_each(named, lambda line: (line.file_id, line.source_id))
    nameless = [line for line in lines if names[line.file_id, line.source_id] <= 1]
    yield from _two_of_each(nameless, lambda line: (line.file_id, line.occurred_at))


def _two_of_each(lines: Sequence[DifferingLine], key: Callable[[DifferingLine], Any]) -> Iterator[Pair]:
    groups: dict[Any, list[DifferingLine]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    for group in groups.values():
        sold = [line for line in group if line.gross_minor < 0]
        bought = [line for line in group if line.gross_minor > 0]
        if len(sold) == len(bought) == 1 and sold[0].currency != bought[0].currency:
            yield sold[0], bought[0]


def _decide(
    verdicts: dict[Place, Verdict],
    sold: DifferingLine,
    bought: DifferingLine,
    psp: str,
    rules: Rules,
) -> None:
    """What was executed is booked; whether at the declared rate is asked of what is booked."""
    first, second = place(sold), place(bought)
    if rules.settlement(psp, sold.currency, bought.currency) is not None:
        paid = Sold(sold.number, Money(-sold.gross_minor, sold.currency))
        verdicts[first] = Verdict(None, book_fee=bool(sold.fee_minor))
        verdicts[second] = Verdict(None, converts=paid, book_fee=bool(bought.fee_minor))
        return
    detail = (
        f"{sold.money(-sold.gross_minor)} were sold for {bought.money(bought.gross_minor)}: "
        "no such conversion is declared."
    )
    for each in (first, second):
        verdicts[each] = replace(verdicts[each], code="currency_mismatch", detail=detail)
