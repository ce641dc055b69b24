"""A PSP in memory that takes payments and has disputes."""

from __future__ import annotations

from dataclasses import dataclass

from tests.payments.fake_psp import FakePsp
from tests.psp.fake_disputes import FakeDisputes


@dataclass
class DisputedPsp(FakePsp, FakeDisputes):
    """See tests.payments.fake_psp and tests.psp.fake_disputes."""
