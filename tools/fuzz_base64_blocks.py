"""Whether extracting base64 from the tree changes a verdict: signed documents with oddities, verified in four ways.

`python tools/fuzz_base64_blocks.py 100000 [SEED [java ... Santuario]]` makes that many documents with base64 in the
places where `base64_blocks.extract_blocks` searches for it, signs each, and then changes it: harmlessly (a line feed
with a carriage return, a character reference, CDATA) or not (a digit changed, moved, left out). Each must be valid or
not in the same way with extracted blocks, with everything in the tree, by libxmlsec1, and, if a command for it is
given, by Apache Santuario, and anyone who accepts the document must read the same bytes. Prints a line of JSON; the
exit code tells whether all agreed.
"""

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xmlsec
from lxml import etree

from budkavle_sdk_transport.envelope.signature import SignatureRefused, sign, verify
from budkavle_sdk_transport.formats import base64_blocks
from budkavle_sdk_transport.formats.base64_blocks import Base64Blocks, parse_with_blocks
from budkavle_sdk_transport.formats.identifiers import NS_DS, NS_XENC
from budkavle_sdk_transport.formats.xml import MalformedXml, parse, value
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.simulator.ca import CertificateAuthority

LONG = 64
"""The smallest size of extracted blocks here, so that documents can be small."""
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BATCH = 5_000

Judge = Callable[[Path, KeyPair], Sequence[bool]]
"""Tells for each document in a folder, by name, whether the pair has signed it."""


@dataclass(slots=True)
class Told:
    """The number of documents, of accepted ones, of those with an extracted block, and where the results differed."""

    cases: int = 0
    believed: int = 0
    extracted: int = 0
    differences: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def _digits(dice: random.Random) -> str:
    size = dice.choice((60, 64, 68, 100, 152, 400))
    text = "".join(dice.choices(DIGITS, k=size))
    return text[: -dice.choice((1, 2))] + "=" * dice.choice((1, 2)) if dice.random() < 0.3 else text


def _wrapped(text: str, dice: random.Random, feed: str) -> str:
    at = dice.choice((19, 64, 76))
    return feed.join(text[i : i + at] for i in range(0, len(text), at))


ODDITIES: tuple[Callable[[str, random.Random], str], ...] = (
    lambda text, _: text,
    lambda text, _: text,
    lambda text, dice: _wrapped(text, dice, "\n"),
    lambda text, dice: _wrapped(text, dice, "\r\n"),
    lambda text, dice: _wrapped(text, dice, "&#13;\n"),
    lambda text, _: "\n" + text,
    lambda text, _: text + "\n",
    lambda text, _: f" {text}\t",
    lambda text, _: text[:40] + "=" + text[41:],
    lambda text, _: text[:40] + "&#65;" + text[41:],
    lambda text, _: text[:40] + "<!-- x -->" + text[40:],
    lambda text, _: f"<![CDATA[{text}]]>",
    lambda text, _: text[:20] + f"<![CDATA[{text[20:]}]]>",
    lambda text, _: text[:40] + "å" + text[41:],
    lambda text, _: text[:40] + "&gt;" + text[41:],
    lambda text, _: text[:40] + "-_" + text[42:],
    lambda text, _: text + "<b></b>",
    lambda text, _: f"<content>{text}</content>",
    lambda text, _: text * 4,
)
"""The variants of base64 text when it is signed."""


def _element(dice: random.Random) -> str:
    text = dice.choice(ODDITIES)(_digits(dice), dice)
    name = dice.choice(("e:CipherValue", "e:CipherValue", "CipherValue", "content", "s:content", "e:CipherValues"))
    end = dice.choice(("", "", "", "", "", " ", ' a="1"', " a='>'", "\n"))
    made = f"<{name}{end}>{text}</{name}>"
    around = dice.choice(("{}", "{}", "{}", "<!-- {} -->", "<![CDATA[{}]]>", "<q>{}</q>", "\n {}\n", "x&amp;{}"))
    return around.format(made) if "<!--" not in made and "CDATA" not in made else made


def _document(dice: random.Random) -> bytes:
    inside = "".join(_element(dice) for _ in range(dice.randint(1, 3)))
    return f'<r:root xmlns:r="urn:r" xmlns:s="urn:s" xmlns:e="{NS_XENC}" xmlns="urn:d">{inside}</r:root>'.encode()


def _flip(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.choice(DIGITS).encode() + data[at + 1 :]


def _refer(data: bytes, dice: random.Random) -> bytes:
    at = data.find(b"AB", dice.randrange(len(data)))
    return data if at < 0 else data[:at] + b"&#x41;" + data[at + 1 :]


def _swap(data: bytes, dice: random.Random) -> bytes:
    at, other = sorted(dice.sample(range(len(data)), 2))
    return data[:at] + data[other : other + 1] + data[at + 1 : other] + data[at : at + 1] + data[other + 1 :]


def _insert(data: bytes, dice: random.Random) -> bytes:
    piece = dice.choice((b"\n", b"\r", b" ", b"A", b"=", b"<!-- -->", b"&#13;", b"AAAA", b"]]>", b"<", b">"))
    at = dice.randrange(len(data))
    return data[:at] + piece + data[at:]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    lambda data, _: data,
    lambda data, _: data,
    lambda data, _: data.replace(b"\n", b"\r\n"),
    lambda data, _: data.replace(b"content>", b"content >"),
    lambda data, _: data.replace(b"></", b"><![CDATA[]]></"),
    _flip,
    _refer,
    _swap,
    _insert,
    lambda data, dice: data[: (at := dice.randrange(len(data)))] + data[at + dice.choice((1, 4)) :],
)
"""What may happen to a signed document on its way."""


