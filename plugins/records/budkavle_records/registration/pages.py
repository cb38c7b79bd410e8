"""The pages for those who register: what is to be registered, the form, and one message with its history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, Conflict, Host, Invalid, NotFound, as_uuid
from budkavle.web import Form, Visitor, plugin_page
from budkavle_records.registration import lists, register_pages, views
from budkavle_records.registration.decisions import (
    UNKNOWN,
    Registration,
    correct,
    history,
    open_registrations,
    settle,
)
from budkavle_records.registration.outcomes import N_, Decision, checked
from budkavle_records.registration.views import PATH

SAID = {"settled": "Beslutet är sparat.", "corrected": "Rättelsen är sparad. Det tidigare beslutet står i historiken."}
MOST_AT_ONCE = 200
FIELDS = ("outcome", "number", "about", "reason")


def router(host: Host) -> Router:
    """Return the routes."""
    return Router("", route_handlers=[*_lists(host), *_settling(host), *_one(host), *register_pages.handlers(host)])


def nav_line(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the navigation line, if something has been registered or is to be in the actor's mailboxes."""
    with host.work(actor) as work:
        ids = [box.id for box in views.own_mailboxes(work, actor.user_id)]
        waiting = lists.count_for_menu(host, work, ids)
    if waiting is None:
        return {}
    current = subject.get("folder") == "registration"
    return {"url": PATH, "text": N_("Att registrera"), "icon": "list", "count": waiting, "current": current}


