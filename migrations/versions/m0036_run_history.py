"""Each comparison of a day stays on record with what it found; and how far one under way has come, written beside it."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.execute("""
        -- A run is compared again and again; its row says what it came to last. What each time came to stands here.
        CREATE TABLE reconciliation_comparisons (
            run_id uuid NOT NULL REFERENCES reconciliation_runs,
            number integer NOT NULL CONSTRAINT comparisons_count_from_one CHECK (number >= 1),
            started_at timestamptz NOT NULL,
            finished_at timestamptz NOT NULL,
            started_by text NOT NULL,
            rules text NOT NULL DEFAULT '',
            report jsonb NOT NULL,
            steps jsonb NOT NULL,
            CONSTRAINT one_comparison_per_number PRIMARY KEY (run_id, number)
        );
        CREATE TABLE reconciliation_findings (
            run_id uuid NOT NULL,
            number integer NOT NULL,
            difference_id uuid NOT NULL,
            alert_id uuid,
            code text NOT NULL,
            subject text NOT NULL,
            difference_minor bigint NOT NULL,
            currency text NOT NULL,
            resolved boolean NOT NULL,
            CONSTRAINT one_finding_per_difference PRIMARY KEY (run_id, number, difference_id),
            CONSTRAINT finding_of_a_comparison FOREIGN KEY (run_id, number) REFERENCES reconciliation_comparisons
        );
        CREATE TRIGGER reconciliation_comparisons_append_only BEFORE UPDATE OR DELETE ON reconciliation_comparisons
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER reconciliation_findings_append_only BEFORE UPDATE OR DELETE ON reconciliation_findings
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON reconciliation_comparisons, reconciliation_findings TO checkout_app;

        -- Written outside the run's transaction, so that others see it while that is open.
        CREATE TABLE reconciliation_progress (
            psp text NOT NULL,
            business_on date NOT NULL,
            step text NOT NULL,
            done bigint NOT NULL,
            total bigint NOT NULL,
            begun_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT one_progress_per_day PRIMARY KEY (psp, business_on),
            CONSTRAINT progress_within_its_whole CHECK (done BETWEEN 0 AND total)
        );
        GRANT SELECT, INSERT, UPDATE ON reconciliation_progress TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE reconciliation_progress, reconciliation_findings, reconciliation_comparisons;
    """)
