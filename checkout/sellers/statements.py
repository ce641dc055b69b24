"""The literal SQL of reading sellers and the plans in force."""

from __future__ import annotations

from typing import Final

# The plan in force for each currency of a seller `s` (NULL: all others): the newest version that has begun.
PLANS_IN_FORCE: Final = """
    SELECT DISTINCT ON (f.currency) f.id, f.currency, f.version, f.commission_bps, f.commission_fixed_minor,
           f.commission_minimum_minor, f.valid_from,
           (SELECT jsonb_object_agg(c.category, c.commission_bps)
              FROM fee_plan_categories c WHERE c.fee_plan_id = f.id) AS category_bps
      FROM fee_plans f WHERE f.seller_id = s.id AND f.valid_from <= %(now)s
     ORDER BY f.currency, f.version DESC
"""

# Of each currency the newest account, whether or not the PSP has taken it yet: never the number.
PAYOUT_ACCOUNTS: Final = """
    SELECT DISTINCT ON (p.currency) p.id, p.currency, p.country, p.last4, p.created_at, p.set_at, p.refusal,
           CASE WHEN p.payouts_paused_until > %(now)s THEN p.payouts_paused_until END AS payouts_paused_until
      FROM payout_accounts p WHERE p.seller_id = s.id
     ORDER BY p.currency, p.created_at DESC, p.id DESC
"""

SELLER: Final = f"""
    SELECT s.id, s.name, s.country, s.status, s.hold_days, s.payout_schedule, s.reserve_bps, s.reserve_days,
           s.created_at, s.verification_status, s.verification_reason, s.requirements, s.payouts_enabled,
           EXISTS (SELECT FROM connected_accounts c WHERE c.seller_id = s.id) AS onboarding,
           COALESCE((SELECT jsonb_agg(to_jsonb(plan)) FROM ({PLANS_IN_FORCE}) plan), '[]') AS plans,
           COALESCE((SELECT jsonb_agg(to_jsonb(account)) FROM ({PAYOUT_ACCOUNTS}) account), '[]') AS accounts
      FROM sellers s
"""

ONE: Final = f"{SELLER} WHERE s.id = %(id)s"
_SHOWN: Final = f"{SELLER} WHERE (%(only)s::uuid[] IS NULL OR s.id = ANY(%(only)s))"
NEWEST: Final = f"{_SHOWN} ORDER BY s.created_at DESC, s.id DESC LIMIT %(limit)s"
OLDER: Final = f"""{_SHOWN} AND (s.created_at, s.id) < (%(edge_at)s, %(edge_id)s)
     ORDER BY s.created_at DESC, s.id DESC LIMIT %(limit)s
"""
NEWER: Final = f"""{_SHOWN} AND (s.created_at, s.id) > (%(edge_at)s, %(edge_id)s)
     ORDER BY s.created_at, s.id LIMIT %(limit)s
"""

PLAN_FOR: Final = """
    SELECT f.id, f.currency, f.version, f.commission_bps, f.commission_fixed_minor, f.commission_minimum_minor,
           f.valid_from,
           (SELECT jsonb_object_agg(c.category, c.commission_bps)
              FROM fee_plan_categories c WHERE c.fee_plan_id = f.id) AS category_bps
      FROM fee_plans f
     WHERE f.seller_id = %(seller_id)s AND (f.currency = %(currency)s OR f.currency IS NULL)
       AND f.valid_from <= %(at)s
     ORDER BY f.currency NULLS LAST, f.version DESC LIMIT 1
"""
