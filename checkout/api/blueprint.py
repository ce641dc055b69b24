"""flask-smorest's blueprint for the document, our own reading for the request: strict, bounded, one error shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, Literal

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from checkout.api.auth import KEPT_FROM, OF_THE_PERMISSION, require_key
from checkout.api.body import read_object, read_optional_object
from checkout.api.error_table import ERRORS
from checkout.api.examples import problem_example
from checkout.api.problem import PROBLEM_TYPE
from checkout.api.query import read_query
from checkout.api.schemas.responses import Problem
from checkout.api.schemas.strict import StrictSchema
from checkout.api.validation import validated
from checkout.identity.roles import PERMISSIONS, PLATFORM_SCOPES, SCOPES

View = Callable[..., Response]
Decorator = Callable[[View], View]

OPEN_BECAUSE: Final = "_open_because"  # of a view that nobody need be known for

KEYS_HAVE: Final = SCOPES | PLATFORM_SCOPES
ALWAYS = ("unauthenticated", "rate_limited", "internal_error", "database_unavailable")
WITH_BODY = (
    "malformed_json",
    "payload_too_large",
    "unsupported_media_type",
    "invalid_parameter",
    "card_data_not_accepted",
)
WITH_QUERY = ("invalid_parameter", "card_data_not_accepted")
REQUEST_ID = {"schema": {"type": "string"}, "description": "This request's id: quote it to support."}


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A family of calls. Each view declares what it accepts, answers and refuses; `guarded` ones need a key."""

    def __init__(self, name: str, import_name: str, *, description: str, guarded: bool = True) -> None:
        super().__init__(name, import_name, description=description)
        self.guarded = guarded
        if guarded:
            self.before_request(require_key)

    def route(self, rule: str, **options: Any) -> Decorator:
        """flask-smorest's own. Default deny: a view that names no permission, nor why it needs none, ends the start."""
        decorator: Decorator = super().route(rule, **options)

        def decorate(view: View) -> View:
            assert hasattr(view, OF_THE_PERMISSION), (
                f"{rule}: declare who may, by requires() or open_because()"
            )
            return decorator(view)

        return decorate

    def requires(
        self, permission: str, *, not_for: Literal["storefront", "seller"] | None = None
    ) -> Decorator:
        """Declares the permission of a view, which is also the scope that a key needs. Its rows: auth.reach().

        not_for: whoever holds the permission at such a tenant alone is refused.
        """
        assert permission in PERMISSIONS, f"there is no permission {permission}"

        def decorate(view: View) -> View:
            setattr(view, OF_THE_PERMISSION, permission)
            setattr(view, KEPT_FROM, not_for)
            _document(view).setdefault("manual_doc", {}).update(
                {"x-required-permission": permission, "security": _security(permission)}
            )
            return self.refuses("forbidden", *(("missing_scope",) if permission in KEYS_HAVE else ()))(view)

        return decorate

    def open_because(self, reason: str) -> Decorator:
        """Declares that a call of an unguarded blueprint needs no caller, and why."""
        assert not self.guarded, "a guarded call names its permission"

        def decorate(view: View) -> View:
            setattr(view, OF_THE_PERMISSION, None)
            setattr(view, OPEN_BECAUSE, reason)
            _document(view).setdefault("manual_doc", {}).update({"security": []})
            return view

        return decorate

    def accepts(
        self, schema: type[StrictSchema], *, example: Mapping[str, Any], optional: bool = False
    ) -> Decorator:
        """Hands the view the validated body (`body`) and the JSON it came from (`sent`)."""
        reader, loaded = (read_optional_object if optional else read_object), schema()

        def decorate(view: View) -> View:
            @wraps(view)
            def read_body(*args: Any, **kwargs: Any) -> Response:
                sent = reader()
                return view(*args, body=validated(loaded, sent), sent=sent, **kwargs)

            document = _document(read_body)
            document.setdefault("arguments", {}).setdefault("parameters", []).append(
                {"in": "json", "required": not optional, "schema": schema, "example": dict(example)}
            )
            return self.refuses(*WITH_BODY)(read_body)

        return decorate

    def takes(self, schema: type[StrictSchema]) -> Decorator:
        """Hands the view the validated query string (`query`)."""
        loaded = schema()

        def decorate(view: View) -> View:
            @wraps(view)
            def read_parameters(*args: Any, **kwargs: Any) -> Response:
                return view(*args, query=read_query(loaded), **kwargs)

            document = _document(read_parameters)
            document.setdefault("arguments", {}).setdefault("parameters", []).append(
                {"in": "query", "schema": schema}
            )
            return self.refuses(*WITH_QUERY)(read_parameters)

        return decorate

    def answers(
        self,
        status: int,
        schema: type[Schema] | None = None,
        *,
        description: str,
        example: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> Decorator:
        """Declares a success. The view makes its response itself."""
        response: dict[str, Any] = {
            "description": description,
            "headers": {"Request-Id": REQUEST_ID, **(headers or {})},
            "content_type": "application/json",
        }
        if schema is not None:
            response |= {"schema": schema, "example": dict(example or {})}

        def decorate(view: View) -> View:
            document = _document(view)
            document.setdefault("response", {}).setdefault("responses", {})[status] = [response]
            return view

        return decorate

    def refuses(self, *codes: str) -> Decorator:
        """Declares errors by their codes; those of one status share a response."""

        def decorate(view: View) -> View:
            responses = _document(view).setdefault("response", {}).setdefault("responses", {})
            for code in (*codes, *(ALWAYS if self.guarded else ALWAYS[1:])):
                _add_problem(responses, code)
            return view

        return decorate


def _security(permission: str) -> list[dict[str, list[str]]]:
    """A key or a person's token; only a token for what no program may hold."""
    return [{"apiKey": []}, {"accessToken": []}] if permission in KEYS_HAVE else [{"accessToken": []}]


def _document(view: View) -> dict[str, Any]:
    """What flask-smorest reads when the view is registered."""
    if not hasattr(view, "_apidoc"):
        view._apidoc = {}  # type: ignore[attr-defined]
    document: dict[str, Any] = view._apidoc  # type: ignore[attr-defined]
    return document


def _add_problem(responses: dict[Any, list[Any]], code: str) -> None:
    kind = ERRORS[code]
    if kind.status not in responses:
        responses[kind.status] = [
            {
                "description": "",
                "schema": Problem,
                "examples": {},
                "headers": {"Request-Id": REQUEST_ID},
                "content_type": PROBLEM_TYPE,
            }
        ]
    (response,) = responses[kind.status]
    response["examples"].setdefault(code, {"summary": kind.title, "value": problem_example(code)})
    response["description"] = ", ".join(response["examples"])
