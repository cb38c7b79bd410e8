"""The pages for listing, writing and removing templates, and the links to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, BudkavleError, Conflict, Host, Invalid, as_uuid
from budkavle.accounts import require_member
from budkavle.web import Form, Visitor, plugin_page
from budkavle_templates.choosing import languages
from budkavle_templates.fields import DESCRIPTIONS, N_, Field, names_in, spellings
from budkavle_templates.store import (
    LONGEST_NAME,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    Content,
    Template,
    add_template,
    change_template,
    find_template,
    has_templates,
    list_of_mailbox,
    list_own,
    matching,
    may_write,
    remove_template,
)

PATH = "/plugin/templates"
SAID = {"saved": N_("Mallen är sparad."), "removed": N_("Mallen är borttagen.")}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a template was not saved, and which version of it the form was based on."""

    error: BudkavleError
    version: str = ""


def router(host: Host) -> Router:
    """Return the routes of the pages."""
    return Router("", route_handlers=[*_reading(host), *_writing(host)])


def _reading(host: Host) -> list[HTTPRouteHandler]:
    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        mailbox: FromQuery[UUID | None] = None,
        q: FromQuery[str] = "",
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """List the templates of a mailbox, or one's own."""
        return _list_page(host, visitor, mailbox, q, said)

    @get(f"{PATH}/new", sync_to_thread=True)
    def begin(visitor: NamedDependency[Visitor], mailbox: FromQuery[UUID | None] = None) -> Response[str]:
        """Show an empty template."""
        return _form_page(host, visitor, mailbox, Content("", "", ""))

    @get(f"{PATH}/{{template_id:uuid}}", sync_to_thread=True)
    def open_one(visitor: NamedDependency[Visitor], template_id: FromPath[UUID]) -> Response[str]:
        """Show a template, which users with permission can change."""
        with host.work(visitor.actor) as work:
            template = find_template(host, work, template_id)
        return _form_page(host, visitor, template.mailbox_id, template.content, template)

    return [show, begin, open_one]


def _writing(host: Host) -> list[HTTPRouteHandler]:
    @post(f"{PATH}/new", sync_to_thread=True, status_code=200)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Save a new template."""
        mailbox_id, content = as_uuid(form.get("mailbox")), _typed(form)
        try:
            with host.work(visitor.actor) as work:
                add_template(host, work, mailbox_id, content)
        except (Invalid, Conflict) as error:
            return _form_page(host, visitor, mailbox_id, content, refused=Refused(error))
        return _back(mailbox_id, "saved")

    @post(f"{PATH}/{{template_id:uuid}}", sync_to_thread=True, status_code=200)
    def change(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], template_id: FromPath[UUID]
    ) -> Response[Any]:
        """Save a changed template."""
        content = _typed(form)
        try:
            with host.work(visitor.actor) as work:
                template = change_template(host, work, template_id, content, form.get("version"))
        except (Invalid, Conflict) as error:
            with host.work(visitor.actor) as work:
                template = find_template(host, work, template_id)
            return _form_page(
                host, visitor, template.mailbox_id, content, template, Refused(error, form.get("version"))
            )
        return _back(template.mailbox_id, "saved")

    @post(f"{PATH}/{{template_id:uuid}}/remove", sync_to_thread=True)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token of the form
        template_id: FromPath[UUID],
    ) -> Response[Any]:
        """Delete a template."""
        with host.work(visitor.actor) as work:
            template = remove_template(host, work, template_id)
        return _back(template.mailbox_id, "removed")

    return [add, change, remove]


def own_card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data of the card under Mitt konto."""
    return {"url": PATH}


def mailbox_card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of a mailbox's Information page: the link to its templates, for members."""
    mailbox = subject["mailbox"]
    with host.work(actor) as work:
        try:
            shown = has_templates(work, mailbox.id)
        except BudkavleError:  # the administrator of a mailbox is not necessarily a member
            shown = False
    return {"url": f"{PATH}?mailbox={mailbox.id}" if shown else ""}


def _list_page(host: Host, visitor: Visitor, mailbox_id: UUID | None, words: str, said: str) -> Response[str]:
    with host.work(visitor.actor) as work:
        listed = list_own(host, work) if mailbox_id is None else list_of_mailbox(host, work, mailbox_id)
        context = {
            "templates": matching(listed, words),
            "has_any": bool(listed),
            "words": words,
            "mailbox_id": mailbox_id,
            "place": _place(work, mailbox_id),
            "writes": may_write(work, mailbox_id),
            "path": PATH,
            "said": visitor.say(SAID[said]) if said in SAID else "",
        }
    return plugin_page(visitor, "templates/list.html", context, mailbox_id=mailbox_id, folder="templates")


def _form_page(
    host: Host,
    visitor: Visitor,
    mailbox_id: UUID | None,
    content: Content,
    template: Template | None = None,
    refused: Refused | None = None,
) -> Response[str]:
    error = refused.error if refused else None
    with host.work(visitor.actor) as work:
        writes, place = may_write(work, mailbox_id), _place(work, mailbox_id)
    faults = error.fields if isinstance(error, Invalid) else {}
    by_name = spellings(languages(host))
    left = [name for name in names_in(f"{content.subject}\n{content.text}") if name.casefold() not in by_name]
    context = {
        "content": content,
        "template": template,
        "version": refused.version if refused else template.changed_at.isoformat() if template else "",
        "mailbox_id": mailbox_id,
        "place": place,
        "writes": writes,
        "path": PATH,
        "back": f"{PATH}?mailbox={mailbox_id}" if mailbox_id else PATH,
        "faults": {name: visitor.say(sentence) for name, sentence in faults.items()},
        "notice": visitor.say(error.message, **error.facts) if error and not faults else "",
        "fields": [(visitor.say(field.value), visitor.say(DESCRIPTIONS[field])) for field in Field],
        "left_to_writer": [f"{{{name}}}" for name in left],
        "longest": {"name": LONGEST_NAME, "subject": LONGEST_SUBJECT, "text": LONGEST_TEXT},
    }
    status = 200 if error is None else 422 if faults else error.status
    return plugin_page(
        visitor, "templates/template.html", context, mailbox_id=mailbox_id, folder="templates", status=status
    )


def _place(work: Any, mailbox_id: UUID | None) -> str:
    """Return the name of the mailbox. Empty for a person's own templates."""
    return require_member(work, mailbox_id).mailbox.name if mailbox_id else ""


def _typed(form: Form) -> Content:
    return Content(form.get("name"), form.get("subject"), form.values.get("text", [""])[-1])


def _back(mailbox_id: UUID | None, said: str) -> Response[Any]:
    query = f"mailbox={mailbox_id}&said={said}" if mailbox_id else f"said={said}"
    return Redirect(f"{PATH}?{query}", status_code=303)
