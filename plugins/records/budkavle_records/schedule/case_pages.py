"""The kind of a case and of a mailbox: the panel of a case, and the pages for choosing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Actor, ActorScope, Host, Invalid, NotFound, Sentence, as_uuid
from budkavle.accounts import require_manager, require_member
from budkavle.cases import find_case_times
from budkavle.web import Form, Visitor, plugin_page
from budkavle_records.frame import N_, PATH
from budkavle_records.schedule.assignment import (
    CaseKind,
    case_kinds_of,
    mailbox_kind,
    set_case_kind,
    set_mailbox_kind,
)
from budkavle_records.schedule.due import SAID
from budkavle_records.schedule.kinds import Kind, list_kinds, period_words

NO_CASE = "Ärendet finns inte, eller så har du inte tillgång till det."
HOW = {
    "hand": N_("Valt av {who}."),
    "rule": N_("Satt av en regel."),
    "mailbox": N_("Brevlådans handlingstyp."),
    "": N_("Ingen handlingstyp är vald."),
}
NEEDED = ", ".join(sorted(moment.value for moment in SAID))


def case_piece(host: Host, subject: Mapping[str, Any], *, held: bool) -> Mapping[str, Any]:
    """Return the kind of a case for the panel above its messages; empty if there is nothing to show."""
    case = subject["case"]
    with host.work(host.system(case.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        case_kind = case_kinds_of(host, work, {case.id: case.mailbox_id})[case.id]
        if not held and not list_kinds(host, work):
            return {}
    return {
        "held": held,
        "url": f"{PATH}/cases/{case.id}",
        "kind": case_kind.kind,
        "gone": case_kind.is_gone,
        **_words(case_kind),
    }


def case_action(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the link to the page for choosing the kind."""
    return {"url": f"{PATH}/cases/{subject['case'].id}"}


def mailbox_piece(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the card in a mailbox's settings for choosing its usual kind."""
    mailbox = subject["mailbox"]
    with host.work(host.system(actor.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        kinds = list_kinds(host, work)
        chosen = mailbox_kind(host, work, mailbox.id)
    return {"url": f"{PATH}/mailboxes/{mailbox.id}", "options": _options(kinds), "chosen": str(chosen or "")}


def router(host: Host) -> Router:
    """Return the routes."""

    @get(f"{PATH}/cases/{{case_id:uuid}}", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Show the page for choosing the kind of a case."""
        return _case_page(host, visitor, case_id)

    @post(f"{PATH}/cases/{{case_id:uuid}}", sync_to_thread=True)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]) -> Response[Any]:
        """Set the kind of the case."""
        _require_case(host, visitor, case_id)
        try:
            with host.work(visitor.actor) as work:
                set_case_kind(host, work, case_id, as_uuid(form.get("kind")), form.get("said"))
        except Invalid as error:
            return _case_page(host, visitor, case_id, form, error.fields)
        return Redirect(f"/c/{case_id}", status_code=303)

    @post(f"{PATH}/mailboxes/{{mailbox_id:uuid}}", sync_to_thread=True)
    def save_mailbox(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
    ) -> Response[Any]:
        """Set the kind that applies to a mailbox's cases unless another one is set."""
        with host.work(visitor.actor) as work:
            require_manager(work, mailbox_id)
            set_mailbox_kind(host, work, mailbox_id, as_uuid(form.get("kind")))
        return Redirect(f"/mailboxes/{mailbox_id}/settings", status_code=303)

    return Router("", route_handlers=[ask, save, save_mailbox])


def _require_case(host: Host, visitor: Visitor, case_id: UUID) -> tuple[UUID, CaseKind]:
    """Return a case's mailbox and kind, for its members; this does not show administrators that the case exists."""
    with host.work(host.system(visitor.actor.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        times = find_case_times(work, [case_id]).get(case_id)
        if times is None:
            raise NotFound(NO_CASE)
        case_kind = case_kinds_of(host, work, {case_id: times.mailbox_id})[case_id]
    with host.work(visitor.actor) as work:
        try:
            require_member(work, times.mailbox_id)
        except NotFound as error:
            raise NotFound(NO_CASE) from error
    return times.mailbox_id, case_kind


def _case_page(
    host: Host,
    visitor: Visitor,
    case_id: UUID,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    mailbox_id, case_kind = _require_case(host, visitor, case_id)
    with host.work(visitor.actor) as work:
        kinds = list_kinds(host, work)
    case_kind_id = case_kind.kind if case_kind.how in {"hand", "rule"} else None
    said = case_kind.said_day.isoformat() if case_kind.said_day else ""
    field_faults = visitor.say_all(faults)
    context = {
        "case_id": case_id,
        "path": f"{PATH}/cases/{case_id}",
        "options": [("", visitor.say("Brevlådans handlingstyp")), *_options(kinds)],
        "chosen": form.get("kind") if form else str(case_kind_id.id) if case_kind_id else "",
        "said": form.get("said") if form else said,
        "kind": case_kind.kind,
        "period": visitor.say(period_words(case_kind.kind)) if case_kind.kind else "",
        "how": visitor.say(_words(case_kind)["how"]),
        "needed": NEEDED,
        "fault": field_faults,
        "faults": list(field_faults.items()),
    }
    return plugin_page(
        visitor, "records/case_kind.html", context, mailbox_id=mailbox_id, status=422 if field_faults else 200
    )


def _words(case_kind: CaseKind) -> dict[str, str]:
    return {
        "how": Sentence(HOW[case_kind.how], who=case_kind.set_by),
        "period": period_words(case_kind.kind) if case_kind.kind else "",
    }


def _options(kinds: Sequence[Kind]) -> list[tuple[str, str]]:
    return [(str(kind.id), kind.label) for kind in kinds]
