"""No form is taken that holds what looks like a card number: the API's rule, in front of every page."""

from __future__ import annotations

from typing import Final

from flask import Response, g, make_response, render_template, request

from checkout.core.text import holds_card_number

CODE: Final = "card_data_not_accepted"
# What is only compared and never kept as it stands, and a bank's own numbers, which have check digits of their own.
NOT_READ: Final = frozenset({"password", "old", "again", "account_number", "routing_number"})


def refuse_card_numbers() -> Response | None:
    """Runs before every view: 422 with the field's name, and without what stands in it."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    for name, texts in request.form.lists():
        if holds_card_number(name) or (name not in NOT_READ and any(map(holds_card_number, texts))):
            g.problem_code = CODE
            field = "a field" if holds_card_number(name) else f"“{name[:60].replace('_', ' ')}”"
            return make_response(render_template("card_data.html", field=field), 422)
    return None
