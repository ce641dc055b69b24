"""Who paid, for those who may know: the one place of reporting that reads shoppers."""

from __future__ import annotations

from typing import Final

OF_EMAIL: Final = "SELECT id FROM shoppers WHERE lower(email) = lower(%(email)s)"
