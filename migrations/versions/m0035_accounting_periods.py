"""Locked periods and the journal's exports: what was reported stays as it was, whatever is heard later.

An entry whose time of effect lies in a locked period is refused. The journal books such a late fact with the time at
which it heard of it, and keeps when it happened beside it.
"""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    _periods()
    _entries_keep_out()
    _exports()


def _periods() -> None:
    op.execute("""
        CREATE TABLE accounting_periods (
            id uuid PRIMARY KEY,
            first_on date NOT NULL,
            last_on date NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            proposed_by text NOT NULL,
            locked_by text NOT NULL,
            locked_at timestamptz NOT NULL,
            unlock_proposed_by text,
            unlocked_by text,
            unlocked_at timestamptz,
            CONSTRAINT period_has_days CHECK (first_on <= last_on AND starts_at < ends_at),
            CONSTRAINT period_locked_by_two CHECK (locked_by <> proposed_by),
            CONSTRAINT period_unlocked_by_two CHECK (unlocked_by <> unlock_proposed_by),
            CONSTRAINT period_unlocked_by_somebody CHECK (
                (unlocked_at IS NULL) = (unlocked_by IS NULL) AND (unlocked_at IS NULL) = (unlock_proposed_by IS NULL)),
            CONSTRAINT periods_do_not_overlap
                EXCLUDE USING gist (tstzrange(starts_at, ends_at) WITH &&) WHERE (unlocked_at IS NULL)
        );
        COMMENT ON TABLE accounting_periods IS
            'A row for each time a period was locked; it counts until unlocked_at. Nothing else of a row ever changes.';

        CREATE FUNCTION period_is_locked_once() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- Whoever posts into the past holds this lock shared: the period is locked when they have ended.
            PERFORM pg_advisory_xact_lock(hashtextextended('accounting_periods', 0));
            IF TG_OP = 'UPDATE' AND (OLD.unlocked_at IS NOT NULL OR
                (OLD.id, OLD.first_on, OLD.last_on, OLD.starts_at, OLD.ends_at, OLD.proposed_by, OLD.locked_by, OLD.locked_at)
                IS DISTINCT FROM
                (NEW.id, NEW.first_on, NEW.last_on, NEW.starts_at, NEW.ends_at, NEW.proposed_by, NEW.locked_by, NEW.locked_at))
            THEN
                RAISE EXCEPTION 'a lock of a period can be ended, once, and is never changed'
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'period_is_locked_once';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER accounting_periods_once BEFORE INSERT OR UPDATE ON accounting_periods
            FOR EACH ROW EXECUTE FUNCTION period_is_locked_once();
        CREATE TRIGGER accounting_periods_stay BEFORE DELETE ON accounting_periods
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER accounting_periods_no_truncate BEFORE TRUNCATE ON accounting_periods
            EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON accounting_periods TO checkout_app;
        GRANT UPDATE (unlock_proposed_by, unlocked_by, unlocked_at) ON accounting_periods TO checkout_app;

        -- Volatile: each of its statements sees what was committed by then, so that after waiting for a lock that is
        -- being made, it is seen.
        CREATE FUNCTION locked_periods() RETURNS TABLE (begins timestamptz, ends timestamptz) LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(hashtextextended('accounting_periods', 0));
            RETURN QUERY SELECT starts_at, ends_at FROM public.accounting_periods WHERE unlocked_at IS NULL;
        END $$;
    """)


def _entries_keep_out() -> None:
    """The check of m0005, with one question more: it is asked of what took effect a while ago alone, for a period is
    locked at the earliest an hour after its end."""
    op.execute("""
        ALTER TABLE journal_entries ADD COLUMN happened_at timestamptz,
            ADD CONSTRAINT happened_before_it_took_effect CHECK (happened_at < effective_at);
        COMMENT ON COLUMN journal_entries.happened_at IS
            'When it happened, where that lies in a period that was locked before we heard of it; else NULL.';

        CREATE OR REPLACE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
        SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
        DECLARE
            of_others boolean;
            late boolean;
            empty uuid[];
        BEGIN
            SELECT bool_or(transaction <> pg_current_xact_id()),
                   bool_or(effective_at < greatest(recorded_at, now()) - interval '30 minutes'),
                   array_agg(id) FILTER (WHERE NOT EXISTS (SELECT FROM public.postings WHERE entry_id = added.id))
              INTO of_others, late, empty FROM added;
            IF of_others THEN
                RAISE EXCEPTION 'a journal entry names the transaction that writes it'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_names_its_transaction';
            END IF;
            IF late THEN  -- nested: without the question a statement pays nothing for it
                IF EXISTS (SELECT FROM public.locked_periods() p
                             JOIN added ON added.effective_at >= p.begins AND added.effective_at < p.ends) THEN
                    RAISE EXCEPTION 'a journal entry takes effect in a period that is locked' USING
                        ERRCODE = 'check_violation', CONSTRAINT = 'entry_in_an_open_period', TABLE = 'journal_entries';
                END IF;
            END IF;
            IF empty IS NOT NULL THEN
                PERFORM public.check_at_commit(empty, NULL);
            END IF;
            RETURN NULL;
        END $$;
    """)


def _exports() -> None:
    op.execute("""
        CREATE TABLE journal_exports (
            id uuid PRIMARY KEY,
            first_on date NOT NULL,
            last_on date NOT NULL,
            profile text NOT NULL,
            form text NOT NULL CONSTRAINT export_form CHECK (form IN ('csv', 'jsonl')),
            detail text NOT NULL CONSTRAINT export_detail CHECK (detail IN ('postings', 'days', 'period')),
            lock_id uuid REFERENCES accounting_periods,
            rows bigint NOT NULL,
            entries bigint NOT NULL,
            totals jsonb NOT NULL,
            bytes bigint NOT NULL,
            sha256 text NOT NULL CONSTRAINT export_checksum CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            made_by text NOT NULL,
            made_at timestamptz NOT NULL
        );
        COMMENT ON COLUMN journal_exports.totals IS 'By currency: {"debit": minor units, "credit": minor units}.';
        COMMENT ON COLUMN journal_exports.lock_id IS 'The lock under which the whole of it lay; NULL: it may change.';
        CREATE INDEX journal_exports_newest ON journal_exports (made_at DESC, id DESC);
        CREATE TRIGGER journal_exports_append_only BEFORE UPDATE OR DELETE ON journal_exports
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER journal_exports_no_truncate BEFORE TRUNCATE ON journal_exports EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON journal_exports TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE journal_exports;
        CREATE OR REPLACE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
        SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
        DECLARE
            of_others boolean;
            empty uuid[];
        BEGIN
            SELECT bool_or(transaction <> pg_current_xact_id()),
                   array_agg(id) FILTER (WHERE NOT EXISTS (SELECT FROM public.postings WHERE entry_id = added.id))
              INTO of_others, empty FROM added;
            IF of_others THEN
                RAISE EXCEPTION 'a journal entry names the transaction that writes it'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_names_its_transaction';
            END IF;
            IF empty IS NOT NULL THEN
                PERFORM public.check_at_commit(empty, NULL);
            END IF;
            RETURN NULL;
        END $$;
        ALTER TABLE journal_entries DROP COLUMN happened_at;
        DROP FUNCTION locked_periods();
        DROP TABLE accounting_periods;
        DROP FUNCTION period_is_locked_once();
    """)
