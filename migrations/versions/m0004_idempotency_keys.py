"""Idempotency keys: who asked what under which key, and the answer, byte for byte."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE idempotency_keys (
            principal text NOT NULL,
            key text NOT NULL CONSTRAINT key_length CHECK (length(key) BETWEEN 1 AND 255),
            fingerprint bytea NOT NULL,
            route text NOT NULL,
            resource_id uuid,
            lease_until timestamptz NOT NULL,
            token bigint NOT NULL DEFAULT 1,
            status_code smallint,
            headers jsonb,
            body bytea,
            created_at timestamptz NOT NULL,
            finished_at timestamptz,
            PRIMARY KEY (principal, key),
            CONSTRAINT finished_key_has_answer CHECK (
                (finished_at IS NULL) = (status_code IS NULL) AND (finished_at IS NULL) = (body IS NULL)),
            CONSTRAINT no_server_error_is_stored CHECK (status_code < 500)
        );
        CREATE INDEX idempotency_keys_by_resource ON idempotency_keys (resource_id) WHERE finished_at IS NULL;
        CREATE INDEX idempotency_keys_finished ON idempotency_keys (finished_at) WHERE finished_at IS NOT NULL;
        GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE idempotency_keys")
