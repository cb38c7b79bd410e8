"""The files of the pages: lines that fit on a screen, and colours that are defined only in the theme."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

LINE_LIMIT = 160
"""The most characters of a line of CSS, JavaScript or a template."""
SUFFIXES = {".css", ".js", ".html"}
THEMES = ("core/budkavle/web/static/theme.css", "core/budkavle/web/static/looks.css")
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch|color)\(", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def long_lines(files: Sequence[Path], root: Path) -> list[str]:
    """Return a fault for each line that is too long to read."""
    return [
        f"{path.relative_to(root).as_posix()}:{number} has {len(line)} characters, more than {LINE_LIMIT}"
        for path in files
        if path.suffix in SUFFIXES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LINE_LIMIT
    ]


def colours(files: Sequence[Path], root: Path) -> list[str]:
    """Return a fault for each colour outside of the theme. Pages of a simulator are another product's, and exempt."""
    faults = []
    for path in files:
        name = path.relative_to(root).as_posix()
        if path.suffix != ".css" or name in THEMES or "/simulator/" in name:
            continue
        source = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), path.read_text("utf-8"))
        faults += [
            f"{name}:{number} has a colour of its own; name it in theme.css"
            for number, line in enumerate(source.splitlines(), 1)
            for value in [line.partition(":")[2]]
            if COLOUR.search(value) and not line.rstrip().endswith("{")
        ]
    return faults
