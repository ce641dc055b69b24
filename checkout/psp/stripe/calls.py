"""What all calls to Stripe share: the client, lists read page by page, ids fit for an address, and the rule that an
answer is checked before it is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from checkout.psp.errors import InvalidRequest, OutcomeUnknown
from checkout.psp.stripe.client import StripeClient
from checkout.psp.stripe.reading import Object, Unreadable, boolean, listed

PAGE: Final = "100"  # the most that Stripe lists at once
CLOCKS_MAY_DIFFER: Final = timedelta(hours=1)
_ID: Final = re.compile(r"[A-Za-z0-9_]{1,255}")


class Calls:
    """The adapter's parts inherit this: one client, one mode."""

    _client: StripeClient
    livemode: bool

    def _pages(
        self, path: str, parameters: Mapping[str, str], most: int, account: str = ""
    ) -> Iterator[Object]:
        """Every item of a list, page by page.

        Raises:
            OutcomeUnknown: the list is longer than may be read: what was not found may still be there.
        """
        after: dict[str, str] = {}
        for _ in range(most):
            page = self._client.get(path, {"limit": PAGE, **parameters, **after}, account=account)
            with believing():
                items, more = listed(page, "data"), boolean(page, "has_more")
            yield from items
            if not more or not items:
                return
            after = {"starting_after": str(items[-1].get("id"))}
        raise OutcomeUnknown(f"a list of more than {most} pages")


@contextmanager
def believing() -> Iterator[None]:
    """Reads an answer; one that cannot be read leaves the outcome unknown."""
    try:
        yield
    except Unreadable as error:
        raise OutcomeUnknown(f"an answer that cannot be believed: {error}") from None


def path_id(id: str) -> str:
    """The id, once it is sure to be no more than one part of an address."""
    if _ID.fullmatch(id) is None:
        raise InvalidRequest("no id of Stripe's", psp_code="malformed_id")
    return id


def since(created_after: datetime) -> dict[str, str]:
    """Lists what was created since, and an hour before: clocks may differ."""
    return {"created[gte]": str(int((created_after - CLOCKS_MAY_DIFFER).timestamp()))}
