"""Sellers and their fee plans; a plan is never changed, a newer version takes over from its day."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE sellers (
            id uuid PRIMARY KEY,
            name text NOT NULL CONSTRAINT seller_named CHECK (length(name) BETWEEN 1 AND 200),
            country text,
            status text NOT NULL DEFAULT 'active' CONSTRAINT seller_status CHECK (status IN ('active', 'suspended')),
            hold_days integer NOT NULL CONSTRAINT hold_days_bounded CHECK (hold_days BETWEEN 0 AND 365),
            payout_schedule text NOT NULL DEFAULT 'manual'
                CONSTRAINT payout_schedule_known CHECK (payout_schedule IN ('manual', 'daily', 'weekly', 'monthly')),
            reserve_bps integer NOT NULL DEFAULT 0
                CONSTRAINT reserve_bps_bounded CHECK (reserve_bps BETWEEN 0 AND 10000),
            reserve_days integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL
        );

        CREATE TABLE fee_plans (
            id uuid PRIMARY KEY,
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text,
            version integer NOT NULL,
            commission_bps integer NOT NULL
                CONSTRAINT commission_bps_bounded CHECK (commission_bps BETWEEN 0 AND 10000),
            commission_fixed_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT commission_fixed_not_negative CHECK (commission_fixed_minor >= 0),
            commission_minimum_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT commission_minimum_not_negative CHECK (commission_minimum_minor >= 0),
            valid_from timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT amounts_need_a_currency CHECK (
                currency IS NOT NULL OR (commission_fixed_minor = 0 AND commission_minimum_minor = 0)),
            CONSTRAINT one_plan_per_version UNIQUE NULLS NOT DISTINCT (seller_id, currency, version)
        );
        CREATE TRIGGER fee_plans_append_only BEFORE UPDATE OR DELETE ON fee_plans
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE ON sellers TO checkout_app;
        GRANT SELECT, INSERT ON fee_plans TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE fee_plans, sellers")
