"""What the PSP took for charges against what its contract says, by method and currency: the report's rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.reconciliation.matching.contract_check import EXPECTED, tariff_arrays
from checkout.reconciliation.rules import current

ROWS_MOST: Final = 500
STATEMENT_TIMEOUT: Final = "1min"
CURRENCIES: Final = """
    SELECT DISTINCT code FROM settlement_files f, jsonb_object_keys(f.totals) AS code
     WHERE f.psp = %(psp)s AND f.status <> 'rejected' AND f.business_on BETWEEN %(since)s AND %(until)s ORDER BY code
"""
FILES: Final = """l.file_id IN (SELECT id FROM settlement_files
                                  WHERE psp = %(psp)s AND status <> 'rejected'
                                    AND business_on BETWEEN %(since)s AND %(until)s)"""
TAKEN: Final = f"""
    {EXPECTED.format(join="LEFT JOIN", lines=FILES)}
    SELECT e.method, e.currency, count(*) AS charges, sum(e.gross_minor)::bigint AS gross_minor,
           sum(e.fee_minor)::bigint AS fee_minor, sum(e.expected_minor)::bigint AS expected_minor,
           count(e.expected_minor) AS known
      FROM expected e GROUP BY e.method, e.currency ORDER BY e.currency, gross_minor DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FeeRow:
    """charges: lines of charges that the PSP's files tell of. Sums in minor units; expected_minor None: the contract says
    nothing of such a charge. method: as the file names it, "" where it names none."""

    psp: str
    method: str
    currency: str
    charges: int
    gross_minor: int
    fee_minor: int
    expected_minor: int | None

    @property
    def beyond(self) -> Money | None:
        """What the PSP took beyond its contract; negative: less."""
        if self.expected_minor is None:
            return None
        return Money(self.fee_minor - self.expected_minor, self.currency)


def fees_against_contract(*, psp: str, since: date, until: date) -> list[FeeRow]:
    """Of the files of these business days, both included; by currency, the largest first."""
    days = {"psp": psp, "since": since, "until": until}
    with atomic() as session:
        execute(session, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        currencies = [row.code for row in execute(session, CURRENCIES, **days)]
        arrays = tariff_arrays(current(), psp, currencies)
        rows = execute(session, TAKEN, **days, **arrays, limit=ROWS_MOST).all()
    return [
        FeeRow(
            psp,
            row.method,
            row.currency,
            row.charges,
            row.gross_minor,
            row.fee_minor,
            row.expected_minor if row.known == row.charges else None,
        )
        for row in rows
    ]
