"""Reads the JSON:API documents of the national address book. Pure.

Unknown attributes are ignored and optional ones may be missing, since only part of the description of the API is
public. Resources without a name or an identifier cannot be addressed, and are counted as skipped.
Source: SDK adressbok API 1.1; Informationsspecifikation SDK adressbok (B1.3.6) 1.5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from budkavle import Unavailable

MAX_IDENTIFIER = 256
"""The most characters of an identifier, an opaque string (B1.3.6)."""
_DEEP = 8
"""The most levels of organisations. More indicates a cycle."""
_CODE_LISTS = ("codes", "concepts", "values")
_CODE_NAMES = ("displayName", "name", "display", "label", "term")
_WORD_ATTRIBUTES = ("keywords", "searchWords", "searchTerms", "searchCodes", "categories", "codes", "keywordCodes")


@dataclass(frozen=True, slots=True)
class Page:
    """One document: its resources and the address of the next document."""

    data: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of the federation (`o`), or a unit (`ou`) that belongs to it by `parent_id`."""

    id: str
    name: str
    participant: str = ""
    number: str = ""
    parent_id: str | None = None
    alternate_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A functional address, the smallest addressable unit, with the names of its organisation."""

    id: str
    identifier: str
    name: str
    organisation: str = ""
    participant: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    also: str = ""
    """More words that match it: the other name and number of the organisation, and its parent organisations."""


@dataclass(frozen=True, slots=True)
class Book:
    """A whole address book."""

    organisations: tuple[Organisation, ...] = ()
    functions: tuple[Function, ...] = ()
    skipped: int = 0
    """The number of resources that could not be used."""


class _Document(msgspec.Struct):
    data: list[dict[str, Any]]
    links: dict[str, Any] | None = None


def page(content: bytes) -> Page:
    """Read one document.

    Raises:
        Unavailable: It is not a JSON:API document.
    """
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable("Adressboken svarade med något som inte är JSON:API. Försök igen senare.") from error
    link = (document.links or {}).get("next")
    link = link.get("href") if isinstance(link, Mapping) else link
    return Page(document.data, link if isinstance(link, str) and link else None)


def book(
    organisations: Iterable[Mapping[str, Any]],
    addresses: Iterable[Mapping[str, Any]],
    codesystems: Iterable[Mapping[str, Any]],
) -> Book:
    """Combine the three collections. The first of two with the same identifier is used."""
    raw = list(organisations)
    by_id = {organisation.id: organisation for organisation in map(_organisation, raw) if organisation is not None}
    codes = dict(_codes(codesystems))
    read = [_function(resource, by_id, codes) for resource in addresses]
    functions: dict[str, Function] = {}
    for function in filter(None, read):
        functions.setdefault(function.identifier, function)
    skipped = len(raw) - len(by_id) + len(read) - len(functions)
    return Book(tuple(by_id.values()), tuple(functions.values()), skipped)


def _organisation(resource: Mapping[str, Any]) -> Organisation | None:
    attributes = _attributes(resource)
    organisation = Organisation(
        id=_text(resource.get("id")),
        name=_text(attributes.get("name")),
        participant=_text(attributes.get("participantIdentifier")),
        number=_text(attributes.get("organizationNumber")),
        parent_id=_related(resource, "parent"),
        alternate_name=_text(attributes.get("alternateName")),
        description=_text(attributes.get("description")),
    )
    return organisation if organisation.id and organisation.name else None


def _function(
    resource: Mapping[str, Any], organisations: Mapping[str, Organisation], codes: Mapping[str, str]
) -> Function | None:
    attributes = _attributes(resource)
    identifier = attributes.get("identifier")
    above = list(_above(_related(resource, "parent"), organisations))
    name = _text(attributes.get("name"))
    participant = next((organisation.participant for organisation in above if organisation.participant), "")
    if not (isinstance(identifier, str) and _usable(identifier) and name and participant):
        return None
    return Function(
        id=_text(resource.get("id")),
        identifier=identifier,
        name=name,
        organisation=above[0].name,
        participant=participant,
        description=_text(attributes.get("description")) or _text(attributes.get("longDescription")),
        keywords=_keywords(resource, attributes, codes),
        also=" ".join(
            [*(f"{organisation.name} {organisation.alternate_name}" for organisation in above), above[-1].number]
        ),
    )


def _usable(identifier: str) -> bool:
    return 0 < len(identifier) <= MAX_IDENTIFIER and identifier.isprintable()


def _above(organisation_id: str | None, organisations: Mapping[str, Organisation]) -> Iterator[Organisation]:
    """Yield the organisation and its parents, the participant last."""
    for _ in range(_DEEP):
        organisation = organisations.get(organisation_id or "")
        if organisation is None:
            return
        yield organisation
        organisation_id = organisation.parent_id


def _keywords(resource: Mapping[str, Any], attributes: Mapping[str, Any], codes: Mapping[str, str]) -> tuple[str, ...]:
    texts = [text for name in _WORD_ATTRIBUTES for text in _texts(attributes.get(name))]
    related = [related_id for name in _WORD_ATTRIBUTES for related_id in _related_ids(resource, name)]
    words = [codes[word] for word in (*texts, *related) if word in codes]
    return tuple(dict.fromkeys([*texts, *words]))


def _codes(codesystems: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the code or id, and the name, of every code. A resource is a whole code system or a single code."""
    for resource in codesystems:
        attributes = _attributes(resource)
        listed = next((attributes[key] for key in _CODE_LISTS if isinstance(attributes.get(key), list)), None)
        for code in [{"id": resource.get("id"), **attributes}] if listed is None else listed:
            if isinstance(code, Mapping):
                name = next((_text(code[key]) for key in _CODE_NAMES if _text(code.get(key))), "")
                keys = {_text(code.get("code")), _text(code.get("id"))} - {""}
                yield from ((key, name) for key in keys if name)


def _attributes(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = resource.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def _related(resource: Mapping[str, Any], name: str) -> str | None:
    return next(iter(_related_ids(resource, name)), None)


def _related_ids(resource: Mapping[str, Any], name: str) -> list[str]:
    relationships = resource.get("relationships")
    relation = relationships.get(name) if isinstance(relationships, Mapping) else None
    data = relation.get("data") if isinstance(relation, Mapping) else None
    linked = data if isinstance(data, list) else [data]
    return [
        _text(reference.get("id"))
        for reference in linked
        if isinstance(reference, Mapping) and _text(reference.get("id"))
    ]


def _text(value: object) -> str:
    """Return a value as one line of text. Empty if it is not text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join("".join(letter for letter in str(value) if letter.isprintable() or letter.isspace()).split())


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _texts(entry)
    elif isinstance(value, Mapping):
        yield from (_text(value[key]) for key in (*_CODE_NAMES, "code") if _text(value.get(key)))
    elif _text(value):
        yield _text(value)
