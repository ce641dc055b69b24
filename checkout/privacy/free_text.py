"""Texts that a storefront wrote may name a person too: the person's address and name are taken out of them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from checkout.shoppers import Details

ERASED: Final = "[erased]"
SHORTEST_NAME: Final = 3  # a name of two letters stands in too many other words


class Names:
    """What to look for: the address as it is and as a URL has it, the name as whole words, in whatever case."""

    def __init__(self, people: Iterable[Details]) -> None:
        patterns: list[str] = []
        for person in people:
            spellings = {person.email, quote(person.email), quote(person.email, safe="@")}
            patterns += [re.escape(spelling) for spelling in spellings]
            if person.name and len(person.name) >= SHORTEST_NAME:
                spellings = {person.name, json.dumps(person.name)[1:-1], quote(person.name)}
                patterns += [rf"(?<!\w){re.escape(spelling)}(?!\w)" for spelling in spellings]
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE)

    def out_of(self, value: Any) -> Any:
        """The text or document without them, keys included."""
        if isinstance(value, str):
            return self._pattern.sub(ERASED, value)
        if isinstance(value, Mapping):
            return {self.out_of(name): self.out_of(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.out_of(member) for member in value]
        return value

    def are_in(self, text: str) -> bool:
        return self._pattern.search(text) is not None
