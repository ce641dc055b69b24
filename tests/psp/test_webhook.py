"""Which deliveries are taken: genuine, fresh, readable. Everything else ends in one of three refusals, never a fault."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from checkout.psp import (
    WebhookPayloadInvalid,
    WebhookSignatureInvalid,
    WebhookTimestampOutOfTolerance,
)
from checkout.psp.stripe.webhook import MAX_BODY_BYTES, verified_event
from tests.psp.deliveries import NOW, SECRET, encoded, event, mac, signature

BODY = encoded(event("charge.succeeded", {"id": "ch_1", "object": "charge"}))
SECONDS = int(NOW.timestamp())


def verify(body=BODY, headers=None, *, now=NOW, secrets=(SECRET,), livemode=False):
    headers = [signature(body)] if headers is None else headers
    return verified_event(body, headers, secrets=secrets, livemode=livemode, now=now)


def signed(payload):
    """Verifies a payload that is signed rightly, whatever it is."""
    body = payload if isinstance(payload, bytes) else encoded(payload)
    return verify(body)


def test_a_genuine_delivery_is_taken():
    taken = verify()

    assert (taken.psp, taken.account, taken.event_id, taken.type) == (
        "stripe",
        "",
        "evt_1",
        "charge.succeeded",
    )
    assert taken.payload["data"]["object"]["id"] == "ch_1"


def test_an_event_of_a_connected_account_names_it():
    assert signed(event("payout.paid", {"id": "po_1"}, account="acct_1")).account == "acct_1"


def test_each_of_several_secrets_is_good_during_a_rotation():
    """Signed with the old one, the new one, or both: taken. Once the old one is gone: refused."""
    old, new = signature(BODY, secret="whsec_old"), signature(BODY, secret="whsec_new")
    both = f"{old},v1={mac(BODY, secret='whsec_new')}"

    for header in (old, new, both):
        assert verify(headers=[header], secrets=("whsec_new", "whsec_old")).event_id == "evt_1"
    assert verify(headers=[both], secrets=("whsec_new",)).event_id == "evt_1"
    with pytest.raises(WebhookSignatureInvalid):
        verify(headers=[old], secrets=("whsec_new",))


def test_a_rotation_under_traffic_refuses_no_genuine_event():
    """Old secret alone, both, new alone: a thousand deliveries, each signed with the one then in use."""
    for number in range(1000):
        secrets = (
            ("whsec_old",) if number < 300 else ("whsec_new", "whsec_old") if number < 700 else ("whsec_new",)
        )
        in_use = "whsec_old" if number < 500 else "whsec_new"
        verify(headers=[signature(BODY, secret=in_use)], secrets=secrets)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_by_some_minutes(minutes):
    assert verify(now=NOW + timedelta(minutes=minutes)).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [301, -301, 360, -360, 72 * 3600, 10**9])
def test_a_delivery_from_another_time_is_refused_both_ways(seconds):
    """The SDK itself accepts any time in the future."""
    with pytest.raises(WebhookTimestampOutOfTolerance):
        verify(now=NOW + timedelta(seconds=seconds))


def test_a_forged_delivery_learns_nothing_of_its_age():
    """The signature is looked at first."""
    with pytest.raises(WebhookSignatureInvalid):
        verify(headers=[signature(BODY, secret="whsec_wrong")], now=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [signature(BODY), signature(BODY)],
        [""],
        ["t"],
        ["t=,v1="],
        [f"t={SECONDS}"],
        [f"v1={mac(BODY)}"],
        [f"t={SECONDS},v0={mac(BODY)}"],
        [f"t={SECONDS},v1={mac(BODY)[:-1]}"],
        [f"t={SECONDS},v1={mac(BODY).upper()}"],
        [f"t={SECONDS},v1="],
        [f"t={SECONDS},v1"],
        [f"t={SECONDS},v1=\u00e9"],
        [f"t={SECONDS},v1=\udc80"],
        [f"t={SECONDS}, v1={mac(BODY)}"],
        [f"t={SECONDS + 1},v1={mac(BODY)}"],
        [f"t= {SECONDS},v1={mac(BODY)}"],
        [f"t=+{SECONDS},v1={mac(BODY)}"],
        [f"t={SECONDS:_},v1={mac(BODY)}"],
        ["t=١٧٩٥٢٦٢٤٠٠,v1=x"],
        [f"t={'9' * 5000},v1={mac(BODY)}"],
        [f"t={SECONDS},t={SECONDS},v1={mac(BODY)}"],
        ["t=-1,v1=x"],
        ["t=nan,v1=x"],
        [f"t={SECONDS}," + ",".join(["v1=" + "0" * 64] * 16 + [f"v1={mac(BODY)}"])],
        ["," * 4000],
        ["=" * 4000],
        ["\x00"],
        ["x" * 100_000],
    ],
)
def test_a_malformed_or_forged_header_is_refused(headers):
    with pytest.raises(WebhookSignatureInvalid):
        verify(headers=headers)


def test_the_right_signature_is_found_among_sixteen():
    header = f"t={SECONDS}," + ",".join(["v1=" + "0" * 64] * 15 + [f"v1={mac(BODY)}"])

    assert verify(headers=[header]).event_id == "evt_1"


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_other",), (" ",)])
def test_without_the_right_secret_nothing_is_genuine(secrets):
    """An empty secret would let anybody sign."""
    with pytest.raises(WebhookSignatureInvalid):
        verify(headers=[signature(BODY, secret="")], secrets=secrets)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"event"',
        b"1",
        b'{"id": "evt_1", "id": "evt_2"}',
        b'{"object": "event", "created": NaN}',
        b"[" * 60_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"id": "evt_\\u0000"}',
        b'{"id": "\\ud800"}',
        b'{"created": ' + b"9" * 5000 + b"}",
        {"object": "event"},
        {"object": "v2.core.event", "id": "evt_1", "type": "x"},
        event("charge.succeeded", {}),
        event("charge.succeeded", {"id": "ch_1"}, id=""),
        event("charge.succeeded", {"id": "ch_1"}, id="evt 1"),
        event("charge.succeeded", {"id": "ch_1"}, id="e" * 256),
        event("charge.succeeded", {"id": "ch_1"}, id=1),
        event("", {"id": "ch_1"}),
        event("charge.succeeded", {"id": "ch_1"}, created="1"),
        event("charge.succeeded", {"id": "ch_1"}, created=True),
        event("charge.succeeded", {"id": "ch_1"}, created=10**18),
        event("charge.succeeded", {"id": "ch_1"}, created=-1),
        event("charge.succeeded", {"id": "ch_1"}, livemode="false"),
        event("charge.succeeded", {"id": "ch_1"}, livemode=True),
        event("charge.succeeded", {"id": "ch_1"}, account=["acct_1"]),
        event("charge.succeeded", {"id": "ch_1"}, account="acct 1"),
        event("charge.succeeded", {"id": "ch_1"}, data=[]),
        event("charge.succeeded", {"id": "ch_1"}, data=None),
        event("charge.succeeded", {"id": "ch_1"}, data={"object": "ch_1"}),
    ],
)
def test_a_genuine_but_unreadable_delivery_is_refused(payload):
    with pytest.raises(WebhookPayloadInvalid):
        signed(payload)


def test_bytes_that_are_no_text_cannot_have_been_signed():
    with pytest.raises(WebhookSignatureInvalid):
        signed(b"\xff\xfe" + BODY)


def test_a_delivery_of_the_other_mode_is_always_refused():
    with pytest.raises(WebhookPayloadInvalid):
        verify(livemode=True)


def test_a_body_beyond_the_bound_is_refused_before_it_is_looked_at():
    with pytest.raises(WebhookPayloadInvalid):
        verify(b" " * (MAX_BODY_BYTES + 1), headers=["garbage"])


def test_every_altered_byte_is_noticed():
    """Each single byte of the body, changed in turn."""
    header = [signature(BODY)]
    for place in range(len(BODY)):
        altered = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        with pytest.raises(WebhookSignatureInvalid):
            verify(altered, headers=header)


def test_ten_thousand_mutations_end_in_a_refusal():
    """Random damage to header, body and signature: one of three refusals each time, never another exception."""
    chance = random.Random(20261121)
    refusals = (WebhookSignatureInvalid, WebhookTimestampOutOfTolerance, WebhookPayloadInvalid)
    seen = dict.fromkeys(refusals, 0)
    for _ in range(10_000):
        body, header, now = _mutation(chance)
        with pytest.raises(refusals) as refused:
            verify(body, headers=header, now=now)
        seen[refused.type] += 1

    assert all(count > 100 for count in seen.values()), seen


def _mutation(chance):
    """A delivery that is broken in one way."""
    match chance.randrange(6):
        case 0:  # the body, after it was signed
            body = _damaged(BODY, chance)
            return body, [signature(BODY)], NOW
        case 1:  # the body, signed afterwards: genuine and unreadable
            body = BODY[: chance.randrange(len(BODY))]
            return body, [signature(body)], NOW
        case 2:  # the header
            return BODY, [_damaged(signature(BODY).encode(), chance).decode("latin-1")], NOW
        case 3:  # its age
            seconds = chance.choice([-1, 1]) * chance.randrange(301, 10**8)
            return BODY, [signature(BODY)], NOW + timedelta(seconds=seconds)
        case 4:  # its secret
            return BODY, [signature(BODY, secret=chance.randbytes(8).hex())], NOW
        case _:  # its scheme
            return BODY, [signature(BODY, scheme=chance.choice(["v0", "v2", "V1", "v1 ", ""]))], NOW


def _damaged(raw, chance):
    """One to five bytes replaced, dropped or doubled, until it differs."""
    while True:
        damaged = bytearray(raw)
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(damaged))
            match chance.randrange(3):
                case 0:
                    damaged[place] = chance.randrange(256)
                case 1:
                    del damaged[place]
                case _:
                    damaged.insert(place, damaged[place])
        if bytes(damaged) != raw:
            return bytes(damaged)
