"""What orders and payments count of the money that goes back: to wallets, and to banks that dispute."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN refunded_to_wallet_minor bigint NOT NULL DEFAULT 0,
            ADD COLUMN logistics_charges smallint NOT NULL DEFAULT 0
                CONSTRAINT logistics_charges_not_negative CHECK (logistics_charges >= 0),
            ADD CONSTRAINT order_refunded_not_negative CHECK (amount_refunded_minor >= 0),
            ADD CONSTRAINT refunded_to_wallet_within CHECK (
                refunded_to_wallet_minor BETWEEN 0 AND amount_refunded_minor),
            ADD CONSTRAINT nothing_taken_beyond_the_order CHECK (
                amount_refunded_minor + amount_withdrawn_minor <= amount_minor);
        ALTER TABLE payments
            ADD COLUMN amount_disputed_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT amount_disputed_not_negative CHECK (amount_disputed_minor >= 0);
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE payments DROP COLUMN amount_disputed_minor;
        ALTER TABLE orders
            DROP CONSTRAINT nothing_taken_beyond_the_order,
            DROP CONSTRAINT refunded_to_wallet_within,
            DROP CONSTRAINT order_refunded_not_negative,
            DROP COLUMN logistics_charges,
            DROP COLUMN refunded_to_wallet_minor;
    """)
