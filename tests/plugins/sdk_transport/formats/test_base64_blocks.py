"""Long base64 is kept out of the tree, and nobody can tell: not by a verdict, not by what is read."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from budkavle_sdk_transport.formats import base64_blocks
from budkavle_sdk_transport.formats.base64_blocks import LONG, extract_blocks, parse_with_blocks
from budkavle_sdk_transport.formats.xml import MalformedXml, parse
from budkavle_sdk_transport.message.sdk_message import Attachment, build_message

ROOT = Path(__file__).parents[4]
DIGITS = b"QUJD" * (LONG // 4)


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("fuzz_base64_blocks", ROOT / "tools" / "fuzz_base64_blocks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_base64_blocks"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fuzz_base64_blocks"]


def large(exchange: Any) -> Any:
    """A message with three files: two that are cut out, and a small one."""
    contents = (bytes(range(256)) * 700, b"%PDF-1.7 small", bytes(range(255, -1, -1)) * 801 + b"x")
    files = tuple(Attachment(f"{n}.pdf", "application/pdf", content) for n, content in enumerate(contents))
    return exchange.message(attachments=files)


@pytest.mark.feature("SD3", "SD13")
def test_large_message_opens(exchange: Any) -> None:
    """What was sealed is what is opened: the message, its files, and the very bytes of its XML."""
    message = large(exchange)
    opened = exchange.open(exchange.seal(message))
    assert (opened.outcome, opened.message.attachments) == ("ACCEPTED", message.attachments)
    assert opened.message_xml == build_message(message)


def test_runs_are_cut_out(exchange: Any) -> None:
    """Of an envelope and of a message the large base64 is left out of the tree, so this is what is tested here."""
    message = large(exchange)
    for document, count in ((exchange.seal(message), 1), (build_message(message), 2)):
        skeleton, found = extract_blocks(document)
        assert len(found.by_mark) == count
        assert len(skeleton) < 20_000
        assert found.restored(skeleton) == document


@pytest.mark.parametrize("whole", [False, True], ids=["cut", "whole"])
def test_changed_run_is_found(exchange: Any, monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> None:
    """One other digit in the cipher text, and the signature does not hold: with the run cut out as with the tree."""
    if whole:
        monkeypatch.setattr(base64_blocks, "LONG", 2**40)
    xhe = exchange.seal(large(exchange))
    at = len(xhe) // 2
    opened = exchange.open(xhe[:at] + (b"A" if xhe[at : at + 1] != b"A" else b"B") + xhe[at + 1 :])
    assert (opened.outcome, [one.cause for one in opened.findings]) == ("REJECTED", ["SIG"])


@pytest.mark.parametrize(
    "text",
    [
        b"\n" + DIGITS,
        DIGITS[:-4] + b"&#65;QUI",
        DIGITS + b"\r\n" + DIGITS,
        DIGITS[:-8] + b"QQ==QUJD",
        DIGITS + b"Q",
        DIGITS[:-1] + b"-",
        DIGITS[:-4],
    ],
    ids=["line feed first", "reference", "carriage return", "padding inside", "odd length", "other digit", "short"],
)
def test_odd_runs_stay(text: bytes) -> None:
    """What is not plainly base64, or is not long, stays in the tree."""
    document = b"<a><content>" + text + b"</content></a>"
    assert extract_blocks(document) == (document, base64_blocks.Base64Blocks())


@pytest.mark.parametrize("around", [b"<!-- %b -->", b"<![CDATA[%b]]>"], ids=["comment", "CDATA"])
def test_run_that_is_no_element(around: bytes) -> None:
    """In a comment or CDATA the same characters are no element, and the tree says so."""
    document = b"<a>" + around.replace(b"%b", b"<content>" + DIGITS + b"</content>") + b"</a>"
    root, _ = parse_with_blocks(document)
    assert len(root.findall("content")) == 0
    assert root.text == parse(document).text


def test_fault_is_told_where_it_stands() -> None:
    """A document that is not well-formed is refused with the same words as without cutting."""
    document = b"<a><content>" + DIGITS + b"</content></b>"
    with pytest.raises(MalformedXml) as with_runs:
        parse_with_blocks(document)
    with pytest.raises(MalformedXml) as without:
        parse(document)
    assert str(with_runs.value) == str(without.value)


def test_too_large_is_refused_before_it_is_read() -> None:
    """The limit is of the document, not of what is left of it."""
    with pytest.raises(MalformedXml, match="byte"):
        parse_with_blocks(b"<a><content>" + DIGITS + b"</content></a>", max_bytes=1000)


def test_no_difference_in_verdict(fuzz: ModuleType, santuario: list[str]) -> None:
    """Signed documents of every oddness hold or fail alike: cut, whole, for libxmlsec1 and for Apache Santuario."""
    told = fuzz.compare(500, 7, fuzz.santuario(santuario))
    assert told.differences == []
    assert told.extracted > 80
    assert min(told.kinds.values()) > 15
