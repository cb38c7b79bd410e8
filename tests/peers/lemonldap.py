"""The settings of LemonLDAP::NG for the tests, written from what Debian's package ships."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

SHIPPED = Path("/var/lib/lemonldap-ng/conf/lmConf-1.json")
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
SECRET = "hemlig-hemlig-hemlig-hemlig-1234"
INI = """\
[all]
checkTime = 1
[configuration]
type = File
dirName = {folder}/conf
localStorage = Cache::FileCache
localStorageOptions = {{ 'namespace' => 'conf', 'default_expires_in' => 600, 'cache_root' => '{folder}/cache' }}
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
"""


def pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key and its certificate, in files."""
    private = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .sign(private, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key, cert = folder / f"{name}.key", folder / f"{name}.crt"
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain))
    cert.write_bytes(certificate.public_bytes(pem))
    return key, cert


def write(folder: Path, url: str, saml_metadata: str, oidc_back: str) -> Path:
    """Write the settings of a portal that has its files in this folder; returns the file that names them."""
    for name in ("conf", "cache", "sessions/lock", "psessions/lock", "saml/lock", "oidc/lock", "notifications"):
        (folder / name).mkdir(parents=True)
    key, certificate = (path.read_text() for path in pair(folder, "llng"))
    settings = json.loads(SHIPPED.read_text())
    settings |= _portal(folder, url) | _saml(url, key, certificate, saml_metadata)
    settings |= _oidc(url, key, certificate, oidc_back)
    (folder / "conf" / "lmConf-1.json").write_text(json.dumps(settings))
    ini = folder / "lemonldap-ng.ini"
    ini.write_text(INI.format(folder=folder))
    return ini


def _portal(folder: Path, url: str) -> dict[str, Any]:
    generator = "Lemonldap::NG::Common::Apache::Session::Generate::SHA256"

    def store(name: str) -> dict[str, str]:
        place = folder / name
        return {"Directory": str(place), "LockDirectory": str(place / "lock"), "generateModule": generator}

    return {
        "portal": f"{url}/",
        "domain": "127.0.0.1",
        "authentication": "Demo",
        "userDB": "Same",
        "registerDB": "Null",
        "passwordDB": "Null",
        "requireToken": 0,
        "securedCookie": 0,
        # Its own default is None, which browsers keep only over https.
        "sameSite": "Lax",
        "notification": 0,
        "portalDisplayResetPassword": 0,
        "portalDisplayRegister": 0,
        **dict.fromkeys(("captcha_login_enabled", "captcha_mail_enabled", "captcha_register_enabled"), 0),
        "demoExportedVars": {"cn": "cn", "mail": "mail", "uid": "uid"},
        "issuerDBSAMLActivation": 1,
        "issuerDBOpenIDConnectActivation": 1,
        "globalStorageOptions": store("sessions"),
        "persistentStorageOptions": store("psessions"),
        "samlStorage": "Apache::Session::File",
        "samlStorageOptions": store("saml"),
        "oidcStorage": "Apache::Session::File",
        "oidcStorageOptions": store("oidc"),
        "localSessionStorageOptions": {"namespace": "sessions", "cache_root": str(folder / "cache")},
        "notificationStorageOptions": {"dirName": str(folder / "notifications")},
    }


def _saml(url: str, key: str, certificate: str, metadata: str) -> dict[str, Any]:
    options = {
        "samlSPMetaDataOptionsSignSSOMessage": 1,
        "samlSPMetaDataOptionsCheckSSOMessageSignature": 1,
        "samlSPMetaDataOptionsSignSLOMessage": 1,
        "samlSPMetaDataOptionsCheckSLOMessageSignature": 1,
        "samlSPMetaDataOptionsEncryptionMode": "assertion",
        "samlSPMetaDataOptionsNameIDFormat": "persistent",
        "samlSPMetaDataOptionsEnableIDPInitiatedURL": 0,
    }
    names = {
        "cn": f"1;urn:oid:2.16.840.1.113730.3.1.241;{URI};displayName",
        "mail": f"0;urn:oid:0.9.2342.19200300.100.1.3;{URI};mail",
    }
    return {
        "samlServicePrivateKeySig": key,
        "samlServicePublicKeySig": certificate,
        "samlServicePrivateKeyEnc": key,
        "samlServicePublicKeyEnc": certificate,
        "samlServiceSignatureMethod": "RSA_SHA256",
        "samlEntityID": "#PORTAL#/saml/metadata",
        "samlOrganizationName": "Test",
        "samlOrganizationDisplayName": "Test",
        "samlOrganizationURL": url,
        "samlSPMetaDataXML": {"plattform": {"samlSPMetaDataXML": metadata}},
        "samlSPMetaDataOptions": {"plattform": options},
        "samlSPMetaDataExportedAttributes": {"plattform": names},
    }


def _oidc(url: str, key: str, certificate: str, back: str) -> dict[str, Any]:
    options = {
        "oidcRPMetaDataOptionsClientID": "plattform",
        "oidcRPMetaDataOptionsClientSecret": SECRET,
        "oidcRPMetaDataOptionsRedirectUris": back,
        "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
        "oidcRPMetaDataOptionsIDTokenForceClaims": 1,
        "oidcRPMetaDataOptionsRequirePKCE": 1,
        "oidcRPMetaDataOptionsBypassConsent": 1,
    }
    return {
        "oidcServicePrivateKeySig": key,
        "oidcServicePublicKeySig": certificate,
        "oidcServiceKeyIdSig": "k1",
        "oidcServiceMetaDataIssuer": url,
        "oidcServiceAllowAuthorizationCodeFlow": 1,
        "oidcRPMetaDataOptions": {"plattform": options},
        "oidcRPMetaDataExportedVars": {"plattform": {"name": "cn", "email": "mail"}},
    }
