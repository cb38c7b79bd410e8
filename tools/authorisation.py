"""Access rights by route, generated from the code: `--update` writes docs/authorisation.md, a test compares it.

Each route of the core and of the built-in plugins tells its methods, its path, and by the dependencies of its handler
who is asking. Which rights are asked for is read from the source: of the handler, and of the functions that it names,
some calls deep. No database is opened.
"""

import argparse
import ast
import inspect
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.utils.sync import AsyncCallable
from plugin_table import DISTRIBUTION, SETTINGS

from budkavle.cli.main import COMMANDS
from budkavle.host import host_of
from budkavle.model.settings_sections import fields_of
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.web.auth import DEPENDENCIES
from budkavle.web.pages import HANDLERS

DOCUMENT = Path(__file__).parent.parent / "docs" / "authorisation.md"
BEGIN, END = "<!-- the tables begin: make authorisation -->\n", "<!-- the tables end -->\n"
DEEP = 4
"""How many calls deep rights are searched for: from the page through the core's function to what that one calls."""
RIGHTS = frozenset(
    {
        *("require_admin", "require_platform", "require_overview", "require_reader", "require_rank"),
        *("require_member", "require_writer", "require_manager", "require_changer", "require_user"),
        *("require_fresh", "require_authority", "require_sure", "require_strength", "require_loa"),
    }
)
"""The functions that check rights. docs/authorisation.md describes what each requires."""
PASSED_BY = ("budkavle.web.views", "budkavle.web.http", "budkavle.storage", "budkavle.model", "budkavle.plugins")
"""Modules in which no rights are checked."""
ACTORS = {
    "signed in": "Whoever is signed in",
    "guest": "A guest, who has identified to read one message",
    "secret": "By a secret: a link, a token or a password of its own",
    "anybody": "Anybody",
}


BY_SECRET = {
    "/plugin/fax/incoming": "the exchange's secret",
    "/plugin/files/dav": "an application password",
    "/plugin/meetings/socket": "a ticket of the meeting's page",
    "/plugin/message_api/v1/": "an access token",
    "/plugin/outlook/outlook/arrive": "a code of the window",
    "/plugin/outlook/outlook/enter": "a token of Microsoft's",
    "/plugin/scim/v2": "a token of the organisation's directory",
    "/plugin/teams/teams/arrive": "a code of the window",
    "/plugin/teams/teams/enter": "a token of Microsoft's",
    "/session/present": "the session's cookie",
}
"""Routes whose handlers check a secret themselves, by the beginning of their paths, and the secret."""


class Route(NamedTuple):
    """One handler under one path."""

    owner: str
    methods: str
    path: str
    actor: str
    token: bool
    """Whether the form's own token is checked before the handler is called."""
    rights: tuple[str, ...]


def document(text: str) -> str:
    """Return the document with its tables replaced by current ones."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


def tables() -> str:
    """Return the tables as Markdown: routes by kind of actor, commands, jobs."""
    with tempfile.TemporaryDirectory() as folder:
        plugins = _started(Path(folder))
        rows = routes(plugins)
        parts = []
        for actor, heading in ACTORS.items():
            of_actor = [row for row in rows if row.actor == actor]
            parts += [f"### {heading}: {len(of_actor)} routes\n", _routes_of(of_actor)]
        parts += ["### Commands\n", _commands(plugins), "### Jobs of plugins\n", _jobs(plugins)]
        parts += ["### Settings of plugins\n", _settings(plugins)]
        return "\n".join(parts)


def routes(plugins: Plugins) -> list[Route]:
    """Return every route, in the order of the paths."""
    owned = [("", HANDLERS), *((of.plugin, [of.thing]) for of in plugins.routers)]
    rows = {
        row
        for owner, handlers in owned
        for row in _routes(owner, Litestar([*handlers], dependencies=DEPENDENCIES, openapi_config=None))
    }
    return sorted(rows, key=lambda row: (row.path, row.methods))


def _routes(owner: str, app: Litestar) -> Iterator[Route]:
    for route in app.routes:
        # HTTP routes have several handlers, WebSocket and ASGI routes one.
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:  # type: ignore[union-attr]
            named = sorted({str(method) for method in getattr(handler, "http_methods", ())} - {"OPTIONS", "HEAD"})
            if named or not hasattr(handler, "http_methods"):
                function = _plain(handler.fn)
                asks = _dependencies(handler)
                methods = " ".join(named) or type(handler).__name__.removesuffix("RouteHandler")
                fresh = {"require_fresh"} if handler.opt.get("asks_fresh") else set[str]()
                rights = tuple(sorted(_rights(function, DEEP) | fresh))
                form = bool(asks & {"form", "guest_form"})
                yield Route(owner, methods, route.path, _actor(asks, route.path, function), form, rights)


def _plain(function: Any) -> Any:
    """Return the function itself, without wrappers for threads, partial arguments or decorators."""
    while isinstance(function, (AsyncCallable, partial)):
        function = function.func
    return inspect.unwrap(function) if isinstance(function, FunctionType) else function


def _actor(asks: set[str], path: str, function: Any) -> str:
    if "visitor" in asks or "visitor_of" in _names(function):
        return "signed in"
    if asks & {"guest", "guest_form"}:
        return "guest"
    if "{token" in path or path.startswith(tuple(BY_SECRET)):
        return "secret"
    return "anybody"


def _dependencies(handler: BaseRouteHandler) -> set[str]:
    """Return the names of the handler's dependencies, and of theirs."""
    provided = handler.resolve_dependencies()
    waiting = [name for name in handler.parsed_fn_signature.parameters if name in provided]
    asks: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in asks:
            asks.add(name)
            waiting += [more for more in inspect.signature(provided[name].dependency).parameters if more in provided]
    return asks


