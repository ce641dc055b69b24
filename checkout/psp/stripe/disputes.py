"""Disputes at Stripe: read, answered with evidence, or given up."""

from __future__ import annotations

from typing import Final

from checkout.psp.errors import InvalidRequest
from checkout.psp.port import Dispute, EvidenceFile, SubmitEvidence
from checkout.psp.stripe.calls import Calls, believing, path_id
from checkout.psp.stripe.dispute_reading import dispute_of
from checkout.psp.stripe.evidence import PURPOSE, evidence_parameters, file_form
from checkout.psp.stripe.reading import Object, Unreadable, boolean, integer, text

DISPUTES: Final = "/v1/disputes"
FILES: Final = "/v1/files"
MAX_PAGES_OF_DISPUTES: Final = 10  # of one payment
ENDED: Final = frozenset({"won", "lost", "warning_closed", "prevented"})


class Disputes(Calls):
    """The adapter's part that answers disputes."""

    def fetch_dispute(self, dispute_id: str) -> Dispute:
        answer = self._client.get(f"{DISPUTES}/{path_id(dispute_id)}")
        with believing():
            return self._dispute(answer, dispute_id)

    def list_disputes(self, intent_id: str) -> tuple[Dispute, ...]:
        of_payment = {"payment_intent": path_id(intent_id)}
        with believing():
            found = tuple(
                dispute_of(item) for item in self._pages(DISPUTES, of_payment, MAX_PAGES_OF_DISPUTES)
            )
            if any(made.intent_id != intent_id for made in found):
                raise Unreadable("disputes of another payment")
            return found

    def upload_evidence(self, file: EvidenceFile) -> str:
        content_type, body = file_form(file)
        answer = self._client.upload(FILES, body, content_type=content_type, key=file.idempotency_key)
        with believing():
            if text(answer, "purpose") != PURPOSE or integer(answer, "size") != len(file.content):
                raise Unreadable("a file of something else")
            return text(answer, "id")

    def evidence_wire(self, request: SubmitEvidence) -> dict[str, str]:
        return evidence_parameters(request)

    def submit_evidence(self, request: SubmitEvidence) -> Dispute:
        wire = self.evidence_wire(request) if request.wire is None else request.wire
        path = f"{DISPUTES}/{path_id(request.dispute_id)}"
        answer = self._client.post(path, wire, key=request.idempotency_key)
        with believing():
            return self._dispute(answer, request.dispute_id)

    def accept_dispute(self, dispute_id: str, idempotency_key: str) -> Dispute:
        path = f"{DISPUTES}/{path_id(dispute_id)}/close"
        try:
            answer = self._client.post(path, {}, key=idempotency_key)
        except InvalidRequest:  # it may have ended already: what it is now says so
            found = self.fetch_dispute(dispute_id)
            if found.status in ENDED:
                return found
            raise
        with believing():
            return self._dispute(answer, dispute_id)

    def _dispute(self, answer: Object, dispute_id: str) -> Dispute:
        found = dispute_of(answer)
        if found.id != dispute_id:
            raise Unreadable("another dispute")
        if boolean(answer, "livemode") != self.livemode:
            raise Unreadable("a dispute of another mode")
        return found
