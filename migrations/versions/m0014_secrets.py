"""Data keys: what sealed values are encrypted under, themselves wrapped by a key that stands elsewhere."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE data_keys (
            id uuid PRIMARY KEY,
            purpose text NOT NULL CONSTRAINT data_key_purpose CHECK (purpose IN ('seal', 'blind_index')),
            status text NOT NULL
                CONSTRAINT data_key_status CHECK (status IN ('current', 'previous', 'retired')),
            kek_id text NOT NULL,
            wrapped bytea NOT NULL,
            created_at timestamptz NOT NULL,
            retired_at timestamptz,
            CONSTRAINT retired_key_says_when CHECK ((status = 'retired') = (retired_at IS NOT NULL))
        );
        CREATE UNIQUE INDEX one_current_data_key ON data_keys (purpose) WHERE status = 'current';
        GRANT SELECT, INSERT, UPDATE ON data_keys TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE data_keys")
