"""The table of roles: complete, closed, and default deny."""

from __future__ import annotations

from checkout.identity.roles import PERMISSIONS, PLATFORM_SCOPES, ROLES, SCOPES


def test_the_roles_are_these_at_these_tenants():
    """Eight roles; three belong to a tenant, five to the platform."""
    assert {name: role.tenant for name, role in ROLES.items()} == {
        "seller_owner": "seller",
        "seller_staff": "seller",
        "developer": "storefront",
        "finance": "platform",
        "finance_approver": "platform",
        "operator": "platform",
        "admin": "platform",
        "auditor": "platform",
    }


def test_every_permission_of_a_role_is_a_known_one():
    """A misspelt permission would deny or allow in silence."""
    assert {name for role in ROLES.values() for name in role.permissions} == PERMISSIONS
    assert len(PERMISSIONS) == 36
    assert all(name.count(":") == 1 for name in PERMISSIONS)


def test_an_auditor_reads_everything_and_changes_nothing():
    """Every permission that ends in :read, no other."""
    assert ROLES["auditor"].permissions == {name for name in PERMISSIONS if name.split(":")[1] == "read"}


def test_who_must_have_a_second_factor():
    """Those who move money or decide about others."""
    assert {name for name, role in ROLES.items() if role.second_factor_required} == {
        "finance",
        "finance_approver",
        "operator",
        "admin",
    }


def test_a_tenants_people_hold_nothing_of_the_platform():
    """People of a seller or a storefront never see books, tasks, users or the audit log."""
    platforms = {
        "ledger:read",
        "reconciliation:read",
        "tasks:read",
        "users:read",
        "audit:read",
        "payouts:approve",
    }

    for name in ("seller_owner", "seller_staff", "developer"):
        assert not ROLES[name].permissions & platforms


def test_staff_of_a_seller_changes_no_money():
    """Staff ships and delivers; payouts, refunds and the bank account are the owner's."""
    writes = {name for name in ROLES["seller_staff"].permissions if not name.endswith(":read")}

    assert writes == {"orders:write"}


def test_a_second_pair_of_eyes_belongs_to_approvers():
    """Who proposes a payout as finance cannot decide on it with that role."""
    deciding = {name for name, role in ROLES.items() if "payouts:approve" in role.permissions}

    assert deciding == {"finance_approver", "admin"}


def test_no_key_may_do_what_a_person_answers_for():
    """Keys hold scopes; decisions, people, keys and personal data stay with people. What lies at the platform alone is
    in no key's reach either: each belongs to a storefront or a seller."""
    persons = {
        "approvals:decide",
        "approvals:read",
        "audit:read",
        "keys:write",
        "ledger:write",
        "payments:review",
        "payouts:approve",
        "privacy:write",
        "users:read",
        "users:write",
    }
    platforms = {
        "alerts:read",
        "alerts:write",
        "ledger:read",
        "ledger:write",
        "payouts:hold",
        "reconciliation:read",
        "reconciliation:write",
        "tasks:read",
        "tasks:replay",
    }

    assert persons | platforms == PERMISSIONS - SCOPES
    assert PLATFORM_SCOPES == {"reconciliation:read", "reconciliation:write"} <= platforms
