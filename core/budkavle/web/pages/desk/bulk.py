"""Bulk actions: the ticked cases of a list, or all, are taken, closed, binned or marked as read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.cases.bulk.acts import BULK_ACTS, Changed, Selection, act_on_many
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.case import bin_days
from budkavle.web.pages.desk.choices import list_choices
from budkavle.web.pages.desk.toasts import Toast
from budkavle.web.pages.inbox import case_filter, case_rows, counted, list_context, list_query, open_case
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import is_open, page, part

LEFT = N_("{left} lämnades som de var.")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The confirmation of an action: for one case, for several, and the same in a personal inbox."""

    one: str
    several: str
    personal_one: str = ""
    personal_several: str = ""

    def sentence(self, number: int, *, shared: bool) -> str:
        """Return the sentence for this number of cases."""
        if number == 1:
            return self.one if shared else self.personal_one or self.one
        return self.several if shared else self.personal_several or self.several


CONFIRMATIONS = {
    "take": Confirmation("Du har tagit ärendet.", N_("Du har tagit {number} ärenden.")),
    "release": Confirmation("Ärendet är släppt.", N_("{number} ärenden är släppta.")),
    "close": Confirmation(
        "Ärendet är avslutat.",
        N_("{number} ärenden är avslutade."),
        "Meddelandet är arkiverat.",
        N_("{number} meddelanden är arkiverade."),
    ),
    "reopen": Confirmation(
        "Ärendet är öppet igen.",
        N_("{number} ärenden är öppna igen."),
        "Meddelandet ligger i inkorgen igen.",
        N_("{number} meddelanden ligger i inkorgen igen."),
    ),
    "bin": Confirmation(
        "Ärendet ligger i papperskorgen i {days} dygn.",
        N_("{number} ärenden ligger i papperskorgen i {days} dygn."),
        "Meddelandet ligger i papperskorgen i {days} dygn.",
        N_("{number} meddelanden ligger i papperskorgen i {days} dygn."),
    ),
    "restore": Confirmation(
        "Ärendet är tillbaka.",
        N_("{number} ärenden är tillbaka."),
        "Meddelandet är tillbaka.",
        N_("{number} meddelanden är tillbaka."),
    ),
    "read": Confirmation(
        N_("Ärendet är markerat som läst."),
        N_("{number} ärenden är markerade som lästa."),
        N_("Meddelandet är markerat som läst."),
        N_("{number} meddelanden är markerade som lästa."),
    ),
    "unread": Confirmation(
        N_("Ärendet är markerat som oläst."),
        N_("{number} ärenden är markerade som olästa."),
        N_("Meddelandet är markerat som oläst."),
        N_("{number} meddelanden är markerade som olästa."),
    ),
}


@post("/m/{mailbox_id:uuid}/many", sync_to_thread=True, status_code=200)
def act_on_ticked(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    mailbox_id: FromPath[UUID],
) -> Response[str]:
    """Do one action on the ticked cases, or on the whole list; the response is the updated list.

    Raises:
        Invalid: No such action, or too many cases.
        NotFound: The mailbox is not the visitor's, or one of the cases is not in it.
    """
    act_name = form.get("act")
    with visitor.work() as work:
        shared = find_mailbox(work, mailbox_id).mailbox.kind.is_shared
        _, whole = case_filter(request, list_choices(work))
        selection = Selection(whole=whole) if form.get("all") else Selection(ticked_cases(form))
        changed = act_on_many(work, mailbox_id, act_name, selection)
    url = f"/m/{mailbox_id}/many{list_query(request)}"
    return answer_with_list(request, visitor, mailbox_id, [_toast(visitor, act_name, changed, url, shared=shared)])


def answer_with_list(request: WebRequest, visitor: Visitor, mailbox_id: UUID, toasts: Sequence[Toast]) -> Response[str]:
    """Show the list after a bulk action, with the confirmation."""
    context = list_context(request, visitor, mailbox_id, open_case(request)) | {"view": None, "toasts": toasts}
    if not is_open(request):
        return page(visitor, "pages/inbox.html", context, mailbox_id=mailbox_id, folder=context["folder"])
    context |= counted(request, visitor, context["mailbox"]) | {"view": open_case(request)}
    return part(visitor, "fragments/list_now.html", context)


@get("/m/{mailbox_id:uuid}/many", sync_to_thread=True)
def show_after(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Redirect:
    """Redirect to the list when somebody returns to the URL of a bulk action."""
    with visitor.work() as work:
        find_mailbox(work, mailbox_id)
    return Redirect(f"/m/{mailbox_id}", status_code=303)


@get("/m/{mailbox_id:uuid}/rows", sync_to_thread=True)
def show_rows(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], ids: FromQuery[str] = ""
) -> Response[str]:
    """Return some rows of a list again, for an open page while others work on many cases."""
    wanted = [case_id for case_id in map(as_uuid, ids.split(",")) if case_id]
    rows = case_rows(request, visitor, mailbox_id, wanted)
    return part(visitor, "fragments/rows.html", {"rows": rows})


def ticked_cases(form: Form) -> Sequence[UUID]:
    """Return the cases named by a form, one or several in each field."""
    words = [word for value in form.all("case") for word in value.split(",")]
    return list(dict.fromkeys(case_id for case_id in map(as_uuid, words) if case_id))


def _toast(visitor: Visitor, act_name: str, changed: Changed, url: str, *, shared: bool) -> Toast:
    """Return the confirmation, with a button that undoes all of it at once."""
    unchanged = visitor.say(LEFT, left=changed.left) if changed.left else ""
    if not changed.ids:
        return Toast(visitor.say("Inget ändrades.") + f" {unchanged}".rstrip())
    sentence = CONFIRMATIONS[act_name].sentence(len(changed.ids), shared=shared)
    text = visitor.say(sentence, number=len(changed.ids), days=bin_days(visitor))
    fields = {"act": BULK_ACTS[act_name].undo, "case": ",".join(map(str, changed.ids))}
    return Toast(f"{text} {unchanged}".rstrip(), url, fields, ".list")


HANDLERS = [act_on_ticked, show_after, show_rows]
