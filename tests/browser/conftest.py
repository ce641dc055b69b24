"""Headless Chromium and a served application: one browser for each worker process, a fresh context for each test."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from checkout.app import create_app
from checkout.mockpsp.app import create_mock_psp
from checkout.mockpsp.settings import MockSettings
from checkout.payments.links import StatusLinks
from tests.browser.entry import Site
from tests.browser.inspector import Inspector
from tests.browser.seen import VIOLATIONS, Seen
from tests.browser.still import still_window
from tests.conftest import Database
from tests.pages.settings import SECRET_KEY, settings_for

# The headless shell is the same engine without the browser around it: a page costs half the processor time.
CHROMIUMS = (
    os.environ.get("CHROMIUM", ""),
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
)
# No page is to ask another machine; if one does, the request fails, and the test finds it among those that were seen.
NO_OTHER_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
# Where a window waits that must ask nothing: not about:blank, for which the browser would start a process.
QUIET = "/healthz"
# Generous: on a busy machine a page takes ten times as long, and a test that passes never waits so long.
PATIENCE_MS = 60_000
# A page that is looked at stays as it came: it asks for nothing more, and shows no answer to what it has asked already.
STAND_STILL = """() => {
    for (let timer = setTimeout(() => 0); timer > 0; timer--) clearTimeout(timer);
    document.addEventListener('htmx:beforeSwap', event => event.detail.shouldSwap = false, true);
}"""
# What asks by itself goes with its page; what the page has kept goes too.
CLEAR_AWAY = """() => {
    [localStorage, sessionStorage].forEach(kept => kept.clear());
    for (let timer = setTimeout(() => 0); timer > 0; timer--) clearTimeout(timer);
    document.documentElement.remove();
}"""
ASKS_AGAIN = "document.querySelector('meta[http-equiv=refresh]') !== null"
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
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    launched = playwright.chromium.launch(executable_path=chromium(), args=[NO_OTHER_MACHINE, *arguments])
    yield launched
    launched.close()


class Busy:
    """Counts the requests that are being answered, so that a test's end can wait for the last poll of its page."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def around(self, app: Any) -> Any:
        def counted(environ: Any, start_response: Any) -> Any:
            self._add(1)
            try:
                return app(environ, start_response)
            finally:
                self._add(-1)

        return counted

    def wait_until_idle(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._count == 0, timeout=60)

    def _add(self, number: int) -> None:
        with self._changed:
            self._count += number
            self._changed.notify_all()


@dataclass(frozen=True)
class Served:
    base_url: str
    app: Flask
    busy: Busy


@pytest.fixture(scope="session")
def served(
    own_database: Database, redis_url: str, mock_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The application, served by threads of this process on a free port."""
    with serving() as (url, server):
        settings = settings_for(
            own_database.url,
            redis_url,
            tmp_path_factory.mktemp("pages"),
            PUBLIC_URL=url,
            MOCK_PSP_API_BASE=mock_url,
            MOCK_PSP_PORT=mock_url.rpartition(":")[2],
        )
        app = create_app(settings)
        busy = Busy()
        server.app = busy.around(app.wsgi_app)
        yield Served(url, app, busy)


@pytest.fixture(scope="session")
def mock_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The mock PSP with its hosted page; its webhooks go nowhere."""
    with serving() as (url, server):
        app = create_mock_psp(
            MockSettings(
                sqlite_path=tmp_path_factory.mktemp("mock") / "psp.sqlite3",
                public_base=url,
                webhook_url="",
                webhook_secrets=("whsec_test",),
            )
        )
        server.app = app
        yield url
        app.extensions["mock_psp_stop"]()


@contextmanager
def serving() -> Iterator[tuple[str, BaseWSGIServer]]:
    """A server on a free port; its application follows, for it has to know the port."""
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _not_yet(environ: Any, start_response: Any) -> list[bytes]:
    raise AssertionError("requests come after the application is in place")


@pytest.fixture
def cookies() -> list[dict[str, Any]]:
    """What this test's browser brings along: filled by whoever arranges a page for somebody with a session."""
    return []


@pytest.fixture
def site(served: Served, mock_url: str, db: Database, cookies: list[dict[str, Any]]) -> Iterator[Site]:
    yield Site(served.base_url, mock_url, db, StatusLinks(served.base_url, SECRET_KEY), cookies)
    served.busy.wait_until_idle()  # a connection in use would be lost with the next test's database


@pytest.fixture
def open_page(browser: Browser, cookies: list[Any]) -> Iterator[Callable[..., tuple[Page, Seen]]]:
    """Opens a page in a context of its own; what the browser complains about is kept beside it."""
    contexts: list[BrowserContext] = []

    def opened(url: str, **options: Any) -> tuple[Page, Seen]:
        context = browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(cookies)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(VIOLATIONS)
        seen = Seen(page, origin=url)
        seen.response = page.goto(url)
        return page, seen

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def _visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = still_window(context)
    page.add_init_script(VIOLATIONS)
    yield page
    context.close()


@pytest.fixture
def visit(served: Served, _visitor: Page, cookies: list[Any]) -> Iterator[Callable[[str], tuple[Page, Seen]]]:
    """Opens a page as `open_page` does, in one window for all tests that only look: a window costs more than a page.
    Nothing is left there for the next but what the browser keeps of files that are the same for everybody."""
    watching: list[Seen] = []

    def visited(url: str) -> tuple[Page, Seen]:
        leave()
        if cookies:
            _visitor.context.add_cookies(cookies)
        _visitor.set_viewport_size({"width": 1280, "height": 900})
        _visitor.emulate_media(
            media="screen", color_scheme="light", reduced_motion="no-preference", forced_colors="none"
        )
        seen = Seen(_visitor, origin=url)
        watching.append(seen)
        seen.response = _visitor.goto(url)
        return _visitor, seen

    def leave() -> None:
        while watching:
            watching.pop().leave()
            _visitor.evaluate(CLEAR_AWAY)
            _visitor.context.clear_cookies()

    yield visited
    leave()


@pytest.fixture(scope="session")
def inspector(browser: Browser) -> Iterator[Inspector]:
    """axe, loaded once for all pages."""
    context = browser.new_context(locale="en-GB")
    yield Inspector(still_window(context))
    context.close()


@pytest.fixture(scope="session")
def _scriptless_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = still_window(context)
    page.set_viewport_size({"width": 360, "height": 800})
    yield page
    context.close()


@pytest.fixture
def scriptless(served: Served, _scriptless_page: Page, cookies: list[Any]) -> Iterator[Callable[[str], Page]]:
    """Opens a page where no script runs. One window for all tests: without scripts cookies are all that is kept. It is
    left in the end if it asks again by itself."""
    used = False

    def opened(url: str) -> Page:
        nonlocal used
        used = True
        if cookies:
            _scriptless_page.context.add_cookies(cookies)
        _scriptless_page.goto(url)
        return _scriptless_page

    yield opened
    if used:
        _scriptless_page.context.clear_cookies()
        if _scriptless_page.evaluate(ASKS_AGAIN):
            _scriptless_page.goto(served.base_url + QUIET)
