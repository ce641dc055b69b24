"""The README's quickstart, block by block, as it stands there. The first test of its folder: the books are still empty."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import config
from tests.product import Product, bare_environ

pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="runs .venv/bin of this checkout"),
]


def test_the_quickstart_runs_as_written(product: Product) -> None:
    """Six blocks in one shell, each line successful: a payment that succeeded, books that hold, a payout on its way."""
    readme = (config.PROJECT / "README.md").read_text()
    quickstart = readme[readme.index("## Quickstart") : readme.index("## The way of the money")]
    blocks = re.findall(r"```sh\n(.*?)```", quickstart, re.DOTALL)
    assert len(blocks) == 6

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=config.PROJECT,
        env=bare_environ(DATA_DIR=str(product.data_dir)),
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^pay_\w{26} is awaiting_shopper$", ran.stdout, re.MULTILINE)
    assert re.search(r"^pay_\w{26} is succeeded$", ran.stdout, re.MULTILINE)
    assert '"payment.succeeded"' in ran.stdout
    assert re.search(r"^seller_pending +EUR +2 +-2490", ran.stdout, re.MULTILINE)
    assert re.search(r"^po_\w{26} is in_transit$", ran.stdout, re.MULTILINE)
    assert "10.50" in ran.stdout.rpartition("is in_transit")[2]
