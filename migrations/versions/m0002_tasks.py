"""Staged work: one row a task, written with the fact that causes it; who is alive; which periods have been staged."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE tasks (
            id uuid PRIMARY KEY,
            queue text NOT NULL,
            kind text NOT NULL,
            args jsonb NOT NULL,
            status text NOT NULL DEFAULT 'ready'
                CONSTRAINT task_status CHECK (status IN ('ready', 'claimed', 'done', 'dead')),
            due_at timestamptz NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            max_attempts integer NOT NULL CONSTRAINT task_attempts_bounded CHECK (max_attempts BETWEEN 1 AND 100),
            lease_until timestamptz,
            fencing_token bigint NOT NULL DEFAULT 0,
            claimed_by text,
            dedupe_key text,
            cause text NOT NULL,
            last_error text,
            created_at timestamptz NOT NULL,
            finished_at timestamptz,
            CONSTRAINT claimed_task_has_lease CHECK ((status = 'claimed') = (lease_until IS NOT NULL))
        );
        CREATE INDEX tasks_due ON tasks (queue, due_at) WHERE status = 'ready';
        CREATE INDEX tasks_leased ON tasks (lease_until) WHERE status = 'claimed';
        CREATE INDEX tasks_dead ON tasks (finished_at) WHERE status = 'dead';
        CREATE UNIQUE INDEX tasks_dedupe_key ON tasks (dedupe_key)
            WHERE dedupe_key IS NOT NULL AND status IN ('ready', 'claimed');

        CREATE TABLE periodic_runs (
            kind text NOT NULL,
            period timestamptz NOT NULL,
            PRIMARY KEY (kind, period)
        );

        CREATE TABLE heartbeats (
            process text PRIMARY KEY,
            role text NOT NULL,
            queue text,
            seen_at timestamptz NOT NULL
        );

        GRANT SELECT, INSERT, UPDATE, DELETE ON tasks, periodic_runs, heartbeats TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE heartbeats, periodic_runs, tasks")
