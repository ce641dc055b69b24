"""The literal statements of starting a payment: one reads all that the checks need, one writes all or nothing, one
records the PSP's page and stores the answer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from uuid import UUID

from checkout.db.transitions import guarded_move
from checkout.payments.states import PAYMENT

NOBODY: Final = UUID(int=0)  # stands where a checkout names no seller that could be one

# Everything a new checkout is judged by, in one round trip. An unknown storefront gives no row. The sellers are
# parameters of their own, not one array: whatever they are, the plan is the same, so that PostgreSQL keeps it. Of an
# array it does not know the length, and would plan again for every payment.
PREPARE: Final = """
    SELECT sf.name AS storefront_name,
           ARRAY(SELECT o.origin FROM storefront_origins o WHERE o.storefront_id = sf.id) AS origins,
           (SELECT json_agg(json_build_object(
                'id', s.id, 'name', s.name, 'status', s.status, 'reserve_bps', s.reserve_bps,
                'reserve_days', s.reserve_days, 'plan', to_json(f)))
              FROM sellers s
              LEFT JOIN LATERAL (
                   SELECT p.id, p.currency, p.version, p.commission_bps, p.commission_fixed_minor,
                          p.commission_minimum_minor, p.valid_from,
                          (SELECT json_object_agg(c.category, c.commission_bps)
                             FROM fee_plan_categories c WHERE c.fee_plan_id = p.id) AS category_bps
                     FROM fee_plans p
                    WHERE p.seller_id = s.id AND p.valid_from <= %(now)s
                      AND (p.currency = %(currency)s OR p.currency IS NULL)
                    ORDER BY p.currency NULLS LAST, p.version DESC LIMIT 1) f ON true
             WHERE s.id IN ({sellers})) AS sellers,
           sh.id AS shopper_id, sh.key_sealed AS shopper_key, sh.details AS shopper_details,
           k.principal IS NOT NULL AS key_exists, k.fingerprint AS key_fingerprint, k.status_code AS key_status,
           k.headers AS key_headers, k.body AS key_body,
           p.id AS existing_id
      FROM storefronts sf
      LEFT JOIN shoppers sh ON sh.storefront_id = sf.id AND sh.email_index = %(email_index)s
      LEFT JOIN idempotency_keys k ON k.principal = %(principal)s AND k.key = %(key)s
      LEFT JOIN payments p ON p.storefront_id = sf.id AND p.client_payment_id = %(client_payment_id)s
     WHERE sf.id = %(storefront_id)s
"""


@lru_cache(maxsize=16)
def prepare_statement(sellers: int) -> str:
    """PREPARE for so many sellers."""
    return PREPARE.replace("{sellers}", ", ".join(f"%(seller_{i})s" for i in range(sellers)))


def seller_parameters(sellers: Iterable[UUID]) -> dict[str, UUID]:
    """The sellers as PREPARE takes them. Their number is rounded up to a power of two, the last one said again: few
    statements to remember, whatever shoppers buy."""
    distinct = sorted(set(sellers)) or [NOBODY]
    places = 1 << (len(distinct) - 1).bit_length()
    filled = distinct + distinct[-1:] * (places - len(distinct))
    return {f"seller_{i}": id for i, id in enumerate(filled)}


# The key, the shopper, the payment, its orders and lines, both histories, the event, the audit row, the tasks: whole or
# not at all. A key that is taken writes nothing and returns no row; a client's payment_id that is taken raises.
# A shopper who was found is held against being erased; one who was erased in between raises.
# Its white space is folded: the driver remembers how it has read a statement of up to 4 096 characters, and would
# read a longer one again for every payment.
CREATE: Final = " ".join(
    """
    WITH claimed AS (
        INSERT INTO idempotency_keys (principal, key, fingerprint, route, resource_id, lease_until, created_at)
        VALUES (%(principal)s, %(key)s, %(fingerprint)s, %(route)s, %(id)s,
                now() + make_interval(secs => %(lease_seconds)s), %(now)s)
        ON CONFLICT (principal, key) DO NOTHING
        RETURNING token
    ), written_shopper AS (
        INSERT INTO shoppers (id, storefront_id, email_index, key_sealed, details, created_at)
        SELECT %(shopper_id)s, %(storefront_id)s, %(email_index)s, %(shopper_key)s, %(shopper_details)s, %(now)s
          FROM claimed WHERE %(shopper_is)s = 'new'
        ON CONFLICT (storefront_id, email_index) DO UPDATE SET email_index = EXCLUDED.email_index
        RETURNING id
    ), changed_shopper AS (
        UPDATE shoppers SET details = %(shopper_details)s FROM claimed
         WHERE id = %(shopper_id)s AND erased_at IS NULL AND %(shopper_is)s = 'changed'
        RETURNING id
    ), shopper AS (
        SELECT id FROM written_shopper
        UNION ALL SELECT (SELECT id FROM changed_shopper) FROM claimed WHERE %(shopper_is)s = 'changed'
        UNION ALL SELECT (SELECT id FROM shoppers WHERE id = %(shopper_id)s AND erased_at IS NULL FOR KEY SHARE)
          FROM claimed WHERE %(shopper_is)s = 'known'
    ), payment AS (
        INSERT INTO payments (id, storefront_id, shopper_id, client_payment_id, fingerprint, livemode, status,
                              amount_minor, currency, return_url, cancel_url, metadata, psp, psp_idempotency_key,
                              psp_request, psp_first_attempt_at, session_expires_at, created_at, updated_at)
        SELECT %(id)s, %(storefront_id)s, shopper.id, %(client_payment_id)s, %(fingerprint)s, %(livemode)s, 'created',
               %(amount_minor)s, %(currency)s, %(return_url)s, %(cancel_url)s, %(metadata)s, %(psp)s,
               %(psp_idempotency_key)s, %(psp_request)s, %(now)s, %(session_expires_at)s, %(now)s, %(now)s
          FROM shopper
        RETURNING id
    ), payment_history AS (
        INSERT INTO payment_transitions (payment_id, version, from_status, to_status, cause, at)
        SELECT id, 1, NULL, 'created', %(cause)s, %(now)s FROM payment
    ), written_orders AS (
        INSERT INTO orders (id, payment_id, storefront_id, seller_id, position, reference, status, amount_minor,
                            currency, commission_minor, logistics_fee_minor, tax_amount_minor, tax_collected_by,
                            fee_plan_id, reserve_bps, reserve_days, delivery_from, delivery_to, created_at, updated_at)
        SELECT o.id, payment.id, %(storefront_id)s, o.seller_id, o.position, o.reference, 'pending', o.amount_minor,
               %(currency)s, o.commission_minor, o.logistics_fee_minor, o.tax_amount_minor, o.tax_collected_by,
               o.fee_plan_id, o.reserve_bps, o.reserve_days, o.delivery_from, o.delivery_to, %(now)s, %(now)s
          FROM payment, jsonb_populate_recordset(NULL::orders, %(orders)s) AS o
        RETURNING id
    ), order_history AS (
        INSERT INTO order_transitions (order_id, version, from_status, to_status, cause, at)
        SELECT id, 1, NULL, 'pending', %(cause)s, %(now)s FROM written_orders
    ), written_lines AS (
        INSERT INTO order_lines (id, order_id, position, kind, sku, name, quantity, unit_amount_minor,
                                 category)
        SELECT l.*
          FROM payment, jsonb_to_recordset(%(lines)s) AS l (
               id uuid, order_id uuid, position smallint, kind text, sku text, name text, quantity integer,
               unit_amount_minor bigint, category text)
    ), event AS (
        INSERT INTO events (id, type, object, storefront_id, data, cause, created_at)
        SELECT %(event_id)s, 'payment.created', %(object)s, %(storefront_id)s, %(event_data)s, %(cause)s, %(now)s
          FROM payment
    ), audited AS (
        INSERT INTO audit_log (id, at, actor, role, action, object, after, ip, request_id)
        SELECT %(event_id)s, %(now)s, %(actor)s, %(role)s, 'payment.create', %(object)s, %(event_data)s, %(ip)s,
               %(request_id)s
          FROM payment
    ), staged AS (
        INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, dedupe_key, cause, created_at)
        SELECT t.id, t.queue, t.kind, t.args, t.due_at, t.max_attempts, t.dedupe_key, %(cause)s, %(now)s
          FROM payment, jsonb_to_recordset(%(tasks)s) AS t (
               id uuid, queue text, kind text, args jsonb, due_at timestamptz, max_attempts integer, dedupe_key text)
    )
    SELECT claimed.token, shopper.id AS shopper_id FROM claimed, shopper
