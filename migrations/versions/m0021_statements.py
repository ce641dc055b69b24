"""Statements, as they were issued: a correction is a new revision beside the old one."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE statements (
            id uuid NOT NULL,
            revision integer NOT NULL CONSTRAINT statement_revision CHECK (revision > 0),
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text NOT NULL CONSTRAINT statement_currency CHECK (currency ~ '^[A-Z]{3}$'),
            kind text NOT NULL CONSTRAINT statement_kind CHECK (kind IN ('month', 'payout')),
            month date,
            payout_id uuid REFERENCES payouts,
            opening_minor bigint NOT NULL,
            closing_minor bigint NOT NULL,
            document bytea NOT NULL,
            check_code text NOT NULL,
            issued_at timestamptz NOT NULL,
            PRIMARY KEY (id, revision),
            CONSTRAINT statement_of_a_month_or_a_payout CHECK (
                (kind = 'month') = (month IS NOT NULL) AND (kind = 'payout') = (payout_id IS NOT NULL)),
            CONSTRAINT check_code_is_of_the_document CHECK (check_code = encode(sha256(document), 'hex')),
            CONSTRAINT one_statement_per_revision
                UNIQUE NULLS NOT DISTINCT (seller_id, currency, month, payout_id, revision)
        );
        COMMENT ON COLUMN statements.document IS 'Canonical JSON: sorted keys, no spaces, UTF-8, integers.';
        CREATE TRIGGER statements_append_only BEFORE UPDATE OR DELETE ON statements
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER statements_no_truncate BEFORE TRUNCATE ON statements EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON statements TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE statements")
