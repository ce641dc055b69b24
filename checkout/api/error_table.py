"""Every error code of the API: its HTTP status, its title, what it means and what to do. The only such list.

The answers, the OpenAPI document and the pages at /docs/errors/<code> are all made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """What an error code stands for. `remedy` tells the integrator what to do next."""

    status: int
    title: str
    meaning: str
    remedy: str


_TABLE: tuple[tuple[str, int, str, str, str], ...] = (
    (
        "bad_request",
        400,
        "Bad request",
        "The request could not be read as HTTP, or the connection broke before its body was complete.",
        "Send it again, whole.",
    ),
    (
        "malformed_json",
        400,
        "Malformed JSON",
        "The body is not one JSON text in UTF-8. Duplicate keys, NaN, lone surrogates, U+0000 and nesting deeper than 32 levels are refused too.",
        "Correct the body; `detail` says where it stops making sense. The idempotency key stays unused.",
    ),
    (
        "host_not_allowed",
        400,
        "Host not allowed",
        "The Host header names an address that this installation is not called by.",
        "Call it under its public name. Whoever runs it adds further names to ALLOWED_HOSTS.",
    ),
    (
        "idempotency_key_missing",
        400,
        "Idempotency key missing",
        "This call moves money and must be repeatable, so it needs an Idempotency-Key header.",
        "Send a fresh random key, for example a UUID, and the same one again whenever you repeat the call.",
    ),
    (
        "idempotency_key_invalid",
        400,
        "Idempotency key invalid",
        "A key is 1 to 255 visible ASCII characters, in one header.",
        "Send one such key. Quotes around it make no difference.",
    ),
    (
        "invalid_cursor",
        400,
        "Invalid cursor",
        "The cursor was not made by this list, or was changed.",
        "Pass next_cursor on exactly as it came, or start again without one.",
    ),
    (
        "webhook_signature_invalid",
        400,
        "Webhook signature invalid",
        "The body was not signed with one of the secrets this installation knows.",
        "Compare the endpoint's signing secret with STRIPE_WEBHOOK_SECRETS, a carrier's with CARRIER_WEBHOOK_SECRETS.",
    ),
    (
        "webhook_timestamp_out_of_tolerance",
        400,
        "Webhook timestamp out of tolerance",
        "The signature is genuine, but more than 300 seconds old or early.",
        "Check the clocks; a delivery must be signed anew to be repeated.",
    ),
    (
        "webhook_payload_invalid",
        400,
        "Webhook payload invalid",
        "The signature is genuine, but the body is no event.",
        "Look at what the endpoint sends.",
    ),
    (
        "unauthenticated",
        401,
        "Unauthenticated",
        "There is no valid API key or access token in the Authorization header. Unknown, wrong, expired and revoked ones are not told apart.",
        "Send `Authorization: Bearer sk_…`, or a fresh access token. Neither belongs into a query string.",
    ),
    (
        "invalid_credentials",
        401,
        "Invalid credentials",
        "Email and password do not belong together, or the refresh token is worth nothing any more. Which of them it is, is not told.",
        "Check both; after a refusal of a refresh token sign in anew.",
    ),
    (
        "mfa_required",
        401,
        "Second factor required",
        "The password is right; this person's role also needs a code.",
        "Send the same request with `code`: six digits of the authenticator, or a recovery code.",
    ),
    (
        "mfa_invalid",
        401,
        "Second factor invalid",
        "The code is wrong, too old, or was used before.",
        "Send the code that is shown now; each works once.",
    ),
    (
        "missing_scope",
        403,
        "Missing scope",
        "The key is valid, but not for this call.",
        "Use a key with the scope that `detail` names.",
    ),
    (
        "forbidden",
        403,
        "Forbidden",
        "This caller may not do this: no role of theirs has the permission.",
        "Ask somebody with one of the roles that `detail` names.",
    ),
    (
        "step_up_required",
        403,
        "Fresh second factor required",
        "This is hard to take back, so it needs a second factor given in the last five minutes.",
        "Sign in anew with a code, then repeat the request.",
    ),
    (
        "four_eyes_required",
        403,
        "Second person required",
        "Whoever proposed this cannot be the one who decides it.",
        "Ask another person who may decide.",
    ),
    (
        "csrf_failed",
        403,
        "Form sent from elsewhere",
        "The form did not come from one of our own pages.",
        "Open the page again and repeat it there.",
    ),
    (
        "not_found",
        404,
        "Not found",
        "There is nothing here: the id is malformed, unknown, or belongs to somebody else.",
        "Check the id and whose key is used. The three cases are deliberately not told apart.",
    ),
    (
        "method_not_allowed",
        405,
        "Method not allowed",
        "The resource exists, but not with this method.",
        "Use one of those in the Allow header.",
    ),
    (
        "idempotency_key_in_use",
        409,
        "Idempotency key in use",
        "The first request with this key is still being worked on.",
        "Repeat the same request after Retry-After; it gets the first one's answer.",
    ),
    (
        "payment_id_in_use",
        409,
        "Payment id in use",
        "A payment with this payment_id exists, with other contents.",
        "Use a fresh payment_id for another payment.",
    ),
    (
        "invalid_payment_state",
        409,
        "Invalid payment state",
        "The payment's status does not allow this.",
        "Read the payment again; `detail` names its status.",
    ),
    (
        "invalid_order_state",
        409,
        "Invalid order state",
        "The order's status does not allow this.",
        "Read the order again; `detail` names its status.",
    ),
    (
        "settlement_batch_conflict",
        409,
        "Settlement batch conflict",
        "The batch was taken in before with other bytes; a settlement file is applied once.",
        "`file` is the one that is here. Compare both; a corrected file needs a batch number of its own.",
    ),
    (
        "invalid_payout_state",
        409,
        "Invalid payout state",
        "The payout's status does not allow this, or the seller's payouts are held already.",
        "Read the payout again; `payout_status` is its status.",
    ),
    (
        "invalid_dispute_state",
        409,
        "Invalid dispute state",
        "Nothing can be said against this dispute now: it has been answered, its time has passed, or it is over.",
        "`reason` says which; `dispute_status`, where present, is its status.",
    ),
    (
        "evidence_changed",
        409,
        "Evidence changed",
        "The draft was saved by somebody else, or in another tab, since it was read; nothing was overwritten.",
        "Read the dispute again, put your changes into what stands there, and save that with its `version`.",
    ),
    (
        "statement_unsound",
        409,
        "Statement does not add up",
        "Opening, lines and closing of this statement do not agree, so it is not issued. The platform has been told.",
        "Ask again later. GET /v1/explanations shows which figure differs.",
    ),
    (
        "payout_not_eligible",
        409,
        "Payout not eligible",
        "Nothing of this seller can be paid out in this currency now.",
        "`reason` and `detail` say why; `until`, where present, says when it ends.",
    ),
    (
        "invalid_approval_state",
        409,
        "Invalid approval state",
        "It is decided already, or nobody decided in time.",
        "Read the approval again; `detail` names its status.",
    ),
    (
        "invalid_key_state",
        409,
        "Invalid key state",
        "The API key has ended, or was rolled before.",
        "Use the key that took over, or make a new one.",
    ),
    (
        "invalid_task_state",
        409,
        "Invalid task state",
        "Only dead tasks are replayed: the others run by themselves.",
        "Look at the task again.",
    ),
    (
        "erasure_refused",
        409,
        "Erasure refused",
        "A payment, an order's money or a payout of the person is still open.",
        "Wait until it has ended; `open` names each.",
    ),
    (
        "email_in_use",
        409,
        "Email address in use",
        "There is an account under this address.",
        "Give that account the role, or use another address.",
    ),
    (
        "payload_too_large",
        413,
        "Payload too large",
        "A body may have 64 KiB, a webhook 256 KiB, a carrier's 16 KiB, a file of parcels 512 KiB.",
        "Send less. Nothing of the body was read.",
    ),
    (
        "unsupported_media_type",
        415,
        "Unsupported media type",
        "The body must be application/json, in UTF-8, without a content encoding.",
        "Set Content-Type: application/json.",
    ),
    (
        "invalid_parameter",
        422,
        "Invalid parameter",
        "A field is missing, unknown or breaks a rule.",
        "`errors` points at each field and says what it should be.",
    ),
    (
        "order_amounts_do_not_add_up",
        422,
        "Order amounts do not add up",
        "The orders must sum to the payment's amount, and lines, where given, to their order's.",
        "Correct the amounts; `errors` shows expected and actual sums.",
    ),
    (
        "amount_too_small",
        422,
        "Amount too small",
        "The amount is below what the payment service provider takes in this currency.",
        "Charge at least the minimum that `detail` names.",
    ),
    (
        "amount_step",
        422,
        "Amount is not a multiple of the step",
        "The payment service provider charges this currency in steps only.",
        "Round the amount to the step that `detail` names.",
    ),
    (
        "currency_mismatch",
        422,
        "Currency mismatch",
        "The amounts are in different currencies.",
        "Use one currency in one request.",
    ),
    (
        "seller_not_payable",
        422,
        "Seller not payable",
        "A seller of this checkout cannot be sold for: unknown, suspended, or without fees agreed in this currency.",
        "Take the order out, or settle it with the platform.",
    ),
    (
        "return_url_not_allowed",
        422,
        "Return URL not allowed",
        "The URL's origin is not registered for the storefront, or the URL is not a plain https one.",
        "Register the origin; scheme, host and port must match exactly.",
    ),
    (
        "settlement_file_invalid",
        422,
        "Settlement file not accepted",
        "The file is no settlement file of that PSP, or too many of its rows cannot be read. Nothing of it was taken in.",
        "`errors` names up to 100 lines. Ask the PSP for the report again, or give the format's mapping.",
    ),
    (
        "card_data_not_accepted",
        422,
        "Card data not accepted",
        "The text contains what looks like a card number. Card numbers must never reach this system; nothing was kept.",
        "Leave it out: shoppers type it on the payment service provider's own page.",
    ),
    (
        "idempotency_key_reused",
        422,
        "Idempotency key reused",
        "The key was used for another request.",
        "Use a fresh key for a new request, or repeat the first one unchanged.",
    ),
    (
        "psp_rejected",
        424,
        "The payment service provider refused",
        "The payment service provider refused the request.",
        "`retryable` says whether repeating it can help; `detail` says what was refused.",
    ),
    (
        "rate_limited",
        429,
        "Too many requests",
        "More requests came than this caller may send.",
        "Wait for Retry-After, then go on more slowly.",
    ),
    (
        "internal_error",
        500,
        "Internal error",
        "The fault is ours. It was recorded under the request's id.",
        "Repeat the request with the same idempotency key; what had begun continues.",
    ),
    (
        "psp_unavailable",
        503,
        "The payment service provider does not answer",
        "The outcome at the payment service provider is unknown, or it is known to be down. Nothing is lost and nothing is done twice.",
        "Repeat the same request with the same key after Retry-After. `payment`, where present, is the payment to watch.",
    ),
    (
        "database_unavailable",
        503,
        "Temporarily unavailable",
        "The database does not answer, or something else holds what this request needs.",
        "Repeat the same request with the same key after Retry-After.",
    ),
)

ERRORS: Final[dict[str, ErrorKind]] = {code: ErrorKind(*rest) for code, *rest in _TABLE}  # type: ignore[arg-type]
