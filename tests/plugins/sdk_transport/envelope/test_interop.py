"""Second and third opinions: libxmlsec1 and Apache Santuario read what we seal, and we what they seal."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from lxml import etree

from budkavle_sdk_transport.envelope.encryption import decrypt, encrypt
from budkavle_sdk_transport.envelope.signature import SignatureRefused, sign, verify
from budkavle_sdk_transport.envelope.xhe import build_envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.message.sdk_message import build_message

XENC = "http://www.w3.org/2001/04/xmlenc#"


def key_of(pair: KeyPair) -> xmlsec.Key:
    key = xmlsec.Key.from_memory(pair.to_pem(), xmlsec.KeyFormat.PEM)
    key.load_cert_from_memory(pair.to_pem()[pair.to_pem().index(b"-----BEGIN CERT") :], xmlsec.KeyFormat.PEM)
    return key


def big(exchange: Any) -> Any:
    """A message with an attachment that leaves a remainder in each chunk."""
    from budkavle_sdk_transport.message.sdk_message import Attachment

    return exchange.message(attachments=(Attachment("x.pdf", "application/pdf", bytes(range(256)) * 9001),))


def xmlsec_opens(xhe: bytes, sender: KeyPair, recipient: KeyPair) -> bytes:
    root = etree.fromstring(xhe, etree.XMLParser(huge_tree=True))
    context = xmlsec.SignatureContext()
    context.key = key_of(sender)
    context.verify(xmlsec.tree.find_node(root, xmlsec.Node.SIGNATURE))
    manager = xmlsec.KeysManager()
    manager.add_key(key_of(recipient))
    plain = xmlsec.EncryptionContext(manager).decrypt(next(root.iter(f"{{{XENC}}}EncryptedData")))
    return etree.tostring(plain, encoding="UTF-8")


@pytest.mark.feature("SD1", "SD3")
@pytest.mark.peer("sdk", "libxmlsec1")
def test_xmlsec_opens_ours(exchange: Any) -> None:
    """libxmlsec1 verifies and decrypts what we seal, small and large."""
    for message in (exchange.message(), big(exchange)):
        xhe = exchange.seal(message)
        opened = xmlsec_opens(xhe, exchange.sender_keys, exchange.recipient_keys)
        assert etree.tostring(
            etree.fromstring(opened, etree.XMLParser(huge_tree=True)), method="c14n", exclusive=True
        ) == (build_message(message))


def xmlsec_encrypts(xml: bytes, envelope: bytes, recipient: KeyPair) -> etree._Element:
    """Put the message into the envelope as an element, and let libxmlsec1 encrypt it in its place."""
    root = etree.fromstring(envelope.replace(b"<in></in>", xml))
    content = next(root.iter("{*}PayloadContent"))
    data = xmlsec.template.encrypted_data_create(
        root, xmlsec.Transform.AES256, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    key_info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(key_info, xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    manager = xmlsec.KeysManager()
    manager.add_key(key_of(recipient))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
    context.encrypt_xml(data, content[0])
    return root


def xmlsec_signs(root: etree._Element, sender: KeyPair, c14n: Any, *, extra_transform: bool) -> bytes:
    signature = xmlsec.template.create(root, c14n, xmlsec.Transform.RSA_SHA256, ns="ds")
    root.append(signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    if extra_transform:
        xmlsec.template.add_transform(reference, c14n)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    context = xmlsec.SignatureContext()
    context.key = key_of(sender)
    context.sign(signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


@pytest.mark.peer("sdk", "libxmlsec1")
@pytest.mark.parametrize("extra_transform", [False, True], ids=["enveloped", "enveloped-and-c14n"])
@pytest.mark.parametrize("c14n", ["C14N", "C14N11", "EXCL_C14N"])
def test_we_open_what_xmlsec_seals(exchange: Any, c14n: str, *, extra_transform: bool) -> None:
    """We open what libxmlsec1 encrypts and signs, in each canonical form that the profile admits."""
    message = exchange.message()
    envelope = build_envelope(exchange.envelope(message), b"<in></in>")
    root = xmlsec_encrypts(build_message(message), envelope, exchange.recipient_keys)
    transform = getattr(xmlsec.Transform, c14n)
    xhe = xmlsec_signs(root, exchange.sender_keys, transform, extra_transform=extra_transform)
    opened = exchange.open(xhe)
    assert (opened.outcome, opened.findings, opened.why_no_receipt) == ("ACCEPTED", [], None)


def key_store(folder: Path, pair: KeyPair, name: str) -> str:
    path = folder / f"{name}.p12"
    path.write_bytes(pair.to_pkcs12(b"changeit", name))
    return str(path)


@pytest.mark.peer("sdk", "Apache Santuario")
@pytest.mark.slow
def test_santuario_opens_ours(exchange: Any, santuario: list[str], tmp_path: Path) -> None:
    """Apache Santuario verifies and decrypts what we seal."""
    message = big(exchange)
    (tmp_path / "in.xml").write_bytes(exchange.seal(message))
    stores = [key_store(tmp_path, exchange.sender_keys, "s"), key_store(tmp_path, exchange.recipient_keys, "r")]
    command = [*santuario, "open", str(tmp_path / "in.xml"), str(tmp_path / "out.xml"), *stores]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    plain = parse((tmp_path / "out.xml").read_bytes())
    assert etree.tostring(plain, method="c14n") == build_message(message)


@pytest.mark.peer("sdk", "Apache Santuario")
@pytest.mark.slow
@pytest.mark.parametrize("c14n", ["inclusive", "exclusive"])
def test_we_open_what_santuario_seals(exchange: Any, santuario: list[str], tmp_path: Path, c14n: str) -> None:
    """We open what Apache Santuario encrypts and signs."""
    message = big(exchange)
    envelope = build_envelope(exchange.envelope(message), b"<in></in>")
    (tmp_path / "in.xml").write_bytes(envelope.replace(b"<in></in>", build_message(message)))
    stores = [key_store(tmp_path, exchange.sender_keys, "s"), key_store(tmp_path, exchange.recipient_keys, "r")]
    command = [*santuario, "seal", str(tmp_path / "in.xml"), str(tmp_path / "out.xml"), *stores, c14n]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    opened = exchange.open((tmp_path / "out.xml").read_bytes())
    assert (opened.outcome, opened.findings, opened.why_no_receipt) == ("ACCEPTED", [], None)


def test_verdicts_of_both_agree_on_changed_documents(exchange: Any) -> None:
    """Whatever byte of a signed document is changed, we never accept what libxmlsec1 refuses."""
    signed = sign(b'<a xmlns="urn:a" y="1"><b>text &amp; more</b><c></c></a>', exchange.sender_keys)
    context_key = key_of(exchange.sender_keys)
    for at in range(0, len(signed), 37):
        changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
        try:
            root = etree.fromstring(changed)
        except etree.XMLSyntaxError:
            continue
        if ours(changed, exchange):
            context = xmlsec.SignatureContext()
            context.key = context_key
            context.verify(xmlsec.tree.find_node(root, xmlsec.Node.SIGNATURE))


def ours(document: bytes, exchange: Any) -> bool:
    try:
        verify(parse(document), exchange.sender_keys.certificate)
    except SignatureRefused:
        return False
    return True


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 786_415, 786_416, 786_417, 786_432, 1_572_848])
def test_any_length_comes_back(exchange: Any, size: int) -> None:
    """Encryption in chunks loses nothing at any border of block and chunk."""
    plain = bytes(range(256)) * (size // 256 + 1)
    data = etree.fromstring(encrypt(plain[:size], exchange.recipient_keys.certificate))
    assert decrypt(data, [exchange.recipient_keys]) == plain[:size]
