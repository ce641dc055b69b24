"""What a settlement file may be refused for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from checkout.core.errors import DomainError, FieldError
from checkout.core.ids import encode
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid


class SettlementBatchConflict(DomainError):
    """The batch is here already, with other bytes: a settlement file is applied once."""

    code = "settlement_batch_conflict"

    def __init__(self, batch: str, file_id: UUID) -> None:
        file = encode("file", file_id)
        super().__init__(
            f"batch {batch} was received before as {file}, with other content", extra={"file": file}
        )


class SettlementFileRefused(DomainError):
    """Nothing of the file is taken; each error names its line where one can be named."""

    code = "settlement_file_invalid"

    def __init__(self, errors: Sequence[FieldError], file_id: UUID | None) -> None:
        extra = {} if file_id is None else {"file": encode("file", file_id)}
        super().__init__(errors[0].detail, pointers=tuple(errors), extra=extra)
        self.errors = tuple(errors)


def error_of_file(error: SettlementFileInvalid) -> FieldError:
    return FieldError(pointer_of(error.line), error.code, error.detail)


def error_of_row(row: OtherLine) -> FieldError:
    return FieldError(pointer_of(row.line), row.code, row.detail)


def pointer_of(line: int | None) -> str:
    return "/file" if line is None else f"/file/lines/{line}"
