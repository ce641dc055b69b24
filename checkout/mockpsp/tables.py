"""The kinds of object that the mock keeps, and their tables: what store.py makes and reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: its table, and the members that lists filter by (each a column of the same name; what is no
    member is kept private). `of_account`: each belongs to the platform ("") or to a connected account."""

    table: str
    noun: str
    columns: tuple[str, ...]
    of_account: bool = False


KINDS: Final[dict[str, Kind]] = {
    "checkout.session": Kind(
        "sessions", "checkout.session", ("payment_intent", "customer", "status", "expires_at")
    ),
    "payment_intent": Kind("payment_intents", "payment_intent", ("customer",)),
    "charge": Kind("charges", "charge", ("payment_intent", "customer", "transfer_group")),
    "balance_transaction": Kind(
        "balance_transactions",
        "balance transaction",
        ("source", "type", "currency", "available_on", "net", "account"),
        of_account=True,
    ),
    "customer": Kind("customers", "customer", ("email",)),
    "event": Kind("events", "event", ("type", "account"), of_account=True),
    "account": Kind("accounts", "account", ()),
    "transfer": Kind("transfers", "transfer", ("destination", "transfer_group")),
    "transfer_reversal": Kind("transfer_reversals", "transfer reversal", ("transfer",)),
    "payout": Kind("payouts", "payout", ("account", "destination", "status"), of_account=True),
    "dispute": Kind("disputes", "dispute", ("charge", "payment_intent", "status")),
    "file": Kind("files", "file upload", ("purpose",)),
    "reporting.report_run": Kind("report_runs", "report run", ("status", "ready_at")),
    "refund": Kind(
        "refunds", "refund", ("charge", "payment_intent", "currency", "status", "balance_transaction")
    ),
}

_TABLE: Final = """
create table if not exists {table} (
  seq integer primary key autoincrement, id text not null unique, created integer not null,
  {columns}body text not null, private text);
"""
_REST: Final = """
create index if not exists sessions_by_intent on sessions (payment_intent) where payment_intent is not null;
create index if not exists sessions_open on sessions (expires_at) where status = 'open';
create index if not exists charges_by_intent on charges (payment_intent);
create index if not exists balance_transactions_by_source on balance_transactions (source);
create index if not exists balance_transactions_by_account on balance_transactions (account, currency)
  where account <> '';
create index if not exists transfers_by_group on transfers (transfer_group) where transfer_group is not null;
create index if not exists transfer_reversals_by_transfer on transfer_reversals (transfer);
create index if not exists payouts_by_account on payouts (account);
create index if not exists disputes_by_charge on disputes (charge);
create index if not exists refunds_by_charge on refunds (charge);
create index if not exists refunds_by_intent on refunds (payment_intent);
create table if not exists deliveries (
  seq integer primary key, lane text not null, copies integer not null, attempt integer not null,
  due real not null, state text not null);
create index if not exists deliveries_waiting on deliveries (due) where state in ('pending', 'held');
create table if not exists timers (
  seq integer primary key autoincrement, due integer not null, kind text not null, subject text not null);
create index if not exists timers_by_due on timers (due);
create table if not exists journal (
  seq integer primary key autoincrement, at integer not null, kind text not null, account text not null,
  id text not null, amount integer not null, currency text not null, balance_transaction text, reference text,
  idempotency_key text, destination text, code text);
create table if not exists idempotency_keys (
  scope text not null, key text not null, fingerprint text not null, status integer not null, body text not null,
  request_id text not null, created integer not null, primary key (scope, key)) without rowid;
create table if not exists onboarding_links (
  token text primary key, account text not null, refresh_url text not null, return_url text not null,
  expires_at integer not null, used integer not null default 0) without rowid;
create table if not exists payout_marks (
  seq integer primary key autoincrement, currency text not null, sellers text not null, fate text not null);
create table if not exists plants (
  balance_transaction text primary key, lie text not null, extra text, created integer not null) without rowid;
create index if not exists plants_by_time on plants (created);
create index if not exists balance_transactions_by_time on balance_transactions (created);
create table if not exists settings (name text primary key, value text not null) without rowid;
"""
