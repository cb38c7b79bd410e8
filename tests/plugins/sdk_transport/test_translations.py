"""What the plugin says to people has its English."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click
import pytest

from budkavle import Sentence
from budkavle.i18n import say, translations
from budkavle_sdk_transport import texts, transport
from budkavle_sdk_transport.commands import document_check
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.outgoing import recipient_limit
from budkavle_sdk_transport.transfers import log

HERE = Path(str(files("budkavle_sdk_transport")))
SWEDISH = re.compile(r"[åäö]|\b(det|ett|kvittens|meddelande)\b", re.IGNORECASE)
ERRORS = {"Misconfigured", "NotFound", "Conflict", "Temporary", "Permanent"}


def helps(command: click.Command) -> Iterator[str]:
    if command.help:
        yield command.help
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            yield option.help
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from helps(inner)


def errors() -> Iterator[str]:
    for file in HERE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                said = node.args[0]
                if isinstance(said, ast.Constant):
                    yield str(said.value)


def others() -> Iterator[str]:
    yield from texts.REJECTED_BECAUSE.values()
    yield from (texts.FIELD_SENTENCES["subject"], texts.NOT_DELIVERED, texts.SENT_AGAIN, texts.LOST)
    yield from (texts.NO_TRANSPORT_RECEIPT, texts.NO_MESSAGE_RECEIPT, texts.CONFIRMED_LATE, texts.CONFIRMED)
    yield from (recipient_limit.WAITING, *(said.label for said in log.KINDS.values()))
    yield from (transport.NO_IDENTITY, transport.NO_SENDER)
    yield from document_check.NOTES


@pytest.mark.parametrize("sentences", [lambda: helps(group(None)), errors, others], ids=["help", "errors", "others"])
def test_every_sentence_has_its_english(sentences: object) -> None:
    """Help, errors, what a receipt's code means, and the notes of a verdict."""
    english = translations("en", {"sdk": HERE / "locale"})
    assert callable(sentences)
    assert [one for one in dict.fromkeys(sentences()) if english.gettext(one) == one] == []


@pytest.mark.parametrize("silent", ["Kvittensen följer inte sin specifikation.", None], ids=["silent", "told"])
@pytest.mark.parametrize("detail", texts.REFUSED_BECAUSE)
def test_an_administrators_line_is_english_all_through(detail: Detail, silent: str | None) -> None:
    """Who sent it, every cause with its codes, and what the sender is told; also once it was stored."""
    findings = [Finding(Cause.BV, one, "/", "x", "x") for one in (detail, Detail.TOO_LONG)]
    told = texts.refused("0203:trygghet.example", findings, silent)
    english = say(Sentence.from_stored(told.to_text()), translations("en", {"sdk": HERE / "locale"}))
    assert english.startswith("An SDK message from 0203:trygghet.example was not accepted: ")
    assert not SWEDISH.search(english), english
