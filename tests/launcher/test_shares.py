"""Which worker takes a new connection."""

from __future__ import annotations

from checkout.launcher.shares import Shares


def test_who_holds_the_fewest_does_not_wait():
    """Three workers: the longer a worker's list, the longer it lets the others go first, up to four milliseconds."""
    shares = Shares()
    for worker, connections in ((1, 0), (2, 3), (3, 300)):
        shares.tell(worker, connections)

    assert [shares.patience_seconds(connections) for connections in (0, 3, 300)] == [0, 0.0015, 0.004]


def test_one_worker_alone_never_waits():
    """There is nobody to wait for, however much it does."""
    shares = Shares()
    shares.tell(1, 40)

    assert shares.patience_seconds(40) == 0


def test_nobody_waits_for_a_worker_that_has_ended():
    """Its place is empty until another one takes it."""
    shares = Shares()
    shares.tell(1, 0)
    shares.tell(2, 5)
    assert shares.patience_seconds(5) > 0

    shares.gone(1)

    assert shares.patience_seconds(5) == 0
