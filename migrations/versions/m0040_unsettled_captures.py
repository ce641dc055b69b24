"""Which captures no settlement file tells of, kept up to a mark of the journal: few, where going through all of them is going
through a million."""

from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE unsettled_captures (
            entry_id uuid PRIMARY KEY REFERENCES journal_entries
        );
        CREATE TABLE unsettled_mark (
            through_sequence bigint NOT NULL,
            marked_at timestamptz,
            only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT one_mark CHECK (only_one)
        );
        COMMENT ON TABLE unsettled_captures IS
            'The captures up to unsettled_mark.through_sequence that no line told of when the mark was set.';
        GRANT SELECT, INSERT, DELETE ON unsettled_captures TO checkout_app;
        GRANT SELECT, INSERT, UPDATE ON unsettled_mark TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE unsettled_captures, unsettled_mark")
