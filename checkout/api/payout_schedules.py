"""When sellers are paid: a rhythm for each currency, and the dates that come of it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import payout_examples as examples
from checkout.api.answers import JSON_TYPE, resource, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import api_context, renderer
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.payout_json import schedule_json
from checkout.api.representations import as_bytes
from checkout.api.schemas.payouts import NewSchedule, PayoutSchedule, ScheduleQuery
from checkout.api.sellers import SELLER_ID
from checkout.orders.within import seller_within
from checkout.payments.answer import Answer
from checkout.payouts.run import business_date
from checkout.payouts.schedule import Schedule, next_dates
from checkout.payouts.schedules import checked_schedule, schedule_of, set_schedule

payout_schedules = ApiBlueprint("payout_schedules", __name__, description="")

ROUTE: Final = "/v1/sellers/<seller_id>/payout_schedule"
JSON: Final = {"Content-Type": JSON_TYPE}


@payout_schedules.route(ROUTE, methods=["GET"], parameters=[SELLER_ID], tags=["payouts"])
@payout_schedules.requires("payouts:read")
@payout_schedules.answers(
    200, PayoutSchedule, description="The schedule, and the next three dates.", example=examples.SCHEDULE
)
@payout_schedules.answers(304, description="It is as the ETag in If-None-Match says.")
@payout_schedules.refuses("not_found")
@payout_schedules.takes(ScheduleQuery)
def read(seller_id: str, query: dict[str, Any]) -> Response:
    """Read when a seller is paid

    In one currency. A date on which banks are closed is paid on the business day before it.
    """
    id, currency = seller_within(seller_id, reach()), query["currency"]
    return resource(_document(id, currency, schedule_of(id, currency)))


@payout_schedules.route(ROUTE, methods=["PUT"], parameters=[SELLER_ID, KEY_HEADER], tags=["payouts"])
@payout_schedules.requires("payouts:write")
@payout_schedules.answers(
    200, PayoutSchedule, description="The schedule as it is now.", example=examples.SCHEDULE
)
@payout_schedules.refuses("not_found", *KEY_ERRORS)
@payout_schedules.accepts(NewSchedule, example=examples.NEW_SCHEDULE)
def change(seller_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Say when a seller is paid

    From the next date on; what is on its way goes on. Below the minimum everything waits for the date after.
    """
    id, currency = seller_within(seller_id, reach()), body["currency"]
    schedule = checked_schedule(
        rhythm=body["rhythm"],
        weekday=body.get("weekday"),
        day_of_month=body.get("day_of_month"),
        minimum_minor=body["minimum"],
    )

    def work(session: Session) -> Answer:
        set_schedule(session, id, currency, schedule, cause=principal().cause, today=_today())
        return Answer(200, _document(id, currency, schedule), JSON)

    return respond(once_in_one(sent, renderer(), work))


def _document(seller_id: UUID, currency: str, schedule: Schedule) -> bytes:
    coming = next_dates(schedule, currency, after=_today())
    return as_bytes(schedule_json(seller_id, currency, schedule, coming, api_context().timezone))


def _today() -> date:
    return business_date(ZoneInfo(api_context().timezone))