def _rights(function: Any, deep: int) -> set[str]:
    rights: set[str] = set()
    seen: dict[Any, int] = {}
    waiting = [(function, deep)]
    while waiting:
        one, left = waiting.pop()
        if seen.get(one, 0) >= left:
            continue
        seen[one] = left
        rights |= _names(one) & RIGHTS
        waiting += [(called, left - 1) for called in _called(one) if called.__name__ not in RIGHTS]
    return rights


@cache
def _called(function: Any) -> list[FunctionType]:
    """Return the project's functions that a function names: in its module, through a module, or of an object."""
    if not isinstance(function, FunctionType):
        return []
    closed = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    scope = {**function.__globals__, **closed}
    called = []
    for node in ast.walk(_tree(function)):
        thing: Any = None
        if isinstance(node, ast.Name):
            thing = scope.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = scope.get(node.value.id)
            kind = owner if isinstance(owner, ModuleType | type) else type(owner)
            thing = inspect.getattr_static(kind, node.attr, None) if owner is not None else None
        thing = _plain(thing)
        if isinstance(thing, FunctionType) and _is_ours(thing.__module__):
            called.append(thing)
    return called


def _is_ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0].startswith("budkavle") and not module.startswith(PASSED_BY)


@cache
def _names(function: Any) -> frozenset[str]:
    """Return the names that a function calls."""
    calls = (node.func for node in ast.walk(_tree(function)) if isinstance(node, ast.Call))
    return frozenset(getattr(called, "attr", getattr(called, "id", "")) for called in calls)


@cache
def _tree(function: Any) -> ast.AST:
    if not isinstance(function, FunctionType):  # a foreign application under one of our paths
        return ast.Module([], [])
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _routes_of(rows: Sequence[Route]) -> str:
    head = "| method | path | of | form's token | asks for |\n|-|-|-|-|-|\n"
    return head + "".join(
        f"| {row.methods} | `{row.path}` | {row.owner or 'core'} | {'yes' if row.token else ''} | "
        f"{', '.join([*_secret(row), *(f'`{right}`' for right in row.rights)])} |\n"
        for row in rows
    )


def _secret(row: Route) -> list[str]:
    return [secret for beginning, secret in BY_SECRET.items() if row.path.startswith(beginning)]


def _commands(plugins: Plugins) -> str:
    of_plugins = [(str(of.thing.name), of.plugin) for of in plugins.commands(None)]
    rows = sorted([*((name, "core") for name in COMMANDS), *of_plugins])
    return "| command | of |\n|-|-|\n" + "".join(f"| `budkavle {name}` | {owner} |\n" for name, owner in rows)


def _jobs(plugins: Plugins) -> str:
    jobs = sorted(f"{report.name}.{job}" for report in plugins.report() for job in report.registers.get("jobs", ()))
    return "| job |\n|-|\n" + "".join(f"| `{job}` |\n" for job in jobs)


def _settings(plugins: Plugins) -> str:
    """Return a row for each section, with its secrets listed separately."""
    rows = []
    for key, section in plugins.settings_sections.items():
        names: dict[bool, list[str]] = {False: [], True: []}
        for field in fields_of(section.type):
            names[field.kind == "secret"].append(f"`{field.name}`")
        scope = {"both": "organisation, mailbox"}.get(section.scope, section.scope)
        cells = (f"`{key}`", scope, section.changed_by, " ".join(names[False]), " ".join(names[True]))
        rows.append(f"| {' | '.join(cells)} |\n")
    return "| section | of | changed by | fields | read by nobody |\n|-|-|-|-|-|\n" + "".join(sorted(rows))


def _started(folder: Path) -> Plugins:
    names = tuple(sorted(name for name, offers in installed().items() if offers[0].distribution == DISTRIBUTION))
    settings = Settings(data=folder, base_url="https://budkavle.example", enabled=names, plugins=SETTINGS)
    plugins = Plugins.load(settings)
    plugins.start(lambda plugin: host_of(plugin, settings, _no_platform))
    return plugins


def _no_platform() -> Platform:
    raise RuntimeError("a hook registers and needs no platform")


def main() -> int:
    """Print the tables, or write them to the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the tables into docs/authorisation.md")
    if parser.parse_args().update:
        DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(tables())
    return 0


if __name__ == "__main__":
    sys.exit(main())
