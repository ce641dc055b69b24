"""Figures of orders and balances explain themselves after disputes: no difference calls anybody."""

from __future__ import annotations

from checkout.core.ids import encode
from checkout.explanations import explain
from checkout.explanations.explain import read_ref
from checkout.identity.access import EVERYTHING


def test_what_an_order_brought_and_what_a_seller_has_agree_with_the_ledger(bank):
    """Lost after the release, a part disputed before it, all lost before it; the seller bears the fees."""
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller'")
    released = bank.paid(1500, 990)
    bank.released(released)
    part, whole = bank.paid(1500), bank.paid(1500)
    bank.tells(bank.psp.decide(bank.told(released, fee_minor=2000).id, "lost"))
    bank.told(part, 500)
    bank.tells(bank.psp.decide(bank.told(whole).id, "lost"))

    ada = encode("sel", bank.shop.ada)
    figures = [f"{order.public_id}/net" for shown in (released, part, whole) for order in shown.orders]
    figures += [f"{ada}/balance.available.EUR", f"{ada}/balance.on_hold.EUR"]
    results = [explain(read_ref(figure), EVERYTHING).result.amount_minor for figure in figures]

    assert results == [-450, -99, 550, 0, -450 - 2705, 1000]
    assert bank.db.value("SELECT count(*) FROM alerts WHERE code = 'ledger_unbalanced'") == 0
