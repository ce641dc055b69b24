"""One running product for all tests of this folder: a start costs more than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkout.launcher.data_folder import find_home, remove_home
from tests.faults.shop import Shop
from tests.product import Product


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With a short lease: what a killed process held is taken over soon. Every test leaves it running, but
    for the last."""
    product = Product(tmp_path_factory.mktemp("faults") / "data", TASK_LEASE_SECONDS="5")
    product.start()
    yield product
    if product.launcher.poll() is None:
        assert product.stop() == 0
    remove_home(find_home(product.data_dir))


@pytest.fixture
def shop(product: Product) -> Shop:
    return Shop(product)
