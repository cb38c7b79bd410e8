"""Sending later: the times that are proposed, the time that is chosen, and letting the message wait for it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from budkavle.messaging import drafts
from budkavle.messaging.later import sends as later_sends
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.messages import Draft
from budkavle.model.sentences import Sentence
from budkavle.model.times import ZONE, clock, day_in_words, working_day_after
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.compose.state import ComposePage
from budkavle.web.pages.drafts import saved_form

LATER = "later"
"""The value of the button that sends at one's own time, and the field of that; it stands before a proposed time."""
MORNING = time(8)


def proposals(visitor: Visitor, now: datetime | None = None) -> list[tuple[str, str]]:
    """Return the times that are proposed: the value of the button, and what stands on it."""
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
    """Return the first and the last time that may be chosen, as the field has them."""
    at = (now or datetime.now(ZONE)).astimezone(ZONE)
    return f"{at:%Y-%m-%dT%H:%M}", f"{at + later_sends.FURTHEST:%Y-%m-%dT%H:%M}"


def kept_time(saved: Form) -> str:
    """Return the time to send at that a draft was left with, as it was typed; empty once it has passed."""
    typed, (first, _) = saved.get(LATER), bounds()
    return typed if typed >= first else ""


def is_later(posted: Form) -> bool:
    """Tell whether the pressed button sends at another time than now."""
    return posted.get("send").partition(" ")[0] == LATER


def chosen_time(posted: Form) -> datetime:
    """Return the time that was chosen, in the clock that people go by.

    Raises:
        Invalid: There is none, or no clock shows it.
    """
    text = posted.get("send").partition(" ")[2] or posted.get(LATER)
    try:
        wall = datetime.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
        at = wall.replace(tzinfo=ZONE)
        is_shown = at.astimezone(UTC).astimezone(ZONE).replace(tzinfo=None) == wall
    except (ValueError, OverflowError):  # a time at the end of all time has none in another zone
        raise Invalid(drafts.RECTIFY, fields={LATER: "Välj dag och tid."}) from None
    if not is_shown:
        sentence = Sentence(
            "Klockan är aldrig {time} den natten: den ställs fram. Välj en annan tid.", time=f"{wall:%H.%M}"
        )
        raise Invalid(drafts.RECTIFY, fields={LATER: sentence})
    return at.astimezone(UTC)


def let_wait(compose_page: ComposePage, draft: Draft, posted: Form) -> str:
    """Let the message wait for the time that was chosen, and return where that leads.

    A form that comes twice, as by a double click, leads to the same.
    """
    context, form = compose_page.context, compose_page.form
    at, saved = chosen_time(posted), saved_form(posted, form.attachments)
    if saved is None:
        raise Conflict("Sidan är för gammal. Läs in den igen.")
    with context.visitor.work() as work:
        if not any(one.draft.id == saved.draft_id for one in later_sends.load_waiting(work)):
            later_sends.send_later(work, context.mailbox.id, draft, at, saved, routes=compose_page.routes)
    return f"/m/{context.mailbox.id}/sent?waits={saved.draft_id}"


def page_values(compose_page: ComposePage, posted_time: str) -> dict[str, Any]:
    """Return what the form shows of it; nothing where a colleague says yes first."""
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
