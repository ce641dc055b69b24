"""The shopper's link to a payment's status page: signed, without an end, the same each time it is made."""

from __future__ import annotations

from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from checkout.core.errors import NotFound

SALT = "payment-status"  # a signature made for another purpose never opens a status page


class StatusLinks:
    """Makes and reads the tokens of `PUBLIC_URL/s/<token>`."""

    def __init__(self, public_url: str, secret_key: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._serializer = URLSafeSerializer(secret_key, salt=SALT)

    def url(self, payment_id: UUID) -> str:
        """The address of the payment's status page."""
        return f"{self._public_url}/s/{self.token(payment_id)}"

    def token(self, payment_id: UUID) -> str:
        token = self._serializer.dumps(payment_id.hex)
        return token.decode("ascii") if isinstance(token, bytes) else token

    def read(self, token: str) -> UUID:
        """The payment that a token names.

        Raises:
            NotFound: the token was not made here.
        """
        try:
            return UUID(hex=self._serializer.loads(token))
        except (BadSignature, ValueError, TypeError, AttributeError):
            raise NotFound("no such status page") from None
