"""The command line as a validator that anybody can use."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import budkavle_sdk_transport
from budkavle.cli import tell
from budkavle_sdk_transport.commands.documents import sdk
from budkavle_sdk_transport.envelope.sealing import seal_receipt
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.sdk_message import build_message, read_message
from budkavle_sdk_transport.message.validation import check_message

ADDRESSES = (
    "--from=0203:bjorkvik.example",
    "--from-function=sdk:bistand:0203:bjorkvik.example",
    "--to=0203:regionvattern.example",
    "--function=SE2321009002-1001",
)


@pytest.fixture
def run() -> Callable[..., Result]:
    def run(*arguments: str | Path, **more: Any) -> Result:
        return CliRunner().invoke(sdk, [str(argument) for argument in arguments], **more)

    return run


@pytest.fixture
def keys(exchange: Any, tmp_path: Path) -> Path:
    """The recipient's key and certificate in one PEM file."""
    path = tmp_path / "recipient.pem"
    path.write_bytes(exchange.recipient_keys.to_pem())
    return path


@pytest.fixture
def certificate(exchange: Any, tmp_path: Path) -> Path:
    """The sender's certificate."""
    path = tmp_path / "sender.crt"
    path.write_bytes(exchange.sender_keys.certificate.public_bytes(Encoding.DER))
    return path


def written(folder: Path, data: bytes, name: str = "document.xml") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.feature("SD2", "SD4")
def test_build_makes_a_valid_message(run: Any, tmp_path: Path) -> None:
    """`build` makes of options and files a message that is valid and says what was asked for."""
    pdf = written(tmp_path, b"%PDF-1.7", "Svar åt er.pdf")
    text = written(tmp_path, "Från fil: åäö".encode(), "text.md")
    out = tmp_path / "message.xml"
    result = run(
        "build",
        *ADDRESSES,
        "--subject=Svar",
        "--text=Hej **du**",
        f"--text-file={text}",
        f"--attach={pdf}",
        "--confidential",
        "--reference=2026/17",
        "-o",
        out,
    )
    assert result.exit_code == 0, result.output
    root = parse(out.read_bytes())
    assert check_message(root) == []
    message = read_message(root)
    assert (message.label, message.confidential, message.texts) == ("Svar", True, ("Hej **du**", "Från fil: åäö"))
    assert (message.attachments[0].file_name, message.attachments[0].content_type) == (
        "Svar åt er.pdf",
        "application/pdf",
    )
    assert message.sender.references[0].id.root == "dnr"
    assert run("check", out).exit_code == 0


def test_build_takes_a_text_that_says_that_it_is_utf_8(run: Any, tmp_path: Path) -> None:
    """The mark that Windows puts before a text is no part of it."""
    text, out = written(tmp_path, "\ufeffHej".encode(), "text.md"), tmp_path / "message.xml"
    assert run("build", *ADDRESSES, f"--text-file={text}", "-o", out).exit_code == 0
    assert read_message(parse(out.read_bytes())).texts == ("Hej",)


def test_build_refuses_what_would_not_be_valid(run: Any, tmp_path: Path) -> None:
    """`build` writes nothing that breaks the rules, and says which rule."""
    out = tmp_path / "message.xml"
    result = run("build", *ADDRESSES, "--text=Hej", f"--subject={'x' * 257}", "-o", out)
    assert result.exit_code == 1
    assert "label" in result.output
    assert not out.exists()


def test_check_opens_an_envelope(run: Any, exchange: Any, tmp_path: Path, keys: Path, certificate: Path) -> None:
    """With the recipient's key and the sender's certificate, a right envelope is accepted."""
    path = written(tmp_path, exchange.seal())
    result = run("check", path, f"--key={keys}", f"--cert={certificate}")
    assert (result.exit_code, result.output) == (0, f"{path}: ACCEPTED (envelope)\n")


@pytest.mark.parametrize("form", ["pkcs12", "bare-key"])
def test_check_reads_other_key_files(run: Any, exchange: Any, tmp_path: Path, certificate: Path, form: str) -> None:
    """The key may be PKCS#12 with a password, or a bare PEM key with its certificate among --cert."""
    pair = exchange.recipient_keys
    own = written(tmp_path, pair.certificate.public_bytes(Encoding.PEM), "own.crt")
    if form == "pkcs12":
        key = written(tmp_path, pair.to_pkcs12(b"hemligt"), "key.p12")
    else:
        bare = pair.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = written(tmp_path, bare, "key.pem")
    path = written(tmp_path, exchange.seal())
    options = (f"--key={key}", f"--cert={own}", f"--cert={certificate}")
    assert run("check", path, *options, env={"BUDKAVLE_KEY_PASSWORD": "hemligt"}).exit_code == 0
    if form == "pkcs12":
        wrong = run("check", path, *options, env={"BUDKAVLE_KEY_PASSWORD": "fel"})
        assert (wrong.exit_code, wrong.output.count("\n")) == (2, 1)


