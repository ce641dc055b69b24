"""Business time can be moved in tests; the wire's time cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from checkout.core import clock


def near(moment, expected):
    return abs(moment - expected) < timedelta(seconds=25)


def test_time_is_aware_and_utc():
    assert clock.utcnow().tzinfo is UTC


def test_the_test_clock_moves_business_time_and_not_the_wires(tmp_path, monkeypatch):
    """An advance of two days is seen by a running process; signatures go on with the wall's clock."""
    monkeypatch.setattr(clock, "ADVANCE_READ_EVERY_SECONDS", 0.0)
    file = tmp_path / "clock"
    clock.configure(offset_seconds=60, advance_file=file)
    real = datetime.now(UTC)
    assert near(clock.utcnow(), real + timedelta(seconds=60))

    clock.write_advance_seconds(file, 172_800)

    assert near(clock.utcnow(), real + timedelta(days=2, seconds=60))
    assert near(clock.wallclock(), real + timedelta(seconds=60))
    assert clock.read_advance_seconds(file) == 172_800
