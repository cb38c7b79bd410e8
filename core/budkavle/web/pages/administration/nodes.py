"""Administration: the nodes of the installation, taking one out of service, and how to add one (N4)."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import BudkavleError, Conflict, Invalid, NotFound
from budkavle.model.sentences import Sentence
from budkavle.model.times import moment, when
from budkavle.operations import nodes
from budkavle.operations.nodes import Node, NodeKind, NodeState
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

HERE = "/administration/nodes"
KINDS = {NodeKind.WEB: N_("Webb"), NodeKind.WORKER: N_("Bakgrundstjänst")}
STATES = {
    NodeState.WORKING: (N_("I drift"), "ok", "check"),
    NodeState.DRAINED: (N_("Ur drift"), "wait", "clock"),
    NodeState.SILENT: (N_("Tyst"), "bad", "warn"),
}
SAID = {
    "out": N_("Noden är tagen ur drift. Den gör klart det som den har påbörjat och tar inget nytt."),
    "in": N_("Noden är i drift igen."),
    "forgotten": N_("Noden är borttagen ur listan."),
}
AGAIN = "Visa vem du är igen, innan du ändrar en nod."


@get(HERE, sync_to_thread=True)
def list_nodes(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the nodes with their current work, and the queues of deliveries."""
    return _page(visitor, said=visitor.say(SAID[said]) if said in SAID else "")


@get(f"{HERE}/new", sync_to_thread=True)
def show_how_to_add(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Explain how to add a node: what it needs, the commands, and how to see that it has joined."""
    require_platform(visitor.actor)
    settings = visitor.platform.settings
    context = {
        "is_shared": settings.database.url is not None,
        "has_storage": settings.storage is not None,
        "key_file": str(settings.key_file) if settings.key_provider == "file" else "",
        "key_provider": settings.key_provider,
        "version": nodes.version(),
        "latest": [_row(visitor, node) for node in _latest(visitor)],
    }
    return page(visitor, "pages/administration_node_new.html", context, folder="administration")


@post(HERE, sync_to_thread=True)
def change_node(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Take a node out of service, put it in service again, or remove one that is gone from the list."""
    require_platform(visitor.actor)
    require_fresh(visitor, AGAIN)
    name, step = form.get("name"), form.get("step")
    try:
        kind = NodeKind(form.get("kind"))
    except ValueError as error:
        raise NotFound("Noden {name} finns inte.", name=name) from error
    try:
        _change(visitor, name, kind, step)
    except Conflict as error:
        return _page(visitor, error=error)
    return Redirect(f"{HERE}?said={step}", status_code=303)


def _change(visitor: Visitor, name: str, kind: NodeKind, step: str) -> None:
    if step == "forgotten":
        nodes.forget_node(visitor.platform, visitor.actor, name, kind)
    elif step in {"out", "in"}:
        nodes.set_service(visitor.platform, visitor.actor, name, kind, in_service=step == "in")
    else:
        raise Invalid("Välj vad som ska hända med noden.")


def _page(visitor: Visitor, *, said: str = "", error: BudkavleError | None = None) -> Response[str]:
    listed = nodes.list_nodes(visitor.platform, visitor.actor)
    queues = nodes.list_queues(visitor.platform, visitor.actor)
    workers = [node for node in listed if node.kind is NodeKind.WORKER]
    context = {
        "rows": [_row(visitor, node) for node in listed],
        "queues": [
            (_label(visitor, queue.transport), queue.due, when(queue.oldest, visitor.language)) for queue in queues
        ],
        "no_worker": not any(node.state is NodeState.WORKING for node in workers),
        "versions": len({process.version for node in listed for process in node.processes}),
        "licence": nodes.licence(),
        "said": said,
        "conflict": visitor.say(error.message, **error.facts) if error else "",
    }
    status = error.status if error else 200
    return page(visitor, "pages/administration_nodes.html", context, folder="administration", status=status)


def _latest(visitor: Visitor) -> list[Node]:
    """Return the three nodes that changed last, the latest first."""
    listed = nodes.list_nodes(visitor.platform, visitor.actor)
    return sorted(listed, key=lambda node: node.changed_at, reverse=True)[:3]


def _label(visitor: Visitor, transport: str) -> str:
    transport_plugin = visitor.platform.plugins.transports.get(transport)
    return visitor.say(transport_plugin.label) if transport_plugin else transport


def _row(visitor: Visitor, node: Node) -> dict[str, Any]:
    word, look, icon = STATES[node.state]
    deliveries = sum(process.facts.get("deliveries", 0) for process in node.processes)
    jobs = sum(process.facts.get("jobs", 0) for process in node.processes)
    in_hand = Sentence("{deliveries} försändelser, {jobs} jobb", deliveries=deliveries, jobs=jobs)
    return {
        "name": node.name,
        "kind": node.kind.value,
        "kind_text": visitor.say(KINDS[node.kind]),
        "address": ", ".join(dict.fromkeys(process.address for process in node.processes)),
        "version": ", ".join(dict.fromkeys(process.version for process in node.processes)),
        "processes": len(node.processes),
        "state": visitor.say(word),
        "look": look,
        "icon": icon,
        "in_hand": visitor.say(in_hand) if node.kind is NodeKind.WORKER and node.processes else "",
        "seen_iso": node.seen_at.isoformat() if node.seen_at else "",
        "seen": when(node.seen_at, visitor.language) if node.seen_at else "",
        "since": moment(node.changed_at, visitor.language),
        "is_working": node.state is NodeState.WORKING,
        "is_drained": node.state is NodeState.DRAINED,
        "is_silent": node.state is NodeState.SILENT,
    }


HANDLERS = [list_nodes, show_how_to_add, change_node]
