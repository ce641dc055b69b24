"""Idempotency keys: one execution per (principal, key, fingerprint), the same answer byte for byte ever after."""

from checkout.idempotency.claim import Claim, Fresh, InProgress, KeyReused, Replay, StoredAnswer, claim
from checkout.idempotency.finish import finish_key
from checkout.idempotency.forget import forget_finished_keys
from checkout.idempotency.key import KeyInvalid, KeyMissing, fingerprint, parse_key

__all__ = [
    "Claim",
    "Fresh",
    "InProgress",
    "KeyInvalid",
    "KeyMissing",
    "KeyReused",
    "Replay",
    "StoredAnswer",
    "claim",
    "fingerprint",
    "finish_key",
    "forget_finished_keys",
    "parse_key",
]
