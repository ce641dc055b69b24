"""A machine is its edges."""

from __future__ import annotations

from random import Random

import pytest

from checkout.core.backoff import delay_seconds
from checkout.core.state_machine import StateMachine

DOOR = StateMachine(
    name="door", table="doors", initial="open", edges={"open": {"shut", "gone"}, "shut": {"open", "gone"}}
)


def test_sources_and_ends_follow_from_the_edges():
    assert DOOR.states == {"open", "shut", "gone"}
    assert DOOR.sources("gone") == ("open", "shut")
    assert DOOR.terminal == {"gone"}
    assert DOOR.allows("shut", "open")
    assert not DOOR.allows("gone", "open")


def test_an_unknown_state_is_a_bug():
    with pytest.raises(AssertionError):
        DOOR.sources("ajar")


def test_waits_grow_are_jittered_and_bounded():
    """2 s doubled each time, of which the upper half is random, never above the cap."""
    jitter = Random(7).random

    assert [delay_seconds(n, jitter=lambda: 1.0) for n in (1, 2, 3)] == [2.0, 4.0, 8.0]
    assert delay_seconds(500, cap=60.0, jitter=lambda: 1.0) == 60.0
    assert all(1.0 <= delay_seconds(1, jitter=jitter) <= 2.0 for _ in range(50))
