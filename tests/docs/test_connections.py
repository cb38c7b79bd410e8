"""docs/connections.md names each package that reaches out over the network, and by which addresses it goes."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.reading_code import nodes

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "plugins", "identity_tokens", "microsoft_apps", "addressbook", "schemas")
LIBRARIES = {"aiosmpplib", "dns", "httpcore", "httpx", "imaplib", "obstore", "smtplib", "socket", "urllib3", "zeep"}
"""What opens connections; PostgreSQL's are the core's alone."""
NOT_OUTWARDS = {"core/cli": "looks whether a port is free", "plugins/demo": "the demo, against itself"}
TEXT = (ROOT / "docs/connections.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w/]+)` \| [^|]+ \| [^|]+ \| (typed|settings|both) \|", re.MULTILINE)


def reaches(module: Path) -> tuple[bool, bool]:
    """Tell whether a module opens connections with a library, and whether with the client for typed addresses."""
    names, typed = set[str](), False
    for node in nodes(module, LIBRARIES | {"outside_"}):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
            typed |= any(alias.name.startswith("outside_") for alias in node.names)
    return bool(names & LIBRARIES), typed


@cache
def used() -> dict[str, tuple[bool, bool]]:
    """By package, outside of simulators and of what only tests need."""
    by_package = defaultdict[str, list[tuple[bool, bool]]](list)
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        if not {"simulator", "testing"} & set(parts):
            depth = 3 if parts[0] == "core" and len(parts) > 3 else 2
            package = f"core/{parts[2]}" if depth == 3 else "/".join(parts[: 1 if parts[0] != "plugins" else 2])
            by_package[package].append(reaches(path))
    return {
        package: (any(plain for plain, _ in modules), any(typed for _, typed in modules))
        for package, modules in by_package.items()
        if any(map(any, modules)) and package not in NOT_OUTWARDS
    }


def test_the_list_of_who_reaches_out_is_the_codes() -> None:
    """A package that begins to open connections, or ends, changes the list, and is looked at."""
    assert {package for package, _ in ROW.findall(TEXT)} == set(used())


def test_what_people_type_goes_by_the_client_that_judges_it() -> None:
    """Each package that goes to typed addresses has that client, and no other says that it has."""
    told = dict(ROW.findall(TEXT))
    typed = {package for package, (_, client) in used().items() if client}
    assert {package for package, kind in told.items() if kind in {"typed", "both"}} == typed
