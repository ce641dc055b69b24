"""Payouts: what may be paid, when, what is on its way, and what holds it back."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE payout_schedules (
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text NOT NULL CONSTRAINT schedule_currency CHECK (currency ~ '^[A-Z]{3}$'),
            rhythm text NOT NULL
                CONSTRAINT schedule_rhythm CHECK (rhythm IN ('manual', 'daily', 'weekly', 'monthly')),
            weekday smallint NOT NULL DEFAULT 4 CONSTRAINT schedule_weekday CHECK (weekday BETWEEN 0 AND 6),
            day_of_month smallint NOT NULL DEFAULT 1
                CONSTRAINT schedule_day_of_month CHECK (day_of_month BETWEEN 1 AND 31),
            minimum_minor bigint NOT NULL DEFAULT 0 CONSTRAINT schedule_minimum CHECK (minimum_minor >= 0),
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (seller_id, currency)
        );

        CREATE TABLE payout_holds (
            id uuid PRIMARY KEY,
            seller_id uuid NOT NULL REFERENCES sellers,
            reason text NOT NULL CONSTRAINT hold_says_why CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
            placed_by text NOT NULL,
            placed_at timestamptz NOT NULL,
            lifted_by text,
            lifted_at timestamptz,
            CONSTRAINT lifted_hold_says_by_whom CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
        );
        CREATE UNIQUE INDEX one_open_hold_per_seller ON payout_holds (seller_id) WHERE lifted_at IS NULL;

        CREATE TABLE payouts (
            id uuid PRIMARY KEY,
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text NOT NULL CONSTRAINT payout_currency CHECK (currency ~ '^[A-Z]{3}$'),
            kind text NOT NULL CONSTRAINT payout_kind CHECK (kind IN ('scheduled', 'manual', 'instant')),
            period date,
            status text NOT NULL CONSTRAINT payout_status CHECK (status IN (
                'scheduled', 'awaiting_approval', 'reserved', 'submitting', 'transferred', 'unknown', 'in_transit',
                'paid', 'reversing', 'failed', 'returned', 'canceled')),
            version integer NOT NULL DEFAULT 1,
            amount_minor bigint NOT NULL CONSTRAINT payout_amount_positive CHECK (amount_minor > 0),
            fee_minor bigint NOT NULL DEFAULT 0 CONSTRAINT payout_fee_not_negative CHECK (fee_minor >= 0),
            carried_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT payout_carry_not_negative CHECK (carried_minor >= 0),
            requested_by text NOT NULL,
            approval_id uuid,
            psp text NOT NULL,
            psp_account text NOT NULL,
            transfer_request jsonb NOT NULL,
            transfer_attempted_at timestamptz,
            payout_request jsonb NOT NULL,
            payout_attempted_at timestamptz,
            reversal_request jsonb,
            reversal_attempted_at timestamptz,
            psp_transfer_id text,
            psp_payout_id text,
            psp_reversal_id text,
            attempts integer NOT NULL DEFAULT 0,
            times_paid integer NOT NULL DEFAULT 0,
            times_returned integer NOT NULL DEFAULT 0,
            next_look_at timestamptz,
            not_found_at timestamptz,
            waiting_because text,
            bank_account text,
            expected_on date,
            sent_at timestamptz,
            arrived_at timestamptz,
            ended_at timestamptz,
            failure_code text,
            failure_psp_code text,
            failure_message text,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT only_scheduled_payouts_have_a_period CHECK ((kind = 'scheduled') = (period IS NOT NULL)),
            CONSTRAINT returned_at_most_as_often_as_paid CHECK (times_returned BETWEEN 0 AND times_paid)
        );
        CREATE UNIQUE INDEX one_payout_per_period ON payouts (seller_id, currency, period) WHERE period IS NOT NULL;
        CREATE UNIQUE INDEX payouts_by_transfer ON payouts (psp, psp_transfer_id) WHERE psp_transfer_id IS NOT NULL;
        CREATE UNIQUE INDEX payouts_by_psp_payout ON payouts (psp, psp_payout_id) WHERE psp_payout_id IS NOT NULL;
        CREATE INDEX payouts_of_seller ON payouts (seller_id, created_at DESC, id DESC);
        CREATE INDEX payouts_newest ON payouts (created_at DESC, id DESC);
        CREATE INDEX payouts_to_look_at ON payouts (next_look_at) WHERE next_look_at IS NOT NULL;
        CREATE INDEX payouts_open ON payouts (seller_id, currency)
            WHERE status NOT IN ('paid', 'failed', 'returned', 'canceled');

        CREATE TABLE payout_transitions (
            payout_id uuid NOT NULL REFERENCES payouts,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (payout_id, version)
        );

        -- Each posting on seller_available is one item; so are the two halves of what a payout's step leaves over.
        CREATE TABLE payable_items (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            seller_id uuid NOT NULL,
            currency text NOT NULL,
            posting_id bigint CONSTRAINT each_posting_once UNIQUE,
            carried_by uuid REFERENCES payouts,
            kind text NOT NULL,
            entry_id uuid,
            order_id uuid,
            amount_minor bigint NOT NULL CONSTRAINT item_not_zero CHECK (amount_minor <> 0),
            effective_at timestamptz NOT NULL,
            payout_id uuid REFERENCES payouts,
            CONSTRAINT posting_or_carry CHECK ((posting_id IS NULL) = (carried_by IS NOT NULL)),
            CONSTRAINT posting_names_its_entry CHECK ((posting_id IS NULL) = (entry_id IS NULL))
        );
        CREATE INDEX payable_items_free ON payable_items (seller_id, currency) WHERE payout_id IS NULL;
        CREATE INDEX payable_items_of_payout ON payable_items (payout_id) WHERE payout_id IS NOT NULL;
        CREATE INDEX payable_items_of_order ON payable_items (order_id) WHERE order_id IS NOT NULL;
        COMMENT ON COLUMN payable_items.payout_id IS
            'The payout that has it now; free again when that payout fails, is returned or canceled.';

        CREATE TABLE payout_lines (
            payout_id uuid NOT NULL REFERENCES payouts,
            item_id bigint NOT NULL REFERENCES payable_items,
            PRIMARY KEY (payout_id, item_id)
        );
        CREATE INDEX payout_lines_by_item ON payout_lines (item_id);

        -- Up to which posting the journal has been looked through for payable items: one row.
        CREATE TABLE payable_progress (
            one boolean PRIMARY KEY DEFAULT true CONSTRAINT one_row CHECK (one),
            through_posting bigint NOT NULL
        );

        CREATE TABLE payout_runs (
            business_on date PRIMARY KEY,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            after_seller uuid,
            payouts_made integer NOT NULL DEFAULT 0,
            sellers_skipped integer NOT NULL DEFAULT 0
        );

        CREATE TRIGGER payout_transitions_append_only BEFORE UPDATE OR DELETE ON payout_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER payout_lines_append_only BEFORE UPDATE OR DELETE ON payout_lines
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE ON payouts, payout_schedules, payout_holds, payable_items, payout_runs
            TO checkout_app;
        GRANT SELECT, INSERT, UPDATE ON payable_progress TO checkout_app;
        GRANT SELECT, INSERT ON payout_transitions, payout_lines TO checkout_app;
    """)


def downgrade() -> None:
    op.execute(
        "DROP TABLE payout_runs, payable_progress, payout_lines, payable_items, payout_transitions, payouts, "
        "payout_holds, payout_schedules"
    )
