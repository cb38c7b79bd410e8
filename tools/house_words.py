"""The core knows no plugin: its code, its pages, its styles and its SQL name none.

Docstrings may name one as an example. The content of `vendor` comes from others.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from house_syntax import nodes

PLUGINS = re.compile(r"sdk|fax|sms|bankid|domibus|budkavle_local|(?<=[\"'])local(?=[\"'])", re.IGNORECASE)
"""The names of plugins. `local` is also an ordinary word, and is refused only if it is a whole string."""
PASSWORD_PLUGIN = re.compile(
    r"budkavle_password|password_?provider"
    r"|(?:SignedIn\(|(?:provider|method|way)s?\w*(?:\.name)?\W+(?:in\W+|get\W+)?)[^\n\"']{0,30}[\"']password[\"']",
    re.IGNORECASE,
)
"""The plugin `password`, where its name is clear: the core stores passwords, and its forms have fields of this name."""
SUFFIXES = frozenset({".py", ".html", ".js", ".css", ".sql"})
SOMEBODY_ELSES = "vendor"
WAYS = {
    "measures/spans.py": "sdk",
    "measures/tracing.py": "sdk",
    "model/notices.py": "sms",
    "notices/asking.py": "sms",
}
"""Where a word means something else: the method of sending a notice, like e-mail, or a package of OpenTelemetry."""


def plugins_in_core(core: Path) -> Iterator[str]:
    """Yield a fault for each line of the core that names a plugin."""
    for path in sorted(path for path in core.rglob("*") if path.suffix in SUFFIXES):
        if SOMEBODY_ELSES in path.relative_to(core).parts:
            continue
        text = path.read_text("utf-8")
        way = WAYS.get(path.relative_to(core).as_posix())
        docstrings = docstring_lines(text) if path.suffix == ".py" else frozenset()
        for number, line in enumerate(text.splitlines(), start=1):
            match = PLUGINS.search(line) or PASSWORD_PLUGIN.search(line)
            if number not in docstrings and match and match.group().lower() != way:
                name = path.relative_to(core.parent).as_posix()
                yield f"{name}:{number} names a plugin, {match.group()}; ask what plugins offer"


def docstring_lines(source: str) -> frozenset[int]:
    """Return the lines of a module's docstrings, including those of attributes."""
    return frozenset(
        number
        for node in nodes(source)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )
