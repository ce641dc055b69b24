"""The wallets' literal SQL. A wallet's row is the lock of all that belongs to it: its credits and holds are changed
only by whoever has changed or locked the row before."""

from __future__ import annotations

from typing import Final

CREDIT: Final = """
    INSERT INTO wallets AS w (shopper_id, currency, free_minor, created_at, updated_at)
    VALUES (%(shopper_id)s, %(currency)s, %(amount)s, %(now)s, %(now)s)
    ON CONFLICT (shopper_id, currency) DO UPDATE
       SET free_minor = w.free_minor + EXCLUDED.free_minor, updated_at = EXCLUDED.updated_at
"""

DEBIT: Final = """
    UPDATE wallets SET free_minor = free_minor - %(amount)s, updated_at = %(now)s
     WHERE shopper_id = %(shopper_id)s AND currency = %(currency)s
       AND free_minor - promotional_minor >= %(amount)s
    RETURNING free_minor
"""

LOCK: Final = """
    SELECT free_minor, held_minor, promotional_minor FROM wallets
     WHERE shopper_id = %(shopper_id)s AND currency = %(currency)s FOR UPDATE
"""

# Promotional credit first, of it what ends soonest: `before` is what the credits that end earlier have to give.
TAKE_CREDITS: Final = """
    WITH giving AS (
        SELECT id, free_minor, sum(free_minor) OVER (ORDER BY expires_at, id) - free_minor AS before
          FROM wallet_credits
         WHERE shopper_id = %(shopper_id)s AND currency = %(currency)s AND free_minor > 0
    ), taken AS (
        SELECT id, LEAST(free_minor, %(amount)s - before)::bigint AS amount_minor FROM giving
         WHERE before < %(amount)s
    )
    UPDATE wallet_credits c
       SET free_minor = c.free_minor - taken.amount_minor, held_minor = c.held_minor + taken.amount_minor
      FROM taken WHERE c.id = taken.id
    RETURNING c.id, taken.amount_minor
"""

TAKE: Final = """
    UPDATE wallets
       SET free_minor = free_minor - %(amount)s, held_minor = held_minor + %(amount)s,
           promotional_minor = promotional_minor - %(promotional)s, updated_at = %(now)s
     WHERE shopper_id = %(shopper_id)s AND currency = %(currency)s AND free_minor >= %(amount)s
    RETURNING free_minor
"""

HELD: Final = """
    WITH hold AS (
        INSERT INTO wallet_holds (payment_id, shopper_id, currency, amount_minor, created_at)
        VALUES (%(payment_id)s, %(shopper_id)s, %(currency)s, %(amount)s, %(now)s)
        RETURNING payment_id
    )
    INSERT INTO wallet_hold_credits (payment_id, credit_id, amount_minor)
    SELECT hold.payment_id, taken.* FROM hold, unnest(%(ids)s::uuid[], %(amounts)s::bigint[]) AS taken (id, amount)
"""

CAPTURE: Final = """
    UPDATE wallet_holds SET captured_at = %(now)s
     WHERE payment_id = %(payment_id)s AND captured_at IS NULL AND released_at IS NULL
    RETURNING shopper_id, currency, amount_minor
"""
RELEASE: Final = """
    UPDATE wallet_holds SET released_at = %(now)s
     WHERE payment_id = %(payment_id)s AND captured_at IS NULL AND released_at IS NULL
    RETURNING shopper_id, currency, amount_minor
"""
USED: Final = """
    UPDATE wallets SET held_minor = held_minor - %(amount)s, updated_at = %(now)s
     WHERE shopper_id = %(shopper_id)s AND currency = %(currency)s
"""
USED_CREDITS: Final = """
    UPDATE wallet_credits c
       SET held_minor = c.held_minor - h.amount_minor, spent_minor = c.spent_minor + h.amount_minor
      FROM wallet_hold_credits h WHERE h.payment_id = %(payment_id)s AND c.id = h.credit_id
"""
BACK: Final = """
    UPDATE wallets
       SET held_minor = held_minor - %(amount)s, free_minor = free_minor + %(amount)s,
           promotional_minor = promotional_minor + coalesce(
               (SELECT sum(amount_minor) FROM wallet_hold_credits WHERE payment_id = %(payment_id)s), 0)::bigint,
           updated_at = %(now)s
     WHERE shopper_id = %(shopper_id)s AND currency = %(currency)s
"""
BACK_CREDITS: Final = """
    UPDATE wallet_credits c
       SET held_minor = c.held_minor - h.amount_minor, free_minor = c.free_minor + h.amount_minor
      FROM wallet_hold_credits h WHERE h.payment_id = %(payment_id)s AND c.id = h.credit_id
"""

# Held against being erased until the credit is written.
KNOWN: Final = "SELECT id FROM shoppers WHERE id = %(shopper_id)s AND erased_at IS NULL FOR KEY SHARE"

GRANT: Final = """
    INSERT INTO wallets AS w (shopper_id, currency, free_minor, promotional_minor, created_at, updated_at)
    VALUES (%(shopper_id)s, %(currency)s, %(amount)s, %(amount)s, %(now)s, %(now)s)
    ON CONFLICT (shopper_id, currency) DO UPDATE
       SET free_minor = w.free_minor + EXCLUDED.free_minor,
           promotional_minor = w.promotional_minor + EXCLUDED.promotional_minor, updated_at = EXCLUDED.updated_at
"""
GRANTED: Final = """
    INSERT INTO wallet_credits (id, shopper_id, currency, amount_minor, free_minor, expires_at, reason, granted_by,
                                created_at)
    VALUES (%(id)s, %(shopper_id)s, %(currency)s, %(amount)s, %(amount)s, %(expires_at)s, %(reason)s, %(granted_by)s,
            %(now)s)
"""

# The wallets are locked in their order; then what of each credit is still free has ended.
DUE: Final = """
    SELECT shopper_id, currency FROM wallets w
     WHERE EXISTS (SELECT FROM wallet_credits c
                    WHERE c.shopper_id = w.shopper_id AND c.currency = w.currency
                      AND c.free_minor > 0 AND c.expires_at <= %(now)s)
     ORDER BY shopper_id, currency LIMIT %(limit)s
"""
LOCK_SEVERAL: Final = """
    SELECT FROM wallets
     WHERE (shopper_id, currency) IN (SELECT * FROM unnest(%(shopper_ids)s::uuid[], %(currencies)s::text[]))
     ORDER BY shopper_id, currency FOR UPDATE
"""
EXPIRE: Final = """
    WITH due AS (
        SELECT c.id, c.shopper_id, c.currency, c.free_minor
          FROM wallet_credits c
          JOIN unnest(%(shopper_ids)s::uuid[], %(currencies)s::text[]) AS w (shopper_id, currency)
            USING (shopper_id, currency)
         WHERE c.free_minor > 0 AND c.expires_at <= %(now)s
    ), ended AS (
        UPDATE wallet_credits c SET free_minor = 0, expired_minor = c.expired_minor + c.free_minor
          FROM due WHERE c.id = due.id
        RETURNING c.id, c.expired_minor
    ), counted AS (
        UPDATE wallets w
           SET free_minor = w.free_minor - gone.amount_minor,
               promotional_minor = w.promotional_minor - gone.amount_minor, updated_at = %(now)s
          FROM (SELECT shopper_id, currency, sum(free_minor)::bigint AS amount_minor FROM due
                 GROUP BY shopper_id, currency) AS gone
         WHERE w.shopper_id = gone.shopper_id AND w.currency = gone.currency
    )
    SELECT due.*, ended.expired_minor FROM due JOIN ended USING (id) ORDER BY due.id
"""
