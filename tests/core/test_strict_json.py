"""What Python's JSON loader lets through is refused here."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core.strict_json import MalformedJson, canonical, loads


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,"a":2}',
        b"[NaN]",
        b"[-Infinity]",
        b'"\xff"',
        b'"\\ud800"',
        b'"\\u0000"',
        b'"\x00"',
        b'{"a\\u0000":1}',
        b"[" * 33 + b"]" * 33,
        b"[" * 60_000,
        b"1" * 31,
        b"[1,]",
        b"\xef\xbb\xbf{}",
        b"{} {}",
    ],
)
def test_what_is_not_json_is_refused_with_one_error(raw):
    with pytest.raises(MalformedJson) as refused:
        loads(raw)
    assert refused.value.detail


def test_brackets_inside_text_do_not_count_as_depth():
    """A name made of 100 brackets, with an escaped quote, is one string."""
    text = "[" * 100 + '"'

    assert loads(json.dumps({"name": text}).encode()) == {"name": text}


def test_thirty_two_levels_are_allowed():
    assert loads(b"[" * 32 + b"]" * 32)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_canonical_json_is_one_spelling(value):
    """Key order and spacing do not matter; what was read can be written and read again."""
    again = loads(json.dumps(value, indent=1).encode())

    assert canonical(again) == canonical(value)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_the_one_error(raw):
    with contextlib.suppress(MalformedJson):
        loads(raw)
