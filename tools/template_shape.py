"""The format of templates: djhtml's indentation, with continuation lines of a Jinja tag four columns below it.

djhtml alone aligns such lines with the tag. Only white space at the beginning of lines changes.
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
"""A line that only closes what the tag opened is aligned with the tag."""


def shape(source: str) -> str:
    """Return a formatted template."""
    return hang(DjHTML(source).indent(WIDTH))


def hang(source: str) -> str:
    """Indent the continuation lines of tags."""
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
    """Format the files. With `--check` only report unformatted ones, and return 1 if there are any."""
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
