"""Emails: one row per fact that is told, and the development mailbox they arrive in."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE emails (
            message_id text PRIMARY KEY,
            template text NOT NULL,
            object text NOT NULL,
            shopper_id uuid REFERENCES shoppers,
            created_at timestamptz NOT NULL,
            sent_at timestamptz
        );
        CREATE INDEX emails_by_object ON emails (object);

        CREATE TABLE mailbox_messages (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            message_id text NOT NULL CONSTRAINT one_copy_in_the_mailbox UNIQUE,
            recipient text NOT NULL,
            subject text NOT NULL,
            raw bytea NOT NULL,
            received_at timestamptz NOT NULL
        );

        GRANT SELECT, INSERT, UPDATE ON emails TO checkout_app;
        GRANT SELECT, INSERT, DELETE ON mailbox_messages TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE mailbox_messages, emails")
