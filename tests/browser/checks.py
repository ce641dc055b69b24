"""What is looked at on every page. Each check returns what is wrong, in words; an empty list is a pass."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.entry import Entry
from tests.browser.inspector import AXE, AXE_LOOKS, AXE_TAGS, axe
from tests.browser.seen import Seen

MAX_BYTES = 150_000
MAX_REQUESTS = 15
MIN_TARGET = 24
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SPACED_OVERFLOW = f"""(() => {{
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* {{ line-height: 1.5 !important; letter-spacing: 0.12em !important;' +
        ' word-spacing: 0.16em !important; }} p {{ margin-bottom: 2em !important; }}');
    document.adoptedStyleSheets = [sheet];
    const wide = {OVERFLOW};
    document.adoptedStyleSheets = [];
    return wide;
}})()"""
SMALL_TARGETS = """([minimum, without]) => [...document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.classList.contains('skip'))
    .filter(e => without === null || e.closest(without) === null)
    .filter(e => !(e.matches('a') && getComputedStyle(e).display === 'inline' && e.closest('p, td, th, dt, dd, li, pre')))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < minimum || box.height < minimum)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
RUNNING = "document.getAnimations().filter(a => a.playState === 'running').length"
EDGELESS = """[...document.querySelectorAll('.pill, .panel, .notice, .environment')]
    .filter(e => parseFloat(getComputedStyle(e).borderTopWidth) < 1).map(e => e.className)"""
PAPER = """[[...document.querySelectorAll('nav, button, a.button, .skip')].filter(e => e.checkVisibility()).length,
    getComputedStyle(document.body).backgroundColor]"""
