"""Renders users' texts as the SDK's named subset of Markdown, within limits on time.

Rendering takes up to a few milliseconds per thousand characters, and holds Python's global lock. So only the beginning
of a long text is rendered, and the rest is shown as plain text. A page renders a limited amount at a time. Results are
cached in memory for a while, separately for each organisation.
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
"""The HTML elements that the SDK's named subset of Markdown may produce (B1.3.3, section 4.3.3.2)."""
LONGEST: Final = 20_000
"""The most characters of one text that are rendered."""
ONE_PAGE: Final = 60_000
"""The most characters that are rendered for one page, in addition to cached ones."""
KEPT: Final = 4_000_000
"""The most characters in the cache of a process."""
KEPT_FOR: Final = 600.0
"""The cache time in seconds; destroyed text stays in memory no longer than that."""
DEEPEST: Final = 20
"""The deepest nesting, two levels for each list. The parser drops deeper content, and everything after it."""
REST: Final = "Texten är lång. Resten visas utan formatering."
LATER: Final = (
    "Ärendet har mycket text, så den här visas utan formatering. Läs in sidan igen för att se den formaterad."
)

Say = Callable[[str], str]

_parser = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": DEEPEST}).enable(
    ["heading", "emphasis", "list", "hr", "newline", "escape"]
)


def markdown(text: str, say: Say = str, draw: Callable[[str], Markup] | None = None) -> Markup:
    """Render the named subset of Markdown safely; anything else stays plain text.

    Args:
        text: A user's text, of any length; all of it is shown.
        say: Translates a sentence into the reader's language.
        draw: Renders the first part; by default without a cache.
    """
    end = _end(text)
    shown = (draw or _draw)(text[:end])
    return shown if end == len(text) else shown + _note(say(REST)) + _plain(text[end:].lstrip("\n"))


class Drawing:
    """Renders the texts of one page for one organisation's reader.

    Args:
        organisation_id: The organisation of the texts; the cache is not shared between organisations.
        say: Translates a sentence into the reader's language.
    """

    def __init__(self, organisation_id: UUID, say: Say) -> None:
        self._organisation_id = organisation_id
        self._say = say
        self._left = ONE_PAGE

    def __call__(self, text: str) -> Markup:
        """Render a text, or return it as plain text if the page has rendered enough."""
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
    """A cache of rendered texts, up to `KEPT` characters and for `KEPT_FOR` seconds."""

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
        """Evict what is too old or too much, the oldest first."""
        while self._drawn:
            drawn, at = next(iter(self._drawn.values()))
            if self._size <= KEPT and monotonic() - at < KEPT_FOR:
                return
            self._drawn.popitem(last=False)
            self._size -= len(drawn)


_kept = _Kept()


def _end(text: str) -> int:
    """Return where the rendered part ends: between two lines, if possible."""
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
