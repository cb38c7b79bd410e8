"""The plugin's section of the settings, `[plugins.eid]`: a list of connections for each kind of e-identification."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A provider's name: the word in settings and tables."""
Level = Annotated[int, msgspec.Meta(ge=1, le=3)]
Audience = Literal["staff", "guest"]
BANKID = "https://appapi2.bankid.com/rp/v6.0/"
FREJA = "https://services.prod.frejaeid.com"


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


class BankIdSettings(Connection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A connection to BankID's RP API 6.0.

    Attributes:
        base_url: Where the API is.
        certificate: Our client certificate from the bank: PEM, or PKCS#12 (`.p12`, `.pfx`) with its key.
        key: The key of a PEM certificate, where it lies in a file of its own.
        passphrase: What opens the key or the PKCS#12 file.
        ca: The certificate (PEM) of the authority that BankID's servers have theirs from.
        policy: `any` BankID, or `mobile` only.
        pin_code: Whether a security code is asked for even where the phone would take a fingerprint.
        risk: The lowest risk that is refused: `high`, or `moderate` as well.
    """

    name: Name = "bankid"
    label: str = "BankID"
    base_url: str = BANKID
    certificate: Path
    key: Path | None = None
    passphrase: str = ""
    ca: Path
    policy: Literal["any", "mobile"] = "any"
    pin_code: bool = False
    risk: Literal["high", "moderate"] = "high"


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
    """

    name: Name = "freja"
    label: str = "Freja eID"
    base_url: str = FREJA
    certificate: Path
    key: Path | None = None
    passphrase: str = ""
    ca: Path | None = None
    signing: tuple[Path, ...]
    kind: Literal["personal", "organisation"] = "personal"
    relying_party: str = ""


class EidSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an installation is connected to.

    Attributes:
        bankid: Connections to BankID.
        freja: Connections to Freja eID.
        simulator_port: The first of three ports of the built-in simulators (`budkavle eid simulator`), for demos and
            tests; none means that there is no simulator.
    """

    bankid: tuple[BankIdSettings, ...] = ()
    freja: tuple[FrejaSettings, ...] = ()
    simulator_port: int | None = None
