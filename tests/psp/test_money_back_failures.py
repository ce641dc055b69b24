"""What a failed refund means: a definite refusal, for later, or unknown; and answers that are not believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.core.money import Money
from checkout.psp import (
    CreateRefund,
    EvidenceFile,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    RefundContradicted,
    SubmitEvidence,
    Unavailable,
)
from checkout.psp.breaker import Breaker
from checkout.psp.stripe import transport
from checkout.psp.stripe.adapter import StripeAdapter
from tests.psp.conftest import adapter_at
from tests.psp.fake_money_back import FakeMoneyBack
from tests.psp.money_back_objects import dispute_object, refund_object
from tests.psp.stub import error, hang_up, http, refusing_address

REFUND = CreateRefund(
    reference="re_1",
    payment_reference="pay_1",
    idempotency_key="re_1:refund",
    intent_id="pi_1",
    charge_id="ch_of_pi_1",
    amount=Money(1050, "EUR"),
)
EVIDENCE = SubmitEvidence("dp_psp_1", "dp_1", "dp_1:evidence:1", {"uncategorized_text": "It came."}, {}, True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Short waits: the pause between two attempts and the time for an answer."""
    monkeypatch.setattr(transport.PooledClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(transport, "READ_SECONDS", 0.5)


@pytest.fixture
def refund(stub):
    """Asks for a refund at the stub, which answers with the given script."""

    def call(*script, **changes):
        stub.answers(*script)
        return adapter_at(stub.base).create_refund(replace(REFUND, **changes))

    return call


def made(**changes):
    """The refund of EUR 10.50 as Stripe answers it."""
    refund = FakeMoneyBack().refund_elsewhere("pi_1", Money(1050, "EUR"))
    return refund_object(replace(refund, reference="re_1")) | changes


def disputed(**changes):
    return dispute_object(FakeMoneyBack().open_dispute("pi_1", Money(1050, "EUR"))) | changes


def page(*items, more=False):
    return http(200, {"object": "list", "data": list(items), "has_more": more, "url": "/v1/refunds"})


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "charge_already_refunded"),
        (400, "charge_disputed"),
        (400, "refund_disputed_payment"),
        (400, "amount_too_large"),
        (402, "refund_disputed_payment"),
        (404, "resource_missing"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_for_good(refund, stub, status, code):
    """The PSP's own word comes along; it is not sent again."""
    with pytest.raises(InvalidRequest) as refused:
        refund(error(status, code))

    assert refused.value.psp_code == code
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "balance_insufficient"), (400, "insufficient_funds"), (402, "insufficient_funds")],
)
def test_a_balance_that_does_not_cover_a_refund_is_told_apart(refund, status, code):
    """Also where Stripe answers 402, which elsewhere is a card that was declined."""
    with pytest.raises(InsufficientFunds):
        refund(error(status, code))


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "api_error", type="api_error"),
        error(503, "api_error", type="api_error"),
        http(200, b"<html>fine</html>"),
        http(200, {"object": "refund"}),
        http(403, b"<html>firewall</html>"),
        error(400, "idempotency_key_in_use", type="idempotency_error"),
        hang_up,
    ],
    ids=["500", "503", "html", "empty", "in-between", "other-parameters", "lost"],
)
def test_what_may_have_sent_money_back_is_unknown(refund, answer):
    with pytest.raises(OutcomeUnknown):
        refund(answer)


def test_a_key_in_flight_is_for_later_and_a_refused_connection_did_nothing(refund):
    with pytest.raises(RateLimited):
        refund(error(409, "idempotency_key_in_use", Retry_After="1"))
    with pytest.raises(Unavailable):
        adapter_at(refusing_address()).create_refund(REFUND)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1051},
        {"currency": "usd"},
        {"payment_intent": "pi_2"},
        {"charge": "ch_2"},
        {"metadata": {"refund": "re_2"}},
        {"metadata": {}},
    ],
    ids=["amount", "currency", "intent", "charge", "reference", "no-reference"],
)
def test_another_refund_than_was_asked_for_is_unknown_and_named(refund, change):
    """Money may have gone somewhere: a person must look at that refund."""
    assert refund(http(200, made())).status == "succeeded"  # the control

    with pytest.raises(RefundContradicted) as contradicted:
        refund(http(200, made(**change)))

    assert contradicted.value.refund_id == "re_psp_1"


def test_a_payment_whose_charge_is_not_known_believes_the_one_it_is_told(refund):
    assert refund(http(200, made()), charge_id=None).charge_id == "ch_of_pi_1"


def test_our_key_and_the_stored_parameters_are_what_is_sent(refund, stub):
    """Also where today's code would make others of the rest."""
    stored = {"payment_intent": "pi_1", "amount": "1050", "metadata[refund]": "re_1", "expand[0]": "charge"}

    refund(http(200, made()), wire=stored)

    ((line, headers, body),) = stub.requests
    assert line == "POST /v1/refunds HTTP/1.1"
    assert headers["idempotency-key"] == "re_1:refund"
    assert body == "amount=1050&expand[0]=charge&metadata[refund]=re_1&payment_intent=pi_1"


def test_an_attempt_whose_answer_is_lost_is_tried_once_more_under_the_same_key(refund, stub):
    refund(hang_up, http(200, made()))

    assert [headers["idempotency-key"] for _, headers, _ in stub.requests] == ["re_1:refund"] * 2


