"""What the PSP said that it holds for us, each time that it was asked, and our books of it beside."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE psp_balance_readings (
            id uuid PRIMARY KEY,
            psp text NOT NULL,
            business_on date NOT NULL,
            currency text NOT NULL CONSTRAINT reading_currency CHECK (currency ~ '^[A-Z]{3}$'),
            taken_at timestamptz NOT NULL,
            ours_minor bigint NOT NULL,
            open_minor bigint NOT NULL,
            theirs_minor bigint NOT NULL,
            difference_minor bigint NOT NULL,
            CONSTRAINT reading_differs_by_what_it_says
                CHECK (difference_minor IN (0, ours_minor - theirs_minor - open_minor))
        );
        CREATE INDEX psp_balance_readings_last ON psp_balance_readings (psp, currency, taken_at DESC);
        CREATE INDEX psp_balance_readings_of_a_day ON psp_balance_readings (psp, business_on);
        CREATE TRIGGER psp_balance_readings_append_only BEFORE UPDATE OR DELETE ON psp_balance_readings
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON psp_balance_readings TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE psp_balance_readings;")
