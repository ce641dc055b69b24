"""Each check finds the fault that it is there for, in a page that has no other: a check that finds nothing proves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import checks
from tests.browser.conftest import STAND_STILL
from tests.browser.entry import Entry
from tests.browser.still import still_window

ENTRY = Entry("planted", "planted", lambda site: "")
STYLE = """
    body { margin: 0; background: white } a, button, input { display: block; width: 9em; height: 3em }
    input:focus-within { outline: 1px solid }
    @media print { nav, button, a { display: none } } @media (forced-colors: active) { .panel { border: 1px solid } }
"""
SOUND = "<a href=#1>One</a><button>Two</button><label>Day <input type=date></label><a href=#2>Three</a>"
# A timer that is set last and is due last is the last to ring, however slow the machine is.
LATER = """
    document.title = '';
    setTimeout(() => document.title = 'late', 10);
    setInterval(() => document.title = 'often', 10);"""
UNTIL_LATER = "return new Promise(done => setTimeout(() => done(document.title), 20));"


@pytest.fixture(scope="module")
def still_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield still_window(context)
    context.close()


@pytest.fixture
def page(still_page: Page) -> Page:
    still_page.emulate_media(
        media="screen", color_scheme="light", reduced_motion="no-preference", forced_colors="none"
    )
    return still_page


def shows(page: Page, body: str = SOUND, style: str = "") -> Page:
    page.set_content(
        f"<!doctype html><html><style>{STYLE}{style}</style><main><h1>x</h1>{body}</main></html>"
    )
    return page


def test_a_sound_page_has_no_faults(page: Page) -> None:
    """The others differ from this one in a single thing."""
    shows(page)

    assert checks.layout_faults(page) == []
    assert checks.keyboard_faults(page) == []
    assert checks.media_faults(page, ENTRY) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<p style='width: 330px'>x", ["overflow at 320: 10 px", "overflow with text spacing"]),
        ("<p style='width: 1300px; height: 1px'>", ["overflow at 1280: 20 px"]),
        ("<p style='width: 25em; white-space: nowrap; font-size: 10px; width: max-content'>" + "word " * 11, ["overflow with text spacing"]),
        ("<button style='height: 23px'>x</button>", ["small at 1280"]),
        ("<p tabindex=0 style='height: 20px; margin: 0'>x", ["small at 360"]),
    ],
    ids=["narrow", "wide", "text spacing", "button", "stop"],
)  # fmt: skip
def test_what_does_not_fit_is_found(page: Page, planted: str, found: list[str]) -> None:
    """At the width where it does not."""
    faults = checks.layout_faults(shows(page, SOUND + planted))

    assert [word for word in found if not any(word in fault for fault in faults)] == []


@pytest.mark.parametrize(
    ("body", "style", "found"),
    [
        (SOUND, "button:focus { outline: none }", "no ring: <button>Two"),
        (SOUND + "<p style='position: fixed; inset: 0; z-index: 1'>", "", "covered: <a href"),
        ("<p style='position: sticky; top: 0; height: 99vh; background: red'>Bar</p>" + SOUND * 9, "", "covered: "),
        ("<a href=#1 tabindex=2>Last</a><a href=#2 tabindex=1>First</a>", "", "1 of 2 reached"),
        ("<a href=#1 id=one>One</a><a href=#2>Two</a><a href=#3 onfocus='this.onfocus = null; one.focus()'>Three</a>", "", "the order jumps"),
        (SOUND + "<a href=#3 tabindex=-1></a><div tabindex=0 style='position: fixed; visibility: hidden'>x</div>", "", None),
        ("<a href=#1 onkeydown='event.preventDefault()'>Trap</a>" + SOUND, "", "1 of 5 reached"),
        ("<a href=#1>One</a><a href=#2 onfocus='this.blur()'>Two</a><a href=#3>Three</a>", "", "reached"),
    ],
    ids=["ring", "covered", "behind a bar", "order of its own", "order", "not stops", "trap", "thrown out"],
)  # fmt: skip
def test_what_the_keyboard_meets_is_found(page: Page, body: str, style: str, found: str | None) -> None:
    """Also what is there only at one stop, and what lets nobody go."""
    page.set_viewport_size({"width": 360, "height": 700})

    faults = checks.keyboard_faults(shows(page, body, style))

    assert any(found in fault for fault in faults) if found else faults == [], faults


@pytest.mark.parametrize(
    ("body", "style", "found"),
    [
        ("<p>x", "@keyframes k { to { color: red } } p { animation: k 9s infinite }", "something moves"),
        ("<p class=panel>x", ".panel { border: 0 !important }", "forced colours: no edge on panel"),
        (SOUND, "@media print { button { display: block !important } }", "controls on paper"),
        (SOUND, "@media (prefers-color-scheme: dark) { body { background: #111 } }", "paper is not white"),
    ],
    ids=["motion", "forced colours", "paper", "dark paper"],
)
def test_what_other_media_show_is_found(page: Page, body: str, style: str, found: str) -> None:
    assert checks.media_faults(shows(page, body, style), ENTRY) == [found]


def test_a_button_that_needs_a_script_is_found(page: Page) -> None:
    """And a heading that only a script shows."""
    assert checks.scriptless_faults(shows(page, f"<form>{SOUND}</form>")) == []
    assert checks.scriptless_faults(shows(page, "<button>x</button>", "h1 { display: none }")) == [
        "no heading",
        "a button outside a form",
    ]


def test_a_page_that_stands_still_asks_for_nothing_more(page: Page) -> None:
    """What it would do later it does not do."""
    shows(page)
    titles = [
        page.evaluate(f"() => {{ {LATER} {done} {UNTIL_LATER} }}") for done in ("", f"({STAND_STILL})();")
    ]

    assert titles[0] in {"late", "often"}
    assert titles[1] == ""
