"""Disputes: retrieve, list, answer with evidence, close. They are opened by a card's bank: `dispute_course.py`."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import bank_verdicts, dispute_course, lists
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.evidence_fields import FILE_FIELDS, MAX_ALL_TEXTS, TEXT_FIELDS
from checkout.mockpsp.params import EXPAND, Flag, Metadata, Record, Text

Json = dict[str, Any]
KIND: Final = "dispute"
ROOT: Final = "/v1/disputes"
MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024  # 150,000 characters, each of them nine when percent-encoded


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["dispute"], "dispute")


def list_disputes(call: Call) -> Json:
    return lists.page(call, KIND, ROOT, filters=("charge", "payment_intent"))


def update(call: Call) -> Json:
    """Metadata and evidence are merged, an empty value removes its key. Evidence is handed to the bank unless
    `submit` says false; then it is a draft that a later request hands in."""
    work, params, found = call.work, call.params, retrieve(call)
    merged = found["metadata"] | params.get("metadata", {})
    found["metadata"] = {key: value for key, value in merged.items() if value}
    if "evidence" in params or params.get("submit"):
        _check_answerable(found)
        _merge(call, found, params.get("evidence", {}))
        if params.get("submit", True):
            dispute_course.submit(work, found)
    dispute_course.tell(work, found, "updated")
    return found


def close(call: Call) -> Json:
    """Gives up: the dispute is lost."""
    found = retrieve(call)
    if found["status"] != "needs_response":
        raise InvalidRequest(f"This dispute cannot be closed: it has a status of {found['status']}.")
    bank_verdicts.lose(call.work, found)
    return found


def _check_answerable(dispute: Json) -> None:
    if dispute["status"] not in dispute_course.UNANSWERED:
        raise InvalidRequest(f"This dispute takes no evidence: it has a status of {dispute['status']}.")
    if dispute["evidence_details"]["past_due"]:
        raise InvalidRequest("The time to submit evidence for this dispute is over.")


def _merge(call: Call, dispute: Json, given: Json) -> None:
    evidence = dispute["evidence"]
    evidence |= {name: value or None for name, value in given.items()}
    for name in FILE_FIELDS:
        if given.get(name):
            _check_file(call, name, given[name])
    if sum(len(evidence[name] or "") for name in TEXT_FIELDS) > MAX_ALL_TEXTS:
        raise InvalidRequest(
            f"The combined length of all evidence must be at most {MAX_ALL_TEXTS} characters.",
            param="evidence",
        )
    held = any(evidence[name] for name in (*TEXT_FIELDS, *FILE_FIELDS))
    dispute["evidence_details"]["has_evidence"] = held


def _check_file(call: Call, name: str, file_id: str) -> None:
    param = f"evidence[{name}]"
    if required(call.work, "file", file_id, param)["purpose"] != "dispute_evidence":
        raise InvalidRequest("The file's purpose must be dispute_evidence.", param=param)


_ONLY_EXPAND: Final = Record({"expand": EXPAND})
_EVIDENCE: Final = Record(
    {name: Text(most, may_be_empty=True) for name, most in TEXT_FIELDS.items()}
    | {name: Text(200, may_be_empty=True) for name in FILE_FIELDS}
)
_UPDATE: Final = Record({"evidence": _EVIDENCE, "expand": EXPAND, "metadata": Metadata(), "submit": Flag()})
ENDPOINTS: Final = (
    Endpoint("GET", ROOT, lists.accepts(charge=Text(200), payment_intent=Text(200)), list_disputes),
    Endpoint("GET", f"{ROOT}/<dispute>", _ONLY_EXPAND, retrieve),
    Endpoint("POST", f"{ROOT}/<dispute>", _UPDATE, update, max_bytes=MAX_ANSWER_BYTES),
    Endpoint("POST", f"{ROOT}/<dispute>/close", _ONLY_EXPAND, close),
)
