"""The audit log says in which role somebody acted, is sealed in a chain of its own, and keeps the result of each proof."""

from alembic import op

revision = "0016"
down_revision = "0015"

APPEND_ONLY = ("audit_seals", "audit_checks")


def upgrade() -> None:
    op.execute("""
        ALTER TABLE audit_log ADD COLUMN role text;

        CREATE INDEX audit_log_by_request ON audit_log (request_id) WHERE request_id IS NOT NULL;
        CREATE INDEX audit_log_by_time ON audit_log USING brin (at);

        CREATE TABLE audit_seals (
            number bigint PRIMARY KEY CONSTRAINT audit_seals_count_from_one CHECK (number > 0),
            first_sequence bigint NOT NULL,
            last_sequence bigint NOT NULL,
            entries integer NOT NULL CONSTRAINT audit_seal_not_empty CHECK (entries > 0),
            leaves bytea NOT NULL,
            merkle_root bytea NOT NULL,
            digest bytea NOT NULL CONSTRAINT audit_seal_digest_once UNIQUE,
            sealed_at timestamptz NOT NULL,
            CONSTRAINT an_audit_leaf_per_row CHECK (octet_length(leaves) = 32 * entries),
            CONSTRAINT audit_seal_range CHECK (first_sequence <= last_sequence)
        );

        CREATE TABLE audit_checks (
            id uuid PRIMARY KEY,
            checked_at timestamptz NOT NULL,
            rows bigint NOT NULL,
            seals bigint NOT NULL,
            through_sequence bigint NOT NULL,
            head_digest bytea NOT NULL,
            differences bigint NOT NULL CONSTRAINT differences_are_counted CHECK (differences >= 0),
            first_difference text,
            CONSTRAINT a_difference_is_named CHECK ((differences = 0) = (first_difference IS NULL))
        );
        CREATE INDEX audit_checks_by_time ON audit_checks (checked_at);
    """)
    for table in APPEND_ONLY:
        op.execute(f"""
            GRANT SELECT, INSERT ON {table} TO checkout_app;
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change();
        """)
    # The sealing job reads how far the numbers have been given out.
    op.execute("GRANT SELECT ON SEQUENCE audit_log_sequence_seq TO checkout_app")


def downgrade() -> None:
    op.execute("""
        REVOKE SELECT ON SEQUENCE audit_log_sequence_seq FROM checkout_app;
        DROP TABLE audit_checks, audit_seals;
        DROP INDEX audit_log_by_time, audit_log_by_request;
        ALTER TABLE audit_log DROP COLUMN role;
    """)
