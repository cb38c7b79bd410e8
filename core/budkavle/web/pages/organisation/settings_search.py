"""Search in everything that an organisation's administrator can set: fields, sections and pages."""

from collections.abc import Iterator
from dataclasses import dataclass

from budkavle.accounts.stored_settings import all_sections
from budkavle.model.settings_sections import fields_of
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.organisation_menu import Line, Place, organisation_menu, places

SECTIONS = "/organisation/settings"
EACH_MAILBOX = N_("Ställs in för varje brevlåda.")


@dataclass(frozen=True, slots=True)
class Hit:
    """A setting or a page that was found.

    Attributes:
        url: Its URL; for a field, the field itself.
        title: Its label.
        trail: The section or part that it belongs to.
        hint: What it does.
    """

    url: str
    title: str
    trail: str
    hint: str


def find_settings(visitor: Visitor, query: str) -> list[Hit]:
    """Return the hits with all the words of a query, in Swedish or in the visitor's language, the best first.

    Parts of words match too. Matches in a hit's own name come before matches in its help or its section.
    """
    words = query.casefold().split()
    hits = [(rank, hit) for hit, names, texts in _all(visitor) if (rank := _rank(words, names, texts)) is not None]
    return [hit for _, hit in sorted(hits, key=lambda pair: pair[0])]


def _rank(words: list[str], names: str, texts: str) -> int | None:
    whole = f"{names} {texts}".casefold()
    if not all(word in whole for word in words):
        return None
    return 0 if all(word in names.casefold() for word in words) else 1


def _all(visitor: Visitor) -> Iterator[tuple[Hit, str, str]]:
    """Yield every possible hit, with its names and its other words, in both languages."""
    yield from (_of_page(visitor, line) for line in organisation_menu(visitor) or ())
    yield from (_of_page(visitor, place) for place in places(visitor))
    for key, section in all_sections(visitor.platform).items():
        of_mailboxes = section.scope == "mailbox"
        url, title = "/mailboxes" if of_mailboxes else f"{SECTIONS}/{key}", visitor.say(section.title)
        hint = visitor.say(EACH_MAILBOX) if of_mailboxes else visitor.say(section.help) if section.help else ""
        yield Hit(url, title, visitor.say("Inställningar"), hint), f"{title} {section.title}", f"{hint} {section.help}"
        for field in fields_of(section.type):
            setting = field.setting
            label, help_text = visitor.say(setting.label), visitor.say(setting.help) if setting.help else ""
            field_url = url if of_mailboxes else f"{url}#{field.name}"
            choices = " ".join(f"{choice} {visitor.say(choice)}" for choice in setting.choices.values())
            texts = f"{help_text} {setting.help} {title} {section.title} {choices}"
            yield Hit(field_url, label, title, help_text), f"{label} {setting.label}", texts


def _of_page(visitor: Visitor, place: Line | Place) -> tuple[Hit, str, str]:
    return Hit(place.url, place.text, visitor.say("Min organisation"), place.hint), place.text, place.hint
