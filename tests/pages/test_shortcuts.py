"""Single keys are off until they are switched on in the profile, and stand there."""

from __future__ import annotations

import re

from checkout.pages import assets
from checkout.pages.shortcuts import KEYS
from tests.pages.people import send, signed_in, somebody

SCRIPT = "/shortcuts.js"


def test_they_are_off_until_they_are_switched_on(db, client):
    """The script is not even loaded; switched off again it is gone."""
    signed_in(client, somebody(db, "finance"))
    assert SCRIPT not in client.get("/finance/alerts").text

    answer = send(client, "/account", "/shortcuts", shortcuts="on")

    assert answer.headers["Location"] == "/account#shortcuts"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert SCRIPT in client.get("/finance/alerts").text
    send(client, "/account", "/shortcuts", shortcuts="off")
    assert SCRIPT not in client.get("/finance/alerts").text


def test_the_profile_lists_the_keys_that_the_script_knows() -> None:
    """Each of them, and no other."""
    deeds = (assets.STATIC / "shortcuts.js").read_text().partition("DEEDS = {")[2].partition("};")[0]

    assert re.findall(r'^\s+"?([^\s"])"?: ', deeds, re.MULTILINE) == [key for key, _ in KEYS]


def test_a_form_of_another_site_switches_nothing(db, client):
    signed_in(client, somebody(db, "finance"))

    answer = client.post("/shortcuts", data={"shortcuts": "on"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
