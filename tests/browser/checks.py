"""What is looked at on every page. Each check returns what is wrong, in words; an empty list is a pass."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.entry import Entry
from tests.browser.seen import Seen

# What other colours and another width can break in the same document; a second look asks for these alone.
AXE_LOOKS = [
    "aria-hidden-focus",
    "button-name",
    "color-contrast",
    "link-in-text-block",
    "link-name",
    "page-has-heading-one",
    "scrollable-region-focusable",
    "target-size",
]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MAX_BYTES = 150_000
MAX_REQUESTS = 15
MIN_TARGET = 24
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TEXT_SPACING = """
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;' +
        ' word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
    document.adoptedStyleSheets = [sheet];
"""
SMALL_TARGETS = """([minimum, without]) => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.classList.contains('skip'))
    .filter(e => without === null || e.closest(without) === null)
    .filter(e => !(e.matches('a') && getComputedStyle(e).display === 'inline' && e.closest('p, td, th, dt, dd, li, pre')))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < minimum || box.height < minimum)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
RUNNING = "document.getAnimations().filter(a => a.playState === 'running').length"
EDGELESS = """[...document.querySelectorAll('.pill, .panel, .notice, .environment')]
    .filter(e => parseFloat(getComputedStyle(e).borderTopWidth) < 1).map(e => e.className)"""
# A group of radio buttons is one stop; a date has further ones inside: day, month, year, and the calendar.
STOPS = """[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex="0"]')]
    .filter(e => e.checkVisibility() && e.tabIndex >= 0)
    .filter((e, i, all) => e.type !== 'radio' || all.findIndex(o => o.type === 'radio' && o.name === e.name) === i)
    .length"""
INSIDE_DATES = "document.querySelectorAll('input[type=date]').length * 3"
FOCUS = """() => {
    const e = document.activeElement, box = e.getClientRects()[0] ?? e.getBoundingClientRect(), style = getComputedStyle(e);
    const x = box.x + Math.min(box.width, innerWidth) / 2, y = box.y + Math.min(box.height, 20) / 2;
    const on = document.elementFromPoint(x, y), frame = e.tagName === 'IFRAME';
    return {outside: e === document.body, html: e.outerHTML.slice(0, 80), place: [...document.querySelectorAll('*')].indexOf(e),
            uncovered: frame || on !== null && (e.contains(on) || on.contains(e)),
            ring: frame || style.outlineStyle !== 'none' || style.boxShadow !== 'none'};
}"""
AXE = Axe().axe_script


def browser_complaints(seen: Seen, entry: Entry) -> list[str]:
    """Console, failed and foreign requests, the content policy, weight."""
    assert seen.response is not None
    faults = seen.complaints_but_for(entry.status)
    faults += [f"foreign: {url}" for url in seen.foreign]
    faults += [f"policy: {text}" for text in seen.violations]
    if seen.response.status != entry.status:
        faults.append(f"status {seen.response.status}")
    if entry.vendored_part is None and (
        sum(seen.bodies.values()) > MAX_BYTES or len(seen.bodies) > MAX_REQUESTS
    ):
        faults.append(f"heavy: {sum(seen.bodies.values())} bytes in {len(seen.bodies)} requests")
    return faults


def header_faults(seen: Seen, entry: Entry) -> list[str]:
    """`no-cache` where everybody reads the same; a vendored script may set style attributes, and nothing more."""
    assert seen.response is not None
    headers = seen.response.headers
    policy = headers.get("content-security-policy", "")
    strict = policy.replace("style-src 'self' 'unsafe-inline'", "") if entry.vendored_part else policy
    wanted = {
        "a strict policy": "default-src 'none'" in policy and "unsafe" not in strict,
        "no frames around it": "frame-ancestors 'none'" in policy,
        "nosniff": headers.get("x-content-type-options") == "nosniff",
        "no-store": headers.get("cache-control") == ("no-store" if entry.private else "no-cache"),
        "a referrer policy": headers.get("referrer-policy") in {"same-origin", "no-referrer"},
    }
    return [f"headers: not {what}" for what, kept in wanted.items() if not kept]


