"""The platform's own payouts: from its balance at the PSP to its bank."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE platform_payouts (
            id uuid PRIMARY KEY,
            psp text NOT NULL,
            currency text NOT NULL CONSTRAINT platform_payout_currency CHECK (currency ~ '^[A-Z]{3}$'),
            amount_minor bigint NOT NULL CONSTRAINT platform_payout_amount_positive CHECK (amount_minor > 0),
            available_minor bigint NOT NULL,
            owed_minor bigint NOT NULL,
            status text NOT NULL CONSTRAINT platform_payout_status CHECK (status IN (
                'submitting', 'in_transit', 'paid', 'failed')),
            version integer NOT NULL DEFAULT 1,
            request jsonb NOT NULL,
            attempted_at timestamptz NOT NULL,
            not_found_at timestamptz,
            psp_payout_id text,
            failure_code text,
            requested_by text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT platform_payout_leaves_what_is_owed CHECK (amount_minor <= available_minor - owed_minor)
        );
        COMMENT ON COLUMN platform_payouts.available_minor IS 'What the PSP said could be sent when this was made.';
        COMMENT ON COLUMN platform_payouts.owed_minor IS 'What the ledger said was owed to others when this was made.';
        CREATE UNIQUE INDEX one_platform_payout_at_a_time ON platform_payouts (psp, currency)
            WHERE status = 'submitting';
        CREATE UNIQUE INDEX platform_payouts_by_psp_payout ON platform_payouts (psp, psp_payout_id)
            WHERE psp_payout_id IS NOT NULL;

        CREATE TABLE platform_payout_transitions (
            platform_payout_id uuid NOT NULL REFERENCES platform_payouts,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (platform_payout_id, version)
        );
        CREATE TRIGGER platform_payout_transitions_append_only BEFORE UPDATE OR DELETE ON platform_payout_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE ON platform_payouts TO checkout_app;
        GRANT SELECT, INSERT ON platform_payout_transitions TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE platform_payout_transitions, platform_payouts")