def test_check_tells_each_finding(run: Any, exchange: Any, tmp_path: Path, keys: Path, certificate: Path) -> None:
    """A rejected envelope is told with orsakskod, detaljkod, XPath and text; as JSON too."""
    message = exchange.message()
    xml = build_message(message).replace(b"<sdk:confidentiality>false", b"<sdk:confidentiality>maybe")
    path = written(tmp_path, exchange.seal(message, xml=xml))
    options = (f"--key={keys}", f"--cert={certificate}")
    result = run("check", path, *options)
    assert result.exit_code == 1
    assert "REJECTED" in result.output
    assert "SV structure  /sdk:messagePayload" in result.output
    answer = json.loads(run("check", "--json", path, *options).output)
    assert (answer["outcome"], answer["kind"], answer["receipt"]) == ("REJECTED", "envelope", True)
    finding = answer["findings"][0]
    assert (finding["orsakskod"], finding["detaljkod"]) == ("SV", "structure")
    assert finding["xpath"].endswith("sdk:confidentiality")
    assert finding["text"]


def test_check_with_another_senders_certificate(run: Any, exchange: Any, tmp_path: Path, keys: Path) -> None:
    """An envelope that is not signed with one of the given certificates is SIG security."""
    other = written(tmp_path, exchange.stranger.certificate.public_bytes(Encoding.PEM), "other.crt")
    result = run("check", written(tmp_path, exchange.seal()), f"--key={keys}", f"--cert={other}")
    assert result.exit_code == 1
    assert "SIG security" in result.output


def test_check_says_when_no_receipt_is_sent(run: Any, exchange: Any, tmp_path: Path, certificate: Path) -> None:
    """An envelope to somebody else cannot be opened; the answer says that no receipt is sent."""
    stranger = written(tmp_path, exchange.stranger.to_pem(), "stranger.pem")
    result = run("check", "--json", written(tmp_path, exchange.seal()), f"--key={stranger}", f"--cert={certificate}")
    answer = json.loads(result.output)
    assert (result.exit_code, answer["outcome"], answer["receipt"]) == (1, "REJECTED", False)
    assert "dekryptera" in answer["notes"][0]


def test_check_without_a_key_says_what_it_did_not_see(run: Any, exchange: Any, tmp_path: Path) -> None:
    """Without a key the envelope is judged from outside, and the answer says so."""
    result = run("check", written(tmp_path, exchange.seal()))
    assert result.exit_code == 0
    assert "inte öppnat" in result.output
    assert "--cert" in result.output


def test_check_of_receipts(run: Any, exchange: Any, tmp_path: Path) -> None:
    """A receipt is judged bare and in its envelope."""
    opened = exchange.open(exchange.seal())
    recipient = written(tmp_path, exchange.recipient_keys.certificate.public_bytes(Encoding.PEM), "recipient.crt")
    bare = written(tmp_path, opened.receipt_xml, "receipt.xml")
    sealed = written(tmp_path, opened.receipt_xhe, "receipt-xhe.xml")
    result = run("check", bare, sealed, f"--cert={recipient}")
    assert result.exit_code == 0
    assert result.output == f"{bare}: ACCEPTED (receipt)\n{sealed}: ACCEPTED (envelope)\n"
    broken = written(tmp_path, opened.receipt_xml.replace(b"bdx:noprocess", b"x"), "broken.xml")
    assert run("check", broken, bare).exit_code == 1


def test_check_of_an_unencrypted_envelope(run: Any, exchange: Any, tmp_path: Path) -> None:
    """An unencrypted message is SIG security also without a key."""
    message = exchange.message()
    envelope: Envelope = exchange.envelope(message, encrypted=False)
    xhe = seal_receipt(build_message(message), envelope, signer=exchange.sender_keys)
    result = run("check", written(tmp_path, xhe))
    assert result.exit_code == 1
    assert "SIG security" in result.output


@pytest.mark.parametrize("data", [b"", b"not xml", b"<other></other>", b"<!DOCTYPE a><a/>", None])
def test_unreadable_is_one_line_and_two(run: Any, tmp_path: Path, data: bytes | None) -> None:
    """A file that is not there, or nothing that we judge, is one line and exit code 2."""
    path = tmp_path / "there.xml" if data is None else written(tmp_path, data)
    result = run("check", path)
    assert (result.exit_code, result.output.count("\n")) == (2, 1)
    assert str(path) in result.output


def test_check_of_diggs_examples(run: Any, example: Callable[[str], bytes], tmp_path: Path) -> None:
    """Digg's sample from the open test bed: the signature holds at its time, its certificate has expired since."""
    path = written(tmp_path, example("as4_xhe_encrypted.xml"))
    assert run("check", path, "--at=2022-10-13").exit_code == 0
    late = run("check", path)
    assert late.exit_code == 1
    assert "expired" in late.output


def test_the_verdict_is_told_in_the_terminals_language(run: Any, tmp_path: Path, exchange: Any) -> None:
    """With LANG=en what the command says itself is English, a faulty file's reason too; otherwise Swedish."""
    sealed, bad = written(tmp_path, exchange.seal()), written(tmp_path, b"<a/>", "bad.xml")
    tell.learn({"sdk": Path(budkavle_sdk_transport.__file__).parent / "locale"})
    said = {}
    for language in ("en", "sv"):
        said[language] = run("check", sealed, bad, env={"LANGUAGE": language}).output
    assert "inte öppnat" in said["sv"]
    assert "cannot be read" in said["en"]
    swedish = {"öppnat", "går", "inte", "Rotelementet", "och", "ange"}
    assert not swedish & set(re.findall(r"\w+", said["en"])), said["en"]
