"""Bulk actions that need a choice first: a colleague, a tag, a day or a mailbox (feature E7).

The bar's buttons open a page for the ticked cases. The action is done with the choice made there, and the list
confirms it with one undo for all cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.cases.bulk.acts import Selection
from budkavle.cases.bulk.choosing import Done, do_with_many, list_selected, undo_with_many
from budkavle.cases.teamwork.assignment import list_assignable
from budkavle.cases.teamwork.due_dates import offered_days, today
from budkavle.cases.teamwork.moving import find_target, list_targets
from budkavle.cases.teamwork.tags import list_tags
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.times import day_in_words
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.desk.bulk import LEFT, answer_with_list, ticked_cases
from budkavle.web.pages.desk.choices import list_choices
from budkavle.web.pages.desk.toasts import Toast
from budkavle.web.pages.inbox import case_filter, list_query
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

NOTHING_CHOSEN = N_("Välj något i listan.")
Option = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Question:
    """The question before an action on many cases.

    Attributes:
        title: The heading, with the number of cases.
        title_of_one: The heading for one case.
        legend: The label of the choice.
        button: The label of the button.
        done: The confirmation.
        search: The label of the search field; empty if the list is short.
    """

    title: str
    title_of_one: str
    legend: str
    button: str
    done: str
    search: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """The cases of a mailbox to act on, the action, and the input so far."""

    mailbox_id: UUID
    act: str
    ids: Sequence[UUID]
    form: Form


QUESTIONS = {
    "assign": Question(
        N_("Tilldela {number} ärenden"),
        N_("Tilldela ärendet"),
        N_("Kollega"),
        N_("Tilldela"),
        N_("{number} ärenden är tilldelade."),
        N_("Sök kollega"),
    ),
    "tag": Question(
        N_("Sätt en tagg på {number} ärenden"),
        N_("Sätt en tagg på ärendet"),
        N_("Tagg"),
        N_("Sätt taggen"),
        N_("{number} ärenden har fått taggen."),
    ),
    "untag": Question(
        N_("Sätt en tagg på {number} ärenden"),
        N_("Sätt en tagg på ärendet"),
        N_("Tagg"),
        N_("Ta bort taggen"),
        N_("{number} ärenden är utan taggen."),
    ),
    "due": Question(
        N_("Svarsdatum för {number} ärenden"),
        N_("Svarsdatum för ärendet"),
        N_("Ärendena ska besvaras senast"),
        N_("Spara"),
        N_("{number} ärenden har fått svarsdatumet."),
    ),
    "move": Question(
        N_("Flytta {number} ärenden"),
        N_("Flytta ärendet"),
        N_("Brevlåda"),
        N_("Fortsätt"),
        N_("{number} ärenden är flyttade."),
        N_("Sök brevlåda"),
    ),
}
ONE = {
    "assign": N_("Ärendet är tilldelat."),
    "tag": N_("Ärendet har fått taggen."),
    "untag": N_("Ärendet är utan taggen."),
    "due": N_("Svarsdatumet är sparat."),
    "move": N_("Ärendet är flyttat."),
}


@post("/m/{mailbox_id:uuid}/many/{act:str}", sync_to_thread=True, status_code=200)
def choose(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    mailbox_id: FromPath[UUID],
    act: FromPath[str],
) -> Response[str]:
    """Ask for the choice for the ticked cases, do the action, or undo it; then the response is the updated list.

    Raises:
        Invalid: No such action, or too many cases.
        NotFound: The mailbox is not the visitor's, or one of the cases is not in it.
    """
    with visitor.work() as work:
        find_mailbox(work, mailbox_id)
    if act == "undo":
        return _undo(request, visitor, form, mailbox_id)
    if act not in QUESTIONS or act == "untag":
        raise Invalid("Det går inte att göra det med flera ärenden.")
    asking = Asking(mailbox_id, act, _selected(request, visitor, form, mailbox_id), form)
    if not asking.ids or not _is_chosen(asking) or form.get("find"):
        fault = NOTHING_CHOSEN if form.get("asked") and not form.get("find") else ""
        return _page(request, visitor, asking, fault)
    if act == "move" and not form.get("confirmed"):
        return _page(request, visitor, asking, target=as_uuid(form.get("value")))
    return _do(request, visitor, asking, "untag" if form.get("how") == "untag" else act)


def _is_chosen(asking: Asking) -> bool:
    """Tell whether something of the list is chosen; of days, none is a choice too."""
    value = asking.form.get("value")
    return "value" in asking.form.values if asking.act == "due" else as_uuid(value) is not None


def _do(request: WebRequest, visitor: Visitor, asking: Asking, act: str) -> Response[str]:
    value = asking.form.get("value")
    try:
        with visitor.work() as work:
            outcome = do_with_many(work, asking.mailbox_id, act, asking.ids, value)
    except Invalid as error:
        return _page(request, visitor, asking, next(iter(error.fields.values()), error.message))
    return answer_with_list(request, visitor, asking.mailbox_id, [_toast(request, visitor, asking, act, outcome)])


def _selected(request: WebRequest, visitor: Visitor, form: Form, mailbox_id: UUID) -> list[UUID]:
    with visitor.work() as work:
        _, whole = case_filter(request, list_choices(work))
        selection = Selection(whole=whole) if form.get("all") else Selection(ticked_cases(form))
        return list_selected(work, mailbox_id, selection)


def _undo(request: WebRequest, visitor: Visitor, form: Form, mailbox_id: UUID) -> Response[str]:
    groups: dict[str, list[UUID]] = {}
    for group in form.get("before").split(";"):
        value, _, ids = group.partition("=")
        groups[value] = [case_id for case_id in map(as_uuid, ids.split(",")) if case_id]
    with visitor.work() as work:
        changed = undo_with_many(work, mailbox_id, form.get("act"), form.get("value"), groups)
    several, single = N_("{number} ärenden är som de var."), N_("Ärendet är som det var.")
    text = visitor.say(single if len(changed) == 1 else several, number=len(changed))
    return answer_with_list(request, visitor, mailbox_id, [Toast(text if changed else visitor.say("Inget ändrades."))])


def _toast(request: WebRequest, visitor: Visitor, asking: Asking, act: str, outcome: Done) -> Toast:
    unchanged = visitor.say(LEFT, left=outcome.left) if outcome.left else ""
    if not outcome.ids:
        return Toast(f"{visitor.say('Inget ändrades.')} {unchanged}".rstrip())
    sentence = ONE[act] if len(outcome.ids) == 1 else QUESTIONS[act].done
    before = ";".join(f"{earlier}={','.join(map(str, ids))}" for earlier, ids in outcome.before.items())
    fields = {"act": act, "value": asking.form.get("value"), "before": before}
    url = f"/m/{asking.mailbox_id}/many/undo{list_query(request)}"
    return Toast(f"{visitor.say(sentence, number=len(outcome.ids))} {unchanged}".rstrip(), url, fields, ".list")


def _page(
    request: WebRequest, visitor: Visitor, asking: Asking, fault: str = "", target: UUID | None = None
) -> Response[str]:
    """Ask for the choice, or for confirmation to move cases to a mailbox with these readers."""
    words, question, mailbox_id = asking.form.get("q"), QUESTIONS[asking.act], asking.mailbox_id
    with visitor.work() as work:
        standing = find_mailbox(work, mailbox_id)
        if not standing.mailbox.kind.is_shared:
            raise NotFound("Det går bara i en funktionsbrevlåda.")
        options, more = _options(work, visitor, asking, words)
        chosen = find_target(work, target) if target else None
    query = list_query(request)
    context: Mapping[str, Any] = {
        "act": asking.act,
        "asked": question,
        "number": len(asking.ids),
        "title": visitor.say(question.title_of_one if len(asking.ids) == 1 else question.title, number=len(asking.ids)),
        "ids": ",".join(map(str, asking.ids)),
        "options": options,
        "searches": bool(question.search) and (more or bool(words)),
        "more": more,
        "words": words,
        "fault": visitor.say(fault) if fault else "",
        "target": chosen,
        "rest": chosen.readers - len(chosen.names) if chosen else 0,
        "url": f"/m/{mailbox_id}/many/{asking.act}{query}",
        "back_url": f"/m/{mailbox_id}{query}",
        "manages": standing.administrator,
        "mailbox_id": mailbox_id,
    }
    status = 422 if fault else 200
    return page(visitor, "pages/many.html", context, mailbox_id=mailbox_id, folder="inbox", status=status)


def _options(work: Work, visitor: Visitor, asking: Asking, words: str) -> tuple[list[Option], bool]:
    """Return the options, and whether there are more than those."""
    mailbox_id = asking.mailbox_id
    if asking.act == "assign":
        people = list_assignable(work, mailbox_id, words, case_ids=asking.ids)
        return [(str(one.user_id), one.name, one.email) for one in people.items], people.total > len(people.items)
    if asking.act == "move":
        targets = list_targets(work, mailbox_id, words)
        return [(str(one.id), one.name, one.description) for one in targets.items], targets.total > len(targets.items)
    if asking.act == "due":
        days: list[Option] = [
            (day.isoformat(), day_in_words(day, visitor.language, "EEEE d MMMM"), None)
            for _, day in offered_days(today())
        ]
        return [*days, ("", visitor.say("Inget svarsdatum"), None)], False
    return [(str(tag.id), tag.name, None) for tag in list_tags(work, mailbox_id)], False


HANDLERS = [choose]