STRUCTURE = """headings => ({
    headings: document.querySelectorAll(headings).length, heading: document.querySelector('h1')?.innerText ?? '',
    language: document.documentElement.lang, mains: document.querySelectorAll('main').length,
    around: document.querySelectorAll('body > header, body > footer').length, title: document.title,
})"""
# Prepares a walk by keyboard, and says how many stops it must have, how many more keys may be needed, how many frames
# there are. A group of radio buttons is one stop; a date has further ones inside: day, month, year, and the calendar.
# Each key writes down where the key before it has led, when all that follows from that one, such as scrolling, is done.
# What was focused when it went is where Tab begins: before everything else, as on a page that has just come.
SET_OUT = """() => {
    const places = new Map([...document.querySelectorAll('*')].map((e, place) => [e, place]));
    const walk = window.walk = {steps: [], ended: false, atStart: true, note: () => {
        const e = document.activeElement, box = e.getClientRects()[0] ?? e.getBoundingClientRect(), style = getComputedStyle(e);
        walk.ended ||= e === document.body;
        if (walk.ended) return;
        const x = box.x + Math.min(box.width, innerWidth) / 2, y = box.y + Math.min(box.height, 20) / 2;
        const on = document.elementFromPoint(x, y), frame = e.tagName === 'IFRAME';
        walk.steps.push({html: e.outerHTML.slice(0, 80), place: places.get(e),
            uncovered: frame || on !== null && (e.contains(on) || on.contains(e)),
            ring: frame || style.outlineStyle !== 'none' || style.boxShadow !== 'none'});
    }};
    addEventListener('keydown', () => { if (!walk.atStart) walk.note(); walk.atStart = false; }, true);
    const start = document.createElement('span');
    start.tabIndex = 0;
    document.body.prepend(start);
    start.focus();
    start.remove();
    scrollTo(0, 0);
    const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex="0"]')]
        .filter(e => e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0)
        .filter((e, i, all) => e.type !== 'radio' || all.findIndex(o => o.type === 'radio' && o.name === e.name) === i);
    return [stops.length, document.querySelectorAll('input[type=date]').length * 3, document.querySelectorAll('iframe').length];
}"""
ARRIVE = "() => { walk.note(); return walk.steps; }"
WITHOUT_SCRIPTS = """() => {
    const own = 'button:not([popovertarget])';  // the browser itself opens what these name
    return [document.querySelector('h1')?.checkVisibility() ?? false,
        [...document.querySelectorAll(own)].filter(e => e.closest('form') === null).length];
}"""


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
    found = page.evaluate(STRUCTURE, f"h1:not({entry.vendored_part} h1)" if entry.vendored_part else "h1")
    faults = [] if found["headings"] == 1 else [f"{found['headings']} h1"]
    if found["language"] != "en":
        faults.append("no language")
    if found["mains"] != 1:
        faults.append("no main")
    if not entry.in_shell or faults:
        return faults
    if found["around"] != 2:
        faults.append("landmarks missing")
    if not found["title"].startswith(found["heading"].strip()):
        faults.append(f"title {found['title']!r}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "main":
        faults.append("the skip link does not lead to the content")
    return faults


def layout_faults(page: Page, vendored_part: str | None = None) -> list[str]:
    """Nothing sideways at 1280, 320 and 360 px nor with WCAG's text spacing; targets a finger can hit."""
    faults = []
    for width, height, spaced in ((1280, 900, False), (320, 800, vendored_part is None), (360, 700, False)):
        page.set_viewport_size({"width": width, "height": height})
        overflow, small, wide = page.evaluate(
            f"asked => [{OVERFLOW}, ({SMALL_TARGETS})(asked), {SPACED_OVERFLOW if spaced else 0}]",
            [MIN_TARGET, vendored_part],
        )
        faults += [f"overflow at {width}: {overflow} px"] if overflow > 0 else []
        faults += [f"small at {width}: {target}" for target in small]
        faults += ["overflow with text spacing"] if wide > 0 else []
    return faults


def axe_faults(page: Page) -> list[str]:
    """WCAG 2.2 AA as axe-core tests it, in the page itself: all of it in light and wide; in dark and narrow what that
    can change."""
    faults = []
    page.evaluate(AXE)
    for scheme, width, rules in (("light", 1280, AXE_TAGS), ("dark", 360, AXE_LOOKS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        faults += axe(page, rules, f"{scheme} {width}")
    return faults


def media_faults(page: Page, entry: Entry) -> list[str]:
    """Reduced motion, forced colours, paper. The page stays as it would be printed."""
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    running, edgeless = page.evaluate(f"[{RUNNING}, {EDGELESS}]")
    faults = ["something moves"] if entry.vendored_part is None and running else []
    faults += [f"forced colours: no edge on {name}" for name in edgeless]
    if entry.in_shell:
        page.emulate_media(media="print", color_scheme="dark", forced_colors="none")
        controls, paper = page.evaluate(PAPER)
        faults += ["controls on paper"] if controls else []
        faults += ["paper is not white"] if paper != "rgb(255, 255, 255)" else []
    return faults


def keyboard_faults(page: Page) -> list[str]:
    """Tab, held down, reaches everything in the document's order, visibly and uncovered."""
    stops, inside_dates, frames = page.evaluate(SET_OUT)
    for _step in range(stops + inside_dates):
        page.keyboard.down("Tab")
    page.keyboard.up("Tab")
    walked = page.evaluate(ARRIVE)
    faults = [f"covered: {step['html']}" for step in walked if not step["uncovered"]]
    faults += [f"no ring: {step['html']}" for step in walked if not step["ring"]]
    places = [step["place"] for step in walked]
    if places != sorted(places):
        faults.append("the order jumps")
    if len(set(places)) < stops - 2 * frames:  # what is inside a frame takes further stops
        faults.append(f"{len(set(places))} of {stops} reached")
    return faults


def scriptless_faults(page: Page) -> list[str]:
    """Where no script runs: the same heading, and every button belongs to a form."""
    heading, outside = page.evaluate(WITHOUT_SCRIPTS)
    faults = [] if heading else ["no heading"]
    return faults + (["a button outside a form"] if outside else [])
