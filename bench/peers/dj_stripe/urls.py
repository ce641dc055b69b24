"""dj-stripe's own webhook view, and the callback that only hands an event on."""

from typing import Any

from django.urls import include, path


def hand_on(trigger: Any, api_key: str | None = None) -> None:
    """Where a task queue would be told; the trigger's row is stored by now."""


urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
