"""Sellers' accounts at the PSP: how far each is verified, and the bank accounts that payouts go to.

Sellers who exist have no account there yet: they are unverified until they have been onboarded.
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE sellers
            ADD COLUMN contact_email_sealed bytea,
            ADD COLUMN default_currency text
                CONSTRAINT seller_currency CHECK (default_currency ~ '^[A-Z]{3}$'),
            ADD COLUMN verification_status text NOT NULL DEFAULT 'unverified'
                CONSTRAINT verification_status_known CHECK (
                    verification_status IN ('unverified', 'pending', 'verified', 'restricted')),
            ADD COLUMN verification_reason text,
            ADD COLUMN requirements text[] NOT NULL DEFAULT '{}',
            ADD COLUMN payouts_enabled boolean NOT NULL DEFAULT false,
            ADD CONSTRAINT verified_means_payable CHECK (verification_status <> 'verified' OR payouts_enabled);

        CREATE TABLE connected_accounts (
            seller_id uuid PRIMARY KEY REFERENCES sellers,
            psp text NOT NULL,
            idempotency_key text NOT NULL CONSTRAINT one_key_per_connected_account UNIQUE,
            request jsonb NOT NULL,
            first_attempt_at timestamptz,
            psp_account_id text,
            refusal text,
            asked_at timestamptz,
            created_at timestamptz NOT NULL,
            CONSTRAINT one_seller_per_connected_account UNIQUE (psp, psp_account_id)
        );

        CREATE TABLE payout_accounts (
            id uuid PRIMARY KEY,
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text NOT NULL CONSTRAINT payout_account_currency CHECK (currency ~ '^[A-Z]{3}$'),
            country text NOT NULL CONSTRAINT payout_account_country CHECK (country ~ '^[A-Z]{2}$'),
            last4 text NOT NULL CONSTRAINT payout_account_last4 CHECK (length(last4) = 4),
            details_sealed bytea NOT NULL,
            changed_by text NOT NULL,
            created_at timestamptz NOT NULL,
            payouts_paused_until timestamptz,
            set_at timestamptz,
            psp_bank_account_id text,
            refused_at timestamptz,
            refusal text,
            replaced_at timestamptz,
            CONSTRAINT refused_payout_account_says_why CHECK ((refused_at IS NULL) = (refusal IS NULL)),
            CONSTRAINT payout_account_set_or_refused CHECK (set_at IS NULL OR refused_at IS NULL)
        );
        CREATE INDEX payout_accounts_by_seller ON payout_accounts (seller_id, currency, created_at);
        CREATE UNIQUE INDEX one_payout_account_per_currency ON payout_accounts (seller_id, currency)
            WHERE set_at IS NOT NULL AND replaced_at IS NULL;

        GRANT SELECT, INSERT, UPDATE ON connected_accounts, payout_accounts TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE payout_accounts, connected_accounts;
        ALTER TABLE sellers
            DROP COLUMN contact_email_sealed, DROP COLUMN default_currency, DROP COLUMN verification_status,
            DROP COLUMN verification_reason, DROP COLUMN requirements, DROP COLUMN payouts_enabled;
    """)
