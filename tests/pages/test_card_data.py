"""No page keeps a card number: whatever form it is typed into, the API's rule stands in front of it."""

from __future__ import annotations

import pytest

from tests.pages.people import send, signed_in, somebody
from tests.pages.reconciling import one_short

CARD = "it was 4242 4242 4242 4242, exp 12/30"


@pytest.mark.parametrize(
    "deed", ["note", "snooze", "escalate", "cause", "reopen", "due", "resolve", "unlink"]
)
def test_a_note_on_an_alert_holds_none(db, client, deed):
    """Said with the field's name and without the number; nothing is written."""
    alert = one_short(db).alert
    signed_in(client, somebody(db, "finance"))
    page = f"/finance/alerts/{alert}"

    answer = send(client, page, f"{page}/{deed}", note=CARD)

    assert (answer.status_code, "“note” looks like the number of a card" in answer.text) == (422, True)
    assert "4242 4242" not in answer.text
    assert answer.headers["Content-Security-Policy"]
    assert db.value("SELECT count(*) FROM alert_notes") == 0


@pytest.mark.parametrize("path", ["/sign-in", "/admin/users", "/finance/sellers/x/hold", "/developers/keys"])
def test_it_stands_before_other_forms_too(db, client, path):
    """Whether or not anybody is signed in: it is looked at before anything else is."""
    answer = client.post(path, data={"reason": CARD}, headers={"Origin": "http://localhost"})

    assert (answer.status_code, "“reason” looks like" in answer.text) == (422, True)


def test_an_id_that_is_hexadecimal_is_none(db, client):
    """A form's key of 32 digits and letters may hold sixteen digits that would pass."""
    alert = one_short(db).alert
    signed_in(client, somebody(db, "finance"))
    page = f"/finance/alerts/{alert}"

    answer = send(client, page, f"{page}/note", text="asked", form_key="4242424242424242abcdef0123456789")

    assert answer.status_code == 303
