"""The page for somebody whose role does not reach: it names the roles that would."""

from __future__ import annotations

from flask import Response, g, make_response, render_template

from checkout.identity.roles import ROLES
from checkout.pages import security
from checkout.pages.role_names import role_name


def missing_role_page(permission: str) -> Response:
    """403, with the permission and the roles that hold it."""
    g.problem_code = "forbidden"
    roles = [role_name(role.name) for role in ROLES.values() if permission in role.permissions]
    page = render_template("missing_role.html", permission=permission, roles=roles)
    return security.add_headers(make_response(page, 403))
