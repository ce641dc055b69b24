"""The inspector finds what axe finds in the page itself, though it does not look twice at what is alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.entry import Site
from tests.browser.inspector import Inspector
from tests.browser.seen import Seen
from tests.browser.still import still_window

Look = Callable[..., list[str]]
Visit = Callable[[str], tuple[Page, Seen]]

PAGE = "<!doctype html><html lang=en><head><title>x</title>{style}</head><body><main><h1>x</h1>{body}</main></body></html>"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield still_window(context)
    context.close()


@pytest.fixture
def look(page: Page, inspector: Inspector) -> Callable[..., list[str]]:
    """What the inspector finds in such a page; it begins as if it had never seen one."""
    inspector.forget()

    def looked(body: str, style: str = "", *, dark: bool = False) -> list[str]:
        page.set_content(PAGE.format(body=body, style=f"<style>{style}</style>"))
        return inspector.faults(page, dark=dark)

    return looked


LARGE = "button { width: 5em; height: 5em }"
GREY = "main { background: white } .faint { color: #aaa; background: white } p { margin: 1em }"


def test_a_sound_page_has_no_faults(look: Look) -> None:
    """Twice: the second look is at what is known."""
    assert look("<p>Some words", GREY, dark=True) == []
    assert look("<p>Other words", GREY, dark=True) == []


def test_text_that_is_too_faint_is_found_each_time(look: Look) -> None:
    """Also on a page that comes after one where all was well, and after one where the same was wrong."""
    assert look("<p>Some words", GREY) == []
    for _time in range(2):
        assert look("<p>Some words<p class=faint>Faint words", GREY) == [
            "axe, light 1280: color-contrast at [['.faint']]"
        ]


@pytest.mark.parametrize(
    ("style", "dark"),
    [
        ("p { background: #888; color: #777 }", False),
        ("main { background: #888 }", False),
        ("p { opacity: 0.3 }", False),
        ("@media (prefers-color-scheme: dark) { p { color: #ddd } }", True),
    ],
)
def test_known_text_on_another_ground_is_measured(look: Look, style: str, dark: bool) -> None:
    """The same words, in the same place, in the page after it."""
    assert look("<p>Some words", "p { color: #555; font-size: 12px }", dark=True) == []

    (fault,) = look("<p>Some words", "p { color: #555; font-size: 12px }" + style, dark=dark)

    assert "color-contrast" in fault


def test_what_is_placed_in_the_second_look_alone_is_measured_there(look: Look) -> None:
    """Though the first look knew it, and the second knows its colour from elsewhere."""
    grey, over = "p, div { color: #555; background: white; margin: 3em 0 }", "<div>Some words</div>"
    narrow = "@media (max-width: 400px) { div { position: absolute; background: #777 } }"
    for _time in range(2):
        assert look(f"<p>Some words</p>{over}", grey, dark=True) == []

    assert look(f"<p>Some words</p>{over}", grey + narrow, dark=True) == [
        "axe, dark 360: color-contrast at [['div']]"
    ]


FADED = (
    "button, label, input { color: #ccc; background: white; border: 0 } button { width: 5em; height: 5em }"
)


@pytest.mark.parametrize("body", ["<button>Go on</button>", "<p><label>Name <input></label>"])
def test_what_is_exempt_is_not_known(look: Look, body: str) -> None:
    """A control that cannot be used may be faint, and so may its label; one that looks the same and can be used may not."""
    unusable = body.replace("<button", "<button disabled").replace("<input", "<input disabled")
    assert look(unusable, FADED) == []

    (fault,) = look(body, FADED)

    assert "color-contrast" in fault


@pytest.mark.parametrize(
    "field", ["<input value=Words>", "<textarea>Words</textarea>", "<select><option>Words</select>"]
)
def test_a_known_field_is_measured_where_it_is_faint(look: Look, field: str) -> None:
    """What is written in a field is text too."""
    body = f"<p><label>Name {field}</label>"
    assert look(body, "label * { color: black; background: white }") == []

    (fault,) = look(body, "label * { color: #ccc; background: white }")

    assert "color-contrast" in fault


def test_what_was_hidden_is_not_known(look: Look) -> None:
    """Where it shows, it is measured."""
    assert look("<p class=faint hidden>Faint words", GREY) == []

    assert look("<p class=faint>Faint words", GREY) != []


def test_large_text_says_nothing_of_small(look: Look) -> None:
    """The same colour: 24 px may be fainter than 23, and so may 19 where it is bold."""
    style = "main { background: white } p { color: #888; font-size: %s }"
    assert look("<p>Some words", style % "24px") == []
    assert look("<p>Some words", style % "19px; font-weight: bold") == []

    for small in ("23px", "19px", "18px; font-weight: bold"):
        (fault,) = look("<p>Some words", style % small)
        assert "color-contrast" in fault


def test_what_only_listeners_get_has_no_contrast(look: Look) -> None:
    """A point that nobody sees; where it is shown, it has one."""
    clipped = GREY + ".faint { position: absolute; width: 1px; height: 1px; overflow: hidden }"
    assert look("<p class=faint>Faint words", clipped) == []

    (fault,) = look("<p class=faint>Faint words", clipped + ".faint { width: auto; height: auto }")

    assert "color-contrast" in fault


def test_a_link_that_only_its_colour_tells_from_the_text_is_found(look: Look) -> None:
    """An underlined one is not looked at."""
    body = "<p>Some words and <a href=#x>a link</a> and others"
    style = "main { background: white } p { color: black } a { color: #333; text-decoration: %s }"
    assert look(body, style % "underline", dark=True) == []

    assert look(body, style % "none", dark=True) == [
        f"axe, {look}: link-in-text-block at [['a']]" for look in ("light 1280", "dark 360")
    ]


def test_an_underlined_link_among_underlined_words_is_looked_at(look: Look) -> None:
    """Its line tells nothing there."""
    style = "main { background: white } p { color: black; text-decoration: underline } a { color: #333 }"

    assert "link-in-text-block" in str(look("<p>Some words and <a href=#x>a link</a> and others", style))


def test_a_file_of_styles_is_asked_for_once(inspector: Inspector, site: Site, visit: Visit) -> None:
    """Its text comes with the first page that names it, and dresses the next as well."""
    for _time in range(2):
        page, _ = visit(f"{site.base_url}/demo")
        assert inspector.faults(page, dark=False) == []
        assert (
            inspector.page.evaluate("getComputedStyle(document.querySelector('.skip')).position")
            == "absolute"
        )


def test_the_third_row_is_looked_at_if_it_is_unlike(look: Look) -> None:
    """Two rows stand for all that have their elements, classes and attributes; one without a label does not."""
    good, bad = "<li><button>Go</button>", "<li><button title></button>"

    assert look(f"<ul>{good * 5}</ul>", LARGE) == []
    (fault,) = look(f"<ul>{good * 2}{bad}{good}</ul>", LARGE)

    assert "button-name" in fault


def test_like_rows_are_left_out(look: Look, page: Page, inspector: Inspector) -> None:
    """In the inspector's copy alone."""
    look(f"<table><tbody>{'<tr><td>1' * 9}</table>")

    assert page.locator("tr").count() == 9
    assert inspector.page.locator("tr").count() == 2


def test_stylesheets_come_along(look: Look) -> None:
    """Also one with its own media, and the words of a page from elsewhere stay words."""
    style = "@media (min-width: 1000px) { p { color: #ccc } }"

    assert look("<p>&lt;script&gt; words", style) == ["axe, light 1280: color-contrast at [['p']]"]
