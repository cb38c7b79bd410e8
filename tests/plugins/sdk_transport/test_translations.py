"""What the plugin says to people has its English."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click
import pytest

from budkavle.i18n import retell, translations
from budkavle_sdk_transport import checking, pacing, transfers, transport, words
from budkavle_sdk_transport.commands import group
from budkavle_sdk_transport.findings import Cause, Detail, Finding

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
    yield from words.REJECTED_BECAUSE.values()
    yield from (words.FIELD_SENTENCES["subject"], words.NOT_DELIVERED, words.SENT_AGAIN, words.LOST)
    yield from (words.NO_TRANSPORT_RECEIPT, words.NO_MESSAGE_RECEIPT, words.CONFIRMED_LATE, words.CONFIRMED)
    yield from (pacing.WAITING, *(said.label for said in transfers.KINDS.values()))
    yield from (transport.NO_IDENTITY, transport.NO_SENDER)
    yield from checking.NOTES


@pytest.mark.parametrize("sentences", [lambda: helps(group(None)), errors, others], ids=["help", "errors", "others"])
def test_every_sentence_has_its_english(sentences: object) -> None:
    """Help, errors, what a receipt's code means, and the notes of a verdict."""
    english = translations("en", {"sdk": HERE / "locale"})
    assert callable(sentences)
    assert [one for one in dict.fromkeys(sentences()) if english.gettext(one) == one] == []


@pytest.mark.parametrize("silent", ["Kvittensen följer inte sin specifikation.", None], ids=["silent", "told"])
@pytest.mark.parametrize("detail", words.REFUSED_BECAUSE)
def test_an_administrators_line_is_english_all_through(detail: Detail, silent: str | None) -> None:
    """Who sent it, every cause with its codes, and what the sender is told; also as it was stored long ago."""
    findings = [Finding(Cause.BV, one, "/", "x", "x") for one in (detail, Detail.TOO_LONG)]
    told = words.refused("0203:trygghet.example", findings, silent)
    english = retell(told, translations("en", {"sdk": HERE / "locale"}))
    assert english.startswith("An SDK message from 0203:trygghet.example was not accepted: ")
    assert not SWEDISH.search(english), english
