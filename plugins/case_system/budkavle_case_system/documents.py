"""The content of a delivered folder: the facts as XML or JSON, and the thread as a PDF."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import typst
from lxml import etree

from budkavle import Address, Direction, Message
from budkavle_case_system.settings import XML

NAMESPACE = "https://budkavle.se/case-system/1"


def metadata(facts: Mapping[str, Any], form: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the metadata file.

    Args:
        facts: Texts, numbers, lists and mappings.
        form: `xml` or `json`.
    """
    if form != XML:
        return "metadata.json", json.dumps(facts, ensure_ascii=False, indent=2).encode()
    root = etree.Element(f"{{{NAMESPACE}}}delivery", nsmap={None: NAMESPACE})
    _fill(root, facts)
    return "metadata.xml", etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def message_facts(message: Message, attachments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the facts of one message for the metadata file."""
    return {
        "id": str(message.id),
        "direction": message.direction.value,
        "transport": message.transport,
        "createdAt": message.created_at.isoformat(),
        "subject": message.subject,
        "sender": _address(message.sender),
        "recipients": [_address(each) for each in message.recipients],
        "confidential": message.confidential,
        "level": int(message.loa),
        "references": [{"root": each.root, "value": each.value, "party": each.party} for each in message.references],
        "persons": [{"root": each.root, "value": each.value, "name": each.name} for each in message.persons],
        "attachments": list(attachments),
    }


def pdf(title: str, messages: Sequence[Message], attachments: Mapping[Any, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return the thread as a PDF. Texts are passed in as data and never read as markup."""
    arrived = {Direction.IN: "Kom in", Direction.OUT: "Skickat"}
    shown = [
        {
            "subject": message.subject,
            "facts": [
                ["Från", str(message.sender)],
                ["Till", ", ".join(str(each) for each in message.recipients)],
                [arrived[message.direction], message.created_at.isoformat(" ", "seconds")],
                ["Bilagor", ", ".join(each["name"] for each in attachments.get(message.id, ()))],
            ],
            "body": message.body,
        }
        for message in messages
    ]
    made = typst.compile(
        files("budkavle_case_system").joinpath("thread.typ").read_bytes(),
        format="pdf",
        sys_inputs={"given": json.dumps({"title": title, "messages": shown}, ensure_ascii=False)},
        ignore_system_fonts=True,
    )
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made


def _address(address: Address) -> dict[str, str]:
    return {"value": address.value, "name": address.name, "organisation": address.organisation}


def _fill(element: Any, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _fill(etree.SubElement(element, f"{{{NAMESPACE}}}{name}"), inner)
    elif isinstance(value, list):
        for inner in value:
            _fill(etree.SubElement(element, f"{{{NAMESPACE}}}item"), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    else:
        element.text = _allowed(str(value))


def _allowed(text: str) -> str:
    """Return a text without the characters that XML does not allow."""
    return "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))
