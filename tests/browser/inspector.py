"""axe-core in windows that stay: what its engine learned of axe on one page serves the next, and a page costs a third of
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
# The document as it stands, its stylesheets in it: nothing is asked of the server again. Its scripts have done their work.
# Of rows that are alike but for what is written there, and of like items of a list, two stand for all.
SNAPSHOT = """() => {
    const shape = e => [e.tagName, ...[...e.attributes].map(a =>
            /^(class|role|type|style|hidden|disabled|lang|dir|scope|colspan|rowspan|aria-current)$/.test(a.name) ? a.name + '=' + a.value : a.name),
        '(', ...[...e.childNodes].map(n => n.nodeType === 1 ? shape(n) : n.nodeType === 3 && n.data.trim() ? '#' : ''), ')'].join(' ');
    const styles = new Map([...document.styleSheets].map(sheet => [sheet.ownerNode, sheet]));
    const theirs = [...document.querySelectorAll('link, style, script, iframe, img')];
    const copy = document.documentElement.cloneNode(true);
    [...copy.querySelectorAll('link, style, script, iframe, img')].forEach((e, i) => {
        const sheet = styles.get(theirs[i]);
        if (sheet) {
            const style = document.createElement('style');
            style.media = sheet.media.mediaText;
            style.textContent = [...sheet.cssRules].map(rule => rule.cssText).join('\\n');
            e.replaceWith(style);
        } else if (e.matches('script, link')) e.remove();
        else ['src', 'srcdoc', 'srcset'].forEach(name => e.removeAttribute(name));
    });
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
    return '<!doctype html>' + copy.outerHTML;
}"""


# Text of one colour and font on the same grounds has one contrast, wherever it stands: what was found good is not
# measured again. What is placed over other things, or may be exempt where it stands, is always measured. What has no
# text of its own has no contrast, and of a single character axe says nothing that is a violation: with nothing left to
# measure axe need not work out what lies above what, which costs more than all its other rules.
MARK_KNOWN = """() => {
    const known = window.knownContrasts ??= new Set();
    const grounds = new Map([[null, getComputedStyle(document.documentElement).colorScheme]]);
    const disabled = ':disabled, [aria-disabled]', exempt = document.querySelector(disabled) !== null;
    const ground = e => {
        if (!grounds.has(e)) {
            const under = ground(e.parentElement), style = getComputedStyle(e);
            const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.mixBlendMode, style.filter].join();
            grounds.set(e, under === null || !/^(static|relative)$/.test(style.position) ? null
                : own === 'rgba(0, 0, 0, 0),none,1,normal,none' ? under : under + '/' + own);
        }
        return grounds.get(e);
    };
    window.contrastsAskedFor = [];
    for (const e of document.body.querySelectorAll('*')) {
        const text = [...e.childNodes].map(n => n.nodeType === 3 ? n.data : '').join('').trim();
        if (text.length < 2 && !e.matches('input, select, textarea')) {
            e.toggleAttribute('data-known', true);
            continue;
        }
        if (e.closest(disabled) || exempt && e.closest('label, legend, fieldset') || ground(e) === null) continue;
        const style = getComputedStyle(e);
        const key = [ground(e), style.color, style.fontSize, style.fontWeight, style.textShadow].join('|');
        e.toggleAttribute('data-known', known.has(key));
        if (!known.has(key) && e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && e.getClientRects().length)
            contrastsAskedFor.push(key);
    }
}"""
ONLY_UNKNOWN = "axe.configure({rules: [{id: 'color-contrast', selector: '*:not([data-known])'}]})"
LEARN = "contrastsAskedFor.forEach(key => knownContrasts.add(key))"


LOOK = f"""async ([snapshot, options]) => {{
    const shown = new DOMParser().parseFromString(snapshot, 'text/html').documentElement;
    document.replaceChild(document.adoptNode(shown), document.documentElement);
    ({MARK_KNOWN})();
    const found = (await axe.run(options)).violations;
    if (!found.length) {LEARN};
    return found.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.target)]);
}}"""


class Inspector:
    """Two windows for all that are looked at by axe. No script of theirs runs there, and no cookie of theirs is there."""

    def __init__(self, wide: Page, narrow: Page) -> None:
        self.wide, self.narrow = wide, narrow
        for page, scheme, width in ((wide, "light", 1280), (narrow, "dark", 360)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            page.set_content("<!doctype html>")
            page.evaluate(AXE)
            page.evaluate(ONLY_UNKNOWN)

    def faults(self, looked_at: Page, *, dark: bool) -> list[str]:
        """What axe finds in the document that another page shows: in light and wide; in dark and narrow too, if asked."""
        snapshot = looked_at.evaluate(SNAPSHOT)
        found = self.wide.evaluate(LOOK, [snapshot, axe_options(AXE_TAGS, but_for=MEASURED_ELSEWHERE)])
        faults = in_words(found, "light 1280")
        if dark:
            faults += in_words(self.narrow.evaluate(LOOK, [snapshot, axe_options(AXE_LOOKS)]), "dark 360")
        return faults

    def forget(self) -> None:
        """All contrasts are measured again."""
        for page in (self.wide, self.narrow):
            page.evaluate("window.knownContrasts = new Set()")


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
