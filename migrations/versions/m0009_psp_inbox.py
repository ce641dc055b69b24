"""Incoming PSP webhooks, once per PSP event id; and the operator's switch that takes a PSP out of service."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE inbox_events (
            id uuid PRIMARY KEY,
            psp text NOT NULL,
            account text NOT NULL DEFAULT '',
            event_id text NOT NULL,
            type text NOT NULL,
            livemode boolean NOT NULL,
            payload jsonb NOT NULL,
            status text NOT NULL DEFAULT 'received'
                CONSTRAINT inbox_status CHECK (status IN ('received', 'parked', 'processed', 'ignored', 'dead')),
            reason text,
            object text,
            created_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            finished_at timestamptz,
            CONSTRAINT each_event_once UNIQUE (psp, account, event_id)
        );
        CREATE INDEX inbox_events_unfinished ON inbox_events (received_at) WHERE status IN ('received', 'parked');
        CREATE INDEX inbox_events_by_object ON inbox_events (object) WHERE object IS NOT NULL;

        CREATE TABLE psp_switches (
            psp text PRIMARY KEY,
            opened_by text NOT NULL,
            reason text NOT NULL,
            opened_at timestamptz NOT NULL,
            until timestamptz
        );

        GRANT SELECT, INSERT, UPDATE ON inbox_events TO checkout_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON psp_switches TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE psp_switches, inbox_events")
