"""The double-entry ledger. What the code promises, the database enforces: the triggers here.

An entry may be written piece by piece; at commit it must be whole. The rules are checked once per statement, over all
its rows; only what is not right yet at the end of a statement is put down for a deferred constraint trigger, which
refuses the commit. So an entry written in one statement pays for no row trigger, and SET CONSTRAINTS opens no door.
Tables are named with their schema: a temporary table of the same name must not stand in for the journal.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

APPEND_ONLY = (
    "ledger_accounts",
    "journal_entries",
    "postings",
    "psp_numbers",
    "balance_snapshots",
    "ledger_seals",
)


def upgrade() -> None:
    _tables()
    _balances()
    _checks_at_commit()
    _entries_are_sound()
    _postings_are_sound()
    for table in APPEND_ONLY:
        op.execute(f"""
            GRANT SELECT, INSERT ON {table} TO checkout_app;
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change();
        """)
    # The sealing job reads how far the numbers have been given out.
    op.execute("GRANT SELECT ON SEQUENCE journal_entries_sequence_seq, postings_id_seq TO checkout_app")


def _tables() -> None:
    op.execute("""
        CREATE TABLE ledger_accounts (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            owner text NOT NULL CONSTRAINT account_has_an_owner CHECK (owner <> ''),
            currency text NOT NULL CONSTRAINT account_currency CHECK (currency ~ '^[A-Z]{3}$'),
            normal_side smallint NOT NULL,
            either_side boolean NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT one_account UNIQUE (kind, owner, currency),
            CONSTRAINT account_as_in_the_chart CHECK ((kind, normal_side, either_side) IN (
                ('psp_balance', 1, true), ('connected_balance', 1, false), ('bank_in_transit', 1, false),
                ('bank', 1, true), ('psp_claims', 1, false), ('fx_clearing', 1, true),
                ('suspense', -1, true), ('unapplied', -1, false), ('seller_pending', -1, false),
                ('seller_available', -1, true), ('seller_reserve', -1, false), ('payout_in_transit', -1, false),
                ('refund_in_transit', -1, false), ('customer_wallet', -1, false),
                ('customer_wallet_held', -1, false), ('tax_payable', -1, true),
                ('commission_revenue', -1, true), ('logistics_revenue', -1, true),
                ('payout_fee_revenue', -1, true), ('fx_margin_revenue', -1, true),
                ('psp_fees', 1, true), ('dispute_fees', 1, true), ('seller_losses', 1, true),
                ('settlement_losses', 1, true), ('promotions', 1, true), ('fx_result', 1, true),
                ('rounding', 1, true)))
        );

        CREATE TABLE journal_entries (
            id uuid PRIMARY KEY,
            transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
            sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT one_entry_per_sequence UNIQUE,
            kind text NOT NULL,
            source_key text NOT NULL,
            source text NOT NULL,
            cause text NOT NULL,
            effective_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            reverses_entry_id uuid REFERENCES journal_entries,
            CONSTRAINT each_fact_once UNIQUE (kind, source_key),
            CONSTRAINT reversal_names_its_entry CHECK ((kind = 'reversal') = (reverses_entry_id IS NOT NULL))
        );
        CREATE INDEX journal_entries_by_source ON journal_entries (source);
        CREATE UNIQUE INDEX reversed_at_most_once ON journal_entries (reverses_entry_id)
            WHERE reverses_entry_id IS NOT NULL;

        CREATE TABLE postings (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            entry_id uuid NOT NULL,
            account_id uuid NOT NULL,
            order_id uuid,
            currency text NOT NULL,
            amount_minor bigint NOT NULL CONSTRAINT posting_not_zero CHECK (amount_minor <> 0)
        );
        CREATE INDEX postings_by_entry ON postings (entry_id);
        CREATE INDEX postings_by_account ON postings (account_id, id);
        CREATE INDEX postings_by_order ON postings (order_id) WHERE order_id IS NOT NULL;
        COMMENT ON TABLE postings IS
            'That entry and account exist is checked by postings_are_sound, not by foreign keys: each would lock the '
            'row of an account that every payment posts to, and both tables are append-only.';

        -- A charge and the fee that the PSP takes for it stand under one number: hence the part.
        CREATE TABLE psp_numbers (
            psp text NOT NULL,
            number text NOT NULL,
            part text NOT NULL DEFAULT 'movement' CONSTRAINT number_part CHECK (part IN ('movement', 'fee')),
            entry_id uuid NOT NULL REFERENCES journal_entries,
            CONSTRAINT one_entry_per_number PRIMARY KEY (psp, number, part)
        );
        CREATE INDEX psp_numbers_by_entry ON psp_numbers (entry_id);

        CREATE TABLE balance_snapshots (
            account_id uuid NOT NULL REFERENCES ledger_accounts,
            through_posting bigint NOT NULL,
            balance_minor bigint NOT NULL,
            taken_at timestamptz NOT NULL,
            CONSTRAINT one_snapshot_per_posting PRIMARY KEY (account_id, through_posting)
        );

        CREATE TABLE ledger_seals (
            number bigint PRIMARY KEY CONSTRAINT seals_count_from_one CHECK (number > 0),
            first_sequence bigint NOT NULL,
            last_sequence bigint NOT NULL,
            entries integer NOT NULL CONSTRAINT seal_not_empty CHECK (entries > 0),
            leaves bytea NOT NULL,
            merkle_root bytea NOT NULL,
            digest bytea NOT NULL CONSTRAINT seal_digest_once UNIQUE,
            sealed_at timestamptz NOT NULL,
            CONSTRAINT a_leaf_per_entry CHECK (octet_length(leaves) = 32 * entries),
            CONSTRAINT seal_range CHECK (first_sequence <= last_sequence)
        );

        -- What is not right yet at the end of a statement; empty after every commit.
        CREATE TABLE ledger_checks_due (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            entry_id uuid,
            account_id uuid,
            CONSTRAINT due_for_one_of_both CHECK ((entry_id IS NULL) <> (account_id IS NULL))
        );
    """)


def _balances() -> None:
    op.execute("""
        -- The last snapshot and what was posted since. An account's postings are read by their index, whatever the
        -- statistics said when the plan was made: a plan made on an empty table must not outlive its emptiness.
        CREATE FUNCTION account_balance(account uuid) RETURNS bigint LANGUAGE plpgsql STABLE
        SET enable_seqscan = off AS $$
        DECLARE
            snapshot record;
            tail bigint;
        BEGIN
            SELECT balance_minor, through_posting INTO snapshot FROM public.balance_snapshots
             WHERE account_id = account ORDER BY through_posting DESC LIMIT 1;
            SELECT sum(amount_minor) INTO tail FROM public.postings
             WHERE account_id = account AND id > coalesce(snapshot.through_posting, 0);
            RETURN coalesce(snapshot.balance_minor, 0) + coalesce(tail, 0);
        END $$;

        CREATE FUNCTION stands_on_wrong_side(account uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        DECLARE
            it public.ledger_accounts;
        BEGIN
            SELECT * INTO it FROM public.ledger_accounts WHERE id = account;
            RETURN NOT it.either_side AND public.account_balance(account) * it.normal_side < 0;
        END $$;

        -- Amounts are never zero, so an entry that has postings and balances has two of them or more.
        CREATE FUNCTION is_unbalanced(entry uuid) RETURNS boolean LANGUAGE plpgsql STABLE
        SET enable_seqscan = off AS $$
        BEGIN
            RETURN NOT EXISTS (SELECT FROM public.postings WHERE entry_id = entry)
                OR EXISTS (SELECT FROM public.postings WHERE entry_id = entry GROUP BY currency HAVING sum(amount_minor) <> 0);
        END $$;
    """)


def _checks_at_commit() -> None:
    op.execute("""
        CREATE FUNCTION check_at_commit(entries uuid[], accounts uuid[]) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            INSERT INTO public.ledger_checks_due (entry_id) SELECT unnest(entries);
            INSERT INTO public.ledger_checks_due (account_id) SELECT unnest(accounts);
        $$;

        CREATE FUNCTION check_due() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF NEW.entry_id IS NOT NULL AND public.is_unbalanced(NEW.entry_id) THEN
                RAISE EXCEPTION 'journal entry % does not balance in every currency, or has no postings', NEW.entry_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances', TABLE = 'journal_entries';
            ELSIF NEW.account_id IS NOT NULL AND public.stands_on_wrong_side(NEW.account_id) THEN
                RAISE EXCEPTION 'account % would end on its wrong side with %', NEW.account_id,
                    public.account_balance(NEW.account_id)
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'account_on_its_side', TABLE = 'ledger_accounts';
            END IF;
            DELETE FROM public.ledger_checks_due WHERE id = NEW.id;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER ledger_checks_at_commit AFTER INSERT ON ledger_checks_due
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_due();
    """)


def _entries_are_sound() -> None:
    op.execute("""
        CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
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
        CREATE TRIGGER entries_are_sound AFTER INSERT ON journal_entries REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION check_entries();
    """)


def _postings_are_sound() -> None:
    op.execute("""
        -- Two draws on one account wait for each other; the second then sees what the first has left. Everybody takes
        -- the locks in the order of the ids. Returns the accounts that stand on their wrong side now.
        CREATE FUNCTION overdrawn(accounts uuid[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
        DECLARE
            account uuid;
            wrong uuid[];
        BEGIN
            IF current_setting('transaction_isolation') = 'repeatable read' THEN
                RAISE EXCEPTION 'accounts that may not be overdrawn are drawn on under READ COMMITTED'
                    USING ERRCODE = 'feature_not_supported', HINT = 'an older snapshot does not see the other draw';
            END IF;
            FOREACH account IN ARRAY accounts LOOP
                PERFORM pg_advisory_xact_lock(hashtextextended('ledger_accounts ' || account, 0));
            END LOOP;
            FOREACH account IN ARRAY accounts LOOP
                IF public.stands_on_wrong_side(account) THEN
                    wrong := wrong || account;
                END IF;
            END LOOP;
            RETURN wrong;
        END $$;

        CREATE FUNCTION check_postings() RETURNS trigger LANGUAGE plpgsql
        SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
        DECLARE
            found record;
            unbalanced uuid[];
            wrong uuid[];
        BEGIN
            SELECT bool_or(e.transaction IS DISTINCT FROM pg_current_xact_id()) AS of_others,
                   bool_or(a.currency IS DISTINCT FROM added.currency) AS of_other_currency,
                   bool_or(added.order_id IS NULL AND (e.kind = 'order_released' OR a.kind IN (
                       'seller_pending', 'commission_revenue', 'logistics_revenue', 'tax_payable'))) AS without_order,
                   bool_or(NOT a.either_side AND sign(added.amount_minor) <> a.normal_side) AS draws
              INTO found
              FROM added
              LEFT JOIN public.journal_entries AS e ON e.id = added.entry_id
              LEFT JOIN public.ledger_accounts AS a ON a.id = added.account_id;
            IF found.of_others THEN
                RAISE EXCEPTION 'postings are added only in the transaction that creates their entry'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_with_their_entry', TABLE = 'postings';
            ELSIF found.of_other_currency THEN
                RAISE EXCEPTION 'a posting is in the currency of its account, which exists'
                    USING ERRCODE = 'foreign_key_violation',
                          CONSTRAINT = 'posting_in_the_accounts_currency', TABLE = 'postings';
            ELSIF found.without_order THEN
                RAISE EXCEPTION 'a posting on this account names its order'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_names_its_order', TABLE = 'postings';
            END IF;
            SELECT array_agg(entry_id) INTO unbalanced FROM (
                SELECT p.entry_id FROM public.postings AS p WHERE p.entry_id IN (SELECT entry_id FROM added)
                 GROUP BY p.entry_id, p.currency HAVING sum(p.amount_minor) <> 0) AS off;
            IF found.draws THEN
                SELECT public.overdrawn(array_agg(DISTINCT a.id)) INTO wrong
                  FROM added JOIN public.ledger_accounts AS a ON a.id = added.account_id
                 WHERE NOT a.either_side AND sign(added.amount_minor) <> a.normal_side;
            END IF;
            IF unbalanced IS NOT NULL OR wrong IS NOT NULL THEN
                PERFORM public.check_at_commit(unbalanced, wrong);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER postings_are_sound AFTER INSERT ON postings REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION check_postings();
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE ledger_checks_due, ledger_seals, balance_snapshots, psp_numbers, postings, journal_entries,
                   ledger_accounts;
        DROP FUNCTION check_postings(), overdrawn(uuid[]), check_entries(), check_due(),
                      check_at_commit(uuid[], uuid[]), is_unbalanced(uuid), stands_on_wrong_side(uuid),
                      account_balance(uuid);
    """)
