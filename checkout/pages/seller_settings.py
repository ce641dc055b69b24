"""When and where a seller is paid: the schedule with the dates that come of it, the bank account, the verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.currencies import CODES
from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.ledger.seller_balances import of_seller
from checkout.pages import access
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.pages.typed_money import typed_amount
from checkout.payouts.run import business_date
from checkout.payouts.schedule import WEEKDAYS, PayoutDate, Schedule, in_words, next_dates
from checkout.payouts.schedules import checked_schedule, schedule_of, set_schedule
from checkout.psp import AccountLink, PspError
from checkout.sellers.onboarding import OnboardingRefused, onboarding_link
from checkout.sellers.payout_accounts import PAUSE, BankDetails, change_payout_account
from checkout.wording.money import decimal_text

DONE: Final = {
    "schedule": "The schedule is saved. What is on its way goes on as it began.",
    "bank": "The bank account is saved. A letter about it is on its way to the seller's address.",
}
RHYTHM_WORDS: Final = {
    "daily": "Every business day",
    "weekly": "Weekly",
    "monthly": "Monthly",
    "manual": "Only when asked for",
}
VERIFICATION_WORDS: Final = {
    "unverified": ("Not verified yet", "care"),
    "pending": ("Being checked", "waiting"),
    "verified": ("Verified", "good"),
    "restricted": ("Restricted", "bad"),
}
PAUSE_HOURS: Final = int(PAUSE.total_seconds()) // 3600


@dataclass(frozen=True, slots=True)
class Rhythmic:
    """The schedule of one currency with its next dates. `tried`: it is not saved yet."""

    currency: str
    schedule: Schedule
    words: str
    minimum: str
    dates: Sequence[PayoutDate]
    tried: bool = False


class SellerSettings:
    """The views; `zone` is where payout days are meant."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("seller_settings", url_prefix="/seller/settings")
        blueprint.add_url_rule("", "show", self.show)
        blueprint.add_url_rule("/schedule", "schedule", self.schedule, methods=["POST"])
        blueprint.add_url_rule("/bank", "bank", self.bank)
        blueprint.add_url_rule("/bank", "change_bank", self.change_bank, methods=["POST"])
        blueprint.add_url_rule("/verification", "verify", self.verify, methods=["POST"])
        return blueprint

    @access.page_requires("payouts:read")
    @of_a_seller
    def show(self, seller: Seller) -> Response:
        return self._page(seller, done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("payouts:write")
    @of_a_seller
    def schedule(self, seller: Seller) -> BaseResponse:
        """Saved, or only tried: the dates are shown either way before anything counts."""
        try:
            currency, schedule = _schedule_sent()
        except InvalidParameter as refusal:
            return self._page(seller, status=422, problem=_sentence(refusal))
        if request.form.get("do") == "try":
            return self._page(seller, tried=self._rhythmic(currency, schedule, tried=True))

        def unit() -> None:
            with atomic() as session:
                set_schedule(
                    session,
                    seller.id,
                    currency,
                    schedule,
                    cause=access.person_cause(),
                    today=business_date(self._zone),
                )

        retrying(unit)
        return redirect(seller.url("seller_settings.show", done="schedule"), 303)

    @access.page_requires("sellers:write")
    @access.after_step_up
    @of_a_seller
    def bank(self, seller: Seller) -> Response:
        return _bank(seller)

    @access.page_requires("sellers:write")
    @access.after_step_up
    @of_a_seller
    def change_bank(self, seller: Seller) -> BaseResponse:
        form = request.form
        details = BankDetails(
            currency=form.get("currency", "").strip().upper(),
            country=form.get("country", "").strip().upper(),
            account_number=form.get("account_number", ""),
            holder_name=form.get("holder_name", ""),
            routing_number=form.get("routing_number", "").strip() or None,
        )
        if details.currency not in CODES:
            return _bank(seller, status=422, problem="A currency is three letters, such as EUR.")

        def unit() -> None:
            with atomic() as session:
                change_payout_account(session, seller.id, details, cause=access.person_cause())

        try:
            retrying(unit)
        except InvalidParameter as refusal:
            return _bank(seller, status=422, problem=_sentence(refusal))
        return redirect(seller.url("seller_settings.show", done="bank"), 303)

    @access.page_requires("sellers:write")
    @of_a_seller
    def verify(self, seller: Seller) -> BaseResponse:
        """A link to the payment provider's page. It works once, so it is made when it is asked for."""
        back = f"{current_app.config['PUBLIC_URL'].rstrip('/')}{seller.url('seller_settings.show')}"
        try:
            link = onboarding_link(seller.id, refresh_url=back, return_url=back, cause=access.person_cause())
        except (OnboardingRefused, InvalidParameter) as refusal:
            return self._page(seller, status=409, problem=_sentence(refusal))
        except PspError:
            problem = "The payment provider does not answer. Nothing was lost: try again in a minute."
            return self._page(seller, status=503, problem=problem)
        return self._page(seller, link=link)

    def _page(
        self,
        seller: Seller,
        *,
        status: int = 200,
        done: str = "",
        problem: str = "",
        tried: Rhythmic | None = None,
        link: AccountLink | None = None,
    ) -> Response:
        held = [balance.currency for balance in of_seller(seller.id)]
        accounts = seller.view.payout_accounts
        currencies = list(dict.fromkeys((*held, *(account.currency for account in accounts)))) or ["EUR"]
        word, tone = VERIFICATION_WORDS[seller.view.verification.status]
        return seller.show(
            "seller/settings.html",
            status=status,
            schedules=[self._rhythmic(code, schedule_of(seller.id, code)) for code in currencies],
            tried=tried,
            accounts=accounts,
            verification_word=word,
            verification_tone=tone,
            rhythms=RHYTHM_WORDS,
            weekdays=WEEKDAYS,
            form=request.form,
            link=link,
            done=done,
            problem=problem,
        )

    def _rhythmic(self, currency: str, schedule: Schedule, *, tried: bool = False) -> Rhythmic:
        minimum = decimal_text(Money(schedule.minimum_minor, currency)) if schedule.minimum_minor else ""
        dates = next_dates(schedule, currency, after=business_date(self._zone))
        return Rhythmic(currency, schedule, in_words(schedule), minimum, dates, tried)


def _schedule_sent() -> tuple[str, Schedule]:
    """
    Raises:
        InvalidParameter: a field is out of its bounds. Fields of another rhythm are left out.
    """
    form = request.form
    currency, rhythm = form.get("currency", "").strip().upper(), form.get("rhythm", "")
    if currency not in CODES:
        raise InvalidParameter.at("/currency", "A currency is three letters, such as EUR.")
    return currency, checked_schedule(
        rhythm=rhythm,
        weekday=_number("weekday") if rhythm == "weekly" else None,
        day_of_month=_number("day_of_month") if rhythm == "monthly" else None,
        minimum_minor=typed_amount(form.get("minimum", ""), currency, "minimum").amount_minor,
    )


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else -1


def _bank(seller: Seller, *, status: int = 200, problem: str = "") -> Response:
    return seller.show(
        "seller/bank.html", status=status, problem=problem, form=request.form, pause_hours=PAUSE_HOURS
    )


def _sentence(refusal: DomainError) -> str:
    said = (refusal.detail or "That did not work").rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