def structure_faults(page: Page, entry: Entry) -> list[str]:
    """One h1, a title that begins with it, a language, landmarks, and a skip link that works."""
    headings = page.locator(f"h1:not({entry.vendored_part} h1)" if entry.vendored_part else "h1").count()
    faults = [] if headings == 1 else [f"{headings} h1"]
    if page.locator("html").get_attribute("lang") != "en":
        faults.append("no language")
    if page.locator("main").count() != 1:
        faults.append("no main")
    if not entry.in_shell or faults:
        return faults
    if page.locator("body > header, body > footer").count() != 2:
        faults.append("landmarks missing")
    if not page.title().startswith(page.locator("h1").inner_text()):
        faults.append(f"title {page.title()!r}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "main":
        faults.append("the skip link does not lead to the content")
    return faults


def layout_faults(page: Page, vendored_part: str | None = None) -> list[str]:
    """Nothing sideways at 1280, 360 and 320 px nor with WCAG's text spacing; targets a finger can hit."""
    faults = []
    for width in (1280, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate(OVERFLOW) > 0:
            faults.append(f"overflow at {width}: {page.evaluate(OVERFLOW)} px")
        faults += [
            f"small at {width}: {target}"
            for target in page.evaluate(SMALL_TARGETS, [MIN_TARGET, vendored_part])
        ]
    page.evaluate(TEXT_SPACING)
    if vendored_part is None and page.evaluate(OVERFLOW) > 0:
        faults.append("overflow with text spacing")
    page.evaluate("document.adoptedStyleSheets = []")
    return faults


def axe_faults(page: Page, widths: tuple[int, int] = (1280, 360), *, dark: bool = True) -> list[str]:
    """WCAG 2.2 AA as axe-core tests it: all of it in light and wide; in dark and narrow what that can change, which one
    state of a page shows for all."""
    faults = []
    page.evaluate(AXE)
    looks = (("light", widths[0], AXE_TAGS), ("dark", widths[1], AXE_LOOKS))
    for scheme, width, rules in looks if dark else looks[:1]:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        options = {
            "runOnly": rules,
            "resultTypes": ["violations"],
            "iframes": False,  # emails have a test of their own
            "preload": False,  # it asks for the stylesheets once more, for rules about sound and video
        }
        results = page.evaluate("options => axe.run(options)", options)
        faults += [
            f"axe, {scheme} {width}: {violation['id']} at {[node['target'] for node in violation['nodes']][:3]}"
            for violation in results["violations"]
        ]
    return faults


def media_faults(page: Page, entry: Entry) -> list[str]:
    """Reduced motion, forced colours, paper."""
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    faults = ["something moves"] if entry.vendored_part is None and page.evaluate(RUNNING) else []
    faults += [f"forced colours: no edge on {name}" for name in page.evaluate(EDGELESS)]
    page.emulate_media(media="print", color_scheme="dark", forced_colors="none")
    visible = "all => all.filter(e => e.checkVisibility()).length"
    if entry.in_shell and page.locator("nav, button, a.button, .skip").evaluate_all(visible):
        faults.append("controls on paper")
    if (
        entry.in_shell
        and page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    ):
        faults.append("paper is not white")
    page.emulate_media(media="screen", color_scheme="light")
    return faults


def keyboard_faults(page: Page) -> list[str]:
    """Tab reaches everything in the document's order, visibly and uncovered."""
    faults, places = [], []
    stops = page.evaluate(STOPS)
    for _step in range(stops + page.evaluate(INSIDE_DATES)):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["outside"]:
            break
        places.append(focus["place"])
        if not focus["uncovered"]:
            faults.append(f"covered: {focus['html']}")
        if not focus["ring"]:
            faults.append(f"no ring: {focus['html']}")
    if places != sorted(places):
        faults.append("the order jumps")
    frames = page.locator("iframe").count()  # what is inside takes further stops
    if len(set(places)) < stops - 2 * frames:
        faults.append(f"{len(set(places))} of {stops} reached")
    return faults


def scriptless_faults(page: Page) -> list[str]:
    """Where no script runs: the same heading, and every button belongs to a form."""
    faults = [] if page.locator("h1").is_visible() else ["no heading"]
    without_scripts = "button:not([popovertarget])"  # the browser itself opens what these name
    if page.locator(without_scripts).count() != page.locator(f"form {without_scripts}").count():
        faults.append("a button outside a form")
    return faults
