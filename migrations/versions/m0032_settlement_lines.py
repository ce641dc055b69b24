"""Settlement lines name the payment method, where their file does: what a movement may cost depends on it."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute("ALTER TABLE settlement_lines ADD COLUMN method text NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.execute("ALTER TABLE settlement_lines DROP COLUMN method")
