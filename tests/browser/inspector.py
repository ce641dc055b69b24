"""axe-core in a window that stays: what its engine learned of axe on one page serves the next, and a page costs a third of
what a fresh document costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What other colours and another width can break in the same document; a second look asks for these alone.
AXE_LOOKS = [
    "aria-hidden-focus",
    "button-name",
    "color-contrast",
    "link-in-text-block",
    "link-name",
    "page-has-heading-one",
    "scrollable-region-focusable",
]
MEASURED_ELSEWHERE = (
    "target-size",
)  # checks.layout_faults is stricter: each target for itself, at three widths
# The document as it stands: nothing is asked of the server again. Its scripts have done their work. Its stylesheets come
# apart from it, a file's once: the same address is the same text for all pages.
# Of rows that are alike but for what is written there, and of like items of a list, two stand for all.
SNAPSHOT = """known => {
    const shape = e => [e.tagName, ...[...e.attributes].map(a =>
            /^(class|role|type|style|hidden|disabled|lang|dir|scope|colspan|rowspan|aria-current)$/.test(a.name) ? a.name + '=' + a.value : a.name),
        '(', ...[...e.childNodes].map(n => n.nodeType === 1 ? shape(n) : n.nodeType === 3 && n.data.trim() ? '#' : ''), ')'].join(' ');
    const sheets = [...document.styleSheets].map(sheet => [sheet.href, sheet.media.mediaText, known.includes(sheet.href) ? null
        : [...sheet.cssRules].map(rule => rule.cssText).join('\\n')]);
    const copy = document.documentElement.cloneNode(true);
    copy.querySelectorAll('script, link, style').forEach(e => e.remove());
    copy.querySelectorAll('iframe, img').forEach(e => ['src', 'srcdoc', 'srcset'].forEach(name => e.removeAttribute(name)));
    const seen = new Map();
    for (const row of [...copy.querySelectorAll('tbody > tr, li, .operation-tag-content > span')]) {
        const list = row.matches('span') ? null : row.parentNode;  // the reference's calls are one list in many parts
        const like = seen.get(list) ?? seen.set(list, new Map()).get(list);
        const its = shape(row), before = like.get(its) ?? 0;
        like.set(its, before + 1);
        if (before >= 2) row.remove();
    }
    copy.querySelectorAll('noscript').forEach(e => e.remove());  // nothing to see where scripts run
    const base = document.createElement('base');
    base.href = location.href;
    copy.querySelector('head').prepend(base);
    return [sheets, '<!doctype html>' + copy.outerHTML];
}"""
SHOW = """([sheets, html]) => {
    const files = window.files ??= new Map();
    const shown = new DOMParser().parseFromString(html, 'text/html').documentElement;
    document.adoptedStyleSheets = [];
    document.replaceChild(document.adoptNode(shown), document.documentElement);
    document.adoptedStyleSheets = sheets.map(([address, media, text]) => {
        if (text === null) return files.get(address);
        const sheet = new CSSStyleSheet({media});
        sheet.replaceSync(text);
        if (address !== null) files.set(address, sheet);
        return sheet;
    });
}"""


# Text of one colour and weight on the same grounds has one contrast, wherever it stands: what was found good is not
# measured again. What is placed over other things, or may be exempt where it stands, is always measured. What has no
# text of its own has no contrast, nor has what is clipped to a point for those who listen; and of a single character axe
# says nothing that is a violation. A link that is underlined is told from the text around it whatever its colour. With
# nothing left to measure axe need not work out what lies above what, which costs more than all its other rules.
MARK_KNOWN = """look => {
    const all = window.knownContrasts ??= {};
    const known = all[look] ??= new Set();
    const styles = new Map(), style = e => styles.get(e) ?? styles.set(e, getComputedStyle(e)).get(e);
    const grounds = new Map([[null, style(document.documentElement).colorScheme]]);
    const disabled = ':disabled, [aria-disabled]', exempt = document.querySelector(disabled) !== null;
    const clipped = e => style(e).overflow === 'hidden' && e.offsetWidth <= 1 && e.offsetHeight <= 1;
    const ground = e => {
        if (!grounds.has(e)) {
            const under = ground(e.parentElement), its = style(e), placed = !/^(static|relative)$/.test(its.position);
            const own = [its.backgroundColor, its.backgroundImage, its.opacity, its.mixBlendMode, its.filter].join();
            grounds.set(e, under === 'clipped' || placed && clipped(e) ? 'clipped' : under === null || placed ? null
                : own === 'rgba(0, 0, 0, 0),none,1,normal,none' ? under : under + '/' + own);
        }
        return grounds.get(e);
    };
    window.contrastsAskedFor = [];
    for (const e of document.body.querySelectorAll('*')) {
        const text = [...e.childNodes].map(n => n.nodeType === 3 ? n.data : '').join('').trim();
        if (text.length < 2 && !e.matches('input, select, textarea') || ground(e) === 'clipped') {
            e.toggleAttribute('data-known', true);
            continue;
        }
        if (exempt && (e.closest(disabled) || e.closest('label, legend, fieldset')) || ground(e) === null) {
            e.toggleAttribute('data-known', false);  // it may have been known in the other look
            continue;
        }
        const its = style(e), points = Math.ceil(72 * parseFloat(its.fontSize)) / 96;
        const large = points >= 18 || points >= 14 && its.fontWeight >= 700;
        const key = [ground(e), its.color, its.textShadow === 'none' ? large : its.fontSize + its.textShadow].join('|');
        e.toggleAttribute('data-known', known.has(key));
        if (!known.has(key) && e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && e.getClientRects().length)
            contrastsAskedFor.push(key);
    }
    const underlined = e => style(e).textDecorationLine.includes('underline');
    for (const e of document.querySelectorAll('a[href]')) {
        let around = e.parentElement, told = underlined(e) && !underlined(around);
        while (told && /^(inline|inline-flex|inline-grid|contents)$/.test(style(around).display)) {
            around = around.parentElement;
            told = !underlined(around);
        }
        e.toggleAttribute('data-underlined', told);
    }
}"""
CONFIGURE = """axe.configure({noHtml: true, rules: [
    {id: 'color-contrast', selector: '*:not([data-known])'},
    {id: 'link-in-text-block', selector: 'a[href]:not([data-underlined]), [role=link]'},
]})"""
LOOK = f"""async ([look, options]) => {{
    ({MARK_KNOWN})(look);
    const found = (await axe.run(options)).violations;
    if (!found.length) contrastsAskedFor.forEach(key => knownContrasts[look].add(key));
    return found.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.target)]);
}}"""
FORGET = "window.knownContrasts = {}"


def axe(page: Page, rules: list[str], look: str) -> list[str]:
    """The violations of these rules where axe is loaded already."""
    found = page.evaluate(
        "options => axe.run(options).then(all => all.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.target)]))",
        axe_options(rules),
    )
    return in_words(found, look)


def axe_options(rules: list[str], but_for: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "runOnly": rules,
        "rules": {rule: {"enabled": False} for rule in but_for},
        "resultTypes": ["violations"],
        "iframes": False,  # emails have a test of their own
        "preload": False,  # it asks for the stylesheets once more, for rules about sound and video
    }


def in_words(found: list[Any], look: str) -> list[str]:
    return [f"axe, {look}: {rule} at {places}" for rule, places in found]


# The rules and the width of each look.
LOOKS = {
    "light": (axe_options(AXE_TAGS, but_for=MEASURED_ELSEWHERE), 1280),
    "dark": (axe_options(AXE_LOOKS), 360),
}


class Inspector:
    """A window for all that are looked at by axe. No script of theirs runs there, and no cookie of theirs is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._scheme = ""
        self._known: list[str] = []
        page.set_content("<!doctype html>")
        page.evaluate(AXE)
        page.evaluate(CONFIGURE)
        self._turn("light")

    def faults(self, looked_at: Page, *, dark: bool) -> list[str]:
        """What axe finds in the document that another page shows: in light and wide; in dark and narrow too, if asked.
        That look comes first which the window has already."""
        sheets, html = looked_at.evaluate(SNAPSHOT, self._known)
        self.page.evaluate(SHOW, [sheets, html])
        self._known += [address for address, _media, text in sheets if address and text is not None]
        if not dark:
            return self._look("light")
        first = self._scheme
        faults = {scheme: self._look(scheme) for scheme in (first, "dark" if first == "light" else "light")}
        return faults["light"] + faults["dark"]

    def forget(self) -> None:
        """All contrasts are measured again."""
        self.page.evaluate(FORGET)

    def _look(self, scheme: str) -> list[str]:
        self._turn(scheme)
        options, width = LOOKS[scheme]
        return in_words(self.page.evaluate(LOOK, [scheme, options]), f"{scheme} {width}")

    def _turn(self, scheme: str) -> None:
        if scheme != self._scheme:
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.set_viewport_size({"width": LOOKS[scheme][1], "height": 900})
            self._scheme = scheme
