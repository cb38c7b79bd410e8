"""The help texts: Markdown files in `help/LANGUAGE` of the core and of the plugins, one for each kind of page.

A file begins with headers such as `Title:` and `Pages:`, as an e-mail does, and a blank line. `Pages:` lists the
addresses that the text belongs to, with `*` as a wildcard. If several patterns match, the longest is used.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_string
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from budkavle.model.people import Role
from budkavle.web.auth import Visitor

CORE = Path(__file__).parents[1] / "help"
_parser = MarkdownIt("commonmark", {"html": False})


class Audience(StrEnum):
    """Whom a text is for."""

    GUEST = "guest"
    MEMBER = "member"
    ADMIN = "admin"
    PLATFORM = "platform"
    TOUR = "tour"
    """The steps of the tour, which are in no list."""


@dataclass(frozen=True, slots=True)
class HelpText:
    """A help text.

    Attributes:
        name: Its name in the URL: the file's stem; for a plugin, with the plugin's name and a dot first.
        title: Its heading.
        pages: The addresses that it belongs to.
        audience: Whom it is for.
        order: Its place in the list.
        text: Its Markdown.
    """

    name: str
    title: str
    pages: Sequence[str]
    audience: Audience
    order: int
    text: str

    @property
    def html(self) -> Markup:
        """The rendered text; the files are the core's and the plugins' own, and HTML in them is escaped."""
        return Markup(_parser.render(self.text))  # noqa: S704 - our own text, and its HTML is escaped

    def fits(self, words: Sequence[str]) -> int:
        """Return how well it matches a search: 0 if a word is missing, more for each word in the title."""
        title, text = self.title.casefold(), self.text.casefold()
        if not all(word in title or word in text for word in words):
            return 0
        return 1 + sum(word in title for word in words)


def help_texts(folders: Mapping[str, Path], language: str) -> Sequence[HelpText]:
    """Return the texts of the core and of plugins in a language, in their order.

    Args:
        folders: The folders `help` of plugins, by name.
        language: `sv` or `en`.
    """
    return _read(tuple(folders.items()), language)


def search(texts: Iterable[HelpText], query: str) -> list[HelpText]:
    """Return the texts that contain all words of a query; those with most of the words in the title come first."""
    words = query.casefold().split()
    ranked = sorted(((text.fits(words), text) for text in texts), key=lambda pair: -pair[0])
    return [text for rank, text in ranked if rank]


def help_of(texts: Iterable[HelpText], address: str) -> HelpText | None:
    """Return the text that belongs to a page, if there is one."""
    matches = ((len(pattern), text) for text in texts for pattern in text.pages if fnmatchcase(address, pattern))
    best = max(matches, key=lambda pair: pair[0], default=None)
    return best[1] if best else None


def texts_for(visitor: Visitor) -> list[HelpText]:
    """Return the texts for a signed-in user."""
    audiences = {Audience.MEMBER}
    if visitor.actor.is_admin:
        audiences.add(Audience.ADMIN)
    if visitor.actor.role is Role.PLATFORM:
        audiences.add(Audience.PLATFORM)
    texts = help_texts(visitor.platform.plugins.folders("help"), visitor.language)
    return [text for text in texts if text.audience in audiences]


def help_url(visitor: Visitor) -> str:
    """Return the URL of the current page's help text, or of the list of all texts if the page has none."""
    url = visitor.request.url
    text = help_of(texts_for(visitor), f"{url.path}?{url.query}" if url.query else url.path)
    return f"/help/{text.name}" if text else "/help"


@lru_cache(maxsize=16)
def _read(folders: tuple[tuple[str, Path], ...], language: str) -> tuple[HelpText, ...]:
    """Read the files once: they do not change while a process runs."""
    places = [("", CORE), *((f"{plugin}.", folder) for plugin, folder in folders)]
    texts = [text for prefix, folder in places for text in read_folder(prefix, folder / language)]
    return tuple(sorted(texts, key=lambda text: (text.order, text.title)))


def read_folder(prefix: str, folder: Path) -> Iterator[HelpText]:
    """Read the texts of one folder, and put the prefix before their names."""
    for file in sorted(folder.glob("*.md")):
        yield parse(prefix + file.stem, file.read_text("utf-8"))


def parse(name: str, content: str) -> HelpText:
    """Parse the content of a help file.

    Raises:
        ValueError: It has no title, or a header has an invalid value.
    """
    head = message_from_string(content)
    title = head.get("Title", "")
    if not title:
        raise ValueError(f"the help text {name} has no line Title: at its top")
    return HelpText(
        name,
        title,
        tuple(head.get("Pages", "").split()),
        Audience(head.get("Audience", "member")),
        int(head.get("Order", "100")),
        str(head.get_payload()),
    )
