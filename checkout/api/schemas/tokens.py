"""Signing in as a person: what comes in and what goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from checkout.api.schemas.strict import StrictSchema, Text, Wrong

EMAIL_LENGTH = 200
PASSWORD_LENGTH = 128
CODE_LENGTH = 64  # six digits, or a recovery code with its dashes
TOKEN_LENGTH = 200


class Secret(Text):
    """Text of any characters, as its owner chose it. It is never given back."""

    def take(self, value: Any) -> str:
        if type(value) is not str:
            raise Wrong("invalid_type", "must be a string")
        if not self.least <= len(value) <= self.most:
            raise Wrong("invalid_length", f"must have {self.least} to {self.most} characters")
        return value


class TokenRequestSchema(StrictSchema):
    """Who signs in."""

    email = Text(EMAIL_LENGTH, least=3, required=True)
    password = Secret(PASSWORD_LENGTH, required=True, metadata={"format": "password"})
    code = Secret(
        CODE_LENGTH,
        allow_none=True,
        metadata={"description": "Six digits of the authenticator, or a recovery code; each works once."},
    )


class RefreshSchema(StrictSchema):
    """The refresh token of the answer before."""

    refresh_token = Secret(TOKEN_LENGTH, required=True)


class TokenPair(Schema):
    """An access token and the refresh token that gives the next."""

    access_token = fields.String(required=True, metadata={"description": "A JWT: send it as a Bearer token."})
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    refresh_token = fields.String(required=True, metadata={"description": "rt_…; works once."})
