"""The locale a shopper reads in, from the language tag the storefront sent. A tag nobody knows is no error."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError

FALLBACK = "en-GB"  # the texts are English; day before month, as in most of the world
MAX_TAG_LENGTH = 35  # longer than any tag in use; an endless one must not reach the parser


@lru_cache(maxsize=256)
def locale_of(tag: str | None) -> Locale:
    """The locale of a BCP 47 tag ("de-DE", "ar"), or the fallback where it is missing or unknown."""
    if tag and len(tag) <= MAX_TAG_LENGTH:
        try:
            return Locale.parse(tag.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            pass
    return Locale.parse(FALLBACK, sep="-")
