"""Profiles are read strictly: what is wrong is named by its key, and an old version stays what it was."""

from __future__ import annotations

import pytest

from checkout.accounting import profiles
from checkout.accounting.profiles import ProfileInvalid, find_profile, load_profiles
from checkout.core.errors import NotFound
from checkout.ledger.chart import CHART

OWN = """
name: acme
version: {version}
title: Acme
layout: generic
accounts: {{psp_balance: "{number}", psp_balance.JPY: "1361"}}
"""


@pytest.fixture
def folder(tmp_path):
    profiles.configure(tmp_path)
    yield tmp_path
    profiles.configure(None)


def test_those_that_come_along_can_be_used():
    """A generic one in two units, one in DATEV's manner, one in QuickBooks'; the mapped ones know every account."""
    found = {profile.full_name: profile for profile in load_profiles()}

    assert list(found) == ["datev-like@1", "generic@1", "generic-minor@1", "quickbooks-like@1"]
    assert set(found["datev-like@1"].accounts) == set(found["quickbooks-like@1"].accounts) == set(CHART)


def test_the_newest_version_is_used_and_the_old_one_is_still_there(folder):
    """By name the newest, by name@version the very one; an account of its own for the yen."""
    for version, number in ((1, "1300"), (2, "1360")):
        (folder / f"acme.v{version}.yaml").write_text(OWN.format(version=version, number=number))

    newest, old = find_profile("acme"), find_profile("acme@1")

    assert (newest.account("psp_balance", "EUR"), old.account("psp_balance", "EUR")) == ("1360", "1300")
    assert newest.account("psp_balance", "JPY") == "1361"
    assert newest.account("rounding", "EUR") == "rounding"
    with pytest.raises(NotFound):
        find_profile("acme@3")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("unit: cents", "unit"),
        ("colour: red", "colour"),
        ("accounts: {petty_cash: '1000'}", "accounts.petty_cash"),
        ("accounts: {bank: '=1+1'}", "accounts.bank"),
        ("layout: quickbooks", "accounts.psp_balance"),
        ("layout: datev\ndatev: {client: 1}", "datev.consultant"),
        ("name: acme", ""),
        ("accounts: &a {bank: '1'}\ncurrencies: *a", ""),
    ],
)
def test_a_mistake_is_named_by_its_key(folder, change, key):
    given = {"version": "1", "title": "T", "layout": "generic"} | (
        {} if change.startswith("name") else {"name": "acme"}
    )
    given = {name: value for name, value in given.items() if not change.startswith(name)}
    lines = [f"{name}: {value}" for name, value in given.items()]
    (folder / "acme.yaml").write_text("\n".join([*lines, change, *(["name: twice"] if not key else [])]))

    with pytest.raises(ProfileInvalid) as refused:
        load_profiles()

    assert refused.value.key == key


def test_three_decimals_do_not_fit_into_a_datev_like_file(folder):
    """The dinar has three, its amounts have two: refused when the profile is read, not when money is cut."""
    text = (profiles.BUILT_IN / "datev-like.v1.yaml").read_text().replace("[EUR]", "[KWD]")
    (folder / "kuwait.yaml").write_text(text.replace("name: datev-like", "name: kuwait"))

    with pytest.raises(ProfileInvalid, match="KWD has 3 decimals"):
        load_profiles()


def test_a_file_is_parsed_once_for_each_content(folder, monkeypatch):
    """A page asks several times; changed in place it is another profile, at once."""
    parsed, parse = [], profiles.parse
    monkeypatch.setattr(profiles, "parse", lambda content: parsed.append(content) or parse(content))
    file = folder / "acme.yaml"
    file.write_text(OWN.format(version=1, number="1300"))

    assert [find_profile("acme").account("psp_balance", "EUR") for _ in range(3)] == ["1300"] * 3
    assert sum(b"acme" in content for content in parsed) == 1
    file.write_text(OWN.format(version=1, number="1360"))

    assert find_profile("acme").account("psp_balance", "EUR") == "1360"
