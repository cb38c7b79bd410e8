"""The only module that uses pysaml2, so that another library could replace it.

It adds what pysaml2 leaves out. By itself pysaml2 signs with SHA-1 unless told otherwise outside the service section.
It does not check the level. It accepts a response that is a day old, an assertion without conditions or audience, and
any recipient. It keeps persons in memory, and logs whole responses. Source: SAML 2.0 Core and Profiles (section 4.1.4),
and our own tests.
"""

import base64
import binascii
import html
import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, SCM_BEARER
from saml2.sigver import RSACrypto

from budkavle_eid.claims import Refused
from budkavle_eid.safe_xml import parse
from budkavle_eid.saml.metadata import moment
from budkavle_eid.saml.private_key import private_key
from budkavle_eid.saml.sign_out import NameThere
from budkavle_eid.saml.xml_checks import MD, SUCCESS, check_response, statuses
from budkavle_eid.saml.xmlsec1 import Certificates, XmlSec, program

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SKEW = timedelta(minutes=2)
OLDEST = timedelta(minutes=10)
BINDINGS = {"redirect": BINDING_HTTP_REDIRECT, "post": BINDING_HTTP_POST}
_FIELD = re.compile(r'name="(SAMLRequest|RelayState)" value="([^"]*)"')
for _name in ("saml2", "saml2.sigver", "saml2.response", "saml2.entity", "saml2.client_base"):
    # Its errors contain the person's response, and its own log level would let them through.
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Service:
    """Our configuration for one provider: our identity, and what we request."""

    entity_id: str
    consumer: str
    key: str
    certificate: str
    label: str
    binding: str
    signed: str
    encrypted: bool
    attributes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    signed_out_there: str = ""
    """Our URL for the provider's sign-out requests; empty if they are not accepted."""
    signed_out_here: str = ""
    """Our URL for the provider's responses to our sign-out requests."""


@dataclass(frozen=True, slots=True)
class Request:
    """A signed request: the URL, and for POST its fields."""

    id: str
    url: str
    form: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """The content of an assertion that has passed all checks."""

    id: str
    subject: str
    lasting: bool
    """Whether the subject is the same at every sign-in."""
    context: str
    attributes: dict[str, list[str]]
    ends: datetime
    identified: datetime | None
    """When the person identified, according to the provider."""
    name: NameThere
    session_ends: datetime | None
    """When the provider's own session ends, if it says so."""


class ServiceProvider:
    """Our client for one provider.

    Args:
        service: Our own data.
        idp: The provider's entity ID.
        metadata: Its EntityDescriptor.
    """

    def __init__(self, service: Service, idp: str, metadata: bytes) -> None:
        self._service, self._idp = service, idp
        self._config = _configuration(service, metadata)

    def request(self, contexts: Sequence[str], *, force: bool) -> Request:
        """Return a signed request for exactly one of these levels; an empty list requests no level."""
        # pysaml2's own identifiers have 101 bits; the profile requires 128.
        more: dict[str, Any] = {"message_id": f"_{secrets.token_hex(20)}", **({"force_authn": "true"} if force else {})}
        if contexts:
            requested = {"authn_context_class_ref": list(contexts), "comparison": "exact"}
            more["requested_authn_context"] = requested
        binding = BINDINGS[self._service.binding]
        with _trouble("request"):
            identifier, _, sent = self._client().prepare_for_negotiated_authenticate(
                entityid=self._idp, binding=binding, sign=True, sigalg=RSA_SHA256, digest_alg=SHA256, **more
            )
        if self._service.binding == "redirect":
            return Request(identifier, dict(sent["headers"])["Location"], None)
        fields = {name: html.unescape(value) for name, value in _FIELD.findall(sent["data"])}
        return Request(identifier, sent["url"], {name: value for name, value in fields.items() if value})

    def read(self, response: str, request_id: str) -> Assertion:
        """Check and parse the response to a request.

        Args:
            response: Base64, as the browser posted it.
            request_id: The request that it must answer.

        Raises:
            Refused: It fails any check.
        """
        root = parse(_decoded(response))
        codes = statuses(root)
        if codes[:1] != [SUCCESS]:
            raise _peers_no(codes)
        check_response(root, encrypted=self._service.encrypted)
        with _trouble("response"):
            parsed = self._client().parse_authn_request_response(
                response, BINDING_HTTP_POST, outstanding={request_id: "/"}
            )
        if parsed is None or parsed.response is None or len(parsed.assertions) != 1:
            raise Refused("response-rejected")
        self._check(parsed, request_id)
        return _assertion(parsed.assertions[0])

    def _check(self, parsed: Any, request_id: str) -> None:
        response, assertion = parsed.response, parsed.assertions[0]
        if assertion.conditions is None or assertion.subject is None:
            raise Refused("no-conditions-or-subject")
        confirmed = [confirmation.subject_confirmation_data for confirmation in assertion.subject.subject_confirmation]
        audiences = [
            {audience.text.strip() for audience in restriction.audience}
            for restriction in assertion.conditions.audience_restriction
        ]
        us = self._service
        checks = {
            "response-issuer": _text(response.issuer) in {self._idp, ""},
            "assertion-issuer": _text(assertion.issuer) == self._idp,
            "response-destination": response.destination == us.consumer,
            "response-to-another": response.in_response_to == request_id,
            "unsigned": bool(response.signature if us.signed == "response" else assertion.signature),
            "no-audience": bool(audiences) and all(us.entity_id in restriction for restriction in audiences),
            "no-bearer": bool(confirmed)
            and all(confirmation.method == SCM_BEARER for confirmation in assertion.subject.subject_confirmation),
            "another-recipient": all(datum.recipient == us.consumer for datum in confirmed),
            "confirmation-of-another": all(datum.in_response_to == request_id for datum in confirmed),
            "no-end": bool(assertion.conditions.not_on_or_after) and all(datum.not_on_or_after for datum in confirmed),
            "old": _fresh(response.issue_instant) and _fresh(assertion.issue_instant),
        }
        fault = next((reason for reason, fine in checks.items() if not fine), None)
        if fault:
            raise Refused(fault)

    def _client(self) -> Any:
        """Return a new client for each message, since pysaml2's client remembers persons."""
        client: Any = Saml2Client(config=self._config)
        client.sec.key_file = self._service.key
        client.sec.sec_backend = RSACrypto(private_key(Path(self._service.key)))
        client.sec.crypto = XmlSec(program())
        client.sec.metadata = Certificates(client.metadata)
        return client


