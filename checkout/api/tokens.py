"""Tokens for people's programs: sign in with password and code, go on with the refresh token."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from checkout.api import access_examples as examples
from checkout.api.answers import listing
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import api_context
from checkout.api.representations import as_bytes
from checkout.api.schemas.tokens import RefreshSchema, TokenPair, TokenRequestSchema
from checkout.identity import tokens
from checkout.identity.tokens import TokenPair as Pair

auth_tokens = ApiBlueprint(
    "auth",
    __name__,
    description="Access tokens for people: their own permissions, for ten minutes.",
    guarded=False,
)


@auth_tokens.route("/v1/auth/token", methods=["POST"])
@auth_tokens.open_because("this is how a person becomes known")
@auth_tokens.answers(
    200, TokenPair, description="Signed in. Nothing of it can be shown again.", example=examples.TOKEN_PAIR
)
@auth_tokens.refuses("invalid_credentials", "mfa_required", "mfa_invalid", "rate_limited")
@auth_tokens.accepts(TokenRequestSchema, example=examples.TOKEN_REQUEST)
def issue_token(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Sign in as a person

    Email, password and, where the person has a second factor, its code. The access token is a Bearer token for all of
    /v1, with the permissions of the person's roles; it ends after ten minutes, and within a second when the password
    or the roles change. The refresh token works once. After five failures in fifteen minutes the right password is
    refused too. An Idempotency-Key is ignored: an answer with secrets is not kept.
    """
    pair = tokens.issue(
        body["email"],
        body["password"],
        body.get("code"),
        issuer=api_context().public_url,
        ip=request.remote_addr,
    )
    return _shown(pair)


@auth_tokens.route("/v1/auth/refresh", methods=["POST"])
@auth_tokens.open_because("the refresh token in the body says who it is")
@auth_tokens.answers(200, TokenPair, description="The next pair.", example=examples.TOKEN_PAIR)
@auth_tokens.refuses("invalid_credentials", "rate_limited")
@auth_tokens.accepts(RefreshSchema, example={"refresh_token": examples.TOKEN_PAIR["refresh_token"]})
def refresh_token(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Get the next access token

    Each refresh token works once and gives the next, for thirty days from the sign-in. The same one again within ten
    seconds, for an answer that was lost, gets the same next token; later, or once the next was used, it is taken for
    stolen and ends all tokens of that sign-in. An Idempotency-Key is ignored: an answer with secrets is not kept.
    """
    context = api_context()
    pair = tokens.refresh(
        body["refresh_token"], issuer=context.public_url, secret=context.secret_key, ip=request.remote_addr
    )
    return _shown(pair)


def _shown(pair: Pair) -> Response:
    return listing(
        as_bytes(
            {
                "access_token": pair.access_token,
                "token_type": "Bearer",
                "expires_in": pair.expires_in,
                "refresh_token": pair.refresh_token,
            }
        )
    )
