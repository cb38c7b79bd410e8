"""The page "Adressbokens status", and the panel about the saved recipients of a mailbox."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Actor, FunctionMailbox, Host
from budkavle.accounts import all_mailboxes, require_admin
from budkavle.accounts import standing as standing_of
from budkavle.web import Form, Visitor, plugin_page
from budkavle_addressbook import health, watch
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.pages.link import PATH as LINK_PATH

PATH = "/plugin/addressbook/health"
FOLDER = "organisation"


def router(host: Host) -> Router:
    """Return the routes of the page."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the health of the address book, and what to do."""
        require_admin(visitor.actor)
        return plugin_page(visitor, "addressbook/health.html", _context(host, visitor), folder=FOLDER)

    @post(f"{PATH}/{{mailbox_id:uuid}}/confirm", sync_to_thread=True)
    def confirm(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
    ) -> Response[Any]:
        """Accept the new name of a saved recipient."""
        watch.confirm(host, visitor.actor, mailbox_id, form.get("identifier"))
        return Redirect(f"/mailboxes/{mailbox_id}", status_code=303)

    @post(f"{PATH}/{{mailbox_id:uuid}}/remove", sync_to_thread=True)
    def remove(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
    ) -> Response[Any]:
        """Remove a saved recipient."""
        favourites.remove(host, visitor.actor, mailbox_id, form.get("identifier"))
        return Redirect(f"/mailboxes/{mailbox_id}", status_code=303)

    return Router("", route_handlers=[show, confirm, remove])


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data of the card under Min organisation: the link to the page, and the number of changes."""
    return {"url": PATH, "count": len(watch.current_changes(host, actor.organisation_id))}


def panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of a mailbox's panel: the changes for members, and only their number for other administrators."""
    mailbox: FunctionMailbox = subject["mailbox"]
    with host.work(actor) as work:
        member = standing_of(work, mailbox.id).member
    changes = [
        change for change in watch.current_changes(host, actor.organisation_id) if change.mailbox_id == mailbox.id
    ]
    saved = [change for change in changes if change.kind != "link"]
    return {
        "count": len(saved),
        "changes": [_item(change) for change in saved] if member else [],
        "confirm_url": f"{PATH}/{mailbox.id}/confirm",
        "remove_url": f"{PATH}/{mailbox.id}/remove",
    }


def _context(host: Host, visitor: Visitor) -> dict[str, Any]:
    actor = visitor.actor
    with host.work(actor) as work:
        names = {box.id: box.name for box in all_mailboxes(work)}
    changes = watch.current_changes(host, actor.organisation_id)
    copy = local_copy.status(host)
    age = copy.age(datetime.now(UTC)) if copy else None
    return {
        "copy": health.of_copy(host.settings, copy, datetime.now(UTC)),
        "ago": visitor.say(health.ago(age)) if age is not None else None,
        "links": [
            {**_item(change), "mailbox": names[change.mailbox_id], "url": f"{LINK_PATH}/{change.mailbox_id}"}
            for change in changes
            if change.kind == "link"
        ],
        "saved": [
            {"mailbox": names[mailbox_id], "count": count, "url": f"/mailboxes/{mailbox_id}"}
            for mailbox_id, count in watch.counts(changes).items()
        ],
        "certificates": [_health(visitor, answer) for answer in watch.certificates(host, actor)],
        "history": [_noted(visitor, noted, names) for noted in watch.history(host, actor.organisation_id)],
    }


def _item(change: watch.Change) -> dict[str, Any]:
    return {
        "identifier": change.identifier,
        "kind": change.kind,
        "sentence": watch.SENTENCES[change.kind],
        "remedy": watch.REMEDIES[change.kind],
        "before": change.before,
        "now": change.now,
    }


def _health(visitor: Visitor, health: Any) -> dict[str, Any]:
    remedy = visitor.say(health.remedy) if health.remedy else ""
    return {
        "ok": health.ok,
        "name": visitor.say(health.name),
        "sentence": visitor.say(health.sentence, **health.facts),
        "remedy": remedy,
    }


def _noted(visitor: Visitor, noted: watch.Noted, names: Mapping[UUID, str]) -> dict[str, Any]:
    """Return a row of the history. Only members may see saved recipients, so it has only the mailbox and the change."""
    words = {
        "vanished": "En sparad mottagare försvann ur adressboken.",
        "moved": "En sparad mottagare flyttades till en annan organisation.",
        "renamed": "En sparad mottagare har bytt namn.",
        "link": "Kopplingen till adressboken slutade hålla.",
    }
    return {
        "at": noted.noted_at,
        "mailbox": names.get(noted.change.mailbox_id, visitor.say("En borttagen brevlåda")),
        "sentence": visitor.say(words[noted.change.kind]),
        "over": noted.ended_at is not None,
    }
