"""Every way to explain a difference moves exactly what it says it explains: proved of all of them, without a database."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.reconciliation.desk.link import answerable, join
from checkout.reconciliation.desk.resolutions import EXPLAINING, ResolutionNotPossible, plan, ways_of
from checkout.reconciliation.desk.unexplained import Claim, Unexplained

CODES = ["amount_mismatch", "missing_at_psp", "unknown_reference", "unknown_type", "fee_mismatch"]
ALERT = new_uuid()


@st.composite
def differences(draw: st.DrawFn, currency: str | None = None) -> Unexplained:
    """One that is not explained yet, of any shape: a line that nobody knows, put aside or not, or an entry."""
    minor = draw(st.integers(-1_000_000, 1_000_000).filter(bool))
    money = Money(minor, currency or draw(st.sampled_from(["EUR", "JPY", "KWD"])))
    has_line = draw(st.booleans())
    return Unexplained(
        alert_id=draw(st.sampled_from([ALERT])),
        code=draw(st.sampled_from(CODES)),
        psp="stripe",
        number="txn_1",
        beyond=money,
        in_suspense=has_line and draw(st.booleans()),
        whole=money,
        file="file_1" if has_line else "",
        line_net=-money if has_line else None,
        claims=[Claim(new_uuid(), Money(draw(st.integers(1, 2_000_000)), money.currency))],
        within_rounding=draw(st.booleans()),
        posted={"psp_claimed": draw(st.integers(0, 2))},
    )


def moved(found: Unexplained, entries: object) -> int:
    """What the alert's own entries take from our balance with the PSP and from suspense, as the rest is reckoned."""
    alert = encode("alr", found.alert_id)
    return sum(
        leg.amount.amount_minor
        for entry in entries  # type: ignore[attr-defined]
        if entry.source == alert
        for leg in entry.postings
        if leg.account.kind in ("psp_balance", "suspense")
    )


@settings(max_examples=50, deadline=None)
@given(found=differences(), share=st.integers(1, 100))
def test_what_a_way_explains_is_what_it_moves(found: Unexplained, share: int) -> None:
    """The rest that is shown first is the rest that is computed after: of each open way, whole and in part."""
    size = max(1, abs(found.beyond.amount_minor) * share // 100)
    part = Money(size if found.beyond.amount_minor > 0 else -size, found.beyond.currency)
    for way in ways_of(found):
        if way in ("link_records", "expected_later", "not_ours"):
            continue
        if way == "psp_claim_paid" and size > found.claims[0].left.amount_minor:
            continue
        for amount in (None, part):
            shown = plan(found, way, account=next(iter(EXPLAINING)), amount=amount)
            assert found.beyond.amount_minor + moved(found, shown.entries) == shown.rest.amount_minor
            assert shown.rest == found.beyond - shown.amount
            assert shown.second_person is (way == "write_off")


@settings(max_examples=50, deadline=None)
@given(found=differences("EUR"), others=st.lists(differences("EUR"), min_size=1, max_size=5))
def test_joining_makes_nothing_and_loses_nothing(found: Unexplained, others: list[Unexplained]) -> None:
    """What one side answers for is what the other side is freed of, no rest changes its sign, and entries stay balanced
    between our balance and suspense."""
    try:
        wanted = join(found, others)
    except ResolutionNotPossible:
        return
    parts = sum(joined.part.amount_minor for joined in wanted.joined)
    assert wanted.plan.rest.amount_minor == found.beyond.amount_minor - parts
    for joined in wanted.joined:
        before, after = answerable(joined.other).amount_minor, joined.rest.amount_minor
        assert after == before + joined.part.amount_minor
        assert before * after >= 0
    assert found.beyond.amount_minor * wanted.plan.rest.amount_minor >= 0
    assert moved(found, wanted.plan.entries) == 0
