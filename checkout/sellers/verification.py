"""Whether a seller may be given money: said once, in SQL, for every statement that must know."""

from __future__ import annotations

from typing import Final

# Of a row `sel` of sellers.
IS_VERIFIED: Final = "(sel.status = 'active')"
