"""`budkavle plugin new`: creates a plugin that installs, loads and passes the contract tests."""

import keyword
import re
from pathlib import Path

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from budkavle.cli.tell import say
from budkavle.model.errors import Conflict, Invalid

TEMPLATE = Path(__file__).parent / "plugin_template"
KINDS = ("transport", "page", "identity-provider", "receipt-handler")
# What only plugins of one kind have: names of files and folders in the template. All kinds have the others.
PARTS = {
    "transport": {"transport.py", "recipients.py", "test_transport.py"},
    "page": {"pages.py", "notes.py", "notes.sql", "templates", "static", "migrations", "test_pages.py"},
    "identity-provider": {"provider.py", "test_provider.py"},
    "receipt-handler": {"receipts.py", "test_receipts.py"},
}
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


@click.command(help="Skapa ett eget tillägg som går att installera och klarar kontraktstesterna direkt.")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="Vad tillägget bidrar med.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Mappen där tilläggets mapp skapas; annars den här.",
)
def new(name: str, kind: str, into: Path) -> None:
    """Make a plugin from the template, without network."""
    folder = make(name, kind, into)
    say("Tillägget finns i {folder}. Börja med README.md där.", folder=folder)
    say("Prova det: pip install pytest -e {folder} && pytest {folder}", folder=folder)


def make(name: str, kind: str, into: Path) -> Path:
    """Fill in the template and return the new folder.

    Args:
        name: The plugin's name in the settings.
        kind: One of `KINDS`.
        into: Where to create its folder.

    Raises:
        Invalid: The name is not valid for a plugin.
        Conflict: A plugin of that name is installed, or its folder already exists.
    """
    from budkavle.plugins.loader import installed

    if not NAME.match(name) or keyword.iskeyword(name):
        raise Invalid("{name} kan inte vara namn på ett tillägg. Använd små bokstäver, siffror och _.", name=name)
    if name in installed():
        raise Conflict("Ett tillägg med namnet {name} är redan installerat. Välj ett annat namn.", name=name)
    folder = into / f"budkavle-{name.replace('_', '-')}"
    if folder.exists():
        raise Conflict("{folder} finns redan. Välj ett annat namn eller en annan mapp.", folder=folder)
    _fill_in(folder, name, kind)
    return folder


def _fill_in(folder: Path, name: str, kind: str) -> None:
    words = name.split("_")
    values = {
        "name": name,
        "kind": kind,
        "package": f"budkavle_{name}",
        "distribution": f"budkavle-{'-'.join(words)}",
        "camel": "".join(map(str.capitalize, words)),
        "label": " ".join(words).capitalize(),
    }
    others = set().union(*(parts for owner, parts in PARTS.items() if owner != kind))
    # The files are Python, TOML and templates themselves, so nothing in them is escaped as HTML.
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=select_autoescape([]),
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file()):
        inner = source.relative_to(TEMPLATE)
        if others.isdisjoint(part.removesuffix(".jinja") for part in inner.parts):
            target = folder / jinja.from_string(inner.as_posix()).render(values).removesuffix(".jinja")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(jinja.get_template(inner.as_posix()).render(values), encoding="utf-8")