def _lists(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        mailbox: FromQuery[str] = "",
        first: FromQuery[int] = 0,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show what is to be registered, the most overdue first."""
        return _waiting(host, visitor, as_uuid(mailbox), max(first, 0), said)

    return [show]


def _settling(host: Host) -> list[Any]:
    @post(f"{PATH}/settle", sync_to_thread=True, status_code=200)
    def decide(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Store a decision about one or several messages."""
        ids = _ids(form)
        if not ids:
            return _waiting(host, visitor, None, 0, "", form)
        try:
            decision = _decision(form)
            with visitor.work() as work:
                settle(host, work, ids, decision)
        except Invalid as error:
            return _form_page(host, visitor, form, error.fields)
        except Conflict as error:
            return _form_page(host, visitor, form, {"message": str(error)})
        case_id = as_uuid(form.get("case"))
        return Redirect(f"/c/{case_id}" if case_id else f"{PATH}?said=settled", status_code=303)

    return [decide]


def _one(host: Host) -> list[Any]:
    @get(f"{PATH}/m/{{message_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], message_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show the decision about a message, when and by whom it was made, and earlier decisions."""
        return _message_page(host, visitor, message_id, said=said)

    @post(f"{PATH}/m/{{message_id:uuid}}", sync_to_thread=True, status_code=200)
    def change(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], message_id: FromPath[UUID]
    ) -> Response[Any]:
        """Correct a decision."""
        try:
            with visitor.work() as work:
                correct(host, work, message_id, _decision(form))
        except Invalid as error:
            return _message_page(host, visitor, message_id, form=form, faults=error.fields)
        return Redirect(f"{PATH}/m/{message_id}?said=corrected", status_code=303)

    return [show, change]


def _waiting(
    host: Host, visitor: Visitor, mailbox_id: UUID | None, first: int, said: str, unticked: Form | None = None
) -> Response[str]:
    """Return the list; `unticked` is a decision without a message, which is shown again."""
    now = datetime.now(UTC)
    with visitor.work() as work:
        boxes = views.own_mailboxes(work, visitor.actor.user_id)
        ids = views.chosen_mailboxes(boxes, mailbox_id)
        counts = lists.count_waiting(host, work, ids, now)
        rows = lists.waiting_page(host, work, ids, first)
    names = {box.id: box.name for box in boxes}
    total = sum(each.all for each in counts.values())
    query = f"?mailbox={mailbox_id}&" if mailbox_id else "?"
    context = {
        "path": PATH,
        "tab": "waiting",
        "rows": [views.shown_row(visitor, row, names) for row in rows],
        "counts": (total, sum(each.late for each in counts.values()), sum(each.today for each in counts.values())),
        "paging": views.pages(f"{PATH}{query}", first, len(rows), total),
        "csv": f"{PATH}/waiting.csv{query.rstrip('&?')}",
        "options": views.outcome_options(visitor),
        "typed": _typed(unticked),
        "fault": {},
        "said": visitor.say(SAID[said]) if said in SAID else "",
        "none_ticked": unticked is not None,
        **mailbox_choice(boxes, mailbox_id),
    }
    status = 422 if unticked else 200
    return plugin_page(visitor, "records/registration/waiting.html", context, folder="registration", status=status)


def mailbox_choice(boxes: Sequence[Any], mailbox_id: UUID | None) -> dict[str, Any]:
    """Return the values for the filter by mailbox."""
    return {"boxes": [(str(box.id), box.name) for box in boxes], "chosen": str(mailbox_id or "")}


def _form_page(host: Host, visitor: Visitor, form: Form, faults: Mapping[str, str] | None = None) -> Response[str]:
    with visitor.work() as work:
        shown = views.seen_registrations(work, _known(host, work, _ids(form)))
        titles = views.titles(host, work, visitor, shown)
    field_faults = visitor.say_all(faults)
    context = {
        "path": PATH,
        "messages": [{**views.shown_registration(visitor, each), "title": titles[each.message_id]} for each in shown],
        "case": as_uuid(form.get("case")) or "",
        "options": views.outcome_options(visitor),
        "typed": _typed(form),
        "faults": list(field_faults.items()),
        "fault": field_faults,
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "records/registration/settle.html", context, folder="registration", status=status)


def _message_page(
    host: Host,
    visitor: Visitor,
    message_id: UUID,
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    said: str = "",
) -> Response[str]:
    with visitor.work() as work:
        shown = views.seen_registrations(work, _known(host, work, [message_id]))
        if not shown:
            raise NotFound(UNKNOWN)
        registration = shown[0]
        title = views.titles(host, work, visitor, [registration])[message_id]
        past = history(host, work, [message_id]).get(message_id, [])
    field_faults = visitor.say_all(faults)
    context = {
        "path": PATH,
        "row": views.shown_registration(visitor, registration),
        "title": title,
        "case_url": f"/c/{registration.case_id}",
        "past": [views.past_row(visitor, each) for each in past],
        "options": views.outcome_options(visitor),
        "typed": _typed(form) if form else _typed_of(registration),
        "faults": list(field_faults.items()),
        "fault": field_faults,
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "records/registration/message.html", context, folder="registration", status=status)


def _known(host: Host, work: Any, ids: Sequence[UUID]) -> list[Registration]:
    registrations = open_registrations(host, work, ids)
    if not ids or len(registrations) != len(set(ids)):
        raise NotFound(UNKNOWN)
    return [registrations[message_id] for message_id in dict.fromkeys(ids)]


def _ids(form: Form) -> list[UUID]:
    ids = [as_uuid(word) for word in form.all("message")[:MOST_AT_ONCE]]
    if None in ids:
        raise NotFound(UNKNOWN)
    return [message_id for message_id in ids if message_id is not None]


def _decision(form: Form) -> Decision:
    texts = {name: form.get(name) for name in FIELDS}
    hides = {name: bool(form.get(name)) for name in ("hides_sender", "hides_about")}
    return checked(form.get("outcome"), texts, **hides)


def _typed(form: Form | None) -> dict[str, Any]:
    typed: dict[str, Any] = {name: form.get(name) if form else "" for name in FIELDS}
    return typed | {name: bool(form and form.get(name)) for name in ("hides_sender", "hides_about")}


def _typed_of(registration: Registration) -> dict[str, Any]:
    return {
        "outcome": registration.outcome.value if registration.outcome else "",
        "number": registration.number,
        "about": registration.about,
        "reason": "",
        "hides_sender": registration.hides_sender,
        "hides_about": registration.hides_about,
    }
