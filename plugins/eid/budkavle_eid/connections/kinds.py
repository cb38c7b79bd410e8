"""The kinds of connection that can be made on a page: the fields of each, and the settings made from them."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from budkavle import Invalid, Misconfigured
from budkavle_eid.connections.fields import LEVELS, MISSING_P12, N_, WRONG, FormField, Kind, Values
from budkavle_eid.connections.key_files import with_new_passphrase, with_saml_key
from budkavle_eid.settings import BANKID, FREJA, BankIdSettings, Connection, FrejaSettings, OidcSettings, SamlSettings

BANKID_TEST = "https://appapi2.test.bankid.com/rp/v6.0/"
FREJA_TEST = "https://services.test.frejaeid.com"
FREJA_TEST_APP = "https://app.test.frejaeid.com/freja"


def _common(values: Values) -> dict[str, Any]:
    common: dict[str, Any] = {
        "name": values["name"],
        "label": values["label"],
        "organisations": tuple(values.get("organisations", "").replace(",", " ").split()),
        "loa": int(values["loa"]),
    }
    if values.get("audiences"):
        common["audiences"] = tuple(values["audiences"].split())
    return common


def _file(folder: Path, values: Values, name: str, suffix: str) -> Path | None:
    """Write a file of the form, readable for this process's user only; None if there is none."""
    if not values.get(name):
        return None
    path = folder / f"{name}{suffix}"
    path.touch(mode=0o600)
    path.write_bytes(base64.b64decode(values[name]))
    return path


def _required(folder: Path, values: Values, name: str, suffix: str, sentence: str) -> Path:
    path = _file(folder, values, name, suffix)
    if path is None:
        raise Invalid(WRONG, fields={name: sentence})
    return path


def _levels(values: Values) -> dict[str, int]:
    """Parse lines of `value = level`."""
    levels: dict[str, int] = {}
    for line in filter(None, map(str.strip, values.get("levels", "").splitlines())):
        word, _, level = line.rpartition("=")
        if not word.strip() or level.strip() not in {"0", *LEVELS}:
            raise Invalid(WRONG, fields={"levels": N_("Skriv ett värde, likhetstecken och en nivå på varje rad.")})
        levels[word.strip()] = int(level)
    return levels


_LEVELS = FormField(
    "levels",
    N_("Vad varje tillitsnivå hos den andra är värd"),
    "lines",
    hint=N_("Ett värde, likhetstecken och 1, 2 eller 3 på varje rad. Lämna tomt för det som är vanligt för sorten."),
)
_PERSONNUMMER = FormField(
    "personnummer",
    N_("Lita på personnummer som den lämnar"),
    "choice",
    choices={"": N_("Som är vanligt för sorten"), "1": N_("Ja"), "0": N_("Nej")},
)


def _personnummer(values: Values) -> bool | None:
    return {"1": True, "0": False}.get(values.get("personnummer", ""))


_SIGN_OUT = FormField(
    "sign_out",
    N_("Utloggning"),
    "choice",
    choices={
        "": N_("Som är vanligt för sorten"),
        "off": N_("Bara här"),
        "plain": N_("Hos den andra också, som frågar personen"),
        "login_hint": N_("Hos den andra också, med login_hint"),
        "form": N_("Hos den andra också, med ID-token i ett formulär"),
        "address": N_("Hos den andra också, med ID-token i adressen"),
    },
    hint=N_("Den som loggar ut här loggas ut hos den andra också, och tvärtom."),
)


def _oidc(values: Values, folder: Path) -> OidcSettings:
    key = _file(folder, values, "client_key", ".pem")
    return msgspec.convert(
        {
            **_common(values),
            "preset": values["preset"],
            "issuer": issuer_of(values["issuer"]),
            "client_id": values["client_id"],
            "client_auth": values["client_auth"],
            "client_secret": values.get("client_secret", ""),
            "client_key": key.read_text() if key else "",
            "client_key_id": values.get("client_key_id", ""),
            "level_claim": values.get("level_claim", ""),
            "level_missing": int(values["level_missing"]),
            "levels": _levels(values),
            "userinfo": bool(values.get("userinfo")),
            "subject": values.get("subject", ""),
            "personnummer": _personnummer(values),
            "sign_out": values.get("sign_out") or None,
        },
        OidcSettings,
    )


