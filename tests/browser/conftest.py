"""Headless Chromium and a served application: one browser for each worker process, a fresh context for each test."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

from checkout.app import create_app
from checkout.payments.links import StatusLinks
from tests.browser.seen import Seen
from tests.conftest import Database
from tests.pages.settings import SECRET_KEY, settings_for

CHROMIUMS = (
    os.environ.get("CHROMIUM", ""),
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)
REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"


def chromium() -> str | None:
    """Where a browser is, or None."""
    return next((path for path in CHROMIUMS if path and Path(path).exists()), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium() is None:
        message = "no Chromium: install Debian's `chromium` package, or name one in CHROMIUM"
        if REQUIRED:
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    launched = playwright.chromium.launch(executable_path=chromium(), args=arguments)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def base_url(
    own_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The application, served by threads of this process on a free port."""
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    settings = settings_for(own_database.url, redis_url, tmp_path_factory.mktemp("pages"), PUBLIC_URL=url)
    server.app = create_app(settings)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def _not_yet(environ: Any, start_response: Any) -> list[bytes]:
    raise AssertionError("requests come after the application is in place")


@pytest.fixture(scope="session")
def links(base_url: str) -> StatusLinks:
    return StatusLinks(base_url, SECRET_KEY)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., tuple[Page, Seen]]]:
    """Opens a page in a context of its own; what the browser complains about is kept beside it."""
    contexts: list[BrowserContext] = []

    def opened(url: str, **options: Any) -> tuple[Page, Seen]:
        context = browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        seen = Seen(page, origin=url)
        seen.response = page.goto(url)
        return page, seen

    yield opened
    for context in contexts:
        context.close()
