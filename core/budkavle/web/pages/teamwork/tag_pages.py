"""Tags of a mailbox, managed by its administrators, and tags of a case (feature E19)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.permissions import require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.tags import COLOURS, add_tag, change_tag, list_tags, list_used_tags, remove_tag, set_tags
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.mailboxes.tabs import head, managed
from budkavle.web.pages.teamwork.confirmations import back_to_case, case_url, list_query
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

WORDS = {
    "blue": N_("Blå"),
    "green": N_("Grön"),
    "purple": N_("Lila"),
    "pink": N_("Rosa"),
    "brown": N_("Brun"),
    "grey": N_("Grå"),
}
SAID = {
    "added": N_("Taggen är tillagd."),
    "changed": N_("Taggen är ändrad."),
    "removed": N_("Taggen är borttagen, också från ärendena."),
}


@get("/c/{case_id:uuid}/tags", sync_to_thread=True)
def show_of_case(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show the mailbox's tags, with those of the case ticked."""
    with visitor.work() as work:
        case = case_item(work, case_id)
        access = require_writer(work, case.mailbox_id)
        tags = list_tags(work, case.mailbox_id)
    context = {
        "case": case,
        "tags": tags,
        "has": [tag.id for tag in case.tags],
        "manages": access.administrator,
        "query": list_query(request),
        "back_url": case_url(request, case_id),
    }
    return page(visitor, "pages/case_tags.html", context, mailbox_id=case.mailbox_id, folder="inbox")


@post("/c/{case_id:uuid}/tags", sync_to_thread=True)
def save_of_case(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]
) -> Response[Any]:
    """Set the case's tags to the ticked ones."""
    ticked = [tag_id for value in form.all("tag") if (tag_id := as_uuid(value))]
    with visitor.work() as work:
        set_tags(work, case_id, ticked)
    return back_to_case(request, case_id, "tagged")


@get("/mailboxes/{mailbox_id:uuid}/tags", sync_to_thread=True)
def show(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
    """List the tags of a mailbox for its administrators."""
    return _page(visitor, mailbox_id, said=said)


@post("/mailboxes/{mailbox_id:uuid}/tags", sync_to_thread=True)
def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]) -> Response[Any]:
    """Add, change or remove a tag."""
    tag_id, name, colour = as_uuid(form.get("tag")), form.get("name"), form.get("colour")
    try:
        with visitor.work() as work:
            if tag_id is None:
                add_tag(work, mailbox_id, name, colour)
                code = "added"
            elif form.get("remove"):
                remove_tag(work, mailbox_id, tag_id)
                code = "removed"
            else:
                change_tag(work, mailbox_id, tag_id, name, colour)
                code = "changed"
    except Invalid as error:
        typed = {"tag": str(tag_id or ""), "name": name, "colour": colour}
        return _page(visitor, mailbox_id, typed, error.fields)
    return Redirect(f"/mailboxes/{mailbox_id}/tags?said={code}", status_code=303)


def _page(
    visitor: Visitor,
    mailbox_id: UUID,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    *,
    said: str = "",
) -> Response[str]:
    standing = managed(visitor, mailbox_id)
    with visitor.work() as work:
        tags = list_used_tags(work, mailbox_id)
    context = {
        **head(standing, "settings", "tags"),
        "tags": tags,
        "colours": [(name, visitor.say(WORDS[name])) for name in COLOURS],
        "typed": {"tag": "", "name": "", "colour": COLOURS[0]} | dict(typed or {}),
        "faults": visitor.say_all(faults),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    status = 422 if faults else 200
    return page(visitor, "pages/mailbox_tags.html", context, mailbox_id=mailbox_id, folder="mailboxes", status=status)


HANDLERS = [show_of_case, save_of_case, show, save]
