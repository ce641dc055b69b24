"""When Python looks for cyclic garbage, and when it does not."""

import gc

import pytest

from checkout.launcher.garbage import collecting_nothing


def test_nothing_is_collected_while_the_product_is_read_in() -> None:
    """Afterwards it is again, and also when a setting turned out wrong."""
    assert gc.isenabled()
    with pytest.raises(SystemExit), collecting_nothing():
        assert not gc.isenabled()
        raise SystemExit
    assert gc.isenabled()
