"""Defaults for known kinds of SAML identity provider, a row for each; a connection's own settings override them.

Sources: Sweden Connect's technical framework (02 deployment profile, 03 registry of identifiers, 04 attributes, 06
entity categories); Inera's attribute list (inera.atlassian.net 3475259438); Microsoft's documents on AD FS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DIGG = "http://id.elegnamnden.se/"
SAMBI = "http://sambi.se/attributes/1/"
MICROSOFT = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of provider.

    Attributes:
        attributes: The names of the attributes for ours; several, separated by spaces, are tried in order.
        levels: Our level for each AuthnContextClassRef.
        ask: Whether a level is requested.
        declared: Whether the provider's metadata must declare the level that it returns.
        signed: What must be signed.
        encrypted: Whether the assertion must be encrypted.
        personnummer: Whether its personnummer are trusted.
        categories: The entity categories of our metadata.
        sign_out: Whether single sign-out is used; not if the provider has no session that would sign in the next
            person.
    """

    attributes: Mapping[str, str]
    levels: Mapping[str, int] = field(default_factory=dict)
    ask: bool = True
    declared: bool = False
    signed: Literal["response", "assertion"] = "response"
    encrypted: bool = True
    personnummer: bool = False
    categories: tuple[str, ...] = ()
    sign_out: bool = True


PRESETS: Mapping[str, Preset] = {
    # eIDAS, non-resident and `uncertified` levels are off unless the installation's settings have a level for them.
    "swedenconnect": Preset(
        attributes={
            "personnummer": "urn:oid:1.2.752.29.4.13",
            "name": "urn:oid:2.16.840.1.113730.3.1.241",
            "given_name": "urn:oid:2.5.4.42",
            "family_name": "urn:oid:2.5.4.4",
            "hsa_id": "urn:oid:1.2.752.29.6.2.1",
            "email": "urn:oid:0.9.2342.19200300.100.1.3",
            "evidence": "urn:oid:1.2.752.201.3.2",
        },
        levels={f"{DIGG}loa/1.0/loa2": 2, f"{DIGG}loa/1.0/loa3": 3, f"{DIGG}loa/1.0/loa4": 3},
        declared=True,
        personnummer=True,
        categories=(f"{DIGG}ec/1.0/loa2-pnr", f"{DIGG}ec/1.0/loa3-pnr"),
        sign_out=False,
    ),
    # SITHS by Inera's IdP. Levels match exactly, so both are asked for where two will do; reserve cards are level 2.
    "inera": Preset(
        attributes={
            "personnummer": "urn:credential:personalIdentityNumber",
            "hsa_id": f"{SAMBI}employeeHsaId",
            "name": "urn:credential:displayName",
            "given_name": f"{SAMBI}givenName urn:credential:givenName",
            "family_name": f"{SAMBI}surname urn:credential:surname",
        },
        levels={"http://id.sambi.se/loa/loa2": 2, "http://id.sambi.se/loa/loa3": 3},
        personnummer=True,
    ),
    # Only the organisation knows the level of a sign-in at its own AD FS: `levels` must have it.
    "adfs": Preset(
        attributes={
            "name": f"{MICROSOFT}name",
            "given_name": f"{MICROSOFT}givenname",
            "family_name": f"{MICROSOFT}surname",
            "email": f"{MICROSOFT}emailaddress {MICROSOFT}upn",
        },
        ask=False,
        signed="assertion",
    ),
}
