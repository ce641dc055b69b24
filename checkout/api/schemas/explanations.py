"""An explanation of a figure, as declared to clients."""

from __future__ import annotations

from marshmallow import Schema, fields

AMOUNT = {"description": "Minor units of the explanation's currency."}


class FigureRef(Schema):
    """A figure that is explained by itself."""

    id = fields.String(required=True)
    field = fields.String(required=True)
    url = fields.String(required=True)


class EquationTerm(Schema):
    """A summand; negative where it is taken off."""

    name = fields.String(required=True)
    amount = fields.Integer(required=True, metadata=AMOUNT)
    explanation = fields.Nested(FigureRef, required=True, allow_none=True)
    entry = fields.String(required=True, allow_none=True, metadata={"description": "jrn_…"})


class StoredFigure(Schema):
    """The same figure where it is kept."""

    amount = fields.Integer(required=True, metadata=AMOUNT)
    where = fields.String(required=True)


class AppliedRule(Schema):
    """A rule that made a term: its version, what it was applied to, and how it rounds."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    inputs = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    rounding = fields.String(required=True)


class ExplainedLine(Schema):
    """A posting. `platform` without an amount stands for the platform's own accounts."""

    account = fields.String(required=True)
    owner = fields.String(required=True, allow_none=True)
    side = fields.String(required=True, allow_none=True, metadata={"enum": ["debit", "credit", None]})
    amount = fields.Integer(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)


class ExplainedEntry(Schema):
    """A journal entry behind the figure."""

    id = fields.String(required=True, metadata={"description": "jrn_…"})
    type = fields.String(required=True)
    source = fields.String(required=True)
    cause = fields.String(required=True)
    effective_at = fields.DateTime(required=True)
    recorded_at = fields.DateTime(required=True)
    effect = fields.Integer(required=True, metadata={"description": "What it adds to the figure."})
    lines = fields.List(fields.Nested(ExplainedLine), required=True)


class ExplainedLedger(Schema):
    """The entries, newest first, at most 50; `further_amount` is what those not shown add."""

    entries = fields.List(fields.Nested(ExplainedEntry), required=True)
    count = fields.Integer(required=True)
    further_amount = fields.Integer(required=True, metadata=AMOUNT)
    total = fields.Integer(required=True, metadata=AMOUNT)
    total_is_the_figure = fields.Boolean(required=True)


class ReadColumn(Schema):
    """A cell of a settlement row; `read_as` is null where it is kept and not read."""

    column = fields.String(required=True)
    text = fields.String(required=True)
    read_as = fields.String(required=True, allow_none=True)


class SettlementRowRead(Schema):
    """Where a row stands, its cells by their columns, and what was read in them."""

    psp = fields.String(required=True)
    sha256 = fields.String(required=True)
    line = fields.Integer(required=True)
    columns = fields.List(fields.Nested(ReadColumn), required=True)
    parsed = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PieceOfEvidence(Schema):
    """What the entries go back to."""

    kind = fields.String(required=True, metadata={"enum": ["event", "psp_event", "cause", "settlement"]})
    id = fields.String(required=True)
    name = fields.String(required=True)
    at = fields.DateTime(required=True, allow_none=True)
    note = fields.String(required=True)
    raw = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The row of a settlement file as it stands there, for the platform's own people."
        },
    )
    row = fields.Nested(SettlementRowRead, required=True, allow_none=True)


class LedgerPosition(Schema):
    """The newest entry that the figure was computed with."""

    entry = fields.String(required=True, metadata={"description": "jrn_…"})
    sequence = fields.Integer(required=True)


class Explanation(Schema):
    """Why a figure is what it is. The terms add up to the amount; where something differs, `holds` is false."""

    object = fields.String(required=True, metadata={"enum": ["explanation"]})
    id = fields.String(required=True)
    field = fields.String(required=True)
    at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "The moment it is explained as of; null for what stands there now."},
    )
    sentence = fields.String(required=True)
    basis = fields.String(required=True, metadata={"enum": ["booked", "expected"]})
    amount = fields.Integer(required=True, metadata=AMOUNT)
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    holds = fields.Boolean(required=True)
    difference = fields.Integer(required=True, metadata=AMOUNT)
    equation = fields.String(required=True)
    terms = fields.List(fields.Nested(EquationTerm), required=True)
    stored = fields.Nested(StoredFigure, required=True, allow_none=True)
    rules = fields.List(fields.Nested(AppliedRule), required=True)
    ledger = fields.Nested(ExplainedLedger, required=True)
    evidence = fields.List(fields.Nested(PieceOfEvidence), required=True)
    position = fields.Nested(LedgerPosition, required=True, allow_none=True)
