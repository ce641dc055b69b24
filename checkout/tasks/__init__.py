"""Staged work. A task is a row in PostgreSQL, written in the transaction that causes it; Redis only rings."""

from checkout.tasks.claim import ClaimedTask, claim
from checkout.tasks.enqueue import enqueue, enqueue_many
from checkout.tasks.finish import (
    Park,
    RetryLater,
    StaleToken,
    bury,
    finish,
    finish_all,
    give_back,
    park,
    retry,
)
from checkout.tasks.ring import ring_after_commit, set_ring

__all__ = [
    "ClaimedTask",
    "Park",
    "RetryLater",
    "StaleToken",
    "bury",
    "claim",
    "enqueue",
    "enqueue_many",
    "finish",
    "finish_all",
    "give_back",
    "park",
    "retry",
    "ring_after_commit",
    "set_ring",
]
