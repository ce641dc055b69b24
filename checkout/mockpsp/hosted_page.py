"""The hosted page /pay/<session>."""

from __future__ import annotations

from flask import Flask

from checkout.mockpsp.psp import Psp


def register(app: Flask, psp: Psp) -> None:
    pass
