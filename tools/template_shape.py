"""The shape of templates: djhtml's indentation, and what continues a tag of Jinja hangs four columns below it.

djhtml alone sets such lines flush with the tag. Nothing but white space at the beginning of lines changes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from djhtml.modes import DjHTML

WIDTH = 2
HANG = 4
TAG = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
CLOSES = re.compile(r"[\]})]+\s*-?[%}]\}")
"""A line that only closes what the tag opened stands where the tag does."""


def shape(source: str) -> str:
    """Return a template in shape."""
    return hang(DjHTML(source).indent(WIDTH))


def hang(source: str) -> str:
    """Indent the lines that continue a tag."""
    lines = source.splitlines(keepends=True)
    for tag in TAG.finditer(source):
        if tag.group().startswith("{#"):
            continue
        first = source.count("\n", 0, tag.start())
        base = len(lines[first]) - len(lines[first].lstrip(" "))
        for number in range(first + 1, first + 1 + tag.group().count("\n")):
            text = lines[number].lstrip(" ")
            lines[number] = " " * (base if CLOSES.match(text) else base + HANG) + text
    return "".join(lines)


def main(arguments: list[str]) -> int:
    """Shape the files; with `--check` only say which are not in shape, and return 1 where one is not."""
    check = "--check" in arguments
    code = 0
    for path in (Path(name) for name in arguments if name != "--check"):
        source = path.read_text("utf-8")
        shaped = shape(source)
        if shaped == source:
            continue
        if check:
            print(f"{path} is not in shape; `make format` writes it")
            code = 1
        else:
            path.write_text(shaped, "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
