"""The text of a draft as the product's messages have it: the SDK's subset of Markdown."""

import re

_EMPHASIS = re.compile(r"[\\*_]")
_HEADING = re.compile(r"^(\s*)#", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")
_HARD_BLANK = "\N{NO-BREAK SPACE}"


def body_of(text: str) -> str:
    """Return what a draft's plain text becomes: the same words, with nothing in them taken for emphasis or a heading.

    Args:
        text: What Outlook gives as the draft's text. Lists in it stay lists.
    """
    plain = text.replace("\r\n", "\n").replace(_HARD_BLANK, " ")
    bullets = re.sub(r"^[ \t]*[•·o*][ \t]+", "- ", plain, flags=re.MULTILINE)
    escaped = _HEADING.sub(r"\1\\#", _EMPHASIS.sub(lambda sign: "\\" + sign.group(), bullets))
    return _GAPS.sub("\n\n", escaped).strip()
