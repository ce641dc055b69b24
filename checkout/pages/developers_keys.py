"""API keys: what there is, a new one shown once, an old one rolled or revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.identity import api_keys
from checkout.identity.access import Forbidden, Reach
from checkout.identity.api_keys import ApiKey
from checkout.identity.roles import PLATFORM_SCOPES, SCOPES
from checkout.identity.roll_key import OVERLAPS, KeyNotRollable, roll
from checkout.pages import access
from checkout.pages.password_pages import sentence
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page
from checkout.reporting.people import Choice, storefronts_to_choose

STATES: Final = {
    "active": StateWords("Active", "good"),
    "expiring": StateWords("Ends", "care"),
    "expired": StateWords("Expired", "calm"),
    "revoked": StateWords("Revoked", "bad"),
}
OVERLAP_WORDS: Final = {"0": "at once", "1h": "in 1 hour", "24h": "in 24 hours", "7d": "in 7 days"}
LIFETIMES: Final = {
    "90": ("in 90 days", timedelta(days=90)),
    "365": ("in a year", timedelta(days=365)),
    "30": ("in 30 days", timedelta(days=30)),
    "1": ("tomorrow", timedelta(days=1)),
    "never": ("never", None),
}
DONE: Final = {"revoked": "The key is revoked. It is refused everywhere within a second."}
assert OVERLAP_WORDS.keys() == OVERLAPS.keys(), "every overlap has its words"


class KeyPages:
    """The views. `livemode`: what kind of keys this installation makes."""

    def __init__(self, *, livemode: bool) -> None:
        self._livemode = livemode

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("developers_keys", url_prefix="/developers/keys")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/new", "new", self.new)
        blueprint.add_url_rule("", "create", self.create, methods=["POST"])
        blueprint.add_url_rule("/<key>/roll", "roll", self.roll, methods=["POST"])
        blueprint.add_url_rule("/<key>/revoke", "revoke", self.revoke, methods=["POST"])
        return blueprint

    @access.page_requires("keys:read")
    def index(self) -> Response:
        return _list(done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("keys:write")
    @access.after_step_up
    def new(self) -> Response:
        return _form()

    @access.page_requires("keys:write")
    @access.after_step_up
    def create(self) -> Response:
        """The key's text is on this answer and nowhere else, ever."""
        form = request.form
        if form.get("expires") not in LIFETIMES:
            return _form(status=422, problem="Choose when the key ends.")
        _, lifetime = LIFETIMES[form["expires"]]
        try:
            with atomic() as session:
                key, text = api_keys.create(
                    session,
                    decode("sto", form.get("storefront", "")),
                    form.get("name", ""),
                    livemode=self._livemode,
                    cause=access.person_cause(),
                    scopes=form.getlist("scopes"),
                    expires_at=clock.utcnow() + lifetime if lifetime else None,
                    maker=access.principal(),
                )
        except InvalidParameter as refusal:
            return _form(status=422, problem=sentence(refusal))
        except Forbidden as refusal:
            return _form(status=403, problem=f"{refusal.detail}.")
        except NotFound:
            return _form(status=422, problem="Choose a shop.")
        return show_page("developers/key_made.html", key=key, text=text, scope_words=_scope_words(key))

    @access.page_requires("keys:write")
    @access.after_step_up
    def roll(self, key: str) -> Response:
        """A new key like the old one, which goes on for as long as was asked."""
        old = api_keys.get_key(decode("key", key), reach=access.reach())
        overlap = request.form.get("overlap", "")
        try:
            with atomic() as session:
                made, text = roll(
                    session,
                    old.id,
                    overlap=overlap,
                    cause=access.person_cause(),
                    maker=access.principal(),
                )
        except (InvalidParameter, KeyNotRollable, Forbidden) as refusal:
            return _list(status=_status_of(refusal), problem=f"{refusal.detail}.")
        return show_page(
            "developers/key_made.html",
            key=made,
            text=text,
            scope_words=_scope_words(made),
            old=old,
            old_ends=OVERLAP_WORDS[overlap],
        )

    @access.page_requires("keys:write")
    def revoke(self, key: str) -> BaseResponse:
        """Taking a key away waits for no code: it is what one does when a key has leaked."""
        found = api_keys.get_key(decode("key", key), reach=access.reach())
        with atomic() as session:
            api_keys.revoke(session, found.id, cause=access.person_cause())
        return redirect(url_for("developers_keys.index", done="revoked"), 303)


def _list(*, status: int = 200, done: str = "", problem: str = "") -> Response:
    now = clock.utcnow()
    keys = api_keys.list_keys(reach=access.principal().reach("keys:read"))
    names = {shop.public_id("sto"): shop.name for shop in storefronts_to_choose()}
    return show_page(
        "developers/keys.html",
        status=status,
        keys=keys,
        working=sum(1 for key in keys if key.status(now) in ("active", "expiring")),
        state_of=lambda key: key.status(now),
        states=STATES,
        names=names,
        overlaps=OVERLAP_WORDS,
        done=done,
        problem=problem,
    )


def _form(*, status: int = 200, problem: str = "") -> Response:
    """Only scopes that the maker holds at one of the shops are offered: a key cannot do more."""
    shops = _shops_within(access.principal().reach("keys:write"))
    return show_page(
        "developers/key_new.html",
        status=status,
        problem=problem,
        shops=shops,
        scopes=_scopes_at(shops),
        lifetimes={name: words for name, (words, _) in LIFETIMES.items()},
        form=request.form,
        chosen=request.form.getlist("scopes"),
    )


def _shops_within(reach: Reach) -> list[Choice]:
    return [shop for shop in storefronts_to_choose() if reach.holds(storefront_id=shop.id)]


def _scopes_at(shops: list[Choice]) -> list[str]:
    maker = access.principal()
    held = sorted((SCOPES | PLATFORM_SCOPES) & maker.permissions)
    return [scope for scope in held if any(maker.reach(scope).holds(storefront_id=shop.id) for shop in shops)]


def _scope_words(key: ApiKey) -> str:
    return ", ".join(key.scopes)


def _status_of(refusal: DomainError) -> int:
    return {KeyNotRollable: 409, Forbidden: 403}.get(type(refusal), 422)
