"""Disputes: what a shopper's bank takes back, from which orders, and what is said against it.

Evidence tells of persons: each dispute's texts and files lie under a key of the dispute's own, which is sealed. Without
that key nothing of them can be read.
"""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    _disputes()
    _movements()
    _evidence()
    _answers()
    _grants()


def _disputes() -> None:
    op.execute("""
        ALTER TABLE sellers
            ADD COLUMN dispute_fee_borne_by text NOT NULL DEFAULT 'platform'
                CONSTRAINT dispute_fee_borne_by_known CHECK (dispute_fee_borne_by IN ('platform', 'seller'));

        CREATE TABLE disputes (
            id uuid PRIMARY KEY,
            payment_id uuid NOT NULL REFERENCES payments,
            psp text NOT NULL,
            psp_dispute_id text NOT NULL,
            psp_charge_id text NOT NULL,
            kind text NOT NULL
                CONSTRAINT dispute_kind CHECK (kind IN ('inquiry', 'chargeback', 'bank_return')),
            status text NOT NULL CONSTRAINT dispute_status CHECK (status IN (
                'warning', 'warning_closed', 'needs_response', 'under_review', 'won', 'lost', 'prevented',
                'appeal_needs_response', 'appeal_under_review')),
            version integer NOT NULL DEFAULT 1,
            readings integer NOT NULL DEFAULT 0,
            amount_minor bigint NOT NULL CONSTRAINT dispute_amount_positive CHECK (amount_minor > 0),
            currency text NOT NULL CONSTRAINT dispute_currency CHECK (currency ~ '^[A-Z]{3}$'),
            counted_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT counted_not_negative CHECK (counted_minor >= 0),
            holds_orders boolean NOT NULL DEFAULT false,
            reason text NOT NULL,
            network_reason_code text,
            method text,
            evidence_due_at timestamptz,
            past_due boolean NOT NULL DEFAULT false,
            has_evidence boolean NOT NULL DEFAULT false,
            submission_count integer NOT NULL DEFAULT 0,
            reminded_hours integer,
            opened_at timestamptz NOT NULL,
            closed_at timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT each_dispute_once UNIQUE (psp, psp_dispute_id)
        );
        CREATE INDEX disputes_of_payment ON disputes (payment_id);
        CREATE INDEX disputes_newest ON disputes (created_at DESC, id DESC);
        CREATE INDEX disputes_due ON disputes (evidence_due_at)
            WHERE status IN ('warning', 'needs_response', 'appeal_needs_response');
        COMMENT ON COLUMN disputes.counted_minor IS 'What of it payments.amount_disputed_minor counts now.';
        COMMENT ON COLUMN disputes.holds_orders IS 'Whether orders.open_disputes counts it now.';
        COMMENT ON COLUMN disputes.readings IS
            'Raised whenever an answer of the PSP is applied: an answer that was asked for before is not.';

        CREATE TABLE dispute_transitions (
            dispute_id uuid NOT NULL REFERENCES disputes,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (dispute_id, version)
        );

        -- The orders whose payment is disputed; who bears the fee is the seller's setting when it was opened.
        CREATE TABLE dispute_orders (
            dispute_id uuid NOT NULL REFERENCES disputes,
            order_id uuid NOT NULL REFERENCES orders,
            seller_id uuid NOT NULL REFERENCES sellers,
            fee_borne_by text NOT NULL
                CONSTRAINT fee_borne_by_known CHECK (fee_borne_by IN ('platform', 'seller')),
            recharged_minor bigint NOT NULL DEFAULT 0,
            recharges integer NOT NULL DEFAULT 0,
            PRIMARY KEY (dispute_id, order_id)
        );
        CREATE INDEX dispute_orders_of_seller ON dispute_orders (seller_id, dispute_id);
        CREATE INDEX dispute_orders_of_order ON dispute_orders (order_id);
    """)


def _movements() -> None:
    op.execute("""
        CREATE TABLE dispute_movements (
            psp text NOT NULL,
            number text NOT NULL,
            dispute_id uuid NOT NULL REFERENCES disputes,
            amount_minor bigint NOT NULL,
            fee_minor bigint NOT NULL,
            losses_minor bigint NOT NULL,
            currency text NOT NULL CONSTRAINT movement_currency CHECK (currency ~ '^[A-Z]{3}$'),
            moved_at timestamptz NOT NULL,
            booked_at timestamptz NOT NULL,
            CONSTRAINT each_movement_once PRIMARY KEY (psp, number),
            CONSTRAINT movement_moves_something CHECK (amount_minor <> 0 OR fee_minor <> 0)
        );
        CREATE INDEX dispute_movements_of_dispute ON dispute_movements (dispute_id, moved_at, number);
        COMMENT ON COLUMN dispute_movements.amount_minor IS 'As the PSP signs it: negative was taken from us.';
        COMMENT ON COLUMN dispute_movements.fee_minor IS 'A cost; negative was given back.';
        COMMENT ON COLUMN dispute_movements.losses_minor IS
            'What of it no order bears: positive went to seller_losses, negative came back from there.';

        -- What a movement took from an order, or (negative) gave back to it. No order: money that was nobody's, or store
        -- credit that the disputed payment had bought.
        CREATE TABLE dispute_parts (
            psp text NOT NULL,
            number text NOT NULL,
            order_id uuid REFERENCES orders,
            held_in text NOT NULL
                CONSTRAINT part_held_in CHECK (held_in IN ('pending', 'available', 'unapplied', 'wallet')),
            amount_minor bigint NOT NULL CONSTRAINT part_not_zero CHECK (amount_minor <> 0),
            CONSTRAINT part_of_a_movement FOREIGN KEY (psp, number) REFERENCES dispute_movements,
            CONSTRAINT one_part_per_order UNIQUE NULLS NOT DISTINCT (psp, number, order_id)
        );
        CREATE INDEX dispute_parts_of_order ON dispute_parts (order_id) WHERE order_id IS NOT NULL;
    """)


