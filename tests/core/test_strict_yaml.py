"""YAML that people write for us: whatever stands in it, it is plain values or one clear refusal."""

from __future__ import annotations

import pytest

from checkout.core.strict_yaml import NoSuchYaml, parse


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!bool x", "has a tag"),
        ("a: !!timestamp x", "has a tag"),
        ("!!python/object/apply:os.getcwd []", "has a tag"),
        ('a: "\\UFFFFFFFF"', "too large"),
        pytest.param(f"a: 1{':1' * 400}.5", "too large", id="sixties"),
        pytest.param(f"a: {'9' * 5000}", "4300", id="digits"),
        ("a: &b 1\nc: *b", "another value"),
        ("a: 1\na: 2", "twice"),
        ("1: a", "no text"),
        pytest.param("[" * 1000, "recursion", id="depth"),
        ("a: 9999-99-99", "month"),
    ],
)
def test_what_is_no_plain_value_is_refused(text: str, said: str) -> None:
    """A tag, an alias, a key twice; numbers, letters, days and depths that there are none of."""
    with pytest.raises(NoSuchYaml, match=said):
        parse(text.encode())


def test_plain_values_are_taken() -> None:
    """Quoted, nested, and nothing at all."""
    assert parse(b"a: [1, '2', \"y\", null]\nb: {c: x}") == {"a": [1, "2", "y", None], "b": {"c": "x"}}
