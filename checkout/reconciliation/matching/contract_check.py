"""The fees of a day against the PSP's contract: one pass over its lines in PostgreSQL, which computes what the tariff of the
line's method and currency takes. The actual fee is booked all the same; what is beyond the tolerance is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.reconciliation.matching.differences import Difference, payment_named
from checkout.reconciliation.queries import SettlementFile
from checkout.reconciliation.rules.rule_set import ANY, Rules, Tariff

TOLD_SINGLY_MOST: Final = (
    50  # of one method and currency: more of them is one fault, a tariff that is another one
)
GROUPS_MOST: Final = 500

# A tariff's numbers as arrays, one place for each method and currency of the day. Both divisions are of whole numbers and
# cut off; what is added before each makes it round half up, up or down. OFFSET 0: reckoned once for a line, not at each
# mention.
EXPECTED: Final = """
    WITH expected AS (
        SELECT l.file_id, l.line, l.method, l.currency, l.gross_minor, l.fee_minor,
               (2 * least(greatest((l.gross_minor * t.bps + t.more) / 10000 + t.fixed, t.least), t.most) + t.step_more)
               / (2 * t.step) * t.step AS expected_minor
          FROM settlement_lines l
          {join} unnest(%(methods)s::text[], %(currencies)s::text[], %(bps)s::bigint[], %(fixed)s::bigint[],
                        %(least)s::bigint[], %(most)s::bigint[], %(step)s::bigint[], %(more)s::bigint[],
                        %(step_more)s::bigint[])
                 AS t(method, currency, bps, fixed, least, most, step, more, step_more)
            ON t.currency = l.currency
           AND t.method = CASE WHEN l.method = ANY(%(named)s::text[]) THEN l.method ELSE '*' END
         WHERE {lines} AND l.kind = 'charge' AND l.gross_minor > 0
        OFFSET 0
    )
"""
OFF: Final = """
    WHERE abs(e.fee_minor - e.expected_minor) > greatest(%(fee_minor)s, e.expected_minor * %(fee_bps)s / 10000)
      AND NOT EXISTS (SELECT 1 FROM unnest(%(but_files)s::uuid[], %(but_lines)s::int[]) AS b(file_id, line)
                       WHERE b.file_id = e.file_id AND b.line = e.line)
"""
GROUPS: Final = f"""
    {EXPECTED.format(join="JOIN", lines="l.file_id = ANY(%(files)s)")}
    SELECT e.method, e.currency, count(*) AS lines, sum(e.fee_minor)::bigint AS fee_minor,
           sum(e.expected_minor)::bigint AS expected_minor, min((e.file_id, e.line)::text) AS first
      FROM expected e {OFF} GROUP BY e.method, e.currency ORDER BY e.method, e.currency LIMIT %(limit)s
"""
OF_GROUPS: Final = """
    l.file_id = ANY(%(files)s)
    AND (l.method, l.currency) IN (SELECT * FROM unnest(%(of_methods)s::text[], %(of_currencies)s::text[]))
"""
SINGLY: Final = f"""
    {EXPECTED.format(join="JOIN", lines=OF_GROUPS)}
    SELECT e.method, e.currency, e.fee_minor, e.expected_minor, l.file_id, l.line, l.number, l.source_id, l.reference,
           l.type
      FROM expected e JOIN settlement_lines l ON l.file_id = e.file_id AND l.line = e.line {OFF}
     ORDER BY e.file_id, e.line
