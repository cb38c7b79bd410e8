"""The pages of the directory's groups: a list, what each gives, and a preview of what a rule would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Conflict, Host, Invalid, NotFound, Sentence, as_uuid
from budkavle.accounts import find_mailbox, search_mailboxes
from budkavle.web import Form, Visitor, plugin_page, require_authority
from budkavle_scim.pages.token_pages import FRESH
from budkavle_scim.rules import group_rules
from budkavle_scim.rules.applying import ROLE, Change, Level
from budkavle_scim.rules.group_rules import NewRule, Rule
from budkavle_scim.server.addresses import PATH

GROUPS, RULES = f"{PATH}/groups", f"{PATH}/rules"
ROWS = 50
GIVES = {
    "member": "Medlem i en funktionsbrevlåda",
    "administrator": "Medlem i en funktionsbrevlåda och administratör för den",
    "role": "Administratör för hela organisationen",
}
LEVELS = {
    (Level.NONE, Level.MEMBER): "får tillgång",
    (Level.NONE, Level.ADMINISTRATOR): "får tillgång och blir administratör",
    (Level.MEMBER, Level.ADMINISTRATOR): "blir administratör",
    (Level.ADMINISTRATOR, Level.MEMBER): "är inte längre administratör",
    (Level.MEMBER, Level.NONE): "har inte längre tillgång",
    (Level.ADMINISTRATOR, Level.NONE): "har inte längre tillgång",
}
KEPT = "är kvar som administratör, eftersom organisationen inte har någon annan"
MEMBER, MANAGER = "Medlem i {mailbox}", "Administratör för {mailbox}"
DONE = {"added": "Regeln gäller. Ändringar i gruppen följer den från och med nu.", "removed": "Regeln är borttagen."}


@dataclass(frozen=True, slots=True)
class Typed:
    """The submitted form of a new rule.

    Attributes:
        words: Search words for mailboxes.
    """

    words: str = ""
    gives: str = "member"
    mailbox: str = ""

    @classmethod
    def read(cls, form: Form) -> "Typed":
        """Read a form."""
        return cls(form.get("q"), form.get("gives"), form.get("mailbox"))


@dataclass(frozen=True, slots=True)
class Paging:
    """The position in the list, as `macros/paging.html` shows it."""

    first: int
    last: int
    total: int
    previous_url: str
    next_url: str


def router(host: Host) -> Router:
    """Return the routes of groups and rules."""
    return Router("", route_handlers=[*_reading(host), *_adding(host), *_removing(host)])


def _reading(host: Host) -> list[HTTPRouteHandler]:
    @get(GROUPS, sync_to_thread=True)
    def groups(
        visitor: NamedDependency[Visitor],
        q: FromQuery[str] = "",
        ruled: FromQuery[str] = "",
        start: FromQuery[int] = 1,
    ) -> Response[str]:
        """List the groups, 50 on a page."""
        first = min(max(start, 1), 10_000_000)
        words = q.strip()[:200]
        listed, total = group_rules.list_groups(host, visitor.actor, words, first - 1, ROWS, ruled=bool(ruled))
        listed_rules = group_rules.rules_of(host, visitor.actor, [group.id for group in listed])
        names = _mailbox_names(visitor, listed_rules)
        rows = [
            {
                "url": f"{GROUPS}/{group.id}",
                "name": group.name,
                "members": group.members,
                "gives": [_gives(visitor, rule, names) for rule in listed_rules if rule.group_id == group.id],
            }
            for group in listed
        ]
        context = {"rows": rows, "q": words, "ruled": bool(ruled), "path": GROUPS, "back_url": PATH}
        context["paging"] = _paging(words, bool(ruled), first, len(listed), total)
        return plugin_page(visitor, "scim/groups.html", context)

    @get(f"{GROUPS}/{{group_id:uuid}}", sync_to_thread=True)
    def group(
        visitor: NamedDependency[Visitor],
        group_id: FromPath[UUID],
        q: FromQuery[str] = "",
        done: FromQuery[str] = "",
    ) -> Response[str]:
        """Show what a group gives, with a form for a new rule."""
        return _group(host, visitor, group_id, Typed(q), done=done)

    return [groups, group]


def _adding(host: Host) -> list[HTTPRouteHandler]:
    @post(f"{GROUPS}/{{group_id:uuid}}/preview", sync_to_thread=True, status_code=200)
    def preview(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], group_id: FromPath[UUID]
    ) -> Response[str]:
        """Show what a new rule would change."""
        try:
            rule = _typed(form, group_id)
            changes = group_rules.preview(host, visitor.actor, rule)
        except (Invalid, Conflict) as error:
            fields = error.fields or {"gives": str(error)}
            return _group(host, visitor, group_id, Typed.read(form), errors=fields)
        what = Rule(ROLE, group_id, "", rule.mailbox_id, rule.administrator)
        hidden = {"gives": form.get("gives"), "mailbox": form.get("mailbox")}
        return _changes(host, visitor, what, changes, f"{GROUPS}/{group_id}/rules", hidden)

    @post(f"{GROUPS}/{{group_id:uuid}}/rules", sync_to_thread=True, status_code=303)
    def use(visitor: NamedDependency[Visitor], form: NamedDependency[Form], group_id: FromPath[UUID]) -> Redirect:
        """Create the rule, and apply its changes."""
        require_authority(visitor, FRESH)
        group_rules.carry_out(host, visitor.actor, _typed(form, group_id))
        return Redirect(f"{GROUPS}/{group_id}?done=added", status_code=303)

    return [preview, use]


def _removing(host: Host) -> list[HTTPRouteHandler]:
    @get(f"{RULES}/{{rule_id:uuid}}/remove", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], rule_id: FromPath[UUID]) -> Response[str]:
        """Show what would change without the rule."""
        rule = group_rules.find_rule(host, visitor.actor, rule_id)
        changes = group_rules.preview(host, visitor.actor, rule_id)
        return _changes(host, visitor, rule, changes, f"{RULES}/{rule_id}/remove", {})

    @post(f"{RULES}/{{rule_id:uuid}}/remove", sync_to_thread=True, status_code=303)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        rule_id: FromPath[UUID],
    ) -> Redirect:
        """Remove the rule, and take back what it gave."""
        require_authority(visitor, FRESH)
        rule = group_rules.find_rule(host, visitor.actor, rule_id)
        group_rules.carry_out(host, visitor.actor, rule_id)
        return Redirect(f"{GROUPS}/{rule.group_id}?done=removed", status_code=303)

    return [ask, remove]


def _group(
    host: Host,
    visitor: Visitor,
    group_id: UUID,
    typed: Typed,
    *,
    errors: Mapping[str, str] | None = None,
    done: str = "",
) -> Response[str]:
    group = group_rules.find_group(host, visitor.actor, group_id)
    listed_rules = group_rules.rules_of(host, visitor.actor, [group_id])
    words = typed.words.strip()[:200]
    with visitor.work() as work:
        mailboxes = search_mailboxes(work, words)
    names = _mailbox_names(visitor, listed_rules)
    context = {
        "group": group,
        "rules": [(_gives(visitor, rule, names), f"{RULES}/{rule.id}/remove") for rule in listed_rules],
        "gives": [(key, visitor.say(text), None) for key, text in GIVES.items()],
        "chosen": typed.gives,
        "mailbox": typed.mailbox,
        "mailboxes": [(str(mailbox.id), mailbox.name, None) for mailbox in mailboxes],
        "q": words,
        "errors": {name: visitor.say(sentence) for name, sentence in (errors or {}).items()},
        "done": visitor.say(DONE[done]) if done in DONE else "",
        "path": f"{GROUPS}/{group_id}",
        "back_url": GROUPS,
    }
    return plugin_page(visitor, "scim/group.html", context, status=422 if errors else 200)


def _changes(
    host: Host, visitor: Visitor, rule: Rule, changes: Sequence[Change], url: str, hidden: Mapping[str, str]
) -> Response[str]:
    shown = changes[: group_rules.SHOWN]
    people = group_rules.named(host, visitor.actor, shown)
    group = group_rules.find_group(host, visitor.actor, rule.group_id)
    context = {
        "group": group.name,
        "what": _gives(visitor, rule, _mailbox_names(visitor, [rule])),
        "removes": not hidden,
        "rows": [(people.get(change.account_id, ""), visitor.say(_word(change))) for change in shown],
        "count": len(changes),
        "more": len(changes) - len(shown),
        "url": url,
        "hidden": dict(hidden),
        "back_url": f"{GROUPS}/{rule.group_id}",
    }
    return plugin_page(visitor, "scim/changes.html", context)


def _word(change: Change) -> str:
    if change.kept:
        return KEPT
    if change.mailbox_id == ROLE and change.after is Level.ADMINISTRATOR:
        return LEVELS[Level.MEMBER, Level.ADMINISTRATOR]
    return LEVELS[change.before, change.after]


def _typed(form: Form, group_id: UUID) -> NewRule:
    gives, mailbox_id = form.get("gives"), as_uuid(form.get("mailbox"))
    if gives not in GIVES:
        raise Invalid("Regeln kunde inte visas.", fields={"gives": "Välj vad gruppen ger."})
    if gives == "role":
        return NewRule(group_id, ROLE, administrator=True)
    if mailbox_id is None or mailbox_id == ROLE:
        raise Invalid("Regeln kunde inte visas.", fields={"mailbox": "Välj en funktionsbrevlåda."})
    return NewRule(group_id, mailbox_id, administrator=gives == "administrator")


def _mailbox_names(visitor: Visitor, listed_rules: Sequence[Rule]) -> Mapping[UUID, str]:
    names: dict[UUID, str] = {}
    with visitor.work() as work:
        for mailbox_id in {rule.mailbox_id for rule in listed_rules} - {ROLE}:
            try:
                names[mailbox_id] = find_mailbox(work, mailbox_id).mailbox.name
            except NotFound:
                names[mailbox_id] = visitor.say("(borttagen)")
    return names


def _gives(visitor: Visitor, rule: Rule, names: Mapping[UUID, str]) -> str:
    if rule.mailbox_id == ROLE:
        return visitor.say(GIVES["role"])
    return visitor.say(Sentence(MANAGER if rule.administrator else MEMBER, mailbox=names[rule.mailbox_id]))


def _paging(words: str, ruled: bool, first: int, shown: int, total: int) -> Paging:
    def url(start: int) -> str:
        values = {"q": words, "ruled": "1" if ruled else "", "start": str(start) if start > 1 else ""}
        filled = {name: value for name, value in values.items() if value}
        return f"{GROUPS}?{urlencode(filled)}" if filled else GROUPS

    last = first + shown - 1 if shown else 0
    before = url(max(1, first - ROWS)) if first > 1 else ""
    return Paging(first, last, total, before, url(first + ROWS) if last and last < total else "")
