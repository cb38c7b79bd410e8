"""The parsers of foreign bytes, each with valid inputs to begin from and what it may raise."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from scim2_models import SCIMException
from tests.fuzzing import calls, documents, grammar, letters, metadata_files, office, protocols, samples
from tests.fuzzing.mutations import mutated

from budkavle import BudkavleError, Invalid, TooLarge
from budkavle.web.views.markdown import markdown
from budkavle_addressbook.contacts.files import read_file
from budkavle_eid.claims import Refused
from budkavle_email_link.receipts import status_notifications
from budkavle_identity_tokens import TokenRefused
from budkavle_message_api import signatures
from budkavle_message_api.server import filters, sending
from budkavle_message_api.settings import MessageApiSettings
from budkavle_scim.server.patches import member_changes, mended
from budkavle_sdk_transport.access_points.domibus.soap_reader import read_message
from budkavle_sdk_transport.access_points.domibus.streaming import IncomingBody, Unreadable
from budkavle_sdk_transport.formats import xml
from budkavle_sdk_transport.receipts.reader import ReceiptRefused

EXAMPLES = Path(__file__).parents[2].parent / "shared/sdk-spec/examples"
"""Digg's published examples; where they are not here, a document of our own is the only seed."""


@dataclass(frozen=True, slots=True)
class Parser:
    """A parser of bytes from outside.

    Attributes:
        seeds: Valid inputs.
        read: Parses bytes; it raises `AssertionError` where its verdict is wrong.
        refuses: What it may raise.
        made: Makes inputs of it beside changed seeds; every third input then.
        patience: Seconds that an input may take.
        most: Inputs at most in a long run, where each takes seconds.
        needs: A program that it is about, by its names.
        ends: How often its child processes ended by themselves, by what ended them.
    """

    name: str
    seeds: Sequence[bytes]
    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...]
    made: Callable[[Random], bytes] | None = None
    patience: float = 5.0
    most: int = 1_000_000
    needs: tuple[str, ...] = ()
    ends: Mapping[str, int] = field(default_factory=dict)

    def input(self, chance: Random) -> bytes:
        """Return an input that is nearly right; the same chance gives the same bytes."""
        if self.made is not None and chance.randrange(3) == 0:
            made = self.made(chance)
            return mutated(chance, [made]) if chance.randrange(2) else made
        return mutated(chance, self.seeds)

    def is_taken(self, data: bytes) -> bool:
        """Parse; tell whether the input was taken rather than refused."""
        try:
            self.read(data)
        except self.refuses:
            return False
        return True


@cache
def parsers() -> dict[str, Parser]:
    """Return all of them by name."""
    made = (
        Parser("xml", _documents(), xml.parse, (xml.MalformedXml,)),
        Parser("soap", _SOAP, lambda data: read_message(_RELATED, IncomingBody([data])), (Unreadable,)),
        Parser("jwt", *_jwt()),
        Parser("keys", _keys(), lambda data: signatures.key_set(_text(data)), (BudkavleError,)),
        Parser("mail", _REPORTS, lambda data: status_notifications.read(data, "a@habo.example"), ()),
        Parser("api-body", _BODIES, sending.read, (BudkavleError,)),
        Parser("api-query", _QUERIES, _query, (BudkavleError,)),
        Parser("scim-patch", _PATCHES, _patch, (SCIMException,)),
        Parser("contacts", _CONTACTS, lambda data: read_file(data, []), (BudkavleError,)),
        Parser("smpp", protocols.PDUS, protocols.deliver, (ValueError,)),
        Parser("saml", protocols.RESPONSES, protocols.saml_response, (Refused,)),
        Parser("saml-opened", protocols.OPENED, protocols.saml_opened, (Refused,)),
        Parser("oidc", _ID_TOKENS, protocols.id_token, (TokenRefused,)),
        Parser("totp", protocols.CODES, protocols.code, ()),
        Parser("envelope", letters.envelopes(), letters.read_envelope, (ReceiptRefused,)),
        Parser("message", letters.messages(), letters.read_message, (letters.NotTaken,)),
        Parser("receipts", letters.words(), letters.read_words, (letters.NotTaken,), _by(grammar.RECEIPT)),
        Parser("form", calls.FORMS, calls.form, (BudkavleError,), _by(grammar.FORM)),
        Parser("webhook", calls.HOOKS, calls.hook, (BudkavleError,)),
        Parser("search", calls.SEARCHES, calls.search, (BudkavleError,), _by(grammar.SEARCH)),
        Parser(
            "documents",
            samples.seeds(),
            documents.read,
            (documents.Refused,),
            samples.made,
            patience=documents.PATIENCE,
            ends=documents.DESK.fallen,
        ),
        Parser(
            "office",
            office.seeds(),
            office.read,
            (Invalid, TooLarge),
            office.made,
            patience=office.PATIENCE,
            most=office.MOST,
            needs=office.PROGRAMS,
        ),
        Parser("pictures", metadata_files.seeds(), metadata_files.read, (metadata_files.Kept,)),
        Parser(
            "documents-metadata",
            metadata_files.documents_of_programs(),
            metadata_files.read_document,
            (metadata_files.Kept,),
            patience=metadata_files.PATIENCE,
            ends=metadata_files.DESK.fallen,
        ),
        Parser("xmp", metadata_files.packets(), metadata_files.read_packet, ()),
        Parser("markdown", _MARKDOWN, lambda data: markdown(_text(data)), ()),
    )
    return {parser.name: parser for parser in made}


