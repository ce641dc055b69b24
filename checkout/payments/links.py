"""The shopper's link to a payment's status page: signed, without an end, the same each time it is made."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from uuid import UUID

from itsdangerous import BadSignature, Signer

from checkout.core.errors import NotFound

REMEMBERED = 1_000  # tokens, some 200 kB
SALT = "payment-status"  # a signature made for another purpose never opens a status page


class StatusLinks:
    """Makes and reads the tokens of `PUBLIC_URL/s/<token>`. Two are made with every payment, so they are plain: the
    UUID's 16 bytes and a signature."""

    def __init__(self, public_url: str, secret_key: str) -> None:
        self._public_url = public_url.rstrip("/")
        # What is signed with is derived from key and salt once: the signer would do it for each token.
        derived = Signer(secret_key, salt=SALT).derive_key()
        self._signer = Signer(derived, salt=SALT, key_derivation="none")
        self._token = lru_cache(REMEMBERED)(self._sign)  # a payment's is wanted at each look at it

    def url(self, payment_id: UUID) -> str:
        """The address of the payment's status page."""
        return f"{self._public_url}/s/{self.token(payment_id)}"

    def token(self, payment_id: UUID) -> str:
        return self._token(payment_id)

    def _sign(self, payment_id: UUID) -> str:
        return self._signer.sign(urlsafe_b64encode(payment_id.bytes).rstrip(b"=")).decode("ascii")

    def read(self, token: str) -> UUID:
        """The payment that a token names.

        Raises:
            NotFound: the token was not made here.
        """
        try:
            payment_id = UUID(bytes=urlsafe_b64decode(self._signer.unsign(token) + b"=="))
        except (BadSignature, ValueError, TypeError):
            raise NotFound("no such status page") from None
        if self.token(payment_id) != token:  # base64 has several spellings of the same bytes
            raise NotFound("no such status page")
        return payment_id