def issuer_of(address: str) -> str:
    """Return the issuer of a discovery URL, since that is what providers hand out."""
    return address.strip().removesuffix("/.well-known/openid-configuration")


def _saml(values: Values, folder: Path) -> SamlSettings:
    metadata = _file(folder, values, "metadata_file", ".xml")
    address = values.get("metadata", "")
    if metadata is None and not address:
        raise Invalid(WRONG, fields={"metadata": N_("Skriv adressen till metadata, eller välj en fil.")})
    return msgspec.convert(
        {
            **_common(values),
            "preset": values["preset"],
            "metadata": str(metadata) if metadata else address,
            "metadata_certificate": _file(folder, values, "metadata_certificate", ".pem"),
            "idp": values.get("idp", ""),
            "key": _required(folder, values, "key", ".pem", ""),
            "certificate": _required(folder, values, "certificate", ".crt", ""),
            "entity_id": values.get("entity_id", ""),
            "levels": _levels(values),
            "personnummer": _personnummer(values),
            "sign_out": {"1": True, "0": False}.get(values.get("sign_out", "")),
        },
        SamlSettings,
    )


_P12 = (
    FormField(
        "certificate", N_("Certifikat och nyckel"), "file", hint=N_("PKCS#12-filen (.p12 eller .pfx) som ni har fått.")
    ),
    FormField(
        "passphrase", N_("Filens lösenord"), "secret", hint=N_("Används för att öppna filen nu, och sparas inte.")
    ),
    FormField(
        "ca", N_("Utfärdaren av tjänstens servercertifikat"), "file", hint=N_("PEM, från tjänstens dokumentation.")
    ),
)


def _bankid(values: Values, folder: Path) -> BankIdSettings:
    signing = _file(folder, values, "signing", ".pem")
    return msgspec.convert(
        {
            **_common(values),
            "base_url": values.get("base_url") or (BANKID_TEST if values["environment"] == "test" else BANKID),
            "certificate": _required(folder, values, "certificate", ".p12", MISSING_P12),
            "passphrase": values["locked"],
            "ca": _required(folder, values, "ca", ".pem", N_("Välj filen med utfärdarens certifikat.")),
            "signing": (signing,) if signing else (),
            "policy": "mobile" if values.get("mobile") else "any",
        },
        BankIdSettings,
    )


def _freja(values: Values, folder: Path) -> FrejaSettings:
    test = values["environment"] == "test"
    signing = _required(folder, values, "signing", ".pem", N_("Välj filen med Frejas certifikat för underskrifter."))
    return msgspec.convert(
        {
            **_common(values),
            "base_url": values.get("base_url") or (FREJA_TEST if test else FREJA),
            **({"app_url": FREJA_TEST_APP} if test else {}),
            "certificate": _required(folder, values, "certificate", ".p12", MISSING_P12),
            "passphrase": values["locked"],
            "ca": _file(folder, values, "ca", ".pem"),
            "signing": (signing,),
            "kind": values["freja_kind"],
            "relying_party": values.get("relying_party", ""),
        },
        FrejaSettings,
    )


_ADDRESS = FormField(
    "base_url",
    N_("Tjänstens adress"),
    hint=N_("Lämna tomt för den vanliga adressen i den valda miljön."),
)
_ENVIRONMENT = FormField(
    "environment",
    N_("Miljö"),
    "choice",
    choices={"production": N_("Riktiga legitimationer"), "test": N_("Tjänstens testmiljö")},
    usual="production",
)

