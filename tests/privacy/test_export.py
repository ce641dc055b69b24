"""What is kept of a person, as a document."""

from checkout.core.ids import encode
from checkout.privacy import export_person
from tests.privacy.conftest import CAUSE, EMAIL, NAME


def test_an_export_holds_all_that_is_kept(db, bought):
    """Details, payments with their texts, orders; found in whatever case; the look is audited."""
    (shopper,) = export_person(EMAIL.upper(), cause=CAUSE)["shoppers"]

    (payment,) = shopper["payments"]
    assert (shopper["email"], shopper["name"], shopper["country"]) == (EMAIL, NAME, "FR")
    assert (payment["id"], payment["amount"], payment["currency"]) == (bought.public_id, 1500, "EUR")
    assert payment["orders"][0]["lines"][0]["name"] == f"Mug for {NAME}"
    assert db.rows("SELECT action, object FROM audit_log WHERE action LIKE 'privacy%%'") == [
        {"action": "privacy.export", "object": encode("cus", bought.shopper_id)}
    ]
