"""Ctrl-C on a product that has worked. The last test of its folder: it stops what the others share."""

from __future__ import annotations

import signal
import sys

import psutil
import pytest

from tests.product import Product

pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def test_ctrl_c_leaves_no_process_and_says_that_the_data_is_kept(product: Product) -> None:
    family = product.processes()

    assert product.stop(signal.SIGINT) == 0

    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert "Stopped. The data is kept." in product.said()
