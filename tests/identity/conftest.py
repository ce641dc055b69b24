"""Passwords cost little here: what a hash costs is not what these tests are about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkout.identity import password_hashes
from checkout.identity.password_hashes import Cost

CHEAP = Cost(memory_kib=64, passes=1)


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    password_hashes.configure(CHEAP)
    yield
    password_hashes.configure(Cost())
