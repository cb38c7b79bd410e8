"""Texts that people wrote, drawn as the SDK's named subset of Markdown, in time that a page can spare.

Drawing takes up to some milliseconds for each thousand characters, in the one thread that Python lets run. So the
beginning of a long text is drawn and the rest shown as it was written, a page draws so much at a time, and what has
been drawn is kept for a while in memory, for its organisation alone.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final
from uuid import UUID

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

TAGS: Final = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "ul", "ol", "li"}
"""What the SDK's named subset of Markdown may become (B1.3.3, section 4.3.3.2)."""
LONGEST: Final = 20_000
"""So many characters of one text are drawn."""
ONE_PAGE: Final = 60_000
"""So many are drawn for one page, beside what has been drawn before."""
KEPT: Final = 4_000_000
"""So many characters of what has been drawn are kept in a process."""
KEPT_FOR: Final = 600.0
"""Seconds; destroyed text stays in memory no longer than that."""
DEEPEST: Final = 20
"""So deep lists are drawn, which have two levels each; the parser leaves out what is deeper, and all that follows."""
REST: Final = "Texten är lång. Resten visas utan formatering."
LATER: Final = (
    "Ärendet har mycket text, så den här visas utan formatering. Läs in sidan igen för att se den formaterad."
)

Say = Callable[[str], str]

_parser = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": DEEPEST}).enable(
    ["heading", "emphasis", "list", "hr", "newline", "escape"]
)


def markdown(text: str, say: Say = str, draw: Callable[[str], Markup] | None = None) -> Markup:
    """Render the named subset of Markdown safely; anything else stays the text it is.

    Args:
        text: What somebody wrote, of any length; all of it is shown.
        say: Puts a sentence into the reader's language.
        draw: Draws the part that is to be drawn; at once by default.
    """
    end = _end(text)
    shown = (draw or _draw)(text[:end])
    return shown if end == len(text) else shown + _note(say(REST)) + _plain(text[end:].lstrip("\n"))


class Drawing:
    """What one page draws for one organisation's reader.

    Args:
        organisation_id: Whose texts they are; nothing that is kept is shared with another's.
        say: Puts a sentence into the reader's language.
    """

    def __init__(self, organisation_id: UUID, say: Say) -> None:
        self._organisation_id = organisation_id
        self._say = say
        self._left = ONE_PAGE

    def __call__(self, text: str) -> Markup:
        """Draw a text, or show it as it was written where the page has drawn enough."""
        return markdown(text, self._say, self._drawn)

    def _drawn(self, part: str) -> Markup:
        key = (self._organisation_id, hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest())
        drawn = _kept.get(key)
        if drawn is None and len(part) > self._left:
            return _note(self._say(LATER)) + _plain(part)
        if drawn is None:
            self._left -= len(part)
            drawn = _draw(part)
            _kept.put(key, drawn)
        return drawn


Key = tuple[UUID, bytes]


class _Kept:
    """What has been drawn lately, up to `KEPT` characters and for `KEPT_FOR` seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn: OrderedDict[Key, tuple[Markup, float]] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Markup | None:
        with self._lock:
            self._forget()
            drawn = self._drawn.get(key)
            return drawn[0] if drawn else None

    def put(self, key: Key, drawn: Markup) -> None:
        with self._lock:
            if key not in self._drawn:
                self._drawn[key] = drawn, monotonic()
                self._size += len(drawn)
            self._forget()

    def _forget(self) -> None:
        """Let go of what is too old or too much, the oldest first."""
        while self._drawn:
            drawn, at = next(iter(self._drawn.values()))
            if self._size <= KEPT and monotonic() - at < KEPT_FOR:
                return
            self._drawn.popitem(last=False)
            self._size -= len(drawn)


_kept = _Kept()


def _end(text: str) -> int:
    """Return where the part ends that is drawn: between two lines, where there is such a place."""
    if len(text) <= LONGEST:
        return len(text)
    return text.rfind("\n", LONGEST // 2, LONGEST) + 1 or LONGEST


def _draw(text: str) -> Markup:
    tokens = _parser.parse(text)
    if any(token.nesting == 1 and token.level == DEEPEST - 1 for token in tokens):
        return _plain(text)
    drawn = _parser.renderer.render(tokens, _parser.options, {})
    return Markup(nh3.clean(drawn, tags=TAGS, attributes={"ol": {"start"}}))  # noqa: S704 - cleaned by nh3


def _plain(text: str) -> Markup:
    return Markup("<p>{}</p>\n").format(escape(text).replace("\n", Markup("<br>\n")))


def _note(sentence: str) -> Markup:
    return Markup('<p class="hint">{}</p>\n').format(sentence)