def _by(rules: grammar.Rules) -> Callable[[Random], bytes]:
    return lambda chance: grammar.produced(chance, rules)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _documents() -> list[bytes]:
    own = b'<a xmlns="urn:a" b="c"><d>e</d><d/>&amp;<!-- f --></a>'
    return [own, *(path.read_bytes() for path in sorted(EXAMPLES.glob("*.xml")) if path.stat().st_size < 20_000)]


def _jwt() -> tuple[Sequence[bytes], Callable[[bytes], object], tuple[type[Exception], ...]]:
    """A token that is changed never says anything else than it did."""
    key, claims = protocols.key(1), protocols.CLAIMS
    signed = protocols.token(1, claims, kid="1")
    stranger = protocols.token(2, {**claims, "sub": "b"})
    others = (stranger, f"eyJhbGciOiJub25lIn0.{signed.split('.')[1]}.")

    def read(data: bytes) -> None:
        assert signatures.claims_of(_text(data), lambda kid: [key]) == claims, "a changed token holds"

    return [text.encode() for text in (signed, signed, *others)], read, (BudkavleError,)


def _keys() -> list[bytes]:
    key = protocols.key(1)
    public: Any = key.as_dict(private=False)
    return [json.dumps(public).encode(), json.dumps({"keys": [public]}).encode(), key.as_pem(private=False)]


def _query(data: bytes) -> None:
    filters.parse(parse_qsl(data.decode("latin-1"), keep_blank_values=True), MessageApiSettings())


def _patch(data: bytes) -> None:
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):  # which the route judges
        return
    if isinstance(payload, dict):
        member_changes(mended(payload))


_ID_TOKENS = (
    protocols.token(1, protocols.CLAIMS, kid="1").encode(),
    protocols.token(2, {**protocols.CLAIMS, "sub": "b"}).encode(),
)
_RELATED = 'multipart/related; type="application/xop+xml"; boundary="b"; start="<r@a>"'
_ENVELOPE = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a xmlns="urn:a">'
    b'<value><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:p@a"/></value></a></s:Body>'
    b"</s:Envelope>"
)
_SOAP = (
    b"--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <r@a>\r\n\r\n" + _ENVELOPE + b"\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\nContent-ID: <p@a>\r\n\r\n\x00\x01payload\r\n--b--\r\n",
    b"--b\r\n\r\n" + _ENVELOPE + b"\r\n--b--\r\n",
)
_REPORTS = (
    (
        b'From: a@b.example\r\nTo: a@habo.example\r\nContent-Type: multipart/report; boundary="b"'
        b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNej\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; m@c.example\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\n\r\n--b--\r\n"
    ),
    b"Subject: =?utf-8?q?=C3=A5?=\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVq\r\n",
)
_BODIES = (
    (
        b'{"data": {"type": "messages", "attributes": {"sender": "0203:habo.se", "recipient": "0203:kisa.se",'
        b' "label": "Hej", "confidentiality": true,'
        b' "digitalDocument": [{"documentId": "d", "index": "1", "contentTextBody": ["Hej!"]}]}}}'
    ),
)
_QUERIES = (
    b"filter[messageStatus]=NEW&page[number]=1&page[size]=20",
    b"filter%5Bsender%5D=0203%3Ahabo.se&startDate=2026-11-01T00:00:00Z",
)
_PATCHES = (
    (
        b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations":'
        b' [{"op": "Add", "path": "members", "value": [{"value": "2819c223-7f76-453a-919d-413861904646"}]}]}'
    ),
    b'{"Operations": [{"op": "replace", "value": {"active": "False", "emails[type eq \\"work\\"].value": "a@b.se"}}]}',
)
_CONTACTS = (
    b"namn;e-post;telefon;fax\nAnna Ek;anna@habo.example;0701234567;\nBo Ek;bo@habo.example;;+46109002000\n",
    (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Ek\r\nN:Ek;Anna;;;\r\nEMAIL;TYPE=work:anna@habo.example\r\n"
        b"TEL:+46701234567\r\nEND:VCARD\r\n"
    ),
)
_MARKDOWN = (
    "# Rubrik\n\n- ett\n- två\n\n> citat\n\n**fet** _kursiv_ `kod` [länk](https://a.example)\n\n1. ett\n".encode(),
    b"| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nkod\n```\n\n***\n",
)
