"""What somebody asks of a list again and again: a view under a name of their own."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE saved_views (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users,
            list text NOT NULL CONSTRAINT saved_view_list CHECK (list IN ('finance_alerts')),
            name text NOT NULL CONSTRAINT saved_view_named CHECK (length(name) BETWEEN 1 AND 60),
            query text NOT NULL CONSTRAINT saved_view_bounded CHECK (length(query) <= 2000),
            created_at timestamptz NOT NULL,
            CONSTRAINT one_saved_view_per_name UNIQUE (user_id, list, name)
        );
        COMMENT ON COLUMN saved_views.query IS 'The filter as the address of the list has it, after the question mark.';
        GRANT SELECT, INSERT, DELETE ON saved_views TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE saved_views")
