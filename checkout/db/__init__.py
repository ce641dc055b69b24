"""Where PostgreSQL is spoken to: transactions, single statements, state transitions, locks, migrations."""
