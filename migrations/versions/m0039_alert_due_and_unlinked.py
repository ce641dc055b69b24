"""Alerts whose due day a person sets; a join of two records taken back, by a row of its own; and what finance's first page
reads, by index."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE alerts
            DROP COLUMN due_at,
            ADD COLUMN due_set_by text;
        COMMENT ON COLUMN alerts.due_set_by IS
            'Who set due_on, or cleared it: the rules leave it alone then. NULL: it is the rules'' day.';

        ALTER TABLE alert_notes
            DROP CONSTRAINT alert_note_kind,
            ADD CONSTRAINT alert_note_kind CHECK (kind IN (
                'note', 'assigned', 'snoozed', 'woken', 'reopened', 'proposed', 'resolved', 'escalated', 'rated',
                'caused', 'linked', 'explained', 'due', 'unlinked'));

        -- A join is taken back by its opposite, once and whole: what the links of an alert come to is right by itself.
        ALTER TABLE alert_links ADD COLUMN undoes uuid CONSTRAINT alert_link_undoes_a_link REFERENCES alert_links;
        CREATE UNIQUE INDEX alert_link_undone_once ON alert_links (undoes) WHERE undoes IS NOT NULL;
        CREATE FUNCTION alert_link_undoes_its_opposite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM alert_links k
                            WHERE k.id = NEW.undoes AND k.undoes IS NULL AND k.minor = -NEW.minor
                              AND (k.alert_id, k.other_id, k.currency) = (NEW.alert_id, NEW.other_id, NEW.currency)) THEN
                RAISE EXCEPTION 'a link is taken back by its opposite' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'alert_link_undoes_its_opposite';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER alert_link_undoes_its_opposite BEFORE INSERT ON alert_links
            FOR EACH ROW WHEN (NEW.undoes IS NOT NULL) EXECUTE FUNCTION alert_link_undoes_its_opposite();

        -- What the first page shows of the last thirty days, however long the history is.
        CREATE INDEX alerts_by_resolution ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;
    """)


def downgrade() -> None:
    op.execute("""
        DROP INDEX alerts_by_resolution;
        DROP TRIGGER alert_link_undoes_its_opposite ON alert_links;
        DROP FUNCTION alert_link_undoes_its_opposite();
        DROP INDEX alert_link_undone_once;
        ALTER TABLE alert_links DROP COLUMN undoes;

        ALTER TABLE alert_notes DISABLE TRIGGER alert_notes_append_only;
        DELETE FROM alert_notes WHERE kind IN ('due', 'unlinked');
        ALTER TABLE alert_notes ENABLE TRIGGER alert_notes_append_only,
            DROP CONSTRAINT alert_note_kind,
            ADD CONSTRAINT alert_note_kind CHECK (kind IN (
                'note', 'assigned', 'snoozed', 'woken', 'reopened', 'proposed', 'resolved', 'escalated', 'rated',
                'caused', 'linked', 'explained'));
        ALTER TABLE alerts DROP COLUMN due_set_by, ADD COLUMN due_at timestamptz;
    """)
