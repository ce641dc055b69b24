"""`flask explain`: a tree to the depth asked for, the same as JSON, and 6 where something differs."""

from __future__ import annotations

import json

from tests.explanations.conftest import paid_order, psp, release, shop

__all__ = ["paid_order", "psp", "shop"]


def test_a_figure_is_explained_down_to_its_entries(paid_order, flask_command):
    order = paid_order()
    release(order.id)

    shown = flask_command("explain", f"{order.public_id}/net")
    shallow = flask_command("explain", f"{order.public_id}/net", "--depth", "1")
    as_json = flask_command("explain", f"{order.public_id}/net", "--json")

    assert shown.exit_code == 0, shown.output
    assert "15.00 - 1.50 - 3.00 = 10.50 EUR" in shown.stdout
    assert "entry jrn_" in shown.stdout
    assert f"{order.public_id}/commission  1.50 EUR" in shown.stdout
    assert f"{order.public_id}/commission  " not in shallow.stdout
    assert json.loads(as_json.stdout)["amount"] == 1050


def test_a_difference_ends_with_6_and_nothing_known_with_3(db, paid_order, flask_command):
    order = paid_order()
    db.rows("UPDATE orders SET amount_refunded_minor = 1")

    wrong = flask_command("explain", f"{order.public_id}/net")
    unknown = flask_command("explain", "usr_1/email")

    assert wrong.exit_code == 6
    assert "DIFFERS BY -0.01 EUR" in wrong.stdout
    assert unknown.exit_code == 3


def test_an_object_alone_is_no_figure(db, flask_command):
    """What is missing is said, with an example: nobody guesses the names of figures."""
    alone = flask_command("explain", "pay_01k0000000000000000000000")

    assert alone.exit_code == 2
    assert "names no figure: add one, as in pay_…/amount_received" in alone.stderr
