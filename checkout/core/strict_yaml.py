"""YAML that people write for us: plain values alone. A key twice, a reference to another value, a tag or a key that is no
text is a mistake here, and refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

FILE_BYTES_MOST: Final = 64 * 1024


class NoSuchYaml(ValueError):
    """The bytes are no document that is taken."""


def parse(raw: bytes) -> Any:
    """
    Raises:
        NoSuchYaml: too long, no YAML, or more than plain values.
    """
    if len(raw) > FILE_BYTES_MOST:
        raise NoSuchYaml(f"is larger than {FILE_BYTES_MOST} bytes")
    try:
        return yaml.load(raw, Loader=_Loader)  # noqa: S506 - a safe loader that takes less
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise NoSuchYaml(f"is no YAML: {' '.join(str(error).split())[:200]}") from None


def flat(messages: Mapping[Any, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Each of a schema's messages with the path of its key, as `tolerances.rounding.row_minor`."""
    for key, value in messages.items():
        path = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            yield from flat(value, path)
        else:
            yield path.removesuffix(".key").removesuffix(".value"), "; ".join(map(str, value))


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("refers to another value, which is not taken")
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:  # PyYAML trips over values that their tag does not fit
            raise yaml.YAMLError("has a tag, which is not taken")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys: Sequence[Any] = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise yaml.YAMLError(f"has the key {key!r}, which is no text")
        if len(set(keys)) != len(keys):
            raise yaml.YAMLError("names a key twice")
        return super().construct_mapping(node, deep)
