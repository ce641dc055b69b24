"""Payments, the sellers' orders in them, their lines, and the history of both."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE payments (
            id uuid PRIMARY KEY,
            storefront_id uuid NOT NULL REFERENCES storefronts,
            shopper_id uuid NOT NULL REFERENCES shoppers,
            client_payment_id uuid,
            fingerprint bytea NOT NULL,
            livemode boolean NOT NULL,
            status text NOT NULL CONSTRAINT payment_status CHECK (status IN (
                'created', 'awaiting_shopper', 'processing', 'succeeded', 'failed', 'expired', 'canceled',
                'unknown', 'in_review')),
            version integer NOT NULL DEFAULT 1,
            amount_minor bigint NOT NULL
                CONSTRAINT payment_amount_bounded CHECK (amount_minor BETWEEN 1 AND 99999999),
            amount_received_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT amount_received_not_negative CHECK (amount_received_minor >= 0),
            amount_refunded_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT amount_refunded_not_negative CHECK (amount_refunded_minor >= 0),
            currency text NOT NULL CONSTRAINT payment_currency CHECK (currency ~ '^[A-Z]{3}$'),
            return_url text NOT NULL,
            cancel_url text,
            metadata jsonb NOT NULL DEFAULT '{}',
            psp text NOT NULL,
            psp_idempotency_key text NOT NULL CONSTRAINT one_psp_key_per_payment UNIQUE,
            psp_request jsonb NOT NULL,
            psp_first_attempt_at timestamptz,
            psp_session_id text,
            psp_intent_id text,
            psp_charge_id text,
            hosted_url text,
            session_expires_at timestamptz NOT NULL,
            method text,
            last_error jsonb,
            cancel_requested_at timestamptz,
            processing_at timestamptz,
            succeeded_at timestamptz,
            ended_at timestamptz,
            next_sync_at timestamptz,
            last_synced_at timestamptz,
            sync_attempts integer NOT NULL DEFAULT 0,
            not_found_at timestamptz,
            delayed_at timestamptz,
            given_up_at timestamptz,
            review_opened_at timestamptz,
            review_reminded_at timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX payments_by_client_id ON payments (storefront_id, client_payment_id)
            WHERE client_payment_id IS NOT NULL;
        CREATE UNIQUE INDEX payments_by_session ON payments (psp, psp_session_id) WHERE psp_session_id IS NOT NULL;
        CREATE INDEX payments_by_intent ON payments (psp_intent_id) WHERE psp_intent_id IS NOT NULL;
        CREATE INDEX payments_newest ON payments (storefront_id, created_at DESC, id DESC);
        CREATE INDEX payments_to_sync ON payments (next_sync_at) WHERE next_sync_at IS NOT NULL;
        CREATE INDEX payments_processing ON payments (processing_at) WHERE status = 'processing';
        CREATE INDEX payments_in_review ON payments (review_opened_at) WHERE status = 'in_review';

        CREATE TABLE payment_transitions (
            payment_id uuid NOT NULL REFERENCES payments,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (payment_id, version)
        );

        CREATE TABLE payment_facts (
            payment_id uuid NOT NULL REFERENCES payments,
            kind text NOT NULL,
            source_key text NOT NULL,
            amount_minor bigint,
            currency text,
            data jsonb NOT NULL DEFAULT '{}',
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (payment_id, kind, source_key)
        );

        CREATE TABLE orders (
            id uuid PRIMARY KEY,
            payment_id uuid NOT NULL REFERENCES payments,
            storefront_id uuid NOT NULL REFERENCES storefronts,
            seller_id uuid NOT NULL REFERENCES sellers,
            position smallint NOT NULL,
            reference text,
            status text NOT NULL CONSTRAINT order_status CHECK (status IN (
                'pending', 'paid', 'shipped', 'delivered', 'released', 'canceled', 'closed')),
            version integer NOT NULL DEFAULT 1,
            amount_minor bigint NOT NULL CONSTRAINT order_amount_positive CHECK (amount_minor > 0),
            currency text NOT NULL,
            commission_minor bigint NOT NULL CONSTRAINT commission_not_negative CHECK (commission_minor >= 0),
            logistics_fee_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT logistics_fee_not_negative CHECK (logistics_fee_minor >= 0),
            tax_amount_minor bigint NOT NULL DEFAULT 0 CONSTRAINT tax_not_negative CHECK (tax_amount_minor >= 0),
            tax_collected_by text NOT NULL DEFAULT 'seller'
                CONSTRAINT tax_collected_by_known CHECK (tax_collected_by IN ('seller', 'platform')),
            fee_plan_id uuid NOT NULL REFERENCES fee_plans,
            reserve_bps integer NOT NULL DEFAULT 0,
            reserve_days integer NOT NULL DEFAULT 0,
            card_part_minor bigint,
            wallet_part_minor bigint,
            amount_refunded_minor bigint NOT NULL DEFAULT 0,
            delivery_from date,
            delivery_to date,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT fees_within_the_order CHECK (
                commission_minor + logistics_fee_minor
                + CASE tax_collected_by WHEN 'platform' THEN tax_amount_minor ELSE 0 END <= amount_minor),
            CONSTRAINT one_order_per_position UNIQUE (payment_id, position)
        );
        CREATE INDEX orders_by_seller ON orders (seller_id, created_at DESC);

        CREATE TABLE order_transitions (
            order_id uuid NOT NULL REFERENCES orders,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (order_id, version)
        );

        CREATE TABLE order_lines (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders,
            position smallint NOT NULL,
            kind text NOT NULL CONSTRAINT line_kind CHECK (kind IN ('item', 'shipping')),
            sku text,
            name text NOT NULL,
            quantity integer NOT NULL CONSTRAINT line_quantity_positive CHECK (quantity > 0),
            unit_amount_minor bigint NOT NULL CONSTRAINT line_amount_not_negative CHECK (unit_amount_minor >= 0),
            CONSTRAINT one_line_per_position UNIQUE (order_id, position)
        );

        CREATE TRIGGER payment_transitions_append_only BEFORE UPDATE OR DELETE ON payment_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER order_transitions_append_only BEFORE UPDATE OR DELETE ON order_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER payment_facts_append_only BEFORE UPDATE OR DELETE ON payment_facts
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE ON payments, orders TO checkout_app;
        GRANT SELECT, INSERT ON payment_transitions, payment_facts, order_transitions, order_lines TO checkout_app;
    """)


def downgrade() -> None:
    op.execute(
        "DROP TABLE order_lines, order_transitions, orders, payment_facts, payment_transitions, payments"
    )
