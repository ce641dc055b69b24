"""The same facts in plain SQL, as few statements as they can be: what the product's statements are measured against."""

CREATE = """
    WITH shop AS (
        SELECT id AS storefront_id FROM storefronts ORDER BY id LIMIT 1
    ), key AS (
        INSERT INTO idempotency_keys (principal, key, fingerprint, route, resource_id, lease_until, created_at)
        VALUES (%(principal)s, %(key)s, %(fingerprint)s, 'POST /payments', %(id)s, now() + interval '60 seconds',
                %(now)s)
        RETURNING token
    ), shopper AS (
        INSERT INTO shoppers (id, storefront_id, email_index, key_sealed, details, created_at)
        SELECT %(shopper_id)s, storefront_id, sha256(lower(%(email)s)::bytea), '\\x00',
               concat_ws(' ', %(email)s::text, %(name)s::text, %(locale)s::text, %(country)s::text)::bytea, %(now)s
          FROM shop
        ON CONFLICT (storefront_id, email_index) DO NOTHING
        RETURNING id
    ), payment AS (
        INSERT INTO payments (id, storefront_id, shopper_id, client_payment_id, fingerprint, livemode, status,
                              amount_minor, currency, return_url, cancel_url, metadata, psp, psp_idempotency_key,
                              psp_request, psp_first_attempt_at, session_expires_at, created_at, updated_at)
        SELECT %(id)s, storefront_id,
               COALESCE((SELECT id FROM shopper),
                        (SELECT s.id FROM shoppers s
                          WHERE s.storefront_id = shop.storefront_id AND s.email_index = sha256(lower(%(email)s)::bytea))),
               %(client_payment_id)s, %(fingerprint)s, false, 'created', %(amount_minor)s, %(currency)s,
               %(return_url)s, %(cancel_url)s, %(metadata)s, 'stripe', %(psp_key)s, %(psp_request)s, %(now)s,
               %(session_expires_at)s, %(now)s, %(now)s
          FROM shop
        RETURNING id, storefront_id
    ), payment_history AS (
        INSERT INTO payment_transitions (payment_id, version, from_status, to_status, cause, at)
        SELECT id, 1, NULL, 'created', %(cause)s, %(now)s FROM payment
    ), made AS (
        INSERT INTO orders (id, payment_id, storefront_id, seller_id, position, reference, status, amount_minor,
                            currency, commission_minor, logistics_fee_minor, fee_plan_id, created_at, updated_at)
        SELECT o.id, payment.id, payment.storefront_id, o.seller_id, o.position, o.reference, 'pending',
               o.amount_minor, %(currency)s, o.commission_minor, o.logistics_fee_minor, o.fee_plan_id, %(now)s, %(now)s
          FROM payment, jsonb_to_recordset(%(orders)s) AS o (
               id uuid, seller_id uuid, fee_plan_id uuid, position smallint, reference text, amount_minor bigint,
               commission_minor bigint, logistics_fee_minor bigint)
        RETURNING id
    ), order_history AS (
        INSERT INTO order_transitions (order_id, version, from_status, to_status, cause, at)
        SELECT id, 1, NULL, 'pending', %(cause)s, %(now)s FROM made
    ), line AS (
        INSERT INTO order_lines (id, order_id, position, kind, sku, name, quantity, unit_amount_minor)
        SELECT l.id, l.order_id, l.position, l.kind, l.sku, l.name, l.quantity, l.unit_amount_minor
          FROM payment, jsonb_to_recordset(%(lines)s) AS l (
               id uuid, order_id uuid, position smallint, kind text, sku text, name text, quantity integer,
               unit_amount_minor bigint)
    ), event AS (
        INSERT INTO events (id, type, object, storefront_id, data, cause, created_at)
        SELECT %(event_id)s, 'payment.created', %(object)s, storefront_id, %(event_data)s, %(cause)s, %(now)s
          FROM payment
    )
    INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, dedupe_key, cause, created_at)
    SELECT %(task_id)s, 'default', 'payments.resume', %(task_args)s, %(resume_at)s, 8, %(resume_key)s, %(cause)s,
           %(now)s
      FROM payment
"""

REGISTERED = """
    WITH moved AS (
        UPDATE payments
           SET status = 'awaiting_shopper', version = version + 1, psp_session_id = %(session_id)s,
               psp_intent_id = %(intent_id)s, hosted_url = %(hosted_url)s, session_expires_at = %(expires_at)s,
               next_sync_at = %(next_sync_at)s, updated_at = %(now)s
         WHERE id = %(id)s AND status = 'created'
        RETURNING id, version
    ), history AS (
        INSERT INTO payment_transitions (payment_id, version, from_status, to_status, cause, at)
        SELECT id, version, 'created', 'awaiting_shopper', %(cause)s, %(now)s FROM moved
    ), resumed AS (
        UPDATE tasks SET status = 'done', finished_at = %(now)s
         WHERE dedupe_key = %(resume_key)s AND status = 'ready'
    )
    UPDATE idempotency_keys SET status_code = 201, headers = '{}', body = %(body)s, finished_at = %(now)s
     WHERE principal = %(principal)s AND key = %(key)s
"""

SELLERS = """
    SELECT s.id AS seller_id, f.id AS fee_plan_id
      FROM sellers s JOIN fee_plans f ON f.seller_id = s.id ORDER BY s.id LIMIT 2
"""

