"""What the plugin says to people has its English."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click
import pytest

from budkavle.i18n import translations
from budkavle_sdk_transport import checking, pacing, transfers, transport, words
from budkavle_sdk_transport.commands import group

HERE = Path(str(files("budkavle_sdk_transport")))
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
