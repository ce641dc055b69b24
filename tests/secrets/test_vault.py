"""The key-encryption key in Vault's transit engine, spoken to as its HTTP API says."""

import pytest

from checkout import secrets
from checkout.secrets import CannotOpen, KeyProviderUnavailable
from checkout.secrets.rotate import rotate
from checkout.secrets.vault import VaultTransit
from tests.secrets.vault_stand_in import TOKEN, running_vault


@pytest.fixture
def vault():
    with running_vault() as running:
        yield running


def transit(vault, **changes):
    return VaultTransit(
        **{"address": vault.address, "token": TOKEN, "transit_key": "transit/checkout", **changes}
    )


def test_a_value_is_sealed_under_a_key_that_vault_wrapped(vault, drawer):
    """Vault is asked once per data key and process: once to wrap, once to unwrap, never for a value."""
    secrets.configure(transit(vault))
    rows = [drawer.put(b"note") for _ in range(5)]

    secrets.configure(transit(vault))

    assert [drawer.read(row) for row in rows] == [b"note"] * 5
    assert [path.rpartition("/v1/transit/")[2] for _, path in vault.requests] == [
        "encrypt/checkout",
        "decrypt/checkout",
        "decrypt/checkout",
    ]


def test_a_newer_version_in_vault_wraps_every_data_key(vault, drawer, db):
    secrets.configure(transit(vault))
    row = drawer.put(b"note")
    assert db.value("SELECT DISTINCT kek_id FROM data_keys") == "transit/checkout:v1"
    vault.rotate()

    done = rotate(lambda _: None, columns=[drawer.column], settle_seconds=0)

    assert (done.rewrapped, done.complete) == (1, True)
    assert db.value("SELECT DISTINCT kek_id FROM data_keys") == "transit/checkout:v2"
    assert drawer.read(row) == b"note"


def test_a_wrapped_key_unwraps_with_its_own_context_alone(vault):
    provider = transit(vault)
    wrapped = provider.wrap(b"k" * 32, context=b"one")

    assert provider.unwrap(wrapped, context=b"one") == b"k" * 32
    with pytest.raises(CannotOpen):
        provider.unwrap(wrapped, context=b"another")


@pytest.mark.parametrize(
    "answer", [(503, b'{"errors":["Vault is sealed"]}'), (200, b"<html>"), (200, b'{"data":[]}'), (302, b"")]
)
def test_an_answer_that_is_none_is_a_fault_that_may_pass(vault, answer):
    vault.answer = answer

    with pytest.raises(KeyProviderUnavailable):
        transit(vault).current_kek_id()


def test_a_refused_token_and_an_absent_vault_say_so_without_the_token(vault):
    for provider in (transit(vault, token="hvs.wrong"), transit(vault, address="http://127.0.0.1:9")):
        with pytest.raises(KeyProviderUnavailable) as refusal:
            provider.current_kek_id()
        assert "hvs." not in str(refusal.value)