def test_a_refund_is_found_among_those_of_the_payment_on_any_page(stub):
    """By metadata[refund]; not there only when the last page was read."""
    other = made(id="re_psp_2", metadata={})
    stub.answers(page(other, more=True), page(made()))
    adapter = adapter_at(stub.base)

    found = adapter.find_refund("re_1", "pi_1")

    assert found is not None
    assert found.id == "re_psp_1"
    assert [line.split()[1] for line, _, _ in stub.requests] == [
        "/v1/refunds?limit=100&payment_intent=pi_1",
        "/v1/refunds?limit=100&payment_intent=pi_1&starting_after=re_psp_2",
    ]
    stub.answers(page(other))
    assert adapter.find_refund("re_1", "pi_1") is None


@pytest.mark.parametrize(
    "script",
    [
        [page(made(), made(id="re_psp_2"))],
        [page(made(metadata={}), more=True)],
        [page(made(payment_intent="pi_2"))],
        [page(made(metadata={}), more=True), error(500, "api_error", type="api_error")],
        [http(200, {"object": "list", "data": None, "has_more": False})],
    ],
    ids=["two-of-ours", "without-end", "another-payments", "half-a-list", "no-list"],
)
def test_a_list_that_proves_nothing_leaves_it_unknown(stub, script):
    """Never "not there"."""
    stub.answers(*script)

    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).find_refund("re_1", "pi_1")


def test_another_refund_or_another_payments_disputes_are_not_believed(stub):
    """What was asked for by its id, and what was listed by its payment."""
    adapter = adapter_at(stub.base)
    stub.answers(http(200, made()))
    assert adapter.fetch_refund("re_psp_1").reference == "re_1"  # the control
    with pytest.raises(OutcomeUnknown):
        adapter.fetch_refund("re_psp_2")

    stub.answers(page(disputed()))
    assert [found.id for found in adapter.list_disputes("pi_1")] == ["dp_psp_1"]  # the control
    with pytest.raises(OutcomeUnknown):
        adapter.list_disputes("pi_2")


@pytest.mark.parametrize("id", ["", "re_1/../charges", "re_1?expand=x", "ré"])
def test_what_is_no_id_is_never_sent(stub, id):
    adapter = adapter_at(stub.base)
    for call in (
        lambda: adapter.fetch_refund(id),
        lambda: adapter.list_refunds(id),
        lambda: adapter.fetch_dispute(id),
        lambda: adapter.list_disputes(id),
        lambda: adapter.accept_dispute(id, "k"),
        lambda: adapter.submit_evidence(replace(EVIDENCE, dispute_id=id)),
    ):
        with pytest.raises(InvalidRequest):
            call()

    assert stub.requests == []


@pytest.mark.parametrize("change", [{"id": "dp_2"}, {"livemode": True}, {"livemode": None}])
def test_another_dispute_than_the_one_asked_for_is_not_believed(stub, change):
    stub.answers(http(200, disputed(**change)))
    adapter = adapter_at(stub.base)

    for call in (
        lambda: adapter.fetch_dispute("dp_psp_1"),
        lambda: adapter.submit_evidence(EVIDENCE),
        lambda: adapter.accept_dispute("dp_psp_1", "dp_1:accept"),
    ):
        with pytest.raises(OutcomeUnknown):
            call()


def test_a_dispute_that_has_ended_is_given_up_without_an_error(stub):
    """The answer says how it stands; one that is still open was refused for another reason."""
    adapter = adapter_at(stub.base)
    stub.answers(error(400, "invalid_request_error"), http(200, disputed(status="lost")))
    assert adapter.accept_dispute("dp_psp_1", "dp_1:accept").status == "lost"

    stub.answers(error(400, "invalid_request_error"), http(200, disputed()))
    with pytest.raises(InvalidRequest):
        adapter.accept_dispute("dp_psp_1", "dp_1:accept")


@pytest.mark.parametrize("change", [{"size": 3}, {"purpose": "business_logo"}, {"id": None}, {"size": "4"}])
def test_an_upload_of_something_else_is_not_believed(stub, change):
    """The bank would be shown another document, or half of this one."""
    file = EvidenceFile("dp_1", "r.pdf", "application/pdf", b"%PDF", "fil_1:upload")
    uploaded = {"id": "file_1", "object": "file", "purpose": "dispute_evidence", "size": 4}
    adapter = adapter_at(stub.base)
    stub.answers(http(200, uploaded))
    assert adapter.upload_evidence(file) == "file_1"  # the control
    assert stub.requests[0][1]["idempotency-key"] == "fil_1:upload"

    stub.answers(http(200, uploaded | change))
    with pytest.raises(OutcomeUnknown):
        adapter.upload_evidence(file)


def test_a_file_goes_to_stripes_address_for_files(monkeypatch):
    """Another host than the one for everything else, in a form of its own."""
    asked = []

    def remembering(self, method, url, headers, post_data=None, **rest):
        asked.append((method, url, headers["Content-Type"].partition(";")[0]))
        return b'{"id": "file_1", "object": "file", "purpose": "dispute_evidence", "size": 4}', 200, {}

    monkeypatch.setattr(transport.PooledClient, "request", remembering)
    adapter = StripeAdapter(
        api_key="sk_test_1", webhook_secrets=[], breaker=Breaker("stripe", switch=lambda _: None)
    )

    adapter.upload_evidence(EvidenceFile("dp_1", "r.pdf", "application/pdf", b"%PDF", "fil_1:upload"))

    assert asked == [("post", "https://files.stripe.com/v1/files", "multipart/form-data")]
