"""The nightly settlement: of each PSP and day, the report that was asked for and how often; what a row that cannot be read
tells of; and days on which nothing moved have files that are alike."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE settlement_nights (
            psp text NOT NULL,
            business_on date NOT NULL,
            asked integer NOT NULL DEFAULT 0,
            report_id text,
            attempts integer NOT NULL DEFAULT 0,
            next_at timestamptz NOT NULL,
            last_error text,
            began_at timestamptz NOT NULL,
            finished_at timestamptz,
            CONSTRAINT one_night_per_day PRIMARY KEY (psp, business_on)
        );
        CREATE INDEX settlement_nights_under_way ON settlement_nights (psp, business_on) WHERE finished_at IS NULL;
        GRANT SELECT, INSERT, UPDATE ON settlement_nights TO checkout_app;

        ALTER TABLE settlement_other_lines
            ADD COLUMN number text NOT NULL DEFAULT '',
            ADD COLUMN source_id text NOT NULL DEFAULT '';

        -- The files of days on which nothing moved hold the same header and no more.
        DROP INDEX one_settlement_file_per_content;
        CREATE UNIQUE INDEX one_settlement_file_per_content ON settlement_files (psp, sha256)
            WHERE status <> 'rejected' AND rows_total > 0;
    """)


def downgrade() -> None:
    op.execute("""
        DROP INDEX one_settlement_file_per_content;
        CREATE UNIQUE INDEX one_settlement_file_per_content ON settlement_files (psp, sha256)
            WHERE status <> 'rejected';
        ALTER TABLE settlement_other_lines DROP COLUMN source_id, DROP COLUMN number;
        DROP TABLE settlement_nights;
    """)
