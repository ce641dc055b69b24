"""A night in two copies: a journal full of captured charges with their fees, written past the triggers, and the PSP's
file of the same movements, of which every ten thousandth says another amount."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg

from checkout.db.migrate import upgrade

HEADER: Final = (
    "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,"
    "description,payment_intent_id,charge_id,payment_metadata[payment]\n"
)
EVERY: Final = 10_000  # one line in so many differs by a euro

_ID = "('0{k}000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
CAPTURE, FEE = (_ID.replace("{k}", str(k)) for k in (1, 2))
_ACCOUNTS = {
    "psp_balance": ("stripe", 1, True),
    "psp_fees": ("platform", 1, True),
    "seller_pending": ("sel_bench", -1, False),
}
_OF = {kind: f"('0f000000-0000-7000-8000-00000000000{i}')::uuid" for i, kind in enumerate(_ACCOUNTS, 1)}

STATEMENTS = (
    *(
        f"""
        INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
        VALUES ({_OF[kind]}, '{kind}', '{owner}', 'EUR', {side}, {either}, now())
        """
        for kind, (owner, side, either) in _ACCOUNTS.items()
    ),
    f"""
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    SELECT {CAPTURE}, 'payment_captured', 'ch_' || n, 'pay_bench', 'system:bench', '2026-03-14 12:00Z', now()
      FROM generate_series(1, %(lines)s) AS n
    """,
    f"""
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    SELECT {FEE}, 'psp_fee', 'txn_' || n, 'pay_bench', 'system:bench', '2026-03-14 12:00Z', now()
      FROM generate_series(1, %(lines)s) AS n
    """,
    f"""
    INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
    SELECT leg.* FROM generate_series(1, %(lines)s) AS n
     CROSS JOIN LATERAL (VALUES
           ({CAPTURE}, {_OF["psp_balance"]}, NULL::uuid, 'EUR', 1500), ({CAPTURE}, {_OF["seller_pending"]}, NULL, 'EUR', -1500),
           ({FEE}, {_OF["psp_fees"]}, NULL, 'EUR', 74), ({FEE}, {_OF["psp_balance"]}, NULL, 'EUR', -74)) AS leg
    """,
    f"""
    INSERT INTO psp_numbers (psp, number, part, entry_id)
    SELECT 'stripe', 'txn_' || n, part.name, part.entry_id FROM generate_series(1, %(lines)s) AS n
     CROSS JOIN LATERAL (VALUES ('movement', {CAPTURE}), ('fee', {FEE})) AS part (name, entry_id)
    """,
    # What the plain join is held against: our side of each movement, as one row.
    "CREATE TABLE bench_ours (number text, gross numeric, fee numeric)",
    "INSERT INTO bench_ours SELECT 'txn_' || n, 15.00, 0.74 FROM generate_series(1, %(lines)s) AS n",
)


def fill(url: str, lines: int) -> None:
    """Migrates the database and writes so many captured charges."""
    upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in STATEMENTS:
            connection.execute(statement, {"lines": lines} if "%(lines)s" in statement else None)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def write_file(path: Path, lines: int) -> None:
    """The PSP's file of the same night."""
    with path.open("w") as file:
        file.write(HEADER)
        for n in range(1, lines + 1):
            gross, net = ("14.00", "13.26") if n % EVERY == 0 else ("15.00", "14.26")
            file.write(
                f"txn_{n},2026-03-14 12:00:00,2026-03-21 00:00:00,eur,{gross},0.74,{net},charge,ch_{n},"
                f"Order {n},pi_{n},ch_{n},pay_bench\n"
            )
