"""Rate plans of those who have keys, and the brake on a storefront's checkouts while cards are being tested there."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE rate_plans (
            owner text PRIMARY KEY CONSTRAINT rate_plan_owner_has_keys CHECK (owner ~ '^(sto|sel)_[0-9a-z]{26}$'),
            plan text NOT NULL CONSTRAINT rate_plan_known CHECK (plan IN ('standard', 'high', 'load_test')),
            chosen_by text NOT NULL,
            chosen_at timestamptz NOT NULL
        );

        CREATE TABLE checkout_brakes (
            storefront_id uuid PRIMARY KEY REFERENCES storefronts,
            reason text NOT NULL,
            braked_at timestamptz NOT NULL,
            until timestamptz NOT NULL,
            CONSTRAINT brake_ends_after_it_began CHECK (until > braked_at)
        );

        CREATE INDEX inbox_declines ON inbox_events (received_at) WHERE type = 'payment_intent.payment_failed';

        GRANT SELECT, INSERT, UPDATE, DELETE ON rate_plans, checkout_brakes TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP INDEX inbox_declines; DROP TABLE checkout_brakes, rate_plans")
