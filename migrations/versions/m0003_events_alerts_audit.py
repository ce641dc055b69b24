"""What happened (events, append-only), what a person must look at (alerts), who did what (audit, append-only)."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$;

        CREATE TABLE events (
            id uuid PRIMARY KEY,
            sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
            type text NOT NULL,
            object text NOT NULL,
            storefront_id uuid,
            seller_id uuid,
            data jsonb NOT NULL,
            cause text NOT NULL,
            created_at timestamptz NOT NULL
        );
        CREATE INDEX events_by_object ON events (object);
        CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events EXECUTE FUNCTION refuse_change();

        CREATE TABLE alerts (
            id uuid PRIMARY KEY,
            code text NOT NULL,
            severity text NOT NULL CONSTRAINT alert_severity CHECK (severity IN ('low', 'medium', 'high', 'critical')),
            status text NOT NULL DEFAULT 'open'
                CONSTRAINT alert_status CHECK (status IN ('open', 'assigned', 'snoozed', 'resolved')),
            subject text NOT NULL,
            detail text NOT NULL,
            amount_minor bigint,
            currency text,
            payment_id uuid,
            dedupe_key text,
            occurrences integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            resolved_at timestamptz,
            resolved_by text,
            resolution text,
            CONSTRAINT alert_amount_has_currency CHECK ((amount_minor IS NULL) = (currency IS NULL)),
            CONSTRAINT resolved_alert_says_how CHECK (
                (status = 'resolved') = (resolution IS NOT NULL AND resolved_at IS NOT NULL))
        );
        CREATE UNIQUE INDEX alerts_open_once ON alerts (dedupe_key)
            WHERE dedupe_key IS NOT NULL AND status <> 'resolved';
        CREATE INDEX alerts_by_payment ON alerts (payment_id) WHERE payment_id IS NOT NULL;

        CREATE TABLE audit_log (
            id uuid PRIMARY KEY,
            sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
            at timestamptz NOT NULL,
            actor text NOT NULL,
            action text NOT NULL,
            object text NOT NULL,
            before jsonb,
            after jsonb,
            reason text,
            ip inet,
            request_id text
        );
        CREATE INDEX audit_log_by_object ON audit_log (object);
        CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT ON events, audit_log TO checkout_app;
        GRANT SELECT, INSERT, UPDATE ON alerts TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE audit_log, alerts, events; DROP FUNCTION refuse_change()")
