"""What is refused of statements."""

from __future__ import annotations

from checkout.core.errors import DomainError


class StatementUnsound(DomainError):
    """Opening, lines and closing do not add up: no statement is issued, and a person is called."""

    code = "statement_unsound"
