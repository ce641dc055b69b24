"""What every page must be, in every state: sound, accessible, quiet, private, and whole at any width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served
from tests.browser.registry import ALL, NOT_PAGES, PAGES, Entry, Site
from tests.browser.seen import Seen

Open = Callable[..., tuple[Page, Seen]]

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOT_HTML = ("/v1", "/webhooks", "/openapi", "/healthz", "/readyz", "/metrics", "/docs", "/_mock")
MAX_BYTES = 150_000
MAX_REQUESTS = 15
MIN_TARGET = 24
TEXT_SPACING = """
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;' +
        ' word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
    document.adoptedStyleSheets = [sheet];
"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL_TARGETS = """minimum => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.classList.contains('skip'))
    .filter(e => !(e.matches('a') && getComputedStyle(e).display === 'inline' && e.closest('p, td, th, dd, li, pre')))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < minimum || box.height < minimum)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""

every_page = pytest.mark.parametrize("entry", ALL, ids=str)
every_own_page = pytest.mark.parametrize("entry", PAGES, ids=str)
axe = Axe()


def test_every_page_is_registered(served: Served) -> None:
    """A route that a browser can open stands in the registry, or in NOT_PAGES with its reason."""
    routes = {
        rule.endpoint
        for rule in served.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(NOT_HTML)
    }

    assert routes - {entry.endpoint for entry in ALL} - set(NOT_PAGES) == set()


@every_page
def test_a_page_is_sound(site: Site, open_page: Open, entry: Entry) -> None:
    """Its status, no complaint of the browser, nothing from elsewhere, light enough."""
    page, seen = open_page(entry.arrange(site))

    assert seen.response is not None
    assert seen.response.status == entry.status
    assert seen.complaints_but_for(entry.status) == []
    assert seen.foreign == []
    assert seen.violations == []
    assert sum(seen.bodies.values()) < MAX_BYTES
    assert len(seen.bodies) < MAX_REQUESTS
    headers = seen.response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@every_page
def test_a_page_has_its_parts(site: Site, open_page: Open, entry: Entry) -> None:
    """One h1, a title, a language, landmarks, and a skip link that works."""
    page, _ = open_page(entry.arrange(site))

    assert page.locator("h1").count() == 1
    assert page.title().strip(" -") != ""
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("main").count() == 1
    if entry.in_shell:
        assert page.locator("body > header, body > footer").count() == 2
        assert page.title().startswith(page.locator("h1").inner_text())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


@every_page
def test_axe_finds_nothing(site: Site, open_page: Open, entry: Entry) -> None:
    """WCAG 2.2 AA by axe-core: light and dark, wide and narrow."""
    page, _ = open_page(entry.arrange(site))
    found = []
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        results = axe.run(page, options={"runOnly": AXE_TAGS, "resultTypes": ["violations"]})
        found += [
            f"{scheme} {width}: {violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
            for violation in results.response["violations"]
        ]

    assert found == []


@every_page
def test_a_page_is_whole_at_any_width(site: Site, open_page: Open, entry: Entry) -> None:
    """No sideways scrolling at 1280, 360 and 320 px, nor with WCAG's text spacing; targets a finger can hit."""
    page, _ = open_page(entry.arrange(site))
    for width in (1280, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOW) <= 0, width
        assert page.evaluate(SMALL_TARGETS, MIN_TARGET) == []
    page.evaluate(TEXT_SPACING)
    assert page.evaluate(OVERFLOW) <= 0, "with text spacing"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length") == 0


@every_own_page
def test_a_page_is_walked_by_keyboard(site: Site, open_page: Open, entry: Entry) -> None:
    """Tab reaches everything in the order of the document, visibly and uncovered, and comes out at the end."""
    page, _ = open_page(entry.arrange(site), viewport={"width": 360, "height": 700})
    expected = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), iframe, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    reached = []
    for _step in range(expected):
        page.keyboard.press("Tab")
        focus = page.evaluate("""() => {
            const e = document.activeElement, box = e.getBoundingClientRect();
            const x = box.x + Math.min(box.width, innerWidth) / 2, y = box.y + Math.min(box.height, 20) / 2;
            const on = document.elementFromPoint(x, y), style = getComputedStyle(e);
            return {tag: e.tagName, html: e.outerHTML.slice(0, 80), top: [...document.querySelectorAll('*')].indexOf(e),
                    uncovered: e.tagName === 'IFRAME' || on !== null && (e.contains(on) || on.contains(e)),
                    ring: e.tagName === 'IFRAME' || style.outlineStyle !== 'none' || style.boxShadow !== 'none'}
        }""")
        if focus["tag"] in {"BODY", "HTML"}:
            break
        assert focus["uncovered"], focus["html"]
        assert focus["ring"], focus["html"]
        reached.append(focus["top"])

    assert reached == sorted(reached)
    assert len(set(reached)) >= expected - (1 if "mailbox" in entry.name else 0)


@every_page
def test_a_page_works_without_scripts(site: Site, browser: Browser, entry: Entry) -> None:
    """The same heading, and every deed is a link or a form."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(entry.arrange(site))

    assert page.locator("h1").is_visible()
    for button in page.locator("button").all():
        assert (
            button.evaluate("e => e.form !== null")
            if False
            else button.locator("xpath=ancestor::form").count() == 1
        )
    context.close()


@every_own_page
def test_a_printed_page_has_no_controls(site: Site, open_page: Open, entry: Entry) -> None:
    """Paper: no navigation, no button; black on white, whatever the screen's colours."""
    page, _ = open_page(entry.arrange(site), color_scheme="dark")
    page.emulate_media(media="print")

    visible = "e => e.filter(x => x.checkVisibility()).length"
    assert page.locator("nav, button, [role=button], .skip").evaluate_all(visible) == 0
    assert page.locator("h1").is_visible()
    if entry.in_shell:
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@every_own_page
def test_high_contrast_keeps_its_edges(site: Site, open_page: Open, entry: Entry) -> None:
    """Forced colours drop backgrounds and shadows: what they marked has a border."""
    page, _ = open_page(entry.arrange(site), forced_colors="active")

    for box in page.locator(".pill, .panel, .notice, .environment").all():
        assert box.evaluate("e => parseFloat(getComputedStyle(e).borderTopWidth)") >= 1
