"""A night in two copies: a journal full of captured charges with their fees, written past the triggers, and the PSP's
file of the same movements, of which every ten thousandth says another amount.

Numbers are as long as Stripe's and in the order of their times, amounts differ from row to row.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import psycopg

from bench.settlement_columns import COLUMNS
from checkout.db.migrate import upgrade

EVERY: Final = 10_000  # one line in so many differs by a euro
TIME: Final = "2026-03-14 %02d:%02d:%02d"

# UUIDv7, as the product makes them: the milliseconds of the time, then what tells them apart.
_MS = "(1773446400000 + n * 86399000::bigint / %(lines)s)"
_ID = f"(lpad(to_hex({_MS}), 12, '0') || '700{{k}}8' || lpad(to_hex(n), 15, '0'))::uuid"
CAPTURE, FEE = (_ID.replace("{k}", str(k)) for k in (1, 2))
# As Stripe numbers things: what grows with time, what the account adds, and chance.
NUMBER = "lpad(to_hex(n), 8, '0') || 'KVwTe9Lm' || left(md5(n::text), 8)"
AT = "timestamptz '2026-03-14 00:00Z' + make_interval(secs => floor(n * 86399.0 / %(lines)s))"
GROSS_MINOR = "(300 + n * 7919::bigint %% 29700)"
FEE_MINOR = (
    f"(({GROSS_MINOR} * 290 + 5000) / 10000 + 30)"  # what the rules take for the contract: 2.9 % and 0.30
)
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
    SELECT entry.* FROM generate_series(1, %(lines)s) AS n
     CROSS JOIN LATERAL (VALUES
           ({CAPTURE}, 'payment_captured', 'ch_3Q' || {NUMBER}, 'pay_' || md5(n::text), 'system:bench', {AT}, now()),
           ({FEE}, 'psp_fee', 'txn_3Q' || {NUMBER}, 'pay_' || md5(n::text), 'system:bench', {AT}, now())) AS entry
    """,
    f"""
    INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
    SELECT leg.* FROM generate_series(1, %(lines)s) AS n
     CROSS JOIN LATERAL (VALUES
           ({CAPTURE}, {_OF["psp_balance"]}, NULL::uuid, 'EUR', {GROSS_MINOR}),
           ({CAPTURE}, {_OF["seller_pending"]}, NULL, 'EUR', -{GROSS_MINOR}),
           ({FEE}, {_OF["psp_fees"]}, NULL, 'EUR', {FEE_MINOR}),
           ({FEE}, {_OF["psp_balance"]}, NULL, 'EUR', -{FEE_MINOR})) AS leg
    """,
    f"""
    INSERT INTO psp_numbers (psp, number, part, entry_id)
    SELECT 'stripe', 'txn_3Q' || {NUMBER}, part.name, part.entry_id FROM generate_series(1, %(lines)s) AS n
     CROSS JOIN LATERAL (VALUES ('movement', {CAPTURE}), ('fee', {FEE})) AS part (name, entry_id)
    """,
    # What the plain join is held against: our side of each movement, as one row.
    "CREATE TABLE bench_ours (number text, gross numeric, fee numeric)",
    f"""
    INSERT INTO bench_ours SELECT 'txn_3Q' || {NUMBER}, {GROSS_MINOR} / 100.0, {FEE_MINOR} / 100.0
      FROM generate_series(1, %(lines)s) AS n
    """,
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


def write_file(path: Path, lines: int, *, every: int = EVERY) -> None:
    """The PSP's file of the same night, in which one line in so many says another amount."""
    with path.open("w") as file:
        file.write(",".join(COLUMNS) + "\n")
        for n in range(1, lines + 1):
            fields = _fields(n, lines, every)
            file.write(",".join([fields.get(name, "") for name in COLUMNS]) + "\n")


def _fields(n: int, lines: int, every: int) -> dict[str, str]:
    chance = hashlib.md5(str(n).encode(), usedforsecurity=False).hexdigest()
    number = f"3Q{n:08x}KVwTe9Lm{chance[:8]}"
    at = n * 86399 // lines
    created = TIME % (at // 3600, at // 60 % 60, at % 60)
    gross = 300 + n * 7919 % 29700
    fee = (gross * 290 + 5000) // 10000 + 30
    told = gross - 100 if n % every == 0 else gross
    times = dict.fromkeys(("created_utc", "created", "charge_created_utc", "charge_created"), created)
    return times | {
        "balance_transaction_id": f"txn_{number}",
        "available_on_utc": "2026-03-21 00:00:00",
        "available_on": "2026-03-21 00:00:00",
        "currency": "eur",
        "gross": _major(told),
        "fee": _major(fee),
        "net": _major(told - fee),
        "reporting_category": "charge",
        "source_id": f"ch_{number}",
        "description": f"Order {n} of the marketplace",
        "customer_facing_amount": _major(told),
        "customer_facing_currency": "eur",
        "customer_id": f"cus_{chance[8:22]}",
        "customer_email": f"buyer{n}@example.com",
        "customer_name": f"Buyer {chance[:6]}",
        "charge_id": f"ch_{number}",
        "payment_intent_id": f"pi_{number}",
        "payment_method_type": "card",
        "is_link": "false",
        "card_brand": "visa",
        "card_funding": "credit",
        "card_country": "DE",
        "statement_descriptor": "MARKETPLACE",
        "payment_metadata[payment]": f"pay_{chance}",
    }


def _major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
