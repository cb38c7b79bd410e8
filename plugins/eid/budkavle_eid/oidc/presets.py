"""Defaults for known kinds of OpenID provider, a row for each; a connection's own settings override them.

Sources: Inera's attribute list and level matching (inera.atlassian.net 3475259438, 3475269949, 4256759883); Freja's
OpenID Connect claims (frejaeid.atlassian.net 33423361); oidc-sweden's profile and claims (github.com/oidc-sweden);
Sweden Connect's registry of levels (technical framework, 03); Microsoft's documents on `acrs` and AD FS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from budkavle_eid.settings import SignOutBy

DIGG = "http://id.elegnamnden.se/loa/1.0/"
SAMBI = "http://id.sambi.se/loa/"
FREJA = "https://frejaeid.com/oidc/claims/"
SWEDEN = "https://id.oidc.se/"

NAMES = {"name": "name", "given_name": "given_name", "family_name": "family_name"}
CONTACT = {"email": "email", "email_verified": "email_verified", "phone": "phone_number"}


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of provider.

    Attributes:
        scopes: Scopes in addition to `openid`.
        attributes: The claims for our attributes; several, separated by spaces, are tried in order.
        level_claim: The claim with the level.
        levels: Our level for each of its values.
        asks: How a level is requested: by the `claims` parameter as essential, by `acr_values`, or not at all.
        requested: Claims that are requested by name.
        personnummer: Whether its personnummer are trusted.
        subject: The claim that identifies the person at every sign-in; several, separated by spaces, are tried in
            order.
        sign_out: As the setting; `off` if the provider has no session that would sign in the next person.
    """

    scopes: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    level_claim: str = "acr"
    levels: Mapping[str, int] = field(default_factory=dict)
    asks: Literal["claims", "acr_values", ""] = "claims"
    requested: tuple[str, ...] = ()
    personnummer: bool = False
    subject: str = "sub"
    sign_out: SignOutBy = "plain"


PRESETS: Mapping[str, Preset] = {
    # Any other provider or broker: nothing is trusted unless the installation's settings say so.
    "generic": Preset(scopes=("profile", "email"), attributes=NAMES | CONTACT),
    # SITHS by Inera's IdP. Levels match exactly, so both are asked for where two will do; reserve cards are level 2.
    # Its `sub` is new at each sign-in.
    "inera": Preset(
        attributes={**NAMES, "hsa_id": "employeeHsaId", "personnummer": "credentialPersonalIdentityNumber"},
        levels={f"{SAMBI}loa3": 3, f"{SAMBI}loa2": 2},
        requested=("employeeHsaId", "credentialPersonalIdentityNumber", "given_name", "family_name"),
        personnummer=True,
        subject="employeeHsaId credentialPersonalIdentityNumber",
    ),
    # LOA3_NR is a person without Swedish population registration: off until the installation says otherwise.
    "freja": Preset(
        scopes=("profile", "email"),
        attributes={**NAMES, **CONTACT, "personnummer": f"{FREJA}personalIdentityNumber"},
        level_claim=f"{FREJA}loaLevel",
        levels={"LOA1": 1, "LOA2": 2, "LOA3": 3},
        asks="",
        requested=(f"{FREJA}personalIdentityNumber", f"{FREJA}loaLevel"),
        personnummer=True,
        sign_out="off",
    ),
    # `acrs` holds the authentication contexts (c1 ... c99) whose conditions the sign-in met.
    "entra": Preset(
        scopes=("profile", "email"),
        attributes={**NAMES, "email": "email preferred_username"},
        level_claim="acrs",
        sign_out="login_hint",
    ),
    "adfs": Preset(
        scopes=("profile", "email"),
        attributes={**NAMES, "name": "name unique_name", "email": "email upn"},
        asks="acr_values",
        sign_out="address",
    ),
    # Sweden Connect and others of the Swedish profile. eIDAS and `uncertified` are off until the installation says so.
    "oidc_sweden": Preset(
        scopes=(f"{SWEDEN}scope/naturalPersonInfo", f"{SWEDEN}scope/naturalPersonNumber"),
        attributes={
            **NAMES,
            "personnummer": f"{SWEDEN}claim/personalIdentityNumber {SWEDEN}claim/coordinationNumber",
            "org_number": f"{SWEDEN}claim/orgNumber",
            "evidence": "txn",
        },
        levels={f"{DIGG}loa2": 2, f"{DIGG}loa3": 3, f"{DIGG}loa4": 3},
        personnummer=True,
        sign_out="off",
    ),
}
