"""POST /payments as django-payments' documentation has it: make the payment, ask its form, follow the redirect."""

import json
from decimal import Decimal

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from payments import RedirectNeeded, get_payment_model


@csrf_exempt
def create(request: HttpRequest) -> JsonResponse:
    asked = json.loads(request.body)
    payment = get_payment_model().objects.create(
        variant="stripe",
        description=f"Order {asked['payment_id']}",
        total=Decimal(asked["amount"]) / 100,
        currency=asked["currency"],
        billing_email=asked["customer"]["email"],
    )
    try:
        payment.get_form()
    except RedirectNeeded as redirect:
        return JsonResponse({"id": payment.pk, "status": payment.status, "url": str(redirect)}, status=201)
    return JsonResponse({"error": "no redirect"}, status=500)


urlpatterns = [path("payments", create)]
