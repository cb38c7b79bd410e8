"""The syntax trees of sources, which several checks read: each source is parsed and walked once."""

import ast
from functools import cache


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    """Return every node of a Python source, as `ast.walk` gives them; the first one is the module."""
    return tuple(ast.walk(ast.parse(source)))
