"""The double-entry ledger. What the code promises, the database enforces: see the triggers."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE ledger_accounts (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            owner text NOT NULL,
            currency text NOT NULL CONSTRAINT account_currency CHECK (currency ~ '^[A-Z]{3}$'),
            normal_side smallint NOT NULL CONSTRAINT account_side CHECK (normal_side IN (-1, 1)),
            either_side boolean NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT one_account UNIQUE (kind, owner, currency),
            CONSTRAINT account_with_currency UNIQUE (id, currency)
        );

        CREATE TABLE journal_entries (
            id uuid PRIMARY KEY,
            sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
            kind text NOT NULL,
            source_key text NOT NULL,
            source text NOT NULL,
            cause text NOT NULL,
            effective_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            reverses_entry_id uuid CONSTRAINT reversed_at_most_once UNIQUE REFERENCES journal_entries,
            transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
            CONSTRAINT each_fact_once UNIQUE (kind, source_key),
            CONSTRAINT reversal_names_its_entry CHECK ((kind = 'reversal') = (reverses_entry_id IS NOT NULL))
        );
        CREATE INDEX journal_entries_by_source ON journal_entries (source);

        CREATE TABLE postings (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            entry_id uuid NOT NULL REFERENCES journal_entries,
            account_id uuid NOT NULL,
            order_id uuid,
            currency text NOT NULL,
            amount_minor bigint NOT NULL CONSTRAINT posting_not_zero CHECK (amount_minor <> 0),
            CONSTRAINT posting_in_the_accounts_currency
                FOREIGN KEY (account_id, currency) REFERENCES ledger_accounts (id, currency)
        );
        CREATE INDEX postings_by_entry ON postings (entry_id);
        CREATE INDEX postings_by_account ON postings (account_id, id);
        CREATE INDEX postings_by_order ON postings (order_id) WHERE order_id IS NOT NULL;

        CREATE TABLE psp_numbers (
            psp text NOT NULL,
            number text NOT NULL,
            entry_id uuid NOT NULL REFERENCES journal_entries,
            PRIMARY KEY (psp, number)
        );

        CREATE TABLE ledger_seals (
            number bigint PRIMARY KEY,
            first_sequence bigint NOT NULL,
            last_sequence bigint NOT NULL,
            entries integer NOT NULL,
            merkle_root bytea NOT NULL,
            digest bytea NOT NULL,
            sealed_at timestamptz NOT NULL
        );

        GRANT SELECT, INSERT ON ledger_accounts, journal_entries, postings, psp_numbers, ledger_seals TO checkout_app;
    """)
    for table in ("ledger_accounts", "journal_entries", "postings", "psp_numbers", "ledger_seals"):
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change();
        """)


def downgrade() -> None:
    op.execute("DROP TABLE ledger_seals, psp_numbers, postings, journal_entries, ledger_accounts")
