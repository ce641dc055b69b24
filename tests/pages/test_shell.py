"""The frame of every page: headers, colours, static files, and errors as pages."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from checkout.pages import assets, shell
from tests.pages.seed import seed

VENDOR_ROW = re.compile(r"^\| (vendor/\S+) \|.*\| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_vendored_files_are_what_their_list_says() -> None:
    """Nobody has edited a vendored file, and none lies there unlisted."""
    listed = dict(VENDOR_ROW.findall((assets.STATIC / "VENDOR.md").read_text()))
    present = {
        str(path.relative_to(assets.STATIC)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (assets.STATIC / "vendor").iterdir()
    }

    assert listed == present


def test_both_ways_into_the_dark_lead_to_the_same_colours() -> None:
    """The reader's choice and the system's: CSS makes us write the tokens twice."""
    css = (assets.STATIC / "site.css").read_text()
    chosen, system = re.findall(
        r'\[data-theme="dark"\] \{\n(.*?)\}|not\(\[data-theme\]\) \{\n(.*?)\}', css, re.DOTALL
    )[:2]

    assert chosen[0].split() == system[1].split() != []


def test_templates_hold_no_inline_code_and_no_foreign_address() -> None:
    """A strict content policy would stop them silently: no style or on… attribute, no script without a file."""
    for path in (shell.ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\son\w+=|hx-on|\sstyle=|javascript:|<script(?! src=)", text), path
        assert not re.search(r'(src|href|action)="(https?:)?//', text), path
        assert "emails" in path.parts or "<style" not in text, path


def test_a_page_carries_the_strict_headers(client: FlaskClient) -> None:
    headers = client.get("/demo/mailbox").headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Request-Id"].startswith("req_")


def test_the_footer_names_the_request(client: FlaskClient) -> None:
    response = client.get("/demo")

    assert f'<code class="request-id">{response.headers["Request-Id"]}</code>' in response.text


def test_test_mode_is_said_in_words(client: FlaskClient) -> None:
    assert "Test data: no real money moves here" in client.get("/demo").text


def test_chosen_colours_come_from_the_server(client: FlaskClient) -> None:
    """No flash: the page is already rendered in the chosen colours."""
    answer = client.post("/theme", data={"theme": "dark", "next": "/demo?x=1"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/demo?x=1")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert '<html lang="en" data-theme="dark">' in client.get("/demo").text
    client.post("/theme", data={"theme": "system", "next": "/"})
    assert '<html lang="en">' in client.get("/demo").text


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:1",
        "/\nx",
        "",
        "\t//evil.example",
    ],
)
def test_choosing_colours_never_leads_elsewhere(client: FlaskClient, there: str) -> None:
    assert client.post("/theme", data={"theme": "dark", "next": there}).headers["Location"] == "/"


def test_an_unknown_colour_is_the_systems(client: FlaskClient) -> None:
    client.set_cookie("theme", '"><script>')

    assert '<html lang="en">' in client.get("/demo").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    """The control: the same form from our own page is taken."""
    assert client.post("/demo/cart", data={"add": "MUG"}, headers=headers).status_code == 403
    assert (
        client.post("/demo/cart", data={"add": "MUG"}, headers={"Origin": "http://localhost"}).status_code
        == 303
    )


def test_a_static_file_is_kept_for_ever_under_its_digest(client: FlaskClient) -> None:
    css = re.search(r'href="(/assets/\w+/site.css)"', client.get("/demo").text)
    assert css is not None

    fresh, stale = client.get(css.group(1)), client.get("/assets/000000000000/site.css")

    assert "immutable" in fresh.headers["Cache-Control"]
    assert fresh.headers["X-Content-Type-Options"] == "nosniff"
    assert (stale.status_code, stale.headers["Cache-Control"]) == (200, "public, max-age=60")


@pytest.mark.parametrize("name", ["../pages/shell.py", "..%2fshell.py", "VENDOR.md/x", "nope.css", "%00"])
def test_only_static_files_are_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/000000000000/{name}").status_code in {404, 400}


def test_a_browser_gets_an_error_page_and_a_machine_a_problem(client: FlaskClient) -> None:
    """One address, two readers."""
    page = client.get("/no/such/page")
    problem = client.get("/no/such/page", headers={"Accept": "*/*"})
    api = client.get("/v1/no-such-thing")

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>Page not found</h1>" in page.text
    assert page.headers["Request-Id"] in page.text
    assert "Content-Security-Policy" in page.headers
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert api.mimetype == "application/problem+json"


def test_a_wrong_method_is_a_page_too(client: FlaskClient) -> None:
    response = client.get("/demo/checkout")

    assert (response.status_code, response.mimetype) == (405, "text/html")


def test_a_fault_says_what_is_safe(client: FlaskClient, db: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody expected is a calm page without a traceback."""
    monkeypatch.setattr("checkout.pages.status.get_view", lambda _: 1 / 0)
    token = "x"
    monkeypatch.setattr("checkout.payments.links.StatusLinks.read", lambda *_: seed)

    response = client.get(f"/s/{token}")

    assert response.status_code == 500
    assert "Something went wrong here" in response.text
    assert "ZeroDivisionError" not in response.text


def test_no_page_is_larger_than_a_slow_phone_bears(client: FlaskClient) -> None:
    """HTML, CSS and JS together stay under 150 kB compressed."""
    import gzip

    page = client.get("/demo")
    files = [client.get(url).data for url in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)]

    assert sum(len(gzip.compress(data)) for data in [page.data, *files]) < 150_000


def test_production_has_no_demo_shop(db: object, tmp_path: Path, redis_url: str) -> None:
    from dataclasses import replace

    from flask import Flask

    from checkout import pages
    from tests.pages.settings import settings_for

    settings = settings_for("postgresql://unused", "redis://unused", tmp_path)
    app = Flask("production")
    pages.register(app, replace(settings, environment="production"))

    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert "/s/<token>" in rules
    assert not [rule for rule in rules if rule.startswith("/demo")]
