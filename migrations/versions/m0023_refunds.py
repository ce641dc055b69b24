"""Refunds: what is given back to whom, of which orders and lines, and how far each has come; whose debt was told."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    _refunds()
    _parts()
    _uploads()
    op.execute("""
        -- Sellers whose balance was told to be below zero, until it is not any more: one word for each crossing.
        CREATE TABLE told_debts (
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text NOT NULL,
            told_at timestamptz NOT NULL,
            PRIMARY KEY (seller_id, currency)
        );
        GRANT SELECT, INSERT, DELETE ON told_debts TO checkout_app;
    """)


def _refunds() -> None:
    op.execute("""
        CREATE TABLE refunds (
            id uuid PRIMARY KEY,
            payment_id uuid NOT NULL REFERENCES payments,
            kind text NOT NULL CONSTRAINT refund_kind CHECK (kind IN ('requested', 'unapplied', 'external')),
            status text NOT NULL CONSTRAINT refund_status CHECK (status IN (
                'awaiting_approval', 'requested', 'submitted', 'unknown', 'pending', 'succeeded', 'failed')),
            version integer NOT NULL DEFAULT 1,
            amount_minor bigint NOT NULL CONSTRAINT refund_amount_positive CHECK (amount_minor > 0),
            card_minor bigint NOT NULL CONSTRAINT refund_card_not_negative CHECK (card_minor >= 0),
            wallet_minor bigint NOT NULL CONSTRAINT refund_wallet_not_negative CHECK (wallet_minor >= 0),
            excess_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT refund_excess_within CHECK (excess_minor BETWEEN 0 AND amount_minor),
            currency text NOT NULL CONSTRAINT refund_currency CHECK (currency ~ '^[A-Z]{3}$'),
            destination text NOT NULL CONSTRAINT refund_destination CHECK (destination IN ('card', 'wallet')),
            reason text CONSTRAINT refund_reason CHECK (
                reason IN ('requested_by_customer', 'duplicate', 'fraudulent', 'other')),
            note text CONSTRAINT refund_note CHECK (length(note) BETWEEN 1 AND 500),
            metadata jsonb NOT NULL DEFAULT '{}',
            requested_by text NOT NULL,
            approval_id uuid,
            in_flight boolean NOT NULL,
            psp text NOT NULL,
            psp_intent_id text,
            psp_charge_id text,
            psp_request jsonb,
            attempted_at timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            next_look_at timestamptz,
            not_found_at timestamptz,
            psp_refund_id text,
            balance_transaction text,
            failure_balance_transaction text,
            failure_code text,
            failure_psp_code text,
            failure_message text,
            succeeded_at timestamptz,
            failed_at timestamptz,
            returned_at timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT refund_parts_add_up CHECK (card_minor + wallet_minor = amount_minor),
            CONSTRAINT only_external_refunds_exceed CHECK (excess_minor = 0 OR kind = 'external'),
            CONSTRAINT external_refund_has_its_id CHECK (kind <> 'external' OR psp_refund_id IS NOT NULL),
            CONSTRAINT unapplied_refund_has_its_charge CHECK (kind <> 'unapplied' OR psp_charge_id IS NOT NULL),
            CONSTRAINT card_refund_has_its_request CHECK (
                kind = 'external' OR card_minor = 0 OR psp_request IS NOT NULL),
            CONSTRAINT only_failed_refunds_return CHECK (returned_at IS NULL OR status = 'failed')
        );
        CREATE UNIQUE INDEX one_refund_per_psp_refund ON refunds (psp, psp_refund_id) WHERE psp_refund_id IS NOT NULL;
        CREATE UNIQUE INDEX one_return_of_each_charge ON refunds (psp, psp_charge_id)
            WHERE kind = 'unapplied' AND status <> 'failed';
        CREATE INDEX refunds_of_payment ON refunds (payment_id, created_at DESC, id DESC);
        CREATE INDEX refunds_newest ON refunds (created_at DESC, id DESC);
        CREATE INDEX refunds_to_look_at ON refunds (next_look_at) WHERE next_look_at IS NOT NULL;
        CREATE INDEX refunds_open ON refunds (updated_at) WHERE status IN ('requested', 'submitted', 'unknown');

        CREATE TABLE refund_transitions (
            refund_id uuid NOT NULL REFERENCES refunds,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (refund_id, version)
        );
        CREATE TRIGGER refund_transitions_append_only BEFORE UPDATE OR DELETE ON refund_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT, UPDATE ON refunds TO checkout_app;
        GRANT SELECT, INSERT ON refund_transitions TO checkout_app;
    """)


def _parts() -> None:
    op.execute("""
        CREATE TABLE refund_parts (
            refund_id uuid NOT NULL REFERENCES refunds,
            order_id uuid NOT NULL REFERENCES orders,
            seller_id uuid NOT NULL REFERENCES sellers,
            storefront_id uuid NOT NULL REFERENCES storefronts,
            position smallint NOT NULL,
            card_minor bigint NOT NULL CONSTRAINT part_card_not_negative CHECK (card_minor >= 0),
            wallet_minor bigint NOT NULL CONSTRAINT part_wallet_not_negative CHECK (wallet_minor >= 0),
            commission_minor bigint NOT NULL,
            logistics_fee_minor bigint NOT NULL
                CONSTRAINT part_logistics_not_negative CHECK (logistics_fee_minor >= 0),
            tax_minor bigint NOT NULL,
            PRIMARY KEY (refund_id, order_id),
            CONSTRAINT part_is_something CHECK (card_minor + wallet_minor > 0)
        );
        CREATE INDEX refund_parts_of_order ON refund_parts (order_id);
        CREATE INDEX refund_parts_of_seller ON refund_parts (seller_id);
        CREATE TRIGGER refund_parts_append_only BEFORE UPDATE OR DELETE ON refund_parts
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        CREATE TABLE refund_lines (
            refund_id uuid NOT NULL REFERENCES refunds,
            line_id uuid NOT NULL REFERENCES order_lines,
            quantity integer NOT NULL CONSTRAINT refunded_quantity_positive CHECK (quantity > 0),
            PRIMARY KEY (refund_id, line_id)
        );
        CREATE TRIGGER refund_lines_append_only BEFORE UPDATE OR DELETE ON refund_lines
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        ALTER TABLE order_lines
            ADD COLUMN refunded_quantity integer NOT NULL DEFAULT 0,
            ADD CONSTRAINT not_more_refunded_than_ordered CHECK (refunded_quantity BETWEEN 0 AND quantity);
        GRANT UPDATE (refunded_quantity) ON order_lines TO checkout_app;
        GRANT SELECT, INSERT ON refund_parts, refund_lines TO checkout_app;
    """)


def _uploads() -> None:
    op.execute("""
        -- Each line of an uploaded file becomes one refund, whoever sends the file how often.
        CREATE TABLE refund_upload_rows (
            principal text NOT NULL,
            file_sha256 bytea NOT NULL CONSTRAINT upload_digest CHECK (length(file_sha256) = 32),
            line integer NOT NULL CONSTRAINT upload_line CHECK (line > 0),
            refund_id uuid NOT NULL REFERENCES refunds,
            PRIMARY KEY (principal, file_sha256, line)
        );
        GRANT SELECT, INSERT ON refund_upload_rows TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE told_debts, refund_upload_rows, refund_lines, refund_parts, refund_transitions, refunds;
        ALTER TABLE order_lines DROP COLUMN refunded_quantity;
    """)
