"""What is said against a dispute: the draft, its documents, handing it in once, or giving the dispute up."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import dispute_examples as examples
from checkout.api.answers import JSON_TYPE, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.dispute_json import draft_json, file_json
from checkout.api.disputes import DISPUTE_ID, document_of
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payment_actions import Nothing
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes
from checkout.api.schemas.disputes import Dispute, DisputeFile, NewEvidence, SavedEvidence
from checkout.api.upload import FORM_TYPE, read_form
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.disputes import answer, draft, files
from checkout.disputes.fields import OF_THE_PERSON
from checkout.disputes.file_rules import FILE_BYTES_MOST
from checkout.disputes.queries import answers_alone, dispute_within, sees_payment
from checkout.identity import step_up
from checkout.identity.access import PERSON_KIND, Forbidden
from checkout.payments.answer import Answer

evidence = ApiBlueprint("dispute_evidence", __name__, description="")

FILE_ID = {
    "in": "path",
    "name": "evidence_file_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "file_…",
    "example": examples.FILE_ID,
}
JSON: Final = {"Content-Type": JSON_TYPE}
TAGS: Final = ["disputes"]
FORM = {
    "required": True,
    "content": {
        FORM_TYPE: {
            "schema": {
                "type": "object",
                "required": ["file", "field"],
                "properties": {
                    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                    "field": {"type": "string", "maxLength": 60},
                },
            },
            "example": {"file": "%PDF-1.7 …", "field": "shipping_documentation"},
        }
    },
}
# A document comes from strangers: it is never shown as a page of ours, whatever it claims to be.
AS_ATTACHMENT: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@evidence.route("/v1/disputes/<dispute_id>/evidence", methods=["PUT"], parameters=[DISPUTE_ID], tags=TAGS)
@evidence.requires("disputes:write")
@evidence.answers(200, SavedEvidence, description="Saved, in this version.", example=examples.SAVED)
@evidence.refuses("not_found", "invalid_dispute_state", "evidence_changed")
@evidence.accepts(NewEvidence, example=examples.NEW_EVIDENCE)
def save(dispute_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Save a draft

    As often as you like, all its words each time. It names the version it was made from: where another one has been
    saved since, nothing is overwritten. Nothing is sent to the bank.
    """
    id, cause = _writable(dispute_id), principal().cause
    unseen = () if sees_payment(id, reach()) else OF_THE_PERSON
    new = draft.prepare(id, version=body["version"], texts=body["texts"], cause=cause, unseen=unseen)

    def work() -> None:
        with atomic() as session:
            draft.save_draft(session, new, cause=cause)

    retrying(work)
    return respond(Answer(200, as_bytes(draft_json(draft.read_draft(id))), JSON))


@evidence.route("/v1/disputes/<dispute_id>/files", methods=["POST"], parameters=[DISPUTE_ID], tags=TAGS)
@evidence.requires("disputes:write")
@evidence.answers(201, DisputeFile, description="Stored.", example=examples.FILE)
@evidence.refuses(
    "not_found",
    "invalid_dispute_state",
    "invalid_parameter",
    "payload_too_large",
    "unsupported_media_type",
)
@evidence.doc(requestBody=FORM)  # type: ignore[untyped-decorator]
def add_file(dispute_id: str) -> Response:
    """Add a document

    PDF, JPEG or PNG, up to 5 MB, all together 4.5 MB: what it is is read from its content. One for each field; a new
    one takes the place of the one before. Its name is kept without anything but letters, digits and plain marks.
    """
    id, cause = _writable(dispute_id), principal().cause
    form = read_form(FILE_BYTES_MOST)
    if set(form.fields) != {"field"}:
        raise InvalidParameter.at("/field", "the form has the parts file and field", "required")
    new = files.prepare(id, field=form.fields["field"], name=form.name, content=form.data, cause=cause)

    def work() -> None:
        with atomic() as session:
            files.store_file(session, new, cause=cause)

    retrying(work)
    (stored,) = [file for file in files.files_of(id) if file.id == new.id]
    return respond(Answer(201, as_bytes(file_json(stored)), JSON))


@evidence.route(
    "/v1/disputes/<dispute_id>/files/<evidence_file_id>",
    methods=["GET"],
    parameters=[DISPUTE_ID, FILE_ID],
    tags=TAGS,
)
@evidence.requires("disputes:read")
@evidence.answers(200, description="The document, as an attachment.")
@evidence.refuses("not_found")
def read_file(dispute_id: str, evidence_file_id: str) -> Response:
    """Download a document

    As it was handed in, always as an attachment: what a stranger wrote is never shown as a page of this host.
    """
    id = dispute_within(dispute_id, reach())
    with atomic() as session:
        if not answers_alone(session, id, reach()):
            raise NotFound("no such file")
    file_id = decode("file", evidence_file_id)
    known = [file for file in files.files_of(id) if file.id == file_id]
    if not known:
        raise NotFound("no such file")
    content = files.content_of(id, file_id)
    response = Response(content, content_type=known[0].media_type, headers=AS_ATTACHMENT)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(known[0].name)}"
    return response


@evidence.route(
    "/v1/disputes/<dispute_id>/submit", methods=["POST"], parameters=[DISPUTE_ID, KEY_HEADER], tags=TAGS
)
@evidence.requires("disputes:write")
@evidence.answers(200, Dispute, description="It goes to the bank.", example=examples.SUBMITTED)
@evidence.refuses("not_found", "invalid_dispute_state", "evidence_changed", *KEY_ERRORS)
@evidence.accepts(Nothing, example={}, optional=True)
def submit(dispute_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Submit the evidence

    Once: the draft, its documents, and what the platform has collected go to the bank in the background, and nothing
    can be added afterwards.
    """
    id, cause = _writable(dispute_id), principal().cause
    submission = answer.prepare_submission(id, cause=cause)

    def work(session: Session) -> Answer:
        answer.submit_evidence(session, submission, cause=cause)
        return _answered(session, id)

    return respond(once_in_one(sent, renderer(), work))


@evidence.route(
    "/v1/disputes/<dispute_id>/accept", methods=["POST"], parameters=[DISPUTE_ID, KEY_HEADER], tags=TAGS
)
@evidence.requires("disputes:write")
@evidence.answers(200, Dispute, description="It is given up.", example=examples.ACCEPTED)
@evidence.refuses("not_found", "invalid_dispute_state", "step_up_required", *KEY_ERRORS)
@evidence.accepts(Nothing, example={}, optional=True)
def accept(dispute_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Give a dispute up

    It is lost, and there is no way back. A person needs a second factor given shortly before.
    """
    id = _writable(dispute_id)
    if principal().kind == PERSON_KIND:
        step_up.require(principal())

    def work(session: Session) -> Answer:
        answer.accept_dispute(session, id, cause=principal().cause)
        return _answered(session, id)

    return respond(once_in_one(sent, renderer(), work))


def _answered(session: Session, dispute_id: UUID) -> Answer:
    """Without the evidence: the answer is kept under its key, and evidence tells of persons."""
    return Answer(200, as_bytes(document_of(session, dispute_id, reach(), None)), JSON)


def _writable(dispute_id: str) -> UUID:
    """The dispute, where the caller may answer it.

    Raises:
        NotFound. Forbidden: a seller of several in it.
    """
    id = dispute_within(dispute_id, reach())
    with atomic() as session:
        if not answers_alone(session, id, reach()):
            raise Forbidden("several sellers are in this dispute: the platform answers for them")
    return id
