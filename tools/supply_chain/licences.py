"""Judges the licences of everything that an installation gets (`make check`).

The product is under MPL-2.0: what it brings must be free to use beside that, in an authority's own installation and in
a supplier's service. A licence that nobody has judged is a fault, as is one that the package does not tell.
"""

from __future__ import annotations

import re
import sys

from supply_chain.components import Component, components

PERMITTED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
ACCEPTED = {
    "img2pdf": ("LGPL-3.0-only", "imported as a library that anybody can replace"),
    "psycopg": ("LGPL-3.0-only", "imported as a library that anybody can replace"),
    "psycopg-binary": ("LGPL-3.0-only", "imported as a library that anybody can replace"),
}
"""Packages under another licence, and why they may stay. A new licence of the same package is checked again."""


def fault(component: Component) -> str | None:
    """Say what is wrong with a package's licence, or None."""
    if not component.licence:
        return f"{component.name}: no licence is told. Read its licence file and add it to TOLD in components.py"
    if ACCEPTED.get(component.name, ("", ""))[0] == component.licence or permitted(component.licence):
        return None
    return f"{component.name}: {component.licence} is not permitted. Replace the package, or argue for it in ACCEPTED"


def permitted(expression: str) -> bool:
    """Judge an SPDX expression: one side of an OR is enough, all sides of an AND must hold.

    Where both stand there with parentheses, every licence in it must be permitted: a person judges the rest.
    """
    if "(" in expression and " AND " in expression:
        return set(re.split(r"[()\s]+", expression)) - {"", "AND", "OR"} <= PERMITTED
    sides = re.split(r"\s+OR\s+", expression.replace("(", " ").replace(")", " "))
    return any(all(part.strip() in PERMITTED for part in re.split(r"\s+AND\s+", side)) for side in sides)


def main() -> int:
    """Print the faults; 1 where there is one."""
    faults = [sentence for component in components() if (sentence := fault(component))]
    for sentence in faults:
        sys.stderr.write(f"{sentence}\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