def _ours(data: bytes, pair: KeyPair, *, whole: bool) -> tuple[str, list[bytes], bool]:
    """Return our verdict on a document, what we then read in it, and whether a block was extracted."""
    try:
        root, left_out = (parse(data), Base64Blocks()) if whole else parse_with_blocks(data)
        was_extracted = bool(left_out.by_mark)
        root = verify(root, pair.certificate, left_out)
        texts = [value(one).encode() for one in root.iter("*") if len(one) == 0]
        return (
            "believed",
            [bytes(left_out.by_mark[t].text) if t in left_out.by_mark else t for t in texts],
            was_extracted,
        )
    except (MalformedXml, SignatureRefused) as error:
        return f"{type(error).__name__}: {error}", [], False


def _xmlsec(data: bytes, key: xmlsec.Key) -> bool:
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        context = xmlsec.SignatureContext()
        context.key = key
        context.verify(next(root.iter(f"{{{NS_DS}}}Signature")))
    except (etree.XMLSyntaxError, xmlsec.Error, StopIteration):
        return False
    return True


def compare(cases: int, seed: int, third: Judge | None = None) -> Told:
    """Verify a number of documents.

    Args:
        cases: The number.
        seed: The seed of the random numbers.
        third: One more judge.
    """
    told, dice = Told(), random.Random(seed)  # noqa: S311 - reproducible random numbers
    before, base64_blocks.LONG = base64_blocks.LONG, LONG  # type: ignore[misc]
    try:
        with tempfile.TemporaryDirectory() as folder:
            pair = CertificateAuthority.at(Path(folder) / "keys").kept("sender", "sender.example", "Sender")
            while told.cases < cases:
                _batch(told, dice, pair, min(BATCH, cases - told.cases), third)
    finally:
        base64_blocks.LONG = before  # type: ignore[misc]
    return told


def _batch(told: Told, dice: random.Random, pair: KeyPair, size: int, third: Judge | None) -> None:
    key = xmlsec.Key.from_memory(pair.to_pem(), xmlsec.KeyFormat.PEM)
    verdicts: list[tuple[bytes, bool]] = []
    while len(verdicts) < size:
        data = dice.choice(CHANGES)(sign(_document(dice), pair), dice)
        with_blocks, text, was_extracted = _ours(data, pair, whole=False)
        in_tree, same_text, _ = _ours(data, pair, whole=True)
        holds = in_tree == "believed"
        if (with_blocks, text) != (in_tree, same_text):
            told.differences.append(f"extracted: {with_blocks}; tree: {in_tree}; {data!r}")
        if holds and not _xmlsec(data, key):
            told.differences.append(f"xmlsec refuses: {data!r}")
        if "changed after" in in_tree and _xmlsec(data, key):
            told.differences.append(f"xmlsec believes: {data!r}")
        told.cases, told.believed, told.extracted = (
            told.cases + 1,
            told.believed + holds,
            told.extracted + was_extracted,
        )
        told.kinds[in_tree.split(":", 1)[0]] += 1
        verdicts.append((data, holds))
    if third is not None:
        _ask(told, verdicts, pair, third)


def _ask(told: Told, verdicts: Sequence[tuple[bytes, bool]], pair: KeyPair, third: Judge) -> None:
    """Ask the third judge. It may accept what we refuse because of its form."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (data, _) in enumerate(verdicts):
            (Path(folder) / f"{number:06}.xml").write_bytes(data)
        for (data, holds), believes in zip(verdicts, third(Path(folder), pair), strict=True):
            if holds and not believes:
                told.differences.append(f"Santuario refuses: {data!r}")


def santuario(command: Sequence[str]) -> Judge:
    """Return the judge of the tests' `Santuario.java`, run by this command."""

    def judge(folder: Path, pair: KeyPair) -> list[bool]:
        store = folder.with_suffix(".p12")
        store.write_bytes(pair.to_pkcs12(b"changeit", "sender"))
        try:
            done = subprocess.run(
                [*command, "verify", str(folder), str(store)], capture_output=True, text=True, check=True
            )
        finally:
            store.unlink()
        return [line == "true" for line in done.stdout.split()]

    return judge


def main(arguments: Sequence[str]) -> int:
    """Compare, and print the result."""
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    told = compare(int(arguments[0]), seed, santuario(arguments[2:]) if arguments[2:] else None)
    facts = {"cases": told.cases, "believed": told.believed, "extracted": told.extracted, "kinds": dict(told.kinds)}
    print(json.dumps({**facts, "differences": told.differences[:5]}, ensure_ascii=False))
    return 1 if told.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