def _evidence() -> None:
    op.execute("""
        CREATE TABLE dispute_evidence (
            dispute_id uuid PRIMARY KEY REFERENCES disputes,
            version integer NOT NULL DEFAULT 0,
            key_sealed bytea,
            texts bytea,
            updated_by text NOT NULL,
            updated_at timestamptz NOT NULL,
            erased_at timestamptz,
            CONSTRAINT evidence_is_kept_or_erased CHECK (
                (erased_at IS NULL AND key_sealed IS NOT NULL)
                OR (erased_at IS NOT NULL AND key_sealed IS NULL AND texts IS NULL))
        );
        COMMENT ON COLUMN dispute_evidence.texts IS 'JSON of field and words, under the key in key_sealed.';

        CREATE TABLE dispute_files (
            id uuid PRIMARY KEY,
            dispute_id uuid NOT NULL REFERENCES dispute_evidence,
            field text NOT NULL,
            media_type text NOT NULL CONSTRAINT file_media_type CHECK (
                media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
            size_bytes integer NOT NULL CONSTRAINT file_size CHECK (size_bytes > 0),
            name bytea,
            content bytea,
            psp_file_id text,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            replaced_at timestamptz,
            erased_at timestamptz,
            CONSTRAINT file_is_kept_or_gone CHECK (
                (content IS NULL) = (erased_at IS NOT NULL OR replaced_at IS NOT NULL)
                AND (name IS NULL) = (content IS NULL))
        );
        CREATE UNIQUE INDEX one_file_per_field ON dispute_files (dispute_id, field)
            WHERE replaced_at IS NULL AND erased_at IS NULL;
    """)


def _answers() -> None:
    op.execute("""
        CREATE TABLE dispute_answers (
            id uuid PRIMARY KEY,
            dispute_id uuid NOT NULL REFERENCES disputes,
            kind text NOT NULL CONSTRAINT answer_kind CHECK (kind IN ('submit', 'accept')),
            round text NOT NULL CONSTRAINT answer_round CHECK (round IN ('inquiry', 'dispute', 'appeal')),
            status text NOT NULL CONSTRAINT answer_status CHECK (status IN ('requested', 'done', 'refused')),
            idempotency_key text NOT NULL CONSTRAINT one_answer_per_key UNIQUE,
            submissions_before integer NOT NULL,
            request bytea,
            wire bytea,
            attempts integer NOT NULL DEFAULT 0,
            attempted_at timestamptz,
            refusal text,
            requested_by text NOT NULL,
            created_at timestamptz NOT NULL,
            ended_at timestamptz,
            CONSTRAINT ended_answer_says_when CHECK ((status = 'requested') = (ended_at IS NULL))
        );
        CREATE UNIQUE INDEX one_answer_per_round ON dispute_answers (dispute_id, round) WHERE status <> 'refused';
        COMMENT ON COLUMN dispute_answers.request IS
            'The words as they were submitted, under the key of dispute_evidence.';
        COMMENT ON COLUMN dispute_answers.wire IS
            'The parameters as they are sent, written down before the first attempt, under the same key.';
    """)


def _grants() -> None:
    op.execute("""
        CREATE TRIGGER dispute_transitions_append_only BEFORE UPDATE OR DELETE ON dispute_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER dispute_movements_append_only BEFORE UPDATE OR DELETE ON dispute_movements
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER dispute_parts_append_only BEFORE UPDATE OR DELETE ON dispute_parts
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE ON disputes, dispute_orders, dispute_evidence, dispute_files, dispute_answers
            TO checkout_app;
        GRANT SELECT, INSERT ON dispute_transitions, dispute_movements, dispute_parts TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE dispute_answers, dispute_files, dispute_evidence, dispute_parts, dispute_movements, dispute_orders,
            dispute_transitions, disputes;
        ALTER TABLE sellers DROP COLUMN dispute_fee_borne_by;
    """)
