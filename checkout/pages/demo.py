"""The demo shop (development only): a cart with two sellers' goods, checked out as any storefront would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.pages import mailbox, security
from checkout.pages.demo_cart import Cart, CartCookie, payment_request
from checkout.pages.demo_goods import BY_SKU, GOODS, SELLERS
from checkout.pages.demo_storefront import Answer, ShopNotSeeded, Storefront

CART_COOKIE = "demo_cart"
CART_SECONDS = 7 * 86400
DEFAULT_EMAIL = "jo@example.org"
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


class DemoPages:
    """The shop's views. `psp_origins`: where the hosted page lives, which the checkout form ends at."""

    def __init__(
        self, *, secret_key: str, data_dir: Path, public_url: str, psp_origins: Iterable[str], zone: ZoneInfo
    ) -> None:
        self._cookie = CartCookie(secret_key)
        self._data_dir = data_dir
        self._public_url = public_url
        # Our own by its public name too: the shop may have been opened by another name of this machine.
        self._form_targets = (*psp_origins, security.origin_of(public_url))
        self._zone = zone

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("demo", __name__)
        security.protect(blueprint)
        blueprint.add_url_rule("/", "home", lambda: redirect(url_for("demo.shop")))
        blueprint.add_url_rule("/demo", "shop", self.shop)
        blueprint.add_url_rule("/demo/thanks", "thanks", self.thanks)
        blueprint.add_url_rule("/demo/cart", "change_cart", self.change_cart, methods=["POST"])
        blueprint.add_url_rule("/demo/checkout", "checkout", self.checkout, methods=["POST"])
        return blueprint

    def shop(self) -> Response:
        return self._shop_page(self._cart())

    def thanks(self) -> Response:
        """Where the status page's button leads after paying. The cart is emptied: it has become an order."""
        response = self._page("demo/thanks.html", payment=request.args.get("payment", ""))
        response.delete_cookie(CART_COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
        return response

    def change_cart(self) -> BaseResponse:
        """Adds one of a good, or takes it out."""
        adding = "add" in request.form
        sku = request.form.get("add" if adding else "remove", "")
        if sku not in BY_SKU:
            abort(400)
        cart = self._cart().with_one_more(sku) if adding else self._cart().without(sku)
        return self._remember(redirect(url_for("demo.shop"), 303), cart)

    def checkout(self) -> BaseResponse:
        """Registers the cart's payment and sends the shopper to the PSP's page."""
        cart = self._cart()
        if not cart.quantities:
            return redirect(url_for("demo.shop"), 303)
        email = request.form.get("email", "").strip() or DEFAULT_EMAIL
        answer = self._start(cart, email)
        if answer.kind == "again":
            cart = cart.anew()
            answer = self._start(cart, email)
        if answer.kind != "go":
            return self._remember(
                self._shop_page(cart, email=email, problem=answer.detail, status=answer.status), cart
            )
        response = self._remember(redirect(answer.url, 303), cart)
        response.headers["Content-Security-Policy"] = self._policy()
        return response

    def _start(self, cart: Cart, email: str) -> Answer:
        try:
            storefront = Storefront.from_data_dir(self._data_dir)
        except ShopNotSeeded:
            return Answer("refused", detail="The demo shop has no goods yet: run `flask demo seed`.")
        body = payment_request(
            cart,
            seller_ids=storefront.seller_ids,
            email=email,
            locale=_locale(),
            shop_url=f"{self._public_url}/demo",
            today=clock.utcnow().astimezone(self._zone).date(),
        )
        return storefront.start_payment(body)

    def _cart(self) -> Cart:
        return self._cookie.read(request.cookies.get(CART_COOKIE, ""))

    def _remember(self, response: BaseResponse, cart: Cart) -> BaseResponse:
        response.set_cookie(
            CART_COOKIE,
            self._cookie.write(cart),
            max_age=CART_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
        return response

    def _shop_page(
        self, cart: Cart, *, email: str = DEFAULT_EMAIL, problem: str = "", status: int = 200
    ) -> Response:
        page = self._page(
            "demo/shop.html", cart=cart, goods=GOODS, sellers=SELLERS, email=email, problem=problem
        )
        page.status_code = status
        return page

    def _page(self, template: str, **data: object) -> Response:
        response = make_response(
            render_template(template, brand="Demo shop", navigation=mailbox.navigation("shop"), **data)
        )
        response.headers["Content-Security-Policy"] = self._policy()
        return response

    def _policy(self) -> str:
        return security.content_policy(form_targets=self._form_targets)


def _locale() -> str:
    """The language the browser asks for first, where it is a plain tag."""
    best = request.accept_languages.best or ""
    return best if _LANGUAGE_TAG.fullmatch(best) else "en-GB"
