"""The page of rules: their order, the cases that each would match, and adding one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import ActorScope, Host, Invalid, as_uuid
from budkavle.accounts import all_mailboxes, require_admin
from budkavle.web import Form, Visitor
from budkavle_records.frame import PATH, records_page
from budkavle_records.schedule.kinds import kinds_by_id, list_kinds
from budkavle_records.schedule.rules import (
    TRIED,
    Rule,
    add_rule,
    apply_again,
    list_rules,
    move_rule_up,
    remove_rule,
    try_rules,
)

RULES = f"{PATH}/rules"
TAB = "rules"
SAID = {
    "added": "Regeln är sparad. Den gäller det som kommer in från och med nu.",
    "removed": "Regeln är borttagen. Ärenden behåller den handlingstyp som de har.",
    "moved": "Ordningen är ändrad.",
    "applied": "Reglerna prövas nu på allt som har kommit in. Ärenden där någon har valt handlingstyp ändras inte.",
}
FIELDS = ("mailbox", "channel", "sender", "word", "kind")


def router(host: Host) -> Router:
    """Return the routes."""
    return Router("", route_handlers=[*_reading(host), *_changing(host)])


def _reading(host: Host) -> list[Any]:
    @get(RULES, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the rules in order, and the form for a new one."""
        return _page(host, visitor, said=said)

    @get(f"{RULES}/try", sync_to_thread=True)
    def try_out(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show which cases each rule would match; nothing is changed."""
        require_admin(visitor.actor)
        hits = {tried.rule.id: tried for tried in try_rules(host, visitor.actor.organisation_id)}
        return _page(host, visitor, hits=hits)

    return [show, try_out]


def _changing(host: Host) -> list[Any]:
    @post(RULES, sync_to_thread=True, asks_fresh=True)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Add a rule at the end."""
        require_admin(visitor.actor)
        rule = Rule(
            uuid4(),
            0,
            (as_uuid(form.get("mailbox")) or uuid4()) if form.get("mailbox") else None,
            form.get("channel"),
            form.get("sender"),
            form.get("word"),
            as_uuid(form.get("kind")) or uuid4(),
        )
        try:
            with host.work(visitor.actor) as work:
                add_rule(host, work, rule)
        except Invalid as error:
            return _page(host, visitor, form=form, faults=error.fields)
        return Redirect(f"{RULES}?said=added", status_code=303)

    @post(f"{RULES}/apply", sync_to_thread=True, asks_fresh=True)
    def apply(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:  # noqa: ARG001
        """Apply the rules to everything that has been received."""
        with host.work(visitor.actor) as work:
            apply_again(host, work)
        return Redirect(f"{RULES}?said=applied", status_code=303)

    @post(f"{RULES}/{{rule_id:uuid}}/remove", sync_to_thread=True, asks_fresh=True)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        rule_id: FromPath[UUID],
    ) -> Response[Any]:
        """Remove a rule."""
        with host.work(visitor.actor) as work:
            remove_rule(host, work, rule_id)
        return Redirect(f"{RULES}?said=removed", status_code=303)

    @post(f"{RULES}/{{rule_id:uuid}}/up", sync_to_thread=True, asks_fresh=True)
    def up(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        rule_id: FromPath[UUID],
    ) -> Response[Any]:
        """Move a rule one step up."""
        with host.work(visitor.actor) as work:
            move_rule_up(host, work, rule_id)
        return Redirect(f"{RULES}?said=moved", status_code=303)

    return [add, apply, remove, up]


def _page(
    host: Host,
    visitor: Visitor,
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    hits: Mapping[UUID, Any] | None = None,
    said: str = "",
) -> Response[str]:
    require_admin(visitor.actor)
    with host.work(host.system(visitor.actor.organisation_id, ActorScope.READ)) as work:
        mailboxes = {mailbox.id: mailbox.name for mailbox in all_mailboxes(work)}
        kinds, every = kinds_by_id(host, work), list_rules(host, work)
        options = [(str(kind.id), kind.label) for kind in list_kinds(host, work)]
    transports = {name: visitor.say(transport.label) for name, transport in visitor.platform.plugins.transports.items()}
    field_faults = visitor.say_all(faults)
    context = {
        "path": RULES,
        "rules": [
            {
                "id": rule.id,
                "mailbox": mailboxes.get(rule.mailbox_id, "–") if rule.mailbox_id else "",
                "channel": transports.get(rule.channel, rule.channel),
                "sender": rule.sender,
                "word": rule.word,
                "kind": kinds[rule.kind_id].label if rule.kind_id in kinds else "",
                "tried": hits.get(rule.id) if hits is not None else None,
            }
            for rule in every
        ],
        "is_tried": hits is not None,
        "tried_cases": TRIED,
        "kinds": options,
        "mailboxes": [("", visitor.say("Vilken som helst")), *((str(key), name) for key, name in mailboxes.items())],
        "channels": [("", visitor.say("Vilken som helst")), *transports.items()],
        "typed": {name: form.get(name) if form else "" for name in FIELDS},
        "fault": field_faults,
        "faults": list(field_faults.items()),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return records_page(visitor, "rules.html", TAB, context, 422 if field_faults else 200)
