"""Conversion of plain text to Markdown that is rendered as the same text."""

import re

_SPECIAL = re.compile(r"[\\*_]|<(?=[A-Za-z/!?])")
_NUMBERED = re.compile(r"^([ \t]*\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
_MARKED = re.compile(r"^([ \t]*)([-+#=]+)(?=\s|$)", re.MULTILINE)
_ITEM = re.compile(r"^\\- (?=[^\W\d])", re.MULTILINE)


def as_markdown(text: str) -> str:
    r"""Return plain text as Markdown that is rendered as written. A word after a dash becomes a list item.

    Args:
        text: Lines of plain text.

    Example:
        as_markdown("1. *viktigt*") == r"1\. \*viktigt\*"
    """
    return _ITEM.sub("- ", escape_starts(escape_signs(text)))


def escape_signs(text: str) -> str:
    """Return a text with its emphasis and HTML signs escaped."""
    return _SPECIAL.sub(lambda sign: "\\" + sign.group(), text)


def escape_starts(text: str) -> str:
    """Return lines of Markdown whose beginnings are not interpreted as a list, a heading or a rule."""
    return _MARKED.sub(r"\1\\\2", _NUMBERED.sub(r"\1\\\2", text))
