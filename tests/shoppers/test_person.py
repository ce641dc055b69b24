"""A person's details: under a key of their own, in their own row, found by email without it being readable."""

import pytest

from checkout.core.ids import new_uuid
from checkout.secrets import CannotOpen
from checkout.shoppers import Details, change_person, email_index, new_person, open_person

JO = Details("jo@example.org", "Jo", "de-DE", "DE")


def test_a_person_opens_in_their_own_row_alone(db):
    jo, kim = new_uuid(), new_uuid()
    sealed = new_person(jo, JO)

    assert open_person(jo, sealed.key_sealed, sealed.details) == JO
    assert b"jo@example.org" not in sealed.details + sealed.key_sealed
    with pytest.raises(CannotOpen):
        open_person(kim, sealed.key_sealed, sealed.details)


def test_one_persons_key_opens_no_other_person(db):
    jo, kim = new_uuid(), new_uuid()
    first, second = new_person(jo, JO), new_person(kim, Details("kim@example.org"))

    with pytest.raises(CannotOpen):
        open_person(jo, first.key_sealed, second.details)


def test_changed_details_stay_under_the_persons_key(db):
    """So that a rotation between reading and writing breaks nothing."""
    jo = new_uuid()
    sealed = new_person(jo, Details("jo@example.org"))

    changed = change_person(jo, sealed.key_sealed, JO)

    assert open_person(jo, sealed.key_sealed, changed.details) == JO


def test_an_erased_row_says_nothing(db):
    assert open_person(new_uuid(), None, None) is None


def test_an_address_is_found_in_whatever_case(db):
    """Only A to Z are folded, and two storefronts' shoppers do not meet."""
    shop = new_uuid()

    assert email_index("Jo@Example.ORG", shop) == email_index("jo@example.org", shop)
    assert email_index("jo@example.org", shop) != email_index("jo@example.org", new_uuid())
    assert email_index("jö@example.org", shop) != email_index("jÖ@example.org", shop)
    assert len(email_index("jo@example.org", shop)) == 32


def test_what_is_said_later_counts_where_it_says_something():
    first = Details("jo@example.org", "Jo", None, "DE")

    assert first.merged(Details("JO@example.org", None, "fr-FR", "FR")) == Details(
        "jo@example.org", "Jo", "fr-FR", "FR"
    )
