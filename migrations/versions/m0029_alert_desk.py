"""Alerts as work: who has one, until when it sleeps, what was said about it; and by how much a difference moves our balance."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE alerts
            ADD COLUMN version integer NOT NULL DEFAULT 1,
            ADD COLUMN assignee text,
            ADD COLUMN due_at timestamptz,
            ADD COLUMN snoozed_until timestamptz,
            ADD COLUMN times_reopened integer NOT NULL DEFAULT 0,
            ADD COLUMN resolution_kind text,
            ADD CONSTRAINT snoozed_alert_says_until CHECK ((status = 'snoozed') = (snoozed_until IS NOT NULL)),
            ADD CONSTRAINT assigned_alert_has_somebody CHECK (status <> 'assigned' OR assignee IS NOT NULL);
        CREATE INDEX alerts_to_wake ON alerts (snoozed_until) WHERE status = 'snoozed';
        CREATE INDEX alerts_newest ON alerts (created_at DESC, id DESC);

        CREATE TABLE alert_transitions (
            alert_id uuid NOT NULL REFERENCES alerts,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (alert_id, version)
        );
        CREATE TABLE alert_notes (
            id uuid PRIMARY KEY,
            alert_id uuid NOT NULL REFERENCES alerts,
            kind text NOT NULL CONSTRAINT alert_note_kind CHECK (kind IN (
                'note', 'assigned', 'snoozed', 'woken', 'reopened', 'proposed', 'resolved')),
            author text NOT NULL,
            text text NOT NULL CONSTRAINT alert_note_bounded CHECK (length(text) <= 2000),
            at timestamptz NOT NULL
        );
        CREATE INDEX alert_notes_by_alert ON alert_notes (alert_id, at, id);
        CREATE TRIGGER alert_transitions_append_only BEFORE UPDATE OR DELETE ON alert_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER alert_notes_append_only BEFORE UPDATE OR DELETE ON alert_notes
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON alert_transitions, alert_notes TO checkout_app;

        ALTER TABLE settlement_differences ADD COLUMN balance_minor bigint NOT NULL DEFAULT 0;
        COMMENT ON COLUMN settlement_differences.balance_minor IS
            'What our balance with the PSP has by our books beyond what it has by its own: ours - theirs, net of fees.';
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE settlement_differences DROP COLUMN balance_minor;
        DROP TABLE alert_notes, alert_transitions;
        DROP INDEX alerts_newest, alerts_to_wake;
        ALTER TABLE alerts DROP CONSTRAINT assigned_alert_has_somebody, DROP CONSTRAINT snoozed_alert_says_until,
            DROP COLUMN resolution_kind, DROP COLUMN times_reopened, DROP COLUMN snoozed_until, DROP COLUMN due_at,
            DROP COLUMN assignee, DROP COLUMN version;
    """)
