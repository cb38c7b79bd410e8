"""SAML single logout by the browser: passed on to the provider, and received from it.

Source: SAML 2.0 Core, section 3.7, and Profiles, section 4.4. Every message is signed, in both directions.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from budkavle import Redirect
from budkavle.identification import ProviderSession, SignOutRequest
from budkavle_eid.claims import Refused, safe_url
from budkavle_eid.safe_xml import parse
from budkavle_eid.saml.metadata import Idp, moment
from budkavle_eid.saml.redirect_binding import BINDING, read_signed, signed_address
from budkavle_eid.saml.xml_checks import MAX_METADATA, MD, SAML, SAMLP, SUCCESS, statuses
from budkavle_eid.sign_out_refusals import note_refused
from budkavle_eid.single_use import Once

OLDEST: Final = timedelta(minutes=10)
SKEW: Final = timedelta(minutes=2)


class NameThere(msgspec.Struct, frozen=True, omit_defaults=True):
    """The provider's name identifier of a person, with its qualifiers, and the index of their session."""

    text: str
    session: str = ""
    format: str = ""
    qualifier: str = ""
    sp_qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Us:
    """Our side: entity ID, key, and the URLs for the provider's responses and requests."""

    entity_id: str
    key: Path
    asked_at: str
    answered_at: str


def session(name: NameThere, ends_at: datetime | None) -> ProviderSession:
    """Return a person's session at the provider, as the core stores it."""
    kept = msgspec.json.encode(name).decode()
    return ProviderSession(name.text, name.session, kept, ends_at.timestamp() if ends_at else None)


def begin(us: Us, idp: Idp, kept: str) -> Redirect | None:
    """Return the redirect with our logout request; None if the provider's metadata have no endpoint for it.

    Args:
        us: Our side.
        idp: The provider.
        kept: What `session` returned.
    """
    address = _address(idp, "Location")
    if not address:
        return None
    name, identifier = msgspec.json.decode(kept, type=NameThere), f"_{secrets.token_hex(20)}"
    root = _message("LogoutRequest", identifier, us.entity_id, address)
    root.set("NotOnOrAfter", _instant(datetime.now(UTC) + OLDEST))
    element = etree.SubElement(root, f"{SAML}NameID")
    element.text = name.text
    qualifiers = {"Format": name.format, "NameQualifier": name.qualifier, "SPNameQualifier": name.sp_qualifier}
    for word, value in qualifiers.items():
        if value:
            element.set(word, value)
    if name.session:
        etree.SubElement(root, f"{SAMLP}SessionIndex").text = name.session
    return Redirect(signed_address(address, "SAMLRequest", etree.tostring(root), us.key), {"request": identifier})


def is_done(us: Us, idp: Idp, state: Mapping[str, str], query: str) -> bool:
    """Tell whether the provider's signed response to our request reports success.

    Raises:
        Refused: It is not the provider's response to us.
    """
    root, _ = read_signed(query, "SAMLResponse", idp.metadata)
    _check(root, "LogoutResponse", idp, us.answered_at)
    if not state.get("request") or root.get("InResponseTo") != state["request"]:
        raise Refused("logout-answer-to-another")
    return statuses(root) == [SUCCESS]


def judge(us: Us, idp: Idp, query: str, once: Once) -> SignOutRequest:
    """Verify the provider's logout request; return the persons it concerns, and the redirect with our response.

    Raises:
        Refused: It is not from the provider, not for us, too old, or has been used before.
    """
    root, relay_state = read_signed(query, "SAMLRequest", idp.metadata)
    _check(root, "LogoutRequest", idp, us.asked_at)
    until = root.get("NotOnOrAfter")
    if until and moment(until) <= datetime.now(UTC) - SKEW:
        raise Refused("logout-over")
    names = [(element.text or "").strip() for element in root.iterfind(f"{SAML}NameID")]
    sessions = [(element.text or "").strip() for element in root.iterfind(f"{SAMLP}SessionIndex")]
    if len(names) != 1 or not names[0]:
        raise Refused("logout-of-nobody")
    identifier = root.get("ID", "")
    name = f"saml-logout:{idp.entity_id}:{identifier}"
    if not identifier or once.is_used(name):
        raise Refused("logout-replayed")
    # If several sessions are named, all of the person's sessions by this provider end.
    session, reply = sessions[0] if len(sessions) == 1 else "", _reply(us, idp, identifier, relay_state)
    return SignOutRequest(names[0], session, reply, done=partial(once.first, name, datetime.now(UTC) + 2 * OLDEST))


def refuse(provider: str, refused: Refused) -> None:
    """Log why a message was refused."""
    note_refused(provider, refused.reason)


def _reply(us: Us, idp: Idp, request: str, relay_state: str) -> Redirect | None:
    address = _address(idp, "ResponseLocation") or _address(idp, "Location")
    if not address:
        return None
    root = _message("LogoutResponse", f"_{secrets.token_hex(20)}", us.entity_id, address)
    root.set("InResponseTo", request)
    status = etree.SubElement(root, f"{SAMLP}Status")
    etree.SubElement(status, f"{SAMLP}StatusCode", Value=SUCCESS)
    return Redirect(signed_address(address, "SAMLResponse", etree.tostring(root), us.key, relay_state))


def _check(root: etree._Element, kind: str, idp: Idp, destination: str) -> None:
    issuer = root.find(f"{SAML}Issuer")
    now, issued = datetime.now(UTC), moment(root.get("IssueInstant", ""))
    checks = {
        "logout-kind": root.tag == f"{SAMLP}{kind}" and root.get("Version") == "2.0",
        "logout-issuer": issuer is not None and (issuer.text or "").strip() == idp.entity_id,
        "logout-destination": root.get("Destination") == destination,
        "logout-old": now - OLDEST - SKEW < issued < now + SKEW,
    }
    wrong = next((reason for reason, fine in checks.items() if not fine), None)
    if wrong:
        raise Refused(wrong)


def _message(kind: str, identifier: str, entity_id: str, destination: str) -> etree._Element:
    spaces = {"samlp": SAMLP[1:-1], "saml": SAML[1:-1]}
    root = etree.Element(f"{SAMLP}{kind}", nsmap=spaces)
    for name, value in (
        ("ID", identifier),
        ("Version", "2.0"),
        ("IssueInstant", _instant(datetime.now(UTC))),
        ("Destination", destination),
    ):
        root.set(name, value)
    etree.SubElement(root, f"{SAML}Issuer").text = entity_id
    return root


def _address(idp: Idp, name: str) -> str:
    """Return the provider's endpoint for logout messages by redirect; empty if it has none."""
    for service in parse(idp.metadata, MAX_METADATA, remarks=True).iterfind(
        f"{MD}IDPSSODescriptor/{MD}SingleLogoutService"
    ):
        address = service.get(name, "")
        if service.get("Binding") == BINDING and urlsplit(address).hostname and safe_url(address):
            return str(address)
    return ""


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