""".split()
)

# An answered key has both finished_at and status_code, a claimed task both its status and a lease: constraints say so.
# Each time the other of the two is asked for, the one that no partial index has: PostgreSQL took such an index, small as
# it believed it to be, for shorter than the key's own, and read all the dead entries that a busy minute leaves in it.
_ANSWERED: Final = """
    UPDATE idempotency_keys
       SET status_code = %(status)s, headers = %(headers)s, body = %(body)s, finished_at = %(at)s
     WHERE principal = %(principal)s AND key = %(key)s AND token = %(token)s AND status_code IS NULL"""
_NOT_RESUMED: Final = """
    UPDATE tasks SET status = 'done', finished_at = %(at)s
     WHERE dedupe_key = %(resume_key)s AND status IN ('ready', 'claimed') AND lease_until IS NULL"""

# The answer under its key, and the resume task that nobody needs any more. A worker that holds the task already
# finds the payment settled and ends it itself.
FINISH: Final = f"WITH resumed AS ({_NOT_RESUMED}) {_ANSWERED} RETURNING 1"

# The page is open: the transition, the answer and the end of the resume task in one statement. The answer was made
# for the version that follows the one just written: where the payment has moved on meanwhile, or the key is another's,
# it is not stored.
PAGE_COLUMNS: Final = ("hosted_url", "next_sync_at", "psp_session_id", "session_expires_at", "sync_attempts")
REGISTERED: Final = f"""
    WITH {guarded_move(PAYMENT.table, PAYMENT.name, PAGE_COLUMNS)},
    answered AS ({_ANSWERED}
           AND EXISTS (SELECT FROM moved WHERE version = %(version)s)
        RETURNING 1
    ), resumed AS ({_NOT_RESUMED} AND EXISTS (SELECT FROM answered))
    SELECT (SELECT version FROM history) AS version, EXISTS (SELECT FROM answered) AS answered
"""

# No answer yet: whoever brings the key again need not wait for the lease, and the task comes at `due_at`.
LET_GO: Final = """
    WITH resumed AS (
        UPDATE tasks SET due_at = LEAST(due_at, %(due_at)s)
         WHERE dedupe_key = %(resume_key)s AND status IN ('ready', 'claimed') AND lease_until IS NULL
    )
    UPDATE idempotency_keys SET lease_until = now() - interval '1 millisecond'
     WHERE principal = %(principal)s AND key = %(key)s AND token = %(token)s AND status_code IS NULL
"""

EXISTING: Final = """
    SELECT p.id, p.status, p.fingerprint,
           EXISTS (SELECT FROM idempotency_keys k
                    WHERE k.resource_id = p.id AND k.finished_at IS NULL AND k.lease_until >= now()) AS worked_on
      FROM payments p
     WHERE p.storefront_id = %(storefront_id)s AND p.client_payment_id = %(client_payment_id)s
"""

UNFINISHED_KEYS: Final = """
    SELECT principal, key, token, created_at FROM idempotency_keys
     WHERE resource_id = %(payment_id)s AND finished_at IS NULL ORDER BY principal, key FOR UPDATE
"""
