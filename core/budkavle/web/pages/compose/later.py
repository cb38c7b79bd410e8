"""Sending later: the proposed times, the chosen time, and scheduling the message."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from budkavle.messaging import drafts, held_sends
from budkavle.messaging.later import sends as later_sends
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.messages import Draft
from budkavle.model.sentences import Sentence
from budkavle.model.times import ZONE, clock, day_in_words, read_clock, read_day, working_day_after
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.compose.state import ComposePage
from budkavle.web.pages.drafts import saved_form

LATER = "later"
"""The value of the button that sends at the user's own time, and the field of that; prefix of a proposed time."""
MORNING = time(8)


def proposals(visitor: Visitor, now: datetime | None = None) -> list[tuple[str, str]]:
    """Return the proposed times: the value of the button, and its label."""
    today = (now or datetime.now(ZONE)).astimezone(ZONE).date()
    first = working_day_after(today, 1)
    monday = working_day_after(today + timedelta(days=6 - today.weekday()), 1)
    days = [first, *([monday] if monday != first else [])]
    result = []
    for day in days:
        at = datetime.combine(day, MORNING, ZONE)
        is_tomorrow = day == today + timedelta(days=1)
        words = (
            visitor.say("I morgon") if is_tomorrow else day_in_words(day, visitor.language, "EEEE d MMM").capitalize()
        )
        result.append((f"{LATER} {at:%Y-%m-%dT%H:%M}", f"{words} {clock(at, visitor.language)}"))
    return result


def bounds(now: datetime | None = None) -> tuple[str, str]:
    """Return the first and the last time that may be chosen, in the field's format."""
    at = (now or datetime.now(ZONE)).astimezone(ZONE)
    return f"{at:%Y-%m-%dT%H:%M}", f"{at + later_sends.FURTHEST:%Y-%m-%dT%H:%M}"


def kept_time(saved: Form) -> str:
    """Return a draft's time to send, as it was typed; empty once it has passed."""
    typed, (first, _) = saved.get(LATER), bounds()
    return typed if typed >= first else ""


def is_later(posted: Form) -> bool:
    """Tell whether the pressed button sends at another time than now."""
    return posted.get("send").partition(" ")[0] == LATER


def chosen_time(posted: Form) -> datetime:
    """Return the chosen time, read as local time.

    Raises:
        Invalid: None was chosen, or it does not exist in local time.
    """
    text = posted.get("send").partition(" ")[2] or posted.get(LATER)
    typed_day, _, typed_clock = text.replace("T", " ").partition(" ")
    day, time_of_day = read_day(typed_day), read_clock(typed_clock)
    if day is None or time_of_day is None:
        raise Invalid(drafts.RECTIFY, fields={LATER: "Välj dag och tid, som 2027-03-10 08.00."})
    at = datetime.combine(day, time_of_day, ZONE)
    if at.astimezone(UTC).astimezone(ZONE).time() != time_of_day:
        sentence = Sentence(
            "Klockan är aldrig {time} den natten: den ställs fram. Välj en annan tid.", time=f"{at:%H.%M}"
        )
        raise Invalid(drafts.RECTIFY, fields={LATER: sentence})
    return at.astimezone(UTC)


def let_wait(compose_page: ComposePage, draft: Draft, posted: Form) -> str:
    """Schedule the message for the chosen time, and return the URL to go to.

    A form that is sent twice, as by a double click, gives the same result.
    """
    context, form = compose_page.context, compose_page.form
    at, saved = chosen_time(posted), saved_form(posted, form.attachments)
    if saved is None:
        raise Conflict("Sidan är för gammal. Läs in den igen.")
    with context.visitor.work() as work:
        if not any(waiting.draft.id == saved.draft_id for waiting in later_sends.load_waiting(work)):
            held_sends.require_free(work, saved, draft.once)
            later_sends.send_later(work, context.mailbox.id, draft, at, saved, routes=compose_page.routes)
    return f"/m/{context.mailbox.id}/sent?waits={saved.draft_id}"


def page_values(compose_page: ComposePage, posted_time: str) -> dict[str, Any]:
    """Return what the form shows about sending later; nothing if a colleague must approve the message."""
    context = compose_page.context
    if context.mailbox.needs_approval:
        return {"later": None}
    first, last = bounds()
    shared = context.mailbox.kind.is_shared
    return {
        "later": {
            "shared": shared,
            "proposals": proposals(context.visitor),
            "first": first,
            "last": last,
            "chosen": posted_time,
        }
    }
