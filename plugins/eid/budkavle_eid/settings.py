"""The plugin's section of the settings, `[plugins.eid]`: a list of connections for each kind of e-identification."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from budkavle import Loa, ProviderTraits

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A provider's name: the word in settings and tables."""
Level = Annotated[int, msgspec.Meta(ge=1, le=3)]
MaybeLevel = Annotated[int, msgspec.Meta(ge=0, le=3)]
"""A level, or 0: none."""
Audience = Literal["staff", "guest"]
SignOutBy = Literal["off", "plain", "login_hint", "form", "address"]
Kind = Literal["personal", "organisation"]
"""Of Freja eID."""
BANKID = "https://appapi2.bankid.com/rp/v6.0/"
FREJA = "https://services.prod.frejaeid.com"
FREJA_APP = "https://app.prod.frejaeid.com/freja"
FREJA_ATTRIBUTES = (
    "BASIC_USER_INFO",
    "SSN",
    "EMAIL_ADDRESS",
    "RELYING_PARTY_USER_ID",
    "REGISTRATION_LEVEL",
    "LOA_LEVEL",
    "NETWORK_INFO",
)
FREJA_LEVELS = {"LOA1": 1, "LOA2": 2, "LOA3": 3, "BASIC": 1, "EXTENDED": 2, "PLUS": 3}
"""LOA3_NR, of people who are not registered in Sweden, is left to who needs it."""


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every connection says about itself.

    Attributes:
        name: Its word, alone of its kind in the installation; never changed once people have signed in with it.
        label: What people read on the button.
        organisations: Slugs of the organisations that offer it; none means all.
        audiences: Who may use it: `staff` (accounts), `guest` (readers of a link without an account).
        loa: The highest level of assurance that it may claim.
        timeout_seconds: How long the peer may take to answer.
    """

    name: Name
    label: str
    organisations: tuple[str, ...] = ()
    audiences: tuple[Audience, ...] = ("staff", "guest")
    loa: Level = 3
    timeout_seconds: float = 10.0

    def traits(self, *, asserts_personnummer: bool = False, several_per_account: bool = False) -> ProviderTraits:
        """Return the traits of the connection's provider, with what its kind brings."""
        return ProviderTraits(
            Loa(self.loa),
            audiences=frozenset(self.audiences),
            organisations=frozenset(self.organisations),
            asserts_personnummer=asserts_personnummer,
            several_per_account=several_per_account,
        )


class BankIdSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A connection to BankID's RP API 6.0.

    Attributes:
        base_url: Where the API is.
        certificate: Our client certificate from the bank: PEM, or PKCS#12 (`.p12`, `.pfx`) with its key.
        key: The key of a PEM certificate, where it lies in a file of its own.
        passphrase: What opens the key or the PKCS#12 file.
        ca: The certificate (PEM) of the authority that BankID's servers have theirs from.
        signing: BankID's roots (PEM) that people's certificates go back to; without one, signatures are not verified.
        signature: `required`, or `noted`: what does not hold lets the person in all the same, and is logged.
        policy: `any` BankID, or `mobile` only.
        pin_code: Whether a security code is asked for even where the phone would take a fingerprint.
        risk: The lowest risk that is refused: `high`, or `moderate` as well.
        same_network: Whether an app on the same device must be seen on the same network as the browser.
        app_url: Where the link to the app leads; none means BankID's own.
        starts: How many may be begun from one network address in ten minutes; a whole town hall may have only one.
    """

    name: Name = "bankid"
    label: str = "BankID"
    base_url: str = BANKID
    certificate: Path
    key: Path | None = None
    passphrase: str = ""
    ca: Path
    signing: tuple[Path, ...] = ()
    signature: Literal["required", "noted"] = "required"
    policy: Literal["any", "mobile"] = "any"
    pin_code: bool = False
    risk: Literal["high", "moderate"] = "high"
    same_network: bool = False
    app_url: str = ""
    starts: int = 1000


class FrejaSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A connection to Freja eID's authentication service, personal or Organisation eID.

    Attributes:
        base_url: Where the service is.
        certificate: Our client certificate from Freja: PEM, or PKCS#12 (`.p12`, `.pfx`) with its key.
        key: The key of a PEM certificate, where it lies in a file of its own.
        passphrase: What opens the key or the PKCS#12 file.
        ca: The certificate (PEM) of the authority that Freja's servers have theirs from; none means the system's.
        signing: Freja's certificates (PEM) that answers may be signed with; two while one takes over from another.
        kind: `personal`, or `organisation` for Organisation eID.
        relying_party: The relying party's id, for those who act for several.
        attributes: What is asked for about the person; what an agreement does not allow must be left out.
        dynamic_qr: Whether the QR code is another one each second; Freja calls that a beta.
        same_network: Whether an app on the same device must be seen on the same network as the browser.
        app_url: Where the app's links and QR codes lead.
        starts: How many may be begun from one network address in ten minutes; a whole town hall may have only one.
        levels: Which of ours a level of Freja's is; what is not here is refused.
    """

    name: Name = "freja"
    label: str = "Freja eID"
    base_url: str = FREJA
    certificate: Path
    key: Path | None = None
    passphrase: str = ""
    ca: Path | None = None
    signing: Annotated[tuple[Path, ...], msgspec.Meta(min_length=1)]
    kind: Kind = "personal"
    relying_party: str = ""
    attributes: tuple[str, ...] = FREJA_ATTRIBUTES
    dynamic_qr: bool = True
    same_network: bool = True
    app_url: str = FREJA_APP
    starts: int = 1000
    levels: dict[str, Level] = msgspec.field(default_factory=lambda: dict(FREJA_LEVELS))


class OidcSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A connection to an OpenID provider.

    Attributes:
        preset: Which row of `oidc_presets` the empty settings below are taken from.
        issuer: The issuer's identifier, exactly as it names itself.
        client_id: Who we are to it.
        client_auth: How we show that; `private_key_jwt` needs `client_key`, the others `client_secret`.
        client_key: The private key (PEM).
        client_key_id: The key's `kid`, as the provider knows it.
        client_certificate: The key's certificate (PEM), where the provider wants its thumbprint (Entra ID).
        client_secret: The secret.
        scopes: Scopes beside `openid`.
        attributes: Which claim our attributes are in, by attribute, over those of the preset.
        levels: Which level of assurance each value of `level_claim` is, over those of the preset; 0 takes one away.
        level_claim: The claim of the ID token that says how the person was identified.
        audiences: Who may use it; none means both, or `staff` where no personnummer are believed.
        level_missing: The level where the ID token does not have that claim; 0 refuses.
        parameters: Further parameters of the request, such as `acr_values` for a broker.
        userinfo: Whether attributes are fetched from the userinfo endpoint as well.
        subject: The claim of the ID token that names the person, the same every time; empty: the preset's.
        login_hint: Whether an e-mail address that the person has written here is passed on, in the URL.
        personnummer: Whether its personnummer are believed; none means as the preset says.
        sign_out: How signing out is passed on to it; `off` takes none from it either. Its page is asked for as it is
            (`plain`: many then ask the person), or told who by the claim `login_hint`, by the ID token in a form, which
            reaches no provider whose cookies stay away from it, or by the ID token in the address, where the person's
            name then stands. None means as the preset says.
        max_age: Seconds since the person identified there that will do for signing in; 0: any.
    """

    preset: Literal["generic", "inera", "freja", "entra", "adfs", "oidc_sweden"] = "generic"
    audiences: tuple[Audience, ...] | None = None  # type: ignore[assignment] # what none means, the preset decides
    issuer: str
    client_id: str
    client_auth: Literal["private_key_jwt", "client_secret_basic", "client_secret_post"] = "private_key_jwt"
    client_key: str = ""
    client_key_id: str = ""
    client_certificate: Path | None = None
    client_secret: str = ""
    scopes: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    levels: dict[str, MaybeLevel] = {}
    level_claim: str = ""
    level_missing: MaybeLevel = 0
    parameters: dict[str, str] = {}
    userinfo: bool = False
    subject: str = ""
    login_hint: bool = False
    personnummer: bool | None = None
    sign_out: SignOutBy | None = None
    max_age: Annotated[int, msgspec.Meta(ge=0)] = 0


class SamlSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A connection to a SAML 2 identity provider.

    Attributes:
        preset: Which row of `saml_presets` the empty settings below are taken from.
        metadata: The provider's metadata, a file or a URL.
        metadata_certificate: The certificate (PEM) that the metadata must be signed with; a URL needs it.
        metadata_hours: How often a URL is read anew.
        idp: The provider's entity id, where the metadata has more than one.
        entity_id: Our own; none means the address of our metadata.
        key: Our private key (PEM, RSA), for signing and decrypting.
        certificate: Its certificate (PEM).
        attributes: Which attribute of the assertion ours are in, by ours, over those of the preset.
        levels: Which level of assurance each AuthnContextClassRef is, over those of the preset; 0 takes one away.
        ask: Whether the levels are asked for (RequestedAuthnContext); none means as the preset says.
        signed: What must be signed: the response, or the assertion; none means as the preset says.
        encrypted: Whether the assertion must be encrypted; none means as the preset says.
        binding: How requests are sent, `redirect` or `post`.
        audiences: Who may use it; none means both, or `staff` where no personnummer are believed.
        personnummer: Whether its personnummer are believed; none means as the preset says.
        sign_out: Whether signing out is passed on to it and taken from it; none means as the preset says.
    """

    preset: Literal["swedenconnect", "inera", "adfs"] = "swedenconnect"
    audiences: tuple[Audience, ...] | None = None  # type: ignore[assignment] # what none means, the preset decides
    metadata: str
    metadata_certificate: Path | None = None
    metadata_hours: float = 6.0
    idp: str = ""
    entity_id: str = ""
    key: Path
    certificate: Path
    attributes: dict[str, str] = {}
    levels: dict[str, MaybeLevel] = {}
    ask: bool | None = None
    signed: Literal["response", "assertion"] | None = None
    encrypted: bool | None = None
    binding: Literal["redirect", "post"] = "redirect"
    personnummer: bool | None = None
    sign_out: bool | None = None


class PasskeySettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Passkeys (WebAuthn) of those who have an account; made on the account's own page."""

    name: Name = "passkey"
    label: str = "Passkey"
    audiences: tuple[Audience, ...] = ("staff",)
    loa: Level = 2


class SithsSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A SITHS card in a reader, by mutual TLS at a reverse proxy that passes the certificate on in a header.

    Attributes:
        url: The address at which the proxy asks for the card, `https://HOST/plugin/eid/siths/NAME`; its host or port
            is another than that of `base_url`, and used for nothing else.
        header: The header that the proxy sets, and takes away from what browsers send: the certificate as URL-encoded
            PEM (nginx: `$ssl_client_escaped_cert`).
        authorities: The certificates (PEM) of the authorities that issue the cards.
        levels: Which level of assurance each certificate policy (OID) or name of an authority is.
        crl: Lists of revoked certificates (PEM or DER); without one revocation is not checked here.
    """

    name: Name = "siths_card"
    label: str = "SITHS-kort"
    audiences: tuple[Audience, ...] = ("staff",)
    url: str
    header: str = "x-client-certificate"
    authorities: tuple[Path, ...]
    levels: dict[str, MaybeLevel] = {}
    crl: tuple[Path, ...] = ()


class EidSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an installation is connected to.

    Attributes:
        bankid: Connections to BankID.
        freja: Connections to Freja eID.
        oidc: Connections to OpenID providers.
        saml: Connections to SAML 2 identity providers.
        passkey: Passkeys; at most one.
        siths: SITHS cards behind a proxy of ours.
        evidence_days: How long what BankID and Freja have signed is kept, sealed; 0 keeps nothing.
        simulator_port: The first of three ports of the built-in simulators (`budkavle eid simulator`), for demos and
            tests; none means that there is no simulator.
    """

    bankid: tuple[BankIdSettings, ...] = ()
    freja: tuple[FrejaSettings, ...] = ()
    oidc: tuple[OidcSettings, ...] = ()
    saml: tuple[SamlSettings, ...] = ()
    passkey: tuple[PasskeySettings, ...] = ()
    siths: tuple[SithsSettings, ...] = ()
    evidence_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 365
    simulator_port: int | None = None
