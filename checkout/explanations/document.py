"""An explanation as plain JSON: for the API, and for whoever saves one. Integers in minor units, times RFC 3339."""

from __future__ import annotations

from typing import Any

from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.explanations.tree import (
    Evidence,
    Explanation,
    Ledger,
    LedgerEntry,
    Line,
    Ref,
    Rule,
    SettlementRow,
    Term,
    to_the_microsecond,
)
from checkout.wording.money import decimal_text
from checkout.wording.times import machine


def document_of(found: Explanation) -> dict[str, Any]:
    stored, position = found.stored, found.position
    return {
        "object": "explanation",
        "id": found.ref.id,
        "field": found.ref.field,
        "at": to_the_microsecond(found.ref.at) if found.ref.at else None,
        "sentence": found.sentence,
        "basis": found.basis,
        "amount": found.result.amount_minor,
        "currency": found.result.currency,
        "currency_exponent": exponent(found.result.currency),
        "holds": found.holds,
        "difference": found.difference.amount_minor,
        "equation": equation_text(found),
        "terms": [_term(term) for term in found.terms],
        "stored": {"amount": stored.amount.amount_minor, "where": stored.where} if stored else None,
        "rules": [_rule(rule) for rule in found.rules],
        "ledger": _ledger(found.ledger),
        "evidence": [_evidence(piece) for piece in found.evidence],
        "position": {"entry": encode("jrn", position.entry_id), "sequence": position.sequence}
        if position
        else None,
    }


def equation_text(found: Explanation) -> str:
    """ "15.00 - 1.50 - 3.00 = 10.50 EUR": to be read, and to be copied."""
    parts: list[str] = []
    for term in found.terms:
        sign = "-" if term.sign < 0 else "+"
        lead = f"{sign} " if parts else ("-" if term.sign < 0 else "")
        parts.append(f"{lead}{decimal_text(term.amount)}")
    left = " ".join(parts) or "0"
    return f"{left} = {decimal_text(found.result)} {found.result.currency}"


def address_of(ref: Ref) -> str:
    """Where the API explains it."""
    return f"/v1/explanations/{ref}"


def _term(term: Term) -> dict[str, Any]:
    return {
        "name": term.name,
        "amount": term.signed.amount_minor,
        "explanation": {"id": term.ref.id, "field": term.ref.field, "url": address_of(term.ref)}
        if term.ref
        else None,
        "entry": encode("jrn", term.entry_id) if term.entry_id else None,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "version": rule.version,
        "inputs": {name: str(value) for name, value in rule.inputs.items()},
        "rounding": rule.rounding,
    }


def _ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "entries": [_entry(entry) for entry in ledger.entries],
        "count": ledger.count,
        "further_amount": ledger.further.amount_minor,
        "total": ledger.total.amount_minor,
        "total_is_the_figure": ledger.is_the_figure,
    }


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "id": encode("jrn", entry.id),
        "type": entry.kind,
        "source": entry.source,
        "cause": entry.cause,
        "effective_at": machine(entry.effective_at),
        "recorded_at": machine(entry.recorded_at),
        "effect": entry.effect.amount_minor,
        "lines": [_line(line) for line in entry.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    def minor(amount: Money | None) -> int | None:
        return abs(amount.amount_minor) if amount else None

    return {
        "account": line.account,
        "owner": line.owner,
        "side": line.side,
        "amount": minor(line.amount),
        "currency": line.amount.currency if line.amount else None,
    }


def _evidence(piece: Evidence) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "id": piece.id,
        "name": piece.name,
        "at": machine(piece.at) if piece.at else None,
        "note": piece.note,
        "raw": piece.raw,
        "row": _row(piece.row) if piece.row else None,
    }


def _row(row: SettlementRow) -> dict[str, Any]:
    used = [
        {"column": cell.column, "text": cell.text, "read_as": cell.reads or None}
        for cell in row.cells
        if cell.column
    ]
    return {
        "psp": row.psp,
        "sha256": row.sha256,
        "line": row.line,
        "columns": used,
        "parsed": dict(row.parsed),
    }
