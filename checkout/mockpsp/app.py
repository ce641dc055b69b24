"""The mock PSP's application factory."""

from __future__ import annotations

import atexit

from flask import Flask

from checkout.mockpsp import api, control, hosted_page, onboarding_page, report_contents, settlement_drop
from checkout.mockpsp.connection import Droppable
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.settings import MockSettings
from checkout.mockpsp.ticker import Ticker

MAX_REQUEST_BYTES = 6 * 1024 * 1024  # a file of 5 MB and what stands around it
MAX_FORM_BYTES = 2 * 1024 * 1024


def create_mock_psp(settings: MockSettings) -> Flask:
    """The whole program: API, hosted page, control API, and the threads that send webhooks and ring timers.

    Call it in the process that serves, after any fork: threads and the SQLite connection do not survive one.
    """
    app = Flask(__name__, static_folder="static", static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    psp = Psp(settings)
    settlement_drop.begin(psp)
    ticker = Ticker(psp)
    api.register(app, psp)
    report_contents.register(app, psp)
    control.register(app, psp)
    hosted_page.register(app, psp)
    onboarding_page.register(app, psp)
    app.wsgi_app = Droppable(app.wsgi_app)  # type: ignore[method-assign]
    app.extensions["mock_psp"] = psp

    def stop() -> None:
        atexit.unregister(stop)  # which would keep the whole program for as long as the process lives
        ticker.stop()
        psp.webhooks.stop()

    app.extensions["mock_psp_stop"] = stop
    psp.webhooks.start()
    ticker.start()
    atexit.register(stop)
    return app
