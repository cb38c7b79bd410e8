"""Runs of text with the same emphasis, and their Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from budkavle_microsoft_apps.plain_text import escape_signs

BREAK = "\n"
_SPACE = re.compile(r"[ \t\r\f\v\u00a0]+")
_AT_BREAK = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text.

    Attributes:
        text: The text, not escaped; a line break is one newline.
        mark: The emphasis marker around it: empty, `*`, `**` or `***`.
    """

    text: str
    mark: str = ""


def is_blank(runs: Iterable[Run]) -> bool:
    """Tell whether the runs have only blank text."""
    return not any(run.text.strip() for run in runs)


def inline(runs: Sequence[Run], *, marks: bool = True) -> str:
    """Return runs as one or more lines of Markdown, whose beginnings are not escaped yet.

    Args:
        runs: The text.
        marks: Whether emphasis is kept.
    """
    joined = list(_joined(runs, marks=marks))
    pieces: list[str] = []
    for place, run in enumerate(joined):
        before = joined[place - 1] if place else Run(BREAK)
        after = joined[place + 1] if place + 1 < len(joined) else Run(BREAK)
        pieces.append(_marked(run, before, after))
    text = _AT_BREAK.sub(BREAK, _SPACE.sub(" ", "".join(pieces)))
    return _MANY_BREAKS.sub("\n\n", text).strip(" \n")


def _joined(runs: Sequence[Run], *, marks: bool) -> Iterator[Run]:
    """Join neighbours with the same emphasis; blanks take the emphasis before them, and a line break ends it."""
    pieces: list[Run] = []
    for run in runs:
        mark = run.mark if marks else ""
        for text in re.split("(\n)", run.text):
            blank = not text.strip()
            pieces.append(
                Run(text, "" if text == BREAK or not pieces else pieces[-1].mark) if blank else Run(text, mark)
            )
    for mark, same in groupby(pieces, key=lambda run: run.mark):
        yield Run("".join(run.text for run in same), mark)


def _marked(run: Run, before: Run, after: Run) -> str:
    """Return a run with its emphasis markers, unless Markdown would not read them as such."""
    text = escape_signs(run.text)
    inner = text.strip()
    if not run.mark or not inner:
        return text
    start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    opens = bool(start) or before.text[-1:].isspace() or (inner[0].isalnum() and not before.mark)
    closes = bool(end) or after.text[:1].isspace() or (inner[-1].isalnum() and not after.mark)
    return f"{start}{run.mark}{inner}{run.mark}{end}" if opens and closes else text
