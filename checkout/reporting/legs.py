"""The three legs of a settlement and how each stands: customers' money, sellers' payouts, our own bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from checkout.core.money import Money
from checkout.db.statement import run
from checkout.reconciliation.files.opening import BANK

LOOKED_AT: Final = timedelta(days=30)  # what is older is settled, or an alert says that it is not
OF_SELLERS: Final = ("seller_split_mismatch", "transfer_unmatched")

# Differences that stand and nobody has explained, by the leg that they are of.
OPEN: Final = """
    SELECT CASE WHEN d.psp = %(bank)s THEN 'bank' WHEN d.code = ANY(%(of_sellers)s) THEN 'sellers' ELSE 'customers' END
               AS leg, count(*) AS many
      FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id AND a.status <> 'resolved'
     WHERE d.gone_at IS NULL GROUP BY 1
"""
# Movements of ours that the PSP numbers, and how many of them a row of its files tells of.
MOVED: Final = """
    SELECT count(*) AS ours,
           count(*) FILTER (WHERE EXISTS (SELECT 1 FROM settlement_lines l
                                           WHERE l.psp = n.psp AND l.number = n.number)) AS told
      FROM journal_entries e
      JOIN psp_numbers n ON n.entry_id = e.id AND n.part = 'movement'
     WHERE e.effective_at >= %(since)s AND e.kind = ANY(%(kinds)s)
"""
CHARGES: Final = ("payment_captured", "payment_unapplied", "wallet_topped_up")
TRANSFERS: Final = ("payout_transferred", "transfer_reversed", "debt_recovered")
SENT: Final = """
    SELECT count(*) AS ours,
           count(*) FILTER (WHERE EXISTS (SELECT 1 FROM journal_entries r
                                           WHERE r.source = e.source_key AND r.kind = 'psp_payout_received')) AS told
      FROM journal_entries e WHERE e.effective_at >= %(since)s AND e.kind = 'psp_payout_sent'
"""
WAITING: Final = """
    SELECT kind, currency, sum(account_balance(id))::bigint AS minor FROM ledger_accounts
     WHERE kind = ANY(%(kinds)s) GROUP BY kind, currency HAVING sum(account_balance(id)) <> 0 ORDER BY currency
"""
LAST_DAY: Final = "SELECT max(business_on) AS day FROM settlement_files WHERE (psp = %(bank)s) = %(of_bank)s AND status <> 'rejected'"


@dataclass(frozen=True, slots=True)
class Leg:
    """`ours`: our movements of the last thirty days; `told`: those of them that a file or statement shows; `waiting`: what
    is on its way, by currency; `open`: differences that nobody has explained; `last_on`: the newest file's day."""

    name: str
    ours: int
    told: int
    waiting: Sequence[Money]
    open: int
    last_on: date | None

    @property
    def stands(self) -> str:
        """One of which nothing was moved and no file ever came proves nothing yet."""
        if self.open:
            return "differences"
        if self.told < self.ours:
            return "waiting"
        return "ok" if self.ours or self.last_on else "none"


def three_legs(now: datetime) -> Sequence[Leg]:
    """Customers, sellers, bank."""
    since = now - LOOKED_AT
    open_by = {row.leg: row.many for row in run(OPEN, bank=BANK, of_sellers=list(OF_SELLERS))}
    psps, bank = (run(LAST_DAY, bank=BANK, of_bank=of_bank)[0].day for of_bank in (False, True))
    charges, transfers = (run(MOVED, since=since, kinds=list(kinds))[0] for kinds in (CHARGES, TRANSFERS))
    sent = run(SENT, since=since)[0]
    return [
        _leg("customers", charges, [], open_by, psps),
        _leg("sellers", transfers, _waiting("payout_in_transit"), open_by, psps),
        _leg("bank", sent, _waiting("bank_in_transit"), open_by, bank),
    ]


def _leg(
    name: str, moved: Any, waiting: Sequence[Money], open_by: dict[str, int], last_on: date | None
) -> Leg:
    return Leg(name, moved.ours, moved.told, waiting, open_by.get(name, 0), last_on)


def _waiting(kind: str) -> list[Money]:
    """Assets and liabilities alike, as they stand on their normal side."""
    return [Money(abs(row.minor), row.currency) for row in run(WAITING, kinds=[kind])]
