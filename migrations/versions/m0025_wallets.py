"""Store credit: a wallet per customer and currency, promotional credits with an end, and what checkouts hold of them."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE wallets (
            shopper_id uuid NOT NULL REFERENCES shoppers,
            currency text NOT NULL CONSTRAINT wallet_currency CHECK (currency ~ '^[A-Z]{3}$'),
            free_minor bigint NOT NULL DEFAULT 0 CONSTRAINT wallet_free_not_negative CHECK (free_minor >= 0),
            held_minor bigint NOT NULL DEFAULT 0 CONSTRAINT wallet_held_not_negative CHECK (held_minor >= 0),
            promotional_minor bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (shopper_id, currency),
            CONSTRAINT wallet_promotional_within_free CHECK (promotional_minor BETWEEN 0 AND free_minor)
        );
        COMMENT ON TABLE wallets IS 'Counters beside the ledger; verify compares them with the postings.';
        COMMENT ON COLUMN wallets.promotional_minor IS 'What of free_minor is promotional credit, expired or not.';

        CREATE TABLE wallet_credits (
            id uuid PRIMARY KEY,
            shopper_id uuid NOT NULL,
            currency text NOT NULL,
            amount_minor bigint NOT NULL CONSTRAINT wallet_credit_positive CHECK (amount_minor > 0),
            free_minor bigint NOT NULL CONSTRAINT wallet_credit_free_not_negative CHECK (free_minor >= 0),
            held_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT wallet_credit_held_not_negative CHECK (held_minor >= 0),
            spent_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT wallet_credit_spent_not_negative CHECK (spent_minor >= 0),
            expired_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT wallet_credit_expired_not_negative CHECK (expired_minor >= 0),
            expires_at timestamptz NOT NULL,
            reason text NOT NULL,
            granted_by text NOT NULL,
            created_at timestamptz NOT NULL,
            FOREIGN KEY (shopper_id, currency) REFERENCES wallets,
            CONSTRAINT wallet_credit_adds_up CHECK (
                free_minor + held_minor + spent_minor + expired_minor = amount_minor)
        );
        CREATE INDEX wallet_credits_of ON wallet_credits (shopper_id, currency, expires_at, id);
        CREATE INDEX wallet_credits_to_expire ON wallet_credits (expires_at) WHERE free_minor > 0;

        CREATE TABLE wallet_holds (
            payment_id uuid PRIMARY KEY REFERENCES payments,
            shopper_id uuid NOT NULL,
            currency text NOT NULL,
            amount_minor bigint NOT NULL CONSTRAINT wallet_hold_positive CHECK (amount_minor > 0),
            captured_at timestamptz,
            released_at timestamptz,
            created_at timestamptz NOT NULL,
            FOREIGN KEY (shopper_id, currency) REFERENCES wallets,
            CONSTRAINT wallet_hold_ends_once CHECK (num_nonnulls(captured_at, released_at) <= 1)
        );
        CREATE INDEX wallet_holds_open ON wallet_holds (shopper_id, currency)
            WHERE captured_at IS NULL AND released_at IS NULL;

        CREATE TABLE wallet_hold_credits (
            payment_id uuid NOT NULL REFERENCES wallet_holds,
            credit_id uuid NOT NULL REFERENCES wallet_credits,
            amount_minor bigint NOT NULL CONSTRAINT wallet_hold_credit_positive CHECK (amount_minor > 0),
            PRIMARY KEY (payment_id, credit_id)
        );
        COMMENT ON TABLE wallet_hold_credits IS 'Which promotional credits a hold took from: they come back if it ends.';

        ALTER TABLE payments
            ADD COLUMN purpose text NOT NULL DEFAULT 'checkout'
                CONSTRAINT payment_purpose CHECK (purpose IN ('checkout', 'wallet_top_up')),
            ADD COLUMN wallet_amount_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT wallet_amount_within_the_payment CHECK (wallet_amount_minor BETWEEN 0 AND amount_minor),
            ADD CONSTRAINT top_up_not_from_the_wallet CHECK (purpose = 'checkout' OR wallet_amount_minor = 0);
        COMMENT ON COLUMN payments.wallet_amount_minor IS
            'What the shopper pays with store credit; the rest is charged at the PSP.';

        ALTER TABLE orders
            ADD CONSTRAINT parts_add_up CHECK (card_part_minor + wallet_part_minor = amount_minor),
            ADD CONSTRAINT parts_not_negative CHECK (card_part_minor >= 0 AND wallet_part_minor >= 0);

        GRANT SELECT, INSERT, UPDATE ON wallets, wallet_credits, wallet_holds TO checkout_app;
        GRANT SELECT, INSERT ON wallet_hold_credits TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE orders DROP CONSTRAINT parts_add_up, DROP CONSTRAINT parts_not_negative;
        ALTER TABLE payments DROP COLUMN purpose, DROP COLUMN wallet_amount_minor;
        DROP TABLE wallet_hold_credits, wallet_holds, wallet_credits, wallets;
    """)
