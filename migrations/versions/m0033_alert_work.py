"""Alerts as a desk's work: until when, under which cause, raised by hand; what of a difference other records or parts explain."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE alerts
            ADD COLUMN due_on date,
            ADD COLUMN parent_id uuid CONSTRAINT alert_has_a_cause REFERENCES alerts,
            ADD COLUMN escalated_at timestamptz,
            ADD COLUMN severity_floor text CONSTRAINT alert_severity_floor
                CHECK (severity_floor IN ('low', 'medium', 'high', 'critical')),
            ADD CONSTRAINT alert_is_not_its_own_cause CHECK (parent_id <> id);
        COMMENT ON COLUMN alerts.severity_floor IS 'What a person has raised it to: age may raise it further, nothing lowers it.';
        CREATE INDEX alerts_of_a_cause ON alerts (parent_id) WHERE parent_id IS NOT NULL;
        CREATE INDEX alerts_unresolved ON alerts (id) WHERE status <> 'resolved';

        ALTER TABLE alert_notes
            DROP CONSTRAINT alert_note_kind,
            ADD CONSTRAINT alert_note_kind CHECK (kind IN (
                'note', 'assigned', 'snoozed', 'woken', 'reopened', 'proposed', 'resolved', 'escalated', 'rated',
                'caused', 'linked', 'explained'));

        -- Of this alert's unexplained amount the other one's record explains so much: ours - theirs, signed. Its twin has
        -- the other sign; a line that is counted nowhere has a twin of zero.
        CREATE TABLE alert_links (
            id uuid PRIMARY KEY,
            alert_id uuid NOT NULL REFERENCES alerts,
            other_id uuid NOT NULL REFERENCES alerts,
            minor bigint NOT NULL,
            currency text NOT NULL,
            linked_by text NOT NULL,
            linked_at timestamptz NOT NULL,
            CONSTRAINT alert_is_not_linked_to_itself CHECK (alert_id <> other_id)
        );
        CREATE INDEX alert_links_by_alert ON alert_links (alert_id);
        CREATE TRIGGER alert_links_append_only BEFORE UPDATE OR DELETE ON alert_links
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        -- Which claim a payment of the PSP's was for.
        CREATE TABLE claim_payments (
            entry_id uuid PRIMARY KEY REFERENCES journal_entries,
            claim_alert_id uuid NOT NULL REFERENCES alerts,
            alert_id uuid NOT NULL REFERENCES alerts,
            minor bigint NOT NULL CONSTRAINT claim_payment_is_positive CHECK (minor > 0),
            currency text NOT NULL
        );
        CREATE INDEX claim_payments_by_claim ON claim_payments (claim_alert_id);
        CREATE TRIGGER claim_payments_append_only BEFORE UPDATE OR DELETE ON claim_payments
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT ON alert_links, claim_payments TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE claim_payments, alert_links;
        ALTER TABLE alert_notes DISABLE TRIGGER alert_notes_append_only;
        DELETE FROM alert_notes WHERE kind IN ('escalated', 'rated', 'caused', 'linked', 'explained');
        ALTER TABLE alert_notes ENABLE TRIGGER alert_notes_append_only,
            DROP CONSTRAINT alert_note_kind,
            ADD CONSTRAINT alert_note_kind CHECK (kind IN (
                'note', 'assigned', 'snoozed', 'woken', 'reopened', 'proposed', 'resolved'));
        DROP INDEX alerts_unresolved, alerts_of_a_cause;
        ALTER TABLE alerts DROP CONSTRAINT alert_is_not_its_own_cause, DROP COLUMN severity_floor,
            DROP COLUMN escalated_at, DROP COLUMN parent_id, DROP COLUMN due_on;
    """)
