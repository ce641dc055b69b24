"""What a payout was made by: its terms and the account it went to; and how far months have their statements."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE payouts
            ADD COLUMN terms_version text,
            ADD COLUMN minimum_minor bigint CONSTRAINT terms_minimum CHECK (minimum_minor >= 0),
            ADD COLUMN step_minor bigint CONSTRAINT terms_step CHECK (step_minor > 0),
            ADD COLUMN fee_bps integer CONSTRAINT terms_fee CHECK (fee_bps BETWEEN 0 AND 10000),
            ADD COLUMN fee_minimum_minor bigint CONSTRAINT terms_least_fee CHECK (fee_minimum_minor >= 0),
            ADD COLUMN bank_last4 text CONSTRAINT payout_bank_last4 CHECK (length(bank_last4) = 4),
            ADD CONSTRAINT terms_are_whole CHECK (
                num_nulls(terms_version, minimum_minor, step_minor, fee_bps, fee_minimum_minor) IN (0, 5)),
            ADD CONSTRAINT payout_is_of_whole_steps CHECK (amount_minor % step_minor = 0);
        COMMENT ON COLUMN payouts.terms_version IS 'NULL: made before terms were kept.';

        UPDATE payouts p SET bank_last4 = a.last4
          FROM payout_accounts a
         WHERE a.seller_id = p.seller_id AND a.currency = p.currency AND a.psp_bank_account_id = p.bank_account;

        CREATE TABLE statement_months (
            month date PRIMARY KEY CONSTRAINT statement_month_begins CHECK (extract(day FROM month) = 1),
            after_account uuid,
            issued integer NOT NULL DEFAULT 0,
            started_at timestamptz NOT NULL,
            finished_at timestamptz
        );
        -- Up to which posting the journal was looked through for what was booked late: one row.
        CREATE TABLE statement_progress (
            one boolean PRIMARY KEY DEFAULT true CONSTRAINT one_statement_progress CHECK (one),
            through_posting bigint NOT NULL
        );
        GRANT SELECT, INSERT, UPDATE ON statement_months, statement_progress TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE statement_progress, statement_months;
        ALTER TABLE payouts
            DROP COLUMN terms_version, DROP COLUMN minimum_minor, DROP COLUMN step_minor, DROP COLUMN fee_bps,
            DROP COLUMN fee_minimum_minor, DROP COLUMN bank_last4;
    """)
