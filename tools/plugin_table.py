"""The table of the built-in plugins in docs/plugins.md, made from the code: `--update` writes it, a test compares it.

What a plugin brings and can is asked of its registered objects, as `budkavle plugin check` does: without a database.
What it was tried with are the marks `peer(plugin, program)` of the tests.
"""

import argparse
import ast
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from budkavle.host import host_of
from budkavle.plugins.loader import installed
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.plugins.protocols.transport import Transport
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "plugins.md"
BEGIN, END = "<!-- the table begins: make plugin-table -->\n", "<!-- the table ends -->\n"
DISTRIBUTION = "budkavle"
SETTINGS: dict[str, dict[str, Any]] = {
    "eid": {
        "simulator_port": 9500,
        "oidc": [
            {
                "name": "oidc",
                "label": "OpenID",
                "issuer": "https://issuer.example",
                "client_id": "a",
                "client_secret": "a",
                "client_auth": "client_secret_basic",
                "preset": "oidc_sweden",
            }
        ],
        "passkey": [{}],
    },
    "message_api": {"client": True},
    "outlook": {
        "apps": [
            {
                "tenant": "11111111-1111-4111-8111-111111111111",
                "client_id": "22222222-2222-4222-8222-222222222222",
                "organisations": ["example"],
            }
        ]
    },
    "teams": {
        "tenants": [
            {
                "name": "teams",
                "tenant": "11111111-1111-4111-8111-111111111111",
                "client_id": "22222222-2222-4222-8222-222222222222",
                "organisations": ["example"],
            }
        ]
    },
}
"""What some plugins need before they register anything: a connection, or a choice."""
KINDS = {
    "transports": "transport",
    "identity_providers": "identity provider",
    "receipt_handlers": "receipt handler",
    "directories": "directory",
    "advisers": "adviser",
    "notifiers": "notifier",
    "key_providers": "key provider",
}
HEADINGS = (
    *("plugin", "brings", "inbound", "receipts", "recall", "guests", "attachments", "levels"),
    *("pages", "jobs", "health", "commands", "tables", "tried with"),
)


def document(text: str) -> str:
    """Return the document with its table replaced by a current one."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    """Return the table as Markdown."""
    rows = [HEADINGS, ("-",) * len(HEADINGS), *rows_of_plugins()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def rows_of_plugins() -> Iterator[Sequence[str]]:
    """Yield a row for each plugin that comes with Budkavle, in the order of their names."""
    names = tuple(sorted(name for name, offers in installed().items() if offers[0].distribution == DISTRIBUTION))
    peers = peers_of_plugins()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), enabled=names, plugins=SETTINGS)
        plugins = Plugins.load(settings)
        plugins.start(lambda plugin: host_of(plugin, settings, _no_platform))
        for report in plugins.report():
            yield row(report.name, report.registers, plugins.plugin(report.name).registered, peers.get(report.name, ()))


def row(name: str, registers: dict[str, list[str]], objects: dict[str, list[Any]], peers: Iterable[str]) -> list[str]:
    """Return the cells of one plugin.

    Args:
        name: The plugin's name in the settings.
        registers: The names of what it registers, by kind, as printed by `budkavle plugin check`.
        objects: The registered objects, by kind.
        peers: The programs that its tests communicate with.
    """
    transports, providers = objects["transports"], objects["identity_providers"]
    return [
        f"`{name}`",
        "; ".join(_brings(label, registers[kind]) for kind, label in KINDS.items() if kind in registers),
        *(_capability(transports, field) for field in ("inbound", "receipts", "recall")),
        _guests(transports, providers),
        _capability(transports, "attachments"),
        _levels(transports, providers),
        *(_tick(registers, kind) for kind in ("routes", "jobs", "health_checks", "commands")),
        "yes" if "migrations" in registers.get("folders", ()) else "",
        ", ".join(sorted(peers, key=str.casefold)),
    ]


def _brings(label: str, names: Sequence[str]) -> str:
    return f"{label}: {', '.join(f'`{name}`' for name in names)}"


def _capability(transports: Sequence[Transport], field: str) -> str:
    """Return whether any transport can do it. Empty if the plugin has none."""
    return _yes_or_no([getattr(transport.capabilities, field) for transport in transports])


def _guests(transports: Sequence[Transport], providers: Sequence[IdentityProvider]) -> str:
    reached = [transport.capabilities.guests for transport in transports]
    return _yes_or_no([*reached, *("guest" in provider.traits.audiences for provider in providers)])


def _levels(transports: Sequence[Transport], providers: Sequence[IdentityProvider]) -> str:
    """Return the levels that its providers prove, and whether its transports require one of the reader."""
    asks = ["asks 1 to 3"] if any(transport.capabilities.family for transport in transports) else []
    highest = max((int(provider.traits.max_loa) for provider in providers), default=0)
    return ", ".join([*asks, *([f"shows {highest}"] if highest else [])])


def _tick(registers: dict[str, list[str]], kind: str) -> str:
    return "yes" if registers.get(kind) else ""


def _yes_or_no(answers: Sequence[bool]) -> str:
    return "" if not answers else "yes" if any(answers) else "no"


def peers_of_plugins(folder: Path = ROOT / "tests") -> dict[str, set[str]]:
    """Read the marks `peer(plugin, program)` of the tests."""
    peers: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        if "node_modules" not in path.parts:
            for plugin, program in _marks(path.read_text("utf-8")):
                peers.setdefault(plugin, set()).add(program)
    return peers


def _marks(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "peer":
            plugin, program = (ast.literal_eval(argument) for argument in node.args)
            yield plugin, program


def _no_platform() -> Platform:
    raise RuntimeError("a hook registers and needs no platform")


def main() -> int:
    """Print the table, or write it to the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the table into docs/plugins.md")
    if parser.parse_args().update:
        DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
