"""The model that django-payments asks its users to write."""

from payments.models import BasePayment


class Payment(BasePayment):
    def get_failure_url(self) -> str:
        return "http://localhost/cart"

    def get_success_url(self) -> str:
        return f"http://localhost/thanks/{self.pk}"
