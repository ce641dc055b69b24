"""How large a settlement file may be that comes in a request: in a form of the pages, or over the API."""

from typing import Final

IN_A_REQUEST_MOST: Final = (
    32 * 1024 * 1024
)  # some 150 000 rows, within a request's time; more go by the command line or the drop directory