GET = """
    SELECT jsonb_build_object(
        'id', p.id, 'payment_id', p.client_payment_id, 'status', p.status, 'created_at', p.created_at,
        'amount', p.amount_minor, 'amount_received', p.amount_received_minor,
        'amount_refunded', p.amount_refunded_minor, 'currency', p.currency, 'hosted_url', p.hosted_url,
        'expires_at', p.session_expires_at, 'last_error', p.last_error, 'metadata', p.metadata,
        'orders', (
            SELECT jsonb_agg(jsonb_build_object(
                'id', o.id, 'seller', o.seller_id, 'reference', o.reference, 'status', o.status,
                'amount', o.amount_minor, 'commission', o.commission_minor, 'logistics_fee', o.logistics_fee_minor,
                'lines', (
                    SELECT jsonb_agg(jsonb_build_object(
                        'id', l.id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
                        'unit_amount', l.unit_amount_minor) ORDER BY l.position)
                      FROM order_lines l WHERE l.order_id = o.id)) ORDER BY o.position)
              FROM orders o WHERE o.payment_id = p.id)) AS document
      FROM payments p WHERE p.id = %(id)s
"""

STORE_EVENT = """
    WITH event AS (
        INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, created_at, received_at)
        VALUES (%(id)s, 'stripe', %(event_id)s, %(type)s, false, %(payload)s::jsonb, %(created_at)s, %(now)s)
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, cause, created_at)
    SELECT %(task_id)s, 'webhooks', 'inbox.apply', %(args)s, %(now)s, 8, %(event_id)s, %(now)s FROM event
"""

CLAIM = """
    UPDATE tasks SET status = 'claimed', attempts = attempts + 1, fencing_token = fencing_token + 1,
                     claimed_by = 'bare', lease_until = now() + interval '60 seconds'
     WHERE id IN (SELECT id FROM tasks WHERE queue = 'webhooks' AND status = 'ready' AND due_at <= now()
                   ORDER BY due_at LIMIT 64 FOR UPDATE SKIP LOCKED)
    RETURNING id, args, fencing_token
"""

LOCK_EVENT = "SELECT event_id, payload FROM inbox_events WHERE id = %(id)s AND status = 'received' FOR UPDATE"

LOCK_PAYMENT = (
    "SELECT id, storefront_id, status, amount_minor, currency FROM payments WHERE id = %(id)s FOR UPDATE"
)

CAPTURE = """
    WITH moved AS (
        UPDATE payments
           SET status = 'succeeded', version = version + 1, amount_received_minor = %(amount)s,
               psp_charge_id = %(charge)s, psp_intent_id = %(intent)s, method = %(method)s, succeeded_at = %(now)s,
               next_sync_at = NULL, updated_at = %(now)s
         WHERE id = %(id)s AND status = ANY(ARRAY['created', 'unknown', 'awaiting_shopper', 'processing'])
        RETURNING id, version
    )
    INSERT INTO payment_transitions (payment_id, version, from_status, to_status, cause, at)
    SELECT id, version, %(before)s, 'succeeded', %(cause)s, %(now)s FROM moved
"""

FACT = """
    INSERT INTO payment_facts (payment_id, kind, source_key, amount_minor, currency, data, cause, at)
    VALUES (%(id)s, 'captured', %(charge)s, %(amount)s, %(currency)s, %(data)s, %(cause)s, %(now)s)
"""

PAY_ORDERS = """
    WITH moved AS (
        UPDATE orders SET status = 'paid', version = version + 1, card_part_minor = amount_minor,
                          wallet_part_minor = 0, updated_at = %(now)s
         WHERE payment_id = %(id)s AND status = 'pending'
        RETURNING id, version, seller_id, amount_minor
    ), history AS (
        INSERT INTO order_transitions (order_id, version, from_status, to_status, cause, at)
        SELECT id, version, 'pending', 'paid', %(cause)s, %(now)s FROM moved
    )
    SELECT id, seller_id, amount_minor FROM moved
"""

EVENT = """
    INSERT INTO events (id, type, object, storefront_id, seller_id, data, cause, created_at)
    VALUES (%(event_id)s, %(type)s, %(object)s, %(storefront_id)s, %(seller_id)s, %(data)s, %(cause)s, %(now)s)
"""

TASK = """
    INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, dedupe_key, cause, created_at)
    VALUES (%(task_id)s, %(queue)s, %(kind)s, %(args)s, %(now)s, 8, %(dedupe_key)s, %(cause)s, %(now)s)
"""

POST_ENTRY = """
    WITH entry AS (
        INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
        VALUES (%(entry_id)s, 'payment_captured', %(charge)s, %(object)s, %(cause)s, %(now)s, %(now)s)
        RETURNING id
    )
    INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
    SELECT entry.id, p.account_id, p.order_id, %(currency)s, p.amount_minor
      FROM entry, unnest(%(accounts)s::uuid[], %(orders)s::uuid[], %(amounts)s::bigint[])
           AS p (account_id, order_id, amount_minor)
"""

END = """
    WITH event AS (
        UPDATE inbox_events SET status = 'processed', finished_at = %(now)s WHERE id = %(id)s
    )
    UPDATE tasks SET status = 'done', lease_until = NULL, finished_at = %(now)s
     WHERE id = %(task_id)s AND fencing_token = %(token)s
"""

ACCOUNT = """
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    VALUES (%(id)s, %(kind)s, %(owner)s, 'EUR', %(side)s, %(either)s, %(now)s)
    ON CONFLICT (kind, owner, currency) DO NOTHING
"""
FIND_ACCOUNT = (
    "SELECT id FROM ledger_accounts WHERE kind = %(kind)s AND owner = %(owner)s AND currency = 'EUR'"
)
