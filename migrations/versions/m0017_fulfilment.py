"""Fulfilment: parcels and what is in them, the carrier's word, when an order is released and its reserve comes free;
rates by category.

What a decision needs stands on the order itself, beside its status: the dates that were promised, and how many refunds
and disputes forbid its release. Orders that exist have none of it yet: nobody could ship before.
"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    _orders()
    _shipments()
    _carrier_events()
    _reserves()
    _categories()


def _orders() -> None:
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN shipped_at timestamptz,
            ADD COLUMN deliver_by_at timestamptz,
            ADD COLUMN delivered_at timestamptz,
            ADD COLUMN release_due_at timestamptz,
            ADD COLUMN released_at timestamptz,
            ADD COLUMN amount_withdrawn_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT amount_withdrawn_not_negative CHECK (amount_withdrawn_minor >= 0),
            ADD COLUMN logistics_returned_minor bigint NOT NULL DEFAULT 0
                CONSTRAINT logistics_returned_within CHECK (
                    logistics_returned_minor BETWEEN 0 AND logistics_fee_minor),
            ADD COLUMN refunds_in_flight integer NOT NULL DEFAULT 0
                CONSTRAINT refunds_in_flight_not_negative CHECK (refunds_in_flight >= 0),
            ADD COLUMN open_disputes integer NOT NULL DEFAULT 0
                CONSTRAINT open_disputes_not_negative CHECK (open_disputes >= 0),
            ADD CONSTRAINT shipped_order_has_its_dates CHECK (
                status NOT IN ('shipped', 'delivered', 'released')
                OR (shipped_at IS NOT NULL AND deliver_by_at IS NOT NULL)),
            ADD CONSTRAINT delivered_order_has_its_dates CHECK (
                status NOT IN ('delivered', 'released') OR (delivered_at IS NOT NULL AND release_due_at IS NOT NULL)),
            ADD CONSTRAINT released_after_its_hold CHECK (
                status <> 'released' OR (released_at IS NOT NULL AND released_at >= release_due_at)),
            ADD CONSTRAINT held_until_after_delivery CHECK (release_due_at >= delivered_at);
        CREATE INDEX orders_to_release ON orders (release_due_at, id) WHERE status = 'delivered';
        CREATE INDEX orders_to_deliver ON orders (deliver_by_at, id) WHERE status = 'shipped';

        ALTER TABLE order_lines
            ADD COLUMN category text
                CONSTRAINT line_category CHECK (category ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
            ADD COLUMN shipped_quantity integer NOT NULL DEFAULT 0,
            ADD CONSTRAINT not_more_shipped_than_ordered CHECK (shipped_quantity BETWEEN 0 AND quantity);
        GRANT UPDATE (shipped_quantity) ON order_lines TO checkout_app;
    """)


def _shipments() -> None:
    op.execute("""
        CREATE TABLE shipments (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders,
            carrier text NOT NULL CONSTRAINT shipment_carrier CHECK (length(carrier) BETWEEN 1 AND 60),
            tracking_number text NOT NULL
                CONSTRAINT shipment_tracking_number CHECK (length(tracking_number) BETWEEN 1 AND 60),
            delivery_from date,
            delivery_to date,
            cause text NOT NULL,
            shipped_at timestamptz NOT NULL,
            delivered_at timestamptz,
            CONSTRAINT shipment_window CHECK (
                (delivery_from IS NULL) = (delivery_to IS NULL) AND delivery_from <= delivery_to)
        );
        CREATE UNIQUE INDEX one_shipment_per_parcel
            ON shipments (order_id, lower(carrier), upper(tracking_number));
        CREATE INDEX shipments_by_parcel ON shipments (upper(tracking_number), lower(carrier));

        CREATE TABLE shipment_lines (
            shipment_id uuid NOT NULL REFERENCES shipments,
            line_id uuid NOT NULL REFERENCES order_lines,
            quantity integer NOT NULL CONSTRAINT shipped_quantity_positive CHECK (quantity > 0),
            PRIMARY KEY (shipment_id, line_id)
        );
        CREATE TRIGGER shipment_lines_append_only BEFORE UPDATE OR DELETE ON shipment_lines
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE (delivered_at) ON shipments TO checkout_app;
        GRANT SELECT, INSERT ON shipment_lines TO checkout_app;
    """)


def _carrier_events() -> None:
    op.execute("""
        CREATE TABLE carrier_events (
            event_id text PRIMARY KEY,
            type text NOT NULL,
            carrier text NOT NULL,
            tracking_number text NOT NULL,
            status text NOT NULL
                CONSTRAINT carrier_event_status CHECK (status IN ('applied', 'parked', 'ignored')),
            happened_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL
        );
        CREATE INDEX carrier_events_parked ON carrier_events (upper(tracking_number), lower(carrier))
            WHERE status = 'parked';
        GRANT SELECT, INSERT, UPDATE (status) ON carrier_events TO checkout_app;
    """)


def _reserves() -> None:
    op.execute("""
        CREATE TABLE reserves (
            order_id uuid PRIMARY KEY REFERENCES orders,
            seller_id uuid NOT NULL REFERENCES sellers,
            currency text NOT NULL,
            amount_minor bigint NOT NULL CONSTRAINT reserve_positive CHECK (amount_minor > 0),
            due_at timestamptz NOT NULL,
            ended_at timestamptz
        );
        CREATE INDEX reserves_due ON reserves (due_at, order_id) WHERE ended_at IS NULL;
        GRANT SELECT, INSERT, UPDATE ON reserves TO checkout_app;
    """)


def _categories() -> None:
    op.execute("""
        CREATE TABLE fee_plan_categories (
            fee_plan_id uuid NOT NULL REFERENCES fee_plans,
            category text NOT NULL CONSTRAINT plan_category CHECK (category ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
            commission_bps integer NOT NULL
                CONSTRAINT category_bps_bounded CHECK (commission_bps BETWEEN 0 AND 10000),
            PRIMARY KEY (fee_plan_id, category)
        );
        CREATE TRIGGER fee_plan_categories_append_only BEFORE UPDATE OR DELETE ON fee_plan_categories
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        GRANT SELECT, INSERT ON fee_plan_categories TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE fee_plan_categories, reserves, carrier_events, shipment_lines, shipments;
        ALTER TABLE order_lines DROP COLUMN shipped_quantity, DROP COLUMN category;
        ALTER TABLE orders
            DROP COLUMN shipped_at, DROP COLUMN deliver_by_at, DROP COLUMN delivered_at, DROP COLUMN release_due_at,
            DROP COLUMN released_at, DROP COLUMN amount_withdrawn_minor, DROP COLUMN logistics_returned_minor,
            DROP COLUMN refunds_in_flight, DROP COLUMN open_disputes;
    """)
