"""Views that somebody keeps: one for each name, a bounded number, and nobody else's."""

from __future__ import annotations

import pytest

from checkout.core.errors import InvalidParameter, NotFound
from checkout.db.session import atomic
from checkout.identity import saved_views
from tests.pages.people import CAUSE, somebody

LIST = "finance_alerts"


def save(who, name="Mine in yen", query="currency=JPY"):
    with atomic() as session:
        saved_views.save_view(session, who.user_id, list=LIST, name=name, query=query, cause=CAUSE)


def kept(who):
    return [(view.name, view.query) for view in saved_views.views_of(who.user_id, LIST)]


def test_a_view_is_kept_for_one_person_and_replaced_by_its_name(db):
    """Spaces around and between do not make another name."""
    ada, bao = somebody(db), somebody(db)

    save(ada)
    save(ada, name="  Mine  in yen ", query="currency=KWD")

    assert kept(ada) == [("Mine in yen", "currency=KWD")]
    assert kept(bao) == []


@pytest.mark.parametrize(
    ("name", "query"),
    [(" ", ""), ("x" * 61, ""), ("a\x07b", ""), ("4242424242424242", ""), ("long", "x" * 2001)],
    ids=["nothing", "too long", "not visible", "a card number", "a long filter"],
)
def test_what_is_no_name_or_no_filter_is_refused(db, name, query):
    who = somebody(db)

    with pytest.raises(InvalidParameter):
        save(who, name=name, query=query)

    assert kept(who) == []


def test_nobody_keeps_more_than_twenty(db):
    """The twenty-first is refused; one that is there may still change."""
    who = somebody(db)
    for n in range(20):
        save(who, name=f"view {n}")

    with pytest.raises(InvalidParameter):
        save(who, name="one more")
    save(who, name="view 3", query="age=2%2B")

    assert len(kept(who)) == 20
    assert ("view 3", "age=2%2B") in kept(who)


def test_a_view_is_dropped_by_its_owner_alone(db):
    ada, bao = somebody(db), somebody(db)
    save(ada)
    (view,) = saved_views.views_of(ada.user_id, LIST)

    with pytest.raises(NotFound), atomic() as session:
        saved_views.drop_view(session, bao.user_id, view.id, cause=CAUSE)
    assert len(kept(ada)) == 1
    with atomic() as session:
        saved_views.drop_view(session, ada.user_id, view.id, cause=CAUSE)

    assert kept(ada) == []
    actions = db.rows("SELECT action FROM audit_log WHERE action LIKE 'saved_view.%%' ORDER BY id")
    assert [row["action"] for row in actions] == ["saved_view.save", "saved_view.drop"]
