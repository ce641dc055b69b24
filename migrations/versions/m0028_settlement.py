"""Settlement files, line by line with their bytes; the runs that compare them with the journal; what differs."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    _files()
    _runs()


def _files() -> None:
    op.execute("""
        CREATE TABLE settlement_files (
            id uuid PRIMARY KEY,
            psp text NOT NULL,
            account text NOT NULL DEFAULT '',
            batch text NOT NULL CONSTRAINT batch_has_a_name CHECK (batch <> ''),
            business_on date NOT NULL,
            format text NOT NULL,
            name text NOT NULL,
            sha256 bytea NOT NULL CONSTRAINT settlement_sha256 CHECK (octet_length(sha256) = 32),
            size_bytes bigint NOT NULL,
            origin text NOT NULL
                CONSTRAINT settlement_origin CHECK (origin IN ('upload', 'drop', 'report', 'cli')),
            status text NOT NULL CONSTRAINT settlement_file_status CHECK (status IN (
                'received', 'validated', 'imported', 'matched', 'closed', 'rejected')),
            version integer NOT NULL DEFAULT 1,
            rows_total integer NOT NULL DEFAULT 0,
            rows_kept integer NOT NULL DEFAULT 0,
            rows_rejected integer NOT NULL DEFAULT 0,
            totals jsonb NOT NULL DEFAULT '{}',
            errors jsonb NOT NULL DEFAULT '[]',
            received_by text NOT NULL,
            received_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT rows_add_up CHECK (status = 'rejected' OR rows_kept + rows_rejected = rows_total)
        );
        CREATE UNIQUE INDEX one_settlement_file_per_content ON settlement_files (psp, sha256)
            WHERE status <> 'rejected';
        CREATE UNIQUE INDEX one_settlement_file_per_batch ON settlement_files (psp, account, batch)
            WHERE status <> 'rejected';
        CREATE INDEX settlement_files_by_day ON settlement_files (psp, business_on);

        CREATE TABLE settlement_file_transitions (
            settlement_file_id uuid NOT NULL REFERENCES settlement_files,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (settlement_file_id, version)
        );

        -- Written once, by COPY, before their file's row: a foreign key would be looked up for each of a million.
        CREATE TABLE settlement_lines (
            file_id uuid NOT NULL,
            line integer NOT NULL,
            psp text NOT NULL,
            business_on date NOT NULL,
            kind text NOT NULL,
            type text NOT NULL,
            number text NOT NULL,
            source_id text NOT NULL,
            reference text NOT NULL,
            gross_minor bigint NOT NULL,
            fee_minor bigint NOT NULL,
            net_minor bigint NOT NULL,
            currency text NOT NULL,
            occurred_at timestamptz NOT NULL,
            CONSTRAINT one_settlement_line PRIMARY KEY (file_id, line),
            CONSTRAINT settlement_net CHECK (gross_minor - fee_minor = net_minor)
        );
        CREATE INDEX settlement_lines_by_number ON settlement_lines (psp, number);

        -- What is no movement: headers, footers, empty lines, and rows that could not be read.
        CREATE TABLE settlement_other_lines (
            file_id uuid NOT NULL,
            line integer NOT NULL,
            role text NOT NULL CONSTRAINT other_line_role CHECK (role IN ('header', 'footer', 'blank', 'rejected')),
            code text NOT NULL DEFAULT '',
            detail text NOT NULL DEFAULT '',
            PRIMARY KEY (file_id, line)
        );

        -- The file's bytes, some hundred rows a block: all blocks in their order are the file, byte for byte. `lines` says
        -- on which line each row of the block begins, `lengths` how many bytes it has.
        CREATE TABLE settlement_blocks (
            file_id uuid NOT NULL,
            first_line integer NOT NULL,
            lines integer[] NOT NULL,
            lengths integer[] NOT NULL,
            raw bytea NOT NULL,
            PRIMARY KEY (file_id, first_line),
            CONSTRAINT a_length_per_row CHECK (cardinality(lines) = cardinality(lengths))
        );

        CREATE TRIGGER settlement_lines_append_only BEFORE UPDATE OR DELETE ON settlement_lines
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER settlement_other_lines_append_only BEFORE UPDATE OR DELETE ON settlement_other_lines
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER settlement_blocks_append_only BEFORE UPDATE OR DELETE ON settlement_blocks
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER settlement_file_transitions_append_only BEFORE UPDATE OR DELETE ON settlement_file_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT, UPDATE ON settlement_files TO checkout_app;
        GRANT SELECT, INSERT ON settlement_file_transitions, settlement_lines, settlement_other_lines,
                                settlement_blocks TO checkout_app;

        -- What the journal holds of one day is found without an index that every entry would pay for.
        CREATE INDEX journal_entries_by_day ON journal_entries USING brin (effective_at);
    """)


def _runs() -> None:
    op.execute("""
        CREATE TABLE reconciliation_runs (
            id uuid PRIMARY KEY,
            psp text NOT NULL,
            business_on date NOT NULL,
            status text NOT NULL CONSTRAINT run_status CHECK (status IN ('running', 'finished', 'failed')),
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            started_by text NOT NULL,
            times integer NOT NULL DEFAULT 1,
            report jsonb NOT NULL DEFAULT '{}',
            CONSTRAINT one_run_per_day UNIQUE (psp, business_on),
            CONSTRAINT finished_run_has_its_time CHECK ((status = 'running') = (finished_at IS NULL))
        );

        -- One row for each difference of a day. `subject` names the line or the entry that nobody answers to.
        CREATE TABLE settlement_differences (
            id uuid PRIMARY KEY,
            psp text NOT NULL,
            business_on date NOT NULL,
            code text NOT NULL,
            subject text NOT NULL,
            file_id uuid,
            line integer,
            entry_id uuid,
            payment_id uuid,
            number text NOT NULL DEFAULT '',
            source_id text NOT NULL DEFAULT '',
            ours_minor bigint,
            theirs_minor bigint,
            difference_minor bigint NOT NULL,
            currency text NOT NULL,
            detail text NOT NULL,
            alert_id uuid,
            found_at timestamptz NOT NULL,
            gone_at timestamptz,
            CONSTRAINT one_difference_per_subject UNIQUE (psp, business_on, code, subject),
            CONSTRAINT difference_of_a_line_or_an_entry CHECK (num_nonnulls(line, entry_id) >= 1),
            CONSTRAINT a_line_has_its_file CHECK ((file_id IS NULL) = (line IS NULL))
        );
        CREATE INDEX settlement_differences_open ON settlement_differences (psp, business_on) WHERE gone_at IS NULL;
        CREATE INDEX settlement_differences_by_alert ON settlement_differences (alert_id) WHERE alert_id IS NOT NULL;
        GRANT SELECT, INSERT, UPDATE ON reconciliation_runs, settlement_differences TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE settlement_differences, reconciliation_runs;
        DROP INDEX journal_entries_by_day;
        DROP TABLE settlement_blocks, settlement_other_lines, settlement_lines, settlement_file_transitions, settlement_files;
    """)