KINDS: Mapping[str, Kind] = {
    "oidc": Kind(
        "OpenID Connect",
        (
            FormField(
                "issuer",
                N_("Adress"),
                hint=N_("Utfärdarens adress, eller adressen som slutar på /.well-known/openid-configuration."),
            ),
            FormField(
                "preset",
                N_("Tjänst"),
                "choice",
                choices={
                    "generic": N_("Någon annan"),
                    "entra": "Microsoft Entra ID",
                    "adfs": "AD FS",
                    "inera": "Inera IdP",
                    "freja": "Freja OpenID Connect",
                    "oidc_sweden": "OIDC Sweden",
                },
                usual="generic",
            ),
            FormField("client_id", N_("Klientens id"), hint=N_("Så kallar tjänsten oss (client_id).")),
            FormField(
                "client_auth",
                N_("Så visar vi vilka vi är"),
                "choice",
                choices={
                    "client_secret_basic": N_("Hemlighet i anropets huvud"),
                    "client_secret_post": N_("Hemlighet i anropets innehåll"),
                    "private_key_jwt": N_("Nyckel"),
                },
                usual="client_secret_basic",
            ),
            FormField("client_secret", N_("Hemlighet"), "secret"),
            FormField(
                "client_key",
                N_("Nyckel"),
                "file",
                hint=N_("Privat nyckel, PEM. Behövs bara när vi visar oss med nyckel."),
            ),
            FormField("client_key_id", N_("Nyckelns id"), hint=N_("Så kallar tjänsten nyckeln (kid).")),
            FormField(
                "level_missing",
                N_("Tillitsnivå när svaret inte säger någon"),
                "choice",
                choices={"0": N_("Släpp inte in"), **LEVELS},
                usual="0",
            ),
            FormField("level_claim", N_("Uppgift som säger tillitsnivån"), hint=N_("Lämna tomt för acr.")),
            _LEVELS,
            FormField(
                "subject",
                N_("Uppgift som säger vem personen är"),
                hint=N_("Lämna tomt för sub. Med Entra ID som katalog (SCIM): oid."),
            ),
            FormField("userinfo", N_("Hämta uppgifter också från userinfo"), "box"),
            _PERSONNUMMER,
            _SIGN_OUT,
        ),
        _oidc,
    ),
    "saml": Kind(
        "SAML",
        (
            FormField(
                "metadata", N_("Adress till metadata"), hint=N_("Börjar med https://. Då behövs certifikatet nedan.")
            ),
            FormField("metadata_file", N_("Metadata som fil"), "file", hint=N_("XML, i stället för en adress.")),
            FormField("metadata_certificate", N_("Certifikat som metadata är underskriven med"), "file", hint="PEM"),
            FormField("idp", N_("Identitetsutfärdarens id"), hint=N_("Behövs när metadata har flera (entityID).")),
            FormField(
                "preset",
                N_("Tjänst"),
                "choice",
                choices={"swedenconnect": "Sweden Connect", "inera": "Inera", "adfs": "AD FS, Entra ID"},
                usual="swedenconnect",
            ),
            _LEVELS,
            _PERSONNUMMER,
            FormField(
                "sign_out",
                N_("Utloggning"),
                "choice",
                choices={"": N_("Som är vanligt för sorten"), "0": N_("Bara här"), "1": N_("Hos den andra också")},
                hint=N_("Den som loggar ut här loggas ut hos den andra också, och tvärtom."),
            ),
        ),
        _saml,
        with_saml_key,
    ),
    "bankid": Kind(
        "BankID",
        (
            _ENVIRONMENT,
            *_P12,
            FormField(
                "signing",
                N_("BankID:s rotcertifikat för personer"),
                "file",
                hint=N_("PEM. Utan det prövas inte underskrifterna."),
            ),
            FormField("mobile", N_("Bara Mobilt BankID"), "box"),
            _ADDRESS,
        ),
        _bankid,
        with_new_passphrase,
    ),
    "freja": Kind(
        "Freja eID",
        (
            _ENVIRONMENT,
            *_P12,
            FormField("signing", N_("Frejas certifikat för underskrifter"), "file", hint="PEM"),
            FormField(
                "freja_kind",
                N_("Sort"),
                "choice",
                choices={"personal": N_("Personlig"), "organisation": "Organisation eID"},
                usual="personal",
            ),
            FormField("relying_party", N_("Förlitande partens id"), hint=N_("Bara om ni har flera hos Freja.")),
            _ADDRESS,
        ),
        _freja,
        with_new_passphrase,
    ),
}
"""The kinds that can be connected on the page; passkeys and cards by a proxy are in the settings file."""


def settings_of(kind: str, values: Values, folder: Path) -> Connection:
    """Return the plugin's settings of a connection.

    Args:
        kind: A key of `KINDS`.
        values: The values of the form.
        folder: Where its files are written.

    Raises:
        Invalid: A required field is empty or invalid.
        Misconfigured: The values contradict each other.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return KINDS[kind].settings(values, folder)
    except msgspec.ValidationError as error:
        raise Misconfigured("Anslutningen går inte att läsa: {error}", error=str(error)) from error
