"""The Fax pages: numbers, times, test and status for administrators; the mailbox's own contacts for members."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, BudkavleError, Host, Invalid, MailboxKind, as_uuid
from budkavle.accounts import all_mailboxes, find_mailbox, require_admin
from budkavle.web import Form, Visitor, plugin_page
from budkavle_fax.numbers import contacts, mailbox_numbers, ranges
from budkavle_fax.numbers.formats import shown
from budkavle_fax.pages import trial_fax
from budkavle_fax.parts import Parts

PATH = "/plugin/fax"
SETTINGS = f"{PATH}/settings"
RULES = "/organisation/settings/fax.rules"
SAID = {
    "linked": "Numret är kopplat till brevlådan.",
    "moved": "Numret är flyttat till brevlådan.",
    "unlinked": "Kopplingen är borttagen.",
    "saved": "Ändringarna är sparade.",
    "tested": "Provfaxet är lämnat till faxservern. Här under står hur det går.",
}
LOOKS = {"SENT": "ok", "FAILED": "bad"}


def router(host: Host, parts: Parts) -> Router:
    """Return the pages."""
    return Router("", route_handlers=[*_for_administrators(host, parts), *_for_members(host)])


def _for_administrators(host: Host, parts: Parts) -> list[HTTPRouteHandler]:
    @get(SETTINGS, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the settings and the status."""
        return _settings(host, parts, visitor, said=said)

    @post(f"{SETTINGS}/link", sync_to_thread=True, status_code=200)
    def link(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Link a number to a mailbox, or show what is wrong."""
        try:
            linked = mailbox_numbers.link(host, visitor.actor, form.get("number"), as_uuid(form.get("mailbox")))
        except Invalid as error:
            return _settings(host, parts, visitor, form=form, faults=error.fields)
        return Redirect(f"{SETTINGS}?said={'moved' if linked.moved else 'linked'}", status_code=303)

    @post(f"{SETTINGS}/unlink", sync_to_thread=True, status_code=200)
    def unlink(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Redirect:
        """Remove a link."""
        mailbox_numbers.unlink(host, visitor.actor, form.get("number"))
        return Redirect(f"{SETTINGS}?said=unlinked", status_code=303)

    @post(f"{SETTINGS}/test", sync_to_thread=True, status_code=200)
    def test(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Send a test page."""
        try:
            trial_fax.send_test(host, parts, visitor.actor, form.get("test"))
        except BudkavleError as error:
            notice = visitor.say(error.message, **error.facts)
            return _settings(host, parts, visitor, form=form, faults=error.fields or {"test": notice})
        return Redirect(f"{SETTINGS}?said=tested", status_code=303)

    return [show, link, unlink, test]


def _for_members(host: Host) -> list[HTTPRouteHandler]:
    @get(f"{PATH}/mailbox/{{mailbox_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show the mailbox's own numbers and contacts."""
        return _mailbox(host, visitor, mailbox_id, said=said)

    @post(f"{PATH}/mailbox/{{mailbox_id:uuid}}", sync_to_thread=True, status_code=200)
    def keep(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        mailbox_id: FromPath[UUID],
    ) -> Response[Any]:
        """Name a number, or delete a name (the form's `gone`)."""
        if gone := form.get("gone"):
            contacts.forget(host, visitor.actor, mailbox_id, gone)
        else:
            try:
                contacts.keep(host, visitor.actor, mailbox_id, form.get("number"), form.get("name"))
            except Invalid as error:
                return _mailbox(host, visitor, mailbox_id, form=form, faults=error.fields)
        return Redirect(f"{PATH}/mailbox/{mailbox_id}?said=saved", status_code=303)

    return [show, keep]


def nav_item(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the navigation item of the pages, for administrators only."""
    if not actor.is_admin:
        return {}
    return {"url": SETTINGS, "text": "Fax", "icon": "machine", "current": subject.get("folder") == "fax"}


def mailbox_card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the card in a mailbox's settings."""
    mailbox_id = subject["mailbox"].id
    numbers = mailbox_numbers.numbers_of(host, actor.organisation_id, mailbox_id)
    return {"url": f"{PATH}/mailbox/{mailbox_id}", "numbers": [shown(number) for number in numbers]}


def _settings(
    host: Host,
    parts: Parts,
    visitor: Visitor,
    *,
    said: str = "",
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    require_admin(visitor.actor)
    typed = form or Form()
    errors = {field: visitor.say(sentence) for field, sentence in (faults or {}).items()}
    with host.work(visitor.actor) as work:
        boxes = [mailbox for mailbox in all_mailboxes(work) if mailbox.kind is MailboxKind.FUNCTION]
    context = {
        "settings_url": SETTINGS,
        "said": SAID.get(said, ""),
        "errors": errors,
        "lines": [
            (line.number, shown(line.number), line.mailbox) for line in mailbox_numbers.listed(host, visitor.actor)
        ],
        "given": [_shown(*numbers) for numbers in ranges.of(host, visitor.actor.organisation_id)],
        "boxes": [("", visitor.say("Välj brevlåda")), *((str(mailbox.id), mailbox.name) for mailbox in boxes)],
        "typed": {name: typed.get(name) for name in ("number", "mailbox", "test")},
        "rules_url": RULES,
        "health": [_checked(visitor, health) for health in parts.carrier.health()],
        "tests": [_tested(visitor, row) for row in parts.submissions.tests(visitor.actor.organisation_id, 5)],
    }
    return plugin_page(visitor, "fax/settings.html", context, folder="fax", status=422 if errors else 200)


def _shown(first: str, last: str) -> str:
    return shown(first) if first == last else f"{shown(first)} – {shown(last)}"


def _checked(visitor: Visitor, health: Any) -> dict[str, Any]:
    remedy = visitor.say(health.remedy) if health.remedy else ""
    return {"ok": health.ok, "sentence": visitor.say(health.sentence, **health.facts), "remedy": remedy}


def _tested(visitor: Visitor, row: Any) -> dict[str, Any]:
    word = row.told.partition(" ")[0]
    words = {
        "SENT": visitor.say("Framme"),
        "FAILED": visitor.say("Misslyckades"),
        "SENDING": visitor.say("Skickas"),
        "RETRYING": visitor.say("Ringer igen"),
    }
    reason = visitor.say(row.reason) if row.reason else ""
    return {
        "at": row.created_at,
        "word": words.get(word, visitor.say("Väntar")),
        "look": LOOKS.get(word, "wait"),
        "reason": reason,
    }


def _mailbox(
    host: Host,
    visitor: Visitor,
    mailbox_id: UUID,
    *,
    said: str = "",
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    with host.work(visitor.actor) as work:
        standing = find_mailbox(work, mailbox_id)
    box = standing.mailbox
    organisation_id, typed = visitor.actor.organisation_id, form or Form()
    errors = {field: visitor.say(sentence) for field, sentence in (faults or {}).items()}
    book = contacts.listed(host, organisation_id, box.id) if standing.member else []
    context = {
        "url": f"{PATH}/mailbox/{box.id}",
        "settings_url": f"/mailboxes/{box.id}/systems",
        "name": box.name,
        "said": SAID.get(said, ""),
        "errors": errors,
        "numbers": [shown(number) for number in mailbox_numbers.numbers_of(host, organisation_id, box.id)],
        "contacts": [(contact.number, shown(contact.number), contact.name) for contact in book],
        "typed": {name: typed.get(name) for name in ("number", "name")},
        "compose_url": f"/compose?mailbox={box.id}&to=fax:",
    }
    return plugin_page(visitor, "fax/mailbox.html", context, mailbox_id=box.id, status=422 if errors else 200)
