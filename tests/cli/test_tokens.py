"""`flask tokens rotate`, beside web processes that go on signing and checking."""

import json

import jwt

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.identity import memberships, signing_keys, token_families, users
from checkout.identity.access_tokens import issue
from checkout.identity.tokens import forget_cached, principal

CAUSE = Cause("cli", "test")
ISSUER = "https://pay.example"


def a_token(user, family):
    return issue(user.id, family.id, issuer=ISSUER, second_factor_at=None)


def test_a_rotation_ends_nobodys_token(flask_command, db):
    """The new key signs, tokens of the key before count on; who rotated is in the audit log; no key's text is shown."""
    forget_cached()
    with atomic() as session:
        user = users.create_user(session, email="ada@example.org", cause=CAUSE)
        memberships.grant(session, user.id, "auditor", cause=CAUSE)
    version = db.value("SELECT credentials_version FROM users")
    with atomic() as session:
        family = token_families.open(
            session, user.id, version=version, second_factor=False, ip=None, cause=CAUSE
        )
    before = a_token(user, family)
    old = signing_keys.current().kid

    result = flask_command("tokens", "rotate", "--json")

    said = json.loads(result.stdout)
    forget_cached()  # as every other process does within a minute
    after = a_token(user, family)
    assert (result.exit_code, said["status"]) == (0, "current")
    assert said["kid"] != old
    assert [jwt.get_unverified_header(token)["kid"] for token in (before, after)] == [old, said["kid"]]
    for token in (before, after):
        assert principal(token, issuer=ISSUER, livemode=False).id == user.id
    newest = db.rows("SELECT action, object FROM audit_log ORDER BY sequence DESC LIMIT 1")
    assert newest == [{"action": "signing_key.rotate", "object": said["kid"]}]
    assert (
        db.value("SELECT count(*) FROM signing_keys WHERE verifies_until > now() + interval '14 minutes'")
        == 1
    )


def test_the_first_rotation_of_an_installation_makes_its_first_key(flask_command, db):
    """Nothing was signed yet: there is one key afterwards, and it signs."""
    forget_cached()

    said = json.loads(flask_command("tokens", "rotate", "--json").stdout)

    assert db.rows("SELECT kid, verifies_until FROM signing_keys") == [
        {"kid": said["kid"], "verifies_until": None}
    ]
    assert signing_keys.current().kid == said["kid"]