@contextmanager
def _trouble(what: str) -> Iterator[None]:
    """Turn every error of pysaml2 into a refusal that does not contain the person's response."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - pysaml2 raises bare ones too, and each means: not believed
        raise Refused(f"{what}-{type(error).__name__}") from None


def service_metadata(service: Service) -> bytes:
    """Return our metadata, with the attributes that we request."""
    root = etree.fromstring(str(entity_descriptor(_configuration(service, None))).encode())
    descriptor = root.find(f"{MD}SPSSODescriptor")
    if descriptor is not None and service.attributes:
        consuming = etree.SubElement(descriptor, f"{MD}AttributeConsumingService", index="1", isDefault="true")
        name = etree.SubElement(consuming, f"{MD}ServiceName")
        name.set("{http://www.w3.org/XML/1998/namespace}lang", "sv")
        name.text = service.label
        for attribute in service.attributes:
            etree.SubElement(consuming, f"{MD}RequestedAttribute", Name=attribute, NameFormat=NAME_FORMAT_URI)
    for logout in root.iter(f"{MD}SingleLogoutService"):
        logout.set("ResponseLocation", service.signed_out_here)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _configuration(service: Service, metadata: bytes | None) -> SPConfig:
    algorithms = {"signing_algorithm": RSA_SHA256, "digest_algorithm": SHA256}
    provider = {
        "name": service.label,
        "authn_requests_signed": True,
        "want_response_signed": service.signed == "response",
        "want_assertions_signed": service.signed == "assertion",
        "want_assertions_or_response_signed": True,
        "allow_unsolicited": False,
        "endpoints": {
            "assertion_consumer_service": [(service.consumer, BINDING_HTTP_POST)],
            **(
                {"single_logout_service": [(service.signed_out_there, BINDING_HTTP_REDIRECT)]}
                if service.signed_out_there
                else {}
            ),
        },
        "name_id_format": [NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT],
        # Outside the service pysaml2 does not see them for requests, and signs with SHA-1.
        **algorithms,
    }
    whole = {
        "entityid": service.entity_id,
        "xmlsec_binary": program(),
        # Without `key_file`, which each new client would load and check again; `_client` adds the key.
        "cert_file": service.certificate,
        **algorithms,
        "encryption_keypairs": [{"key_file": service.key, "cert_file": service.certificate}],
        "only_use_keys_in_metadata": True,
        "allow_unknown_attributes": True,
        "accepted_time_diff": int(SKEW.total_seconds()),
        "entity_category": list(service.categories),
        "service": {"sp": provider},
        **({"metadata": {"inline": [metadata.decode()]}} if metadata else {}),
    }
    return SPConfig().load(whole)


def _decoded(response: str) -> bytes:
    try:
        return base64.b64decode("".join(response.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("response-not-base64") from error


def _peers_no(codes: Sequence[str]) -> Refused:
    inner = codes[-1].rpartition(":")[2].rpartition("/")[2].lower() if codes else ""
    sentences = {
        "cancel": "Du avbröt legitimeringen. Börja om, eller välj ett annat sätt.",
        "authnfailed": "Legitimeringen blev inte av. Börja om, eller välj ett annat sätt.",
        "noauthncontext": "Det här sättet når inte den tillitsnivå som behövs. Välj ett annat.",
    }
    return Refused(f"peer-{inner}" if inner in sentences else "peer-status", sentences.get(inner, ""))


def _assertion(parsed: Any) -> Assertion:
    name = parsed.subject.name_id
    statements = [statement for statement in parsed.authn_statement if statement.authn_context]
    contexts = [statement.authn_context.authn_context_class_ref for statement in statements]
    if name is None or not (name.text or "").strip() or len(contexts) != 1:
        raise Refused("no-subject-or-level")
    values: dict[str, list[str]] = {}
    for statement in parsed.attribute_statement:
        for attribute in statement.attribute:
            texts = [(value.text or "").strip() for value in attribute.attribute_value]
            values.setdefault(attribute.name, []).extend(text for text in texts if text)
    ends = moment(parsed.conditions.not_on_or_after) + SKEW
    lasting = name.format != NAMEID_FORMAT_TRANSIENT
    identified = moment(statements[0].authn_instant) if statements[0].authn_instant else None
    there = NameThere(
        name.text.strip(),
        statements[0].session_index or "",
        name.format or "",
        name.name_qualifier or "",
        name.sp_name_qualifier or "",
    )
    until = moment(statements[0].session_not_on_or_after) if statements[0].session_not_on_or_after else None
    return Assertion(parsed.id, there.text, lasting, _text(contexts[0]), values, ends, identified, there, until)


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""


def _fresh(instant: str) -> bool:
    now, at = datetime.now(UTC), moment(instant)
    return now - OLDEST - SKEW < at < now + SKEW