"""
# Whoever plans for lines that nobody has analysed yet takes them for a few, and would sort them or go through them one by one.
BY_HASH: Final = "SET LOCAL enable_nestloop = {0}; SET LOCAL enable_mergejoin = {0}"


def fee_differences(
    session: Session,
    files: Sequence[SettlementFile],
    psp: str,
    rules: Rules,
    *,
    but: Sequence[Difference] = (),
) -> list[Difference]:
    """The charges of the files whose fee is not the contract's, but for lines that differ anyway. Many of one method and
    currency are one difference, told at the first of them."""
    parameters = {
        **tariff_arrays(rules, psp, sorted({code for file in files for code in file.totals})),
        "files": [file.id for file in files],
        "fee_minor": rules.tolerances.fee_minor,
        "fee_bps": rules.tolerances.fee_bps,
        "but_files": [one.file_id for one in but if one.line is not None],
        "but_lines": [one.line for one in but if one.line is not None],
    }
    if not parameters["methods"]:
        return []
    execute(session, BY_HASH.format("off"))
    groups = execute(session, GROUPS, **parameters, limit=GROUPS_MOST).all()
    execute(session, BY_HASH.format("on"))
    many = [_group(row) for row in groups if row.lines > TOLD_SINGLY_MOST]
    few = [row for row in groups if row.lines <= TOLD_SINGLY_MOST]
    if not few:
        return many
    parameters |= {"of_methods": [r.method for r in few], "of_currencies": [r.currency for r in few]}
    return [_single(row) for row in execute(session, SINGLY, **parameters)] + many


def tariff_arrays(rules: Rules, psp: str, currencies: Sequence[str]) -> dict[str, Any]:
    """The tariffs as the statements take them: the one that fits for each method that a tariff names, and for any other."""
    named = sorted({method for tariff in rules.tariffs for method in tariff.methods} - {ANY})
    places = [
        (method, currency, tariff)
        for currency in currencies
        for method in (*named, ANY)
        if (tariff := rules.tariff(psp, "" if method == ANY else method, currency)) is not None
    ]
    tariffs = [tariff for *_, tariff in places]
    return {
        "named": named,
        "methods": [method for method, *_ in places],
        "currencies": [currency for _, currency, _ in places],
        "bps": [tariff.bps for tariff in tariffs],
        "fixed": [tariff.fixed_minor for tariff in tariffs],
        "least": [tariff.least_minor for tariff in tariffs],
        "most": [NO_MOST if tariff.most_minor is None else tariff.most_minor for tariff in tariffs],
        "step": [tariff.step_minor for tariff in tariffs],
        "more": [{"half_up": 5_000, "up": 9_999, "down": 0}[tariff.rounding] for tariff in tariffs],
        "step_more": [_step_more(tariff) for tariff in tariffs],
    }


NO_MOST: Final = 10**15


def _step_more(tariff: Tariff) -> int:
    step = tariff.step_minor
    return {"half_up": step, "up": 2 * step - 1, "down": 0}[tariff.rounding]


def _single(row: Row[Any]) -> Difference:
    detail = (
        f"Line {row.line} ({row.type}, {row.number}): the fee is {Money(row.fee_minor, row.currency)} in the "
        f"file, {Money(row.expected_minor, row.currency)} by the contract{_of(row.method)}."
    )
    return _difference(
        row,
        detail,
        subject=f"{encode('file', row.file_id)}:{row.line}",
        file_id=row.file_id,
        line=row.line,
        reference=row.reference,
        number=row.number,
        source_id=row.source_id,
    )


def _group(row: Row[Any]) -> Difference:
    file_id, line = row.first.strip("()").split(",")
    detail = (
        f"{row.lines} charges in {row.currency}, the first on line {line}: their fees are "
        f"{Money(row.fee_minor, row.currency)} in the file, {Money(row.expected_minor, row.currency)} by the contract{_of(row.method)}."
    )
    subject = f"fees:{row.method or 'any'}:{row.currency}"
    return _difference(row, detail, subject=subject, file_id=UUID(file_id), line=int(line))


def _difference(
    row: Row[Any],
    detail: str,
    *,
    subject: str,
    file_id: UUID,
    line: int,
    reference: str = "",
    number: str = "",
    source_id: str = "",
) -> Difference:
    """Nothing of the balance: what the PSP took is what is booked."""
    return Difference(
        code="fee_mismatch",
        subject=subject,
        file_id=file_id,
        line=line,
        entry_id=None,
        payment_id=payment_named(reference),
        number=number,
        source_id=source_id,
        ours_minor=row.expected_minor,
        theirs_minor=row.fee_minor,
        difference_minor=row.expected_minor - row.fee_minor,
        balance_minor=0,
        currency=row.currency,
        detail=detail,
    )


def _of(method: str) -> str:
    return f" for {method}" if method else ""
