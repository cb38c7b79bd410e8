"""The plugin's section of the settings, `[plugins.eid]`: a list of connections for each kind of e-identification."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from budkavle import Loa, ProviderTraits

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A provider's name, in the settings and in tables."""
Level = Annotated[int, msgspec.Meta(ge=1, le=3)]
MaybeLevel = Annotated[int, msgspec.Meta(ge=0, le=3)]
"""A level; 0 means none."""
Audience = Literal["staff", "guest"]
SignOutBy = Literal["off", "plain", "login_hint", "form", "address"]
Kind = Literal["personal", "organisation"]
"""The kind of Freja eID."""
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
"""LOA3_NR, for people who are not registered in Sweden, is off by default."""


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The common settings of all connections.

    Attributes:
        name: Its name, unique in the installation; never change it once people have signed in with it.
        label: The text of its button.
        organisations: Slugs of the organisations that offer it; empty means all.
        audiences: Who may use it: `staff` (accounts), `guest` (readers of a link without an account).
        loa: The highest level of assurance that it may claim.
        timeout_seconds: The timeout of the peer's response.
    """

    name: Name
    label: str
    organisations: tuple[str, ...] = ()
    audiences: tuple[Audience, ...] = ("staff", "guest")
    loa: Level = 3
    timeout_seconds: float = 10.0

    def traits(self, *, asserts_personnummer: bool = False, several_per_account: bool = False) -> ProviderTraits:
        """Return the traits of the connection's provider; the arguments depend on its kind."""
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
        base_url: The URL of the API.
        certificate: Our client certificate from the bank: PEM, or PKCS#12 (`.p12`, `.pfx`) with its key.
        key: The key of a PEM certificate, if it is in a file of its own.
        passphrase: The passphrase of the key or the PKCS#12 file.
        ca: The CA certificate (PEM) for BankID's servers.
        signing: BankID's root certificates (PEM) for people's certificates; without one, signatures are not verified.
        signature: `required`; or `noted`, which logs an invalid signature but lets the person in.
        policy: `any` BankID, or `mobile` only.
        pin_code: Whether a security code is required even if the phone would accept a fingerprint.
        risk: The lowest risk that is refused: `high`, or `moderate` as well.
        same_network: Whether an app on the same device must be on the same network as the browser.
        app_url: The URL of the link to the app; by default BankID's own.
        starts: The most starts from one network address in ten minutes; a whole town hall may have only one.
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
        base_url: The URL of the service.
        certificate: Our client certificate from Freja: PEM, or PKCS#12 (`.p12`, `.pfx`) with its key.
        key: The key of a PEM certificate, if it is in a file of its own.
        passphrase: The passphrase of the key or the PKCS#12 file.
        ca: The CA certificate (PEM) for Freja's servers; by default those of the system.
        signing: The certificates (PEM) that Freja signs responses with; two while one replaces the other.
        kind: `personal`, or `organisation` for Organisation eID.
        relying_party: The relying party's id, for those who act for several.
        attributes: The requested attributes of the person; leave out those that the agreement does not allow.
        dynamic_qr: Whether the QR code changes each second; Freja calls that a beta.
        same_network: Whether an app on the same device must be on the same network as the browser.
        app_url: The base URL of the app's links and QR codes.
        starts: The most starts from one network address in ten minutes; a whole town hall may have only one.
        levels: Our level for each of Freja's; other levels are refused.
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
        preset: The row of `oidc.presets` that the empty settings below are taken from.
        issuer: The issuer's identifier, exactly as it names itself.
        client_id: Our client id there.
        client_auth: How our client authenticates; `private_key_jwt` needs `client_key`, the others `client_secret`.
        client_key: The private key (PEM).
        client_key_id: The key's `kid`, as the provider knows it.
        client_certificate: The key's certificate (PEM), if the provider requires its thumbprint (Entra ID).
        client_secret: The secret.
        scopes: Scopes in addition to `openid`.
        attributes: The claim for each of our attributes; overrides the preset.
        levels: Our level for each value of `level_claim`; overrides the preset, and 0 refuses a value.
        level_claim: The claim of the ID token that says how the person was identified.
        audiences: Who may use it; by default both, or `staff` if no personnummer are trusted.
        level_missing: The level if the ID token does not have that claim; 0 refuses.
        parameters: Further parameters of the request, such as `acr_values` for a broker.
        userinfo: Whether attributes are also fetched from the userinfo endpoint.
        subject: The claim of the ID token that identifies the person at every sign-in; empty means the preset's.
        login_hint: Whether an e-mail address that the person has typed here is passed on, in the URL.
        personnummer: Whether its personnummer are trusted; None means as in the preset.
        sign_out: How signing out is passed on. `off` does not pass it on, nor accept it. `plain` only opens the
            provider's page, where many ask the person. The others say who signs out: by the claim `login_hint`; by the
            ID token in a form, which does not work if the provider's cookies are not sent with it; or by the ID token
            in the URL, which then contains the person's name. None means as in the preset.
        max_age: The most seconds since the person identified there, for signing in; 0 for no limit.
    """

    preset: Literal["generic", "inera", "freja", "entra", "adfs", "oidc_sweden"] = "generic"
    audiences: tuple[Audience, ...] | None = None  # type: ignore[assignment] # None: decided by the preset
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
        preset: The row of `saml.presets` that the empty settings below are taken from.
        metadata: The provider's metadata, a file or a URL.
        metadata_certificate: The certificate (PEM) that the metadata must be signed with; a URL requires it.
        metadata_hours: How often a URL is fetched.
        idp: The provider's entity ID, if the metadata have several.
        entity_id: Our own; by default the URL of our metadata.
        key: Our private key (PEM, RSA), for signing and decrypting.
        certificate: Its certificate (PEM).
        attributes: The attribute of the assertion for each of ours; overrides the preset.
        levels: Our level for each AuthnContextClassRef; overrides the preset, and 0 refuses it.
        ask: Whether a level is requested (RequestedAuthnContext); None means as in the preset.
        signed: What must be signed: the response, or the assertion; None means as in the preset.
        encrypted: Whether the assertion must be encrypted; None means as in the preset.
        binding: How requests are sent, `redirect` or `post`.
        audiences: Who may use it; by default both, or `staff` if no personnummer are trusted.
        personnummer: Whether its personnummer are trusted; None means as in the preset.
        sign_out: Whether single sign-out is used; None means as in the preset.
    """

    preset: Literal["swedenconnect", "inera", "adfs"] = "swedenconnect"
    audiences: tuple[Audience, ...] | None = None  # type: ignore[assignment] # None: decided by the preset
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
    """Passkeys (WebAuthn) of users with an account, created on the account's own page."""

    name: Name = "passkey"
    label: str = "Passkey"
    audiences: tuple[Audience, ...] = ("staff",)
    loa: Level = 2


class SithsSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A SITHS card in a reader, by mutual TLS at a reverse proxy that passes the certificate on in a header.

    Attributes:
        url: The URL at which the proxy requests the card, `https://HOST/plugin/eid/siths/NAME`; its host or port
            differs from that of `base_url`, and is used for nothing else.
        header: The header that the proxy sets, and removes from browsers' requests: the certificate as URL-encoded PEM
            (nginx: `$ssl_client_escaped_cert`).
        authorities: The certificates (PEM) of the CAs that issue the cards.
        levels: Our level for each certificate policy (OID) or CA name.
        crl: Certificate revocation lists (PEM or DER); without one, revocation is not checked here.
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
    """The connections of an installation.

    Attributes:
        bankid: Connections to BankID.
        freja: Connections to Freja eID.
        oidc: Connections to OpenID providers.
        saml: Connections to SAML 2 identity providers.
        passkey: Passkeys; at most one.
        siths: SITHS cards behind a reverse proxy of ours.
        evidence_days: How many days the signed responses of BankID and Freja are stored, sealed; 0 stores nothing.
        simulator_port: The first of three ports of the built-in simulators (`budkavle eid simulator`), for demos and
            tests; None means that there is no simulator.
    """

    bankid: tuple[BankIdSettings, ...] = ()
    freja: tuple[FrejaSettings, ...] = ()
    oidc: tuple[OidcSettings, ...] = ()
    saml: tuple[SamlSettings, ...] = ()
    passkey: tuple[PasskeySettings, ...] = ()
    siths: tuple[SithsSettings, ...] = ()
    evidence_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 365
    simulator_port: int | None = None
