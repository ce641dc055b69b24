"""Evidence in Stripe's words: which fields take text, which a file, and how a file is sent.

After docs.stripe.com/api/disputes/update and docs.stripe.com/file-upload.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from checkout.psp.errors import InvalidRequest
from checkout.psp.port import EvidenceFile, SubmitEvidence
from checkout.psp.stripe.calls import path_id

DISPUTE_KEY: Final = "dispute"  # in a dispute's metadata, written with the evidence
PURPOSE: Final = "dispute_evidence"

LONG_TEXT: Final = 20_000
SHORT_TEXT: Final = 5_000
ALL_TEXTS: Final = 150_000
MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MEDIA_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})

TEXT_FIELDS: Final[dict[str, int]] = {
    **dict.fromkeys(
        "access_activity_log cancellation_policy_disclosure cancellation_rebuttal duplicate_charge_explanation"
        " product_description refund_policy_disclosure refund_refusal_explanation uncategorized_text".split(),
        LONG_TEXT,
    ),
    **dict.fromkeys(
        "billing_address customer_email_address customer_name customer_purchase_ip duplicate_charge_id"
        " service_date shipping_address shipping_carrier shipping_date shipping_tracking_number".split(),
        SHORT_TEXT,
    ),
}
FILE_FIELDS: Final = frozenset(
    "cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt"
    " refund_policy service_documentation shipping_documentation uncategorized_file".split()
)
_NOT_IN_A_NAME: Final = re.compile(r'[\x00-\x1f\x7f"\\/]')


def evidence_parameters(request: SubmitEvidence) -> dict[str, str]:
    """The parameters of POST /v1/disputes/{dispute}.

    Raises:
        InvalidRequest: Stripe has no such field, or not for this, or the text is longer than it takes.
    """
    for name, words in request.texts.items():
        if name not in TEXT_FIELDS:
            raise InvalidRequest(f"Stripe takes no text as {name}", psp_code="parameter_unknown")
        if len(words) > TEXT_FIELDS[name]:
            raise InvalidRequest(f"{name} is longer than {TEXT_FIELDS[name]}", psp_code="text_too_long")
    if sum(map(len, request.texts.values())) > ALL_TEXTS:
        raise InvalidRequest(f"the texts are longer than {ALL_TEXTS}", psp_code="text_too_long")
    for name, file_id in request.files.items():
        if name not in FILE_FIELDS:
            raise InvalidRequest(f"Stripe takes no file as {name}", psp_code="parameter_unknown")
        if file_id:  # an empty one takes what a draft had
            path_id(file_id)
    wire = {f"evidence[{name}]": value for name, value in {**request.texts, **request.files}.items()}
    return wire | {
        "submit": "true" if request.submit else "false",
        f"metadata[{DISPUTE_KEY}]": request.reference,
    }


def file_form(file: EvidenceFile) -> tuple[str, bytes]:
    """The body of POST /v1/files and its content type: the same file has the same bytes, as its key asks for.

    Raises:
        InvalidRequest: a kind of file, or more of it, than a bank takes.
    """
    if file.media_type not in MEDIA_TYPES:
        raise InvalidRequest("no PDF, JPEG or PNG", psp_code="file_type")
    if not 0 < len(file.content) <= MAX_FILE_BYTES:
        raise InvalidRequest(f"an empty file, or more than {MAX_FILE_BYTES} bytes", psp_code="file_size")
    # A digest of the content cannot be found within it: nobody can write a file that ends its own part.
    boundary = hashlib.sha256(file.content).hexdigest()
    name = _NOT_IN_A_NAME.sub("_", file.name) or "evidence"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n{PURPOSE}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {file.media_type}\r\n\r\n"
    )
    tail = f"\r\n--{boundary}--\r\n"
    return f"multipart/form-data; boundary={boundary}", head.encode() + file.content + tail.encode()
