"""Which passwords are taken, and how they are hashed."""

from __future__ import annotations

import pytest

from checkout.core.errors import InvalidParameter
from checkout.identity import password_hashes
from checkout.identity.password_hashes import AT_ONCE, Cost, HashingBusy, hash_password, matches, needs_rehash
from checkout.identity.password_rules import LISTS, check


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "length"),
        ("v" + "iolet-otter-" * 11, "length"),
        ("abababababab", "too_simple"),
        ("my-CheckOut-2030", "product_name"),
        ("Johanna-likes-tea", "own_name"),
        ("1q2w3e4r5t6y", "common"),
        ("Unbelievable", "common"),
        ("Password2030!", "common"),
        ("123456dragon!!", "common"),
        ("monkeymonkey", "common"),
        ("violet-otter\ud800", "invalid"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused(password, code):
    """The field and the rule are named, the password is not repeated."""
    with pytest.raises(InvalidParameter) as refusal:
        check(password, email="johanna+work@example.org")

    assert [(field.pointer, field.code) for field in refusal.value.pointers] == [("/password", code)]
    assert password not in str(refusal.value)


@pytest.mark.parametrize(
    "password", ["twelve-chars", "violet otter on ice", "пароль-мой-длинный", "x7-" * 42 + "ab"]
)
def test_a_password_of_12_to_128_characters_is_taken(password):
    """Of whatever script; length counts characters, not bytes."""
    assert check(password, email="jo@example.org") == password


def test_what_looks_the_same_is_the_same_password():
    """An e with an accent is one character or two: both spellings are one password."""
    composed, decomposed = "caf\u00e9-au-lait-12", "cafe\u0301-au-lait-12"

    assert check(decomposed, email="jo@example.org") == composed
    assert matches(hash_password(composed), decomposed)


def test_the_lists_are_there_with_their_licence():
    """Stems of letters alone, passwords of twelve characters and more, all in lower case."""
    passwords = (LISTS / "common_passwords.txt").read_text().splitlines()
    stems = (LISTS / "common_stems.txt").read_text().splitlines()

    assert len(passwords) > 40_000
    assert all(len(word) >= 12 and word == word.lower() for word in passwords)
    assert len(stems) > 6_000
    assert all(word.isalpha() for word in stems)
    assert "MIT License" in (LISTS / "LICENSE-SecLists.txt").read_text()


def test_a_hash_is_argon2id_and_salted():
    """Two hashes of one password differ; each says its cost."""
    one, other = hash_password("violet otter on ice"), hash_password("violet otter on ice")

    assert one.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert one != other
    assert matches(one, "violet otter on ice")
    assert not matches(one, "violet otter on ice ")


def test_nobodys_password_matches_nothing():
    """No hash, a broken hash, an endless password, lone surrogates: all simply do not match."""
    known = hash_password("violet otter on ice")

    assert not matches(None, "nobody's password")
    assert not matches("", "nobody's password")
    assert not matches("$argon2id$broken", "violet otter on ice")
    assert not matches(known, "x" * 100_000)
    assert not matches(known, "\ud800")


def test_another_cost_asks_for_a_new_hash():
    """The old hash still works; both directions count as changed."""
    known = hash_password("violet otter on ice")
    assert not needs_rehash(known)

    password_hashes.configure(Cost(memory_kib=128, passes=1))

    assert needs_rehash(known)
    assert matches(known, "violet otter on ice")
    assert hash_password("violet otter on ice").startswith("$argon2id$v=19$m=128,t=1,p=1$")


def test_hashes_at_one_time_are_bounded(monkeypatch):
    """When all places are taken the next one is told to come back, and hashes nothing."""
    monkeypatch.setattr(password_hashes, "WAIT_SECONDS", 0.01)
    places = [password_hashes._places.acquire() for _ in range(AT_ONCE)]
    try:
        with pytest.raises(HashingBusy):
            hash_password("violet otter on ice")
    finally:
        for _ in places:
            password_hashes._places.release()

    assert hash_password("violet otter on ice")
