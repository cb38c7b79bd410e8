"""The plugin's section of the settings, `[plugins.sdk]`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from budkavle import Backoff
from budkavle_sdk_transport.discovery.settings import DiscoverySettings
from budkavle_sdk_transport.formats.identifiers import MAX_MESSAGE_BYTES
from budkavle_sdk_transport.keys.hardware_key import HardwareSettings

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
_FIRST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(minutes=20)
_DOUBLINGS: Final = 6
"""After as many pauses, each twice the one before, the longest has been reached."""


class SoapSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How Domibus, or what speaks as it does, is reached: `[plugins.sdk.soap]`.

    Attributes:
        url: The web-service plugin's endpoint, such as `https://ap.example/domibus/services/wsplugin`.
        wsdl: Where its WSDL is, on the same host or as a file; empty means the endpoint with `?wsdl`.
        interface: `wsplugin`, or `backend` for the older one (namespace `http://org.ecodex.backend/1_1/`).
        user: The plugin user, who must be allowed to act for every organisation here; empty: none is named.
        password: That user's.
        ca: A file (PEM) with the certificates that the server's own is judged by; none means the system's.
        certificate: A file (PEM) with our certificate for mutual TLS, its chain after it.
        key: Its key (PEM); none means that it is in the same file.
        key_password: The key's.
        party: Our access point's PartyId, the common name of its certificate, such as `AP0001-SDK-QA`.
        conversation: What AS4's ConversationId is: the `message`'s own (Innehållsspecifikation 1.5.2), or the
            `envelope`'s id (Transportprofil AS4 1.0, section 2.7).
        mtom: `always`, `never`, or `auto`: until the access point has refused it.
        connect_seconds: How long a connection may take to come about.
        timeout_seconds: How long the access point may be silent in the middle of a call.
        poll_seconds: How often it is asked for what has come; with push, a net under it.
        push_user: Who the access point says it is when it pushes to us; empty: it does not, and the address is shut.
        push_password: That user's.
    """

    url: str = ""
    wsdl: str = ""
    interface: Literal["wsplugin", "backend"] = "wsplugin"
    user: str = ""
    password: str = ""
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str = ""
    party: str = "AP0001-OPEN-TEST"
    conversation: Literal["message", "envelope"] = "message"
    mtom: Literal["auto", "always", "never"] = "auto"
    connect_seconds: Seconds = 10.0
    timeout_seconds: Seconds = 60.0
    poll_seconds: Seconds = 10.0
    push_user: str = ""
    push_password: str = ""


class TimingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the transport waits, and how often it tries again: `[plugins.sdk.timing]`.

    No specification gives the numbers: Digg leaves them to the federation's declaration and to the agreement with the
    access point's operator. So all of them are settings; the defaults are ours.

    Attributes:
        transport_receipt_hours: How long the access point may try before its transport receipt counts as missing.
        message_receipt_hours: How long the recipient may take to send its message receipt.
        resends: How many times a message that the access point could not deliver is handed over again by itself.
        resend_minutes: The pauses before those; the last one also before all that follow.
        outage_hours: For how long a message waits for an access point of ours that does not answer.
        per_recipient: At most so many messages to one organisation are under way at a time; 0 for no limit.
        log_months: How long the log of transfers is kept.
    """

    transport_receipt_hours: Positive = 4.0
    message_receipt_hours: Positive = 24.0
    resends: Annotated[int, msgspec.Meta(ge=0)] = 5
    resend_minutes: Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1)] = (15.0, 60.0, 240.0)
    outage_hours: Positive = 72.0
    per_recipient: Annotated[int, msgspec.Meta(ge=0)] = 50
    log_months: Annotated[int, msgspec.Meta(ge=12)] = 24

    @property
    def transport_receipt(self) -> timedelta:
        """How long a transport receipt may take."""
        return timedelta(hours=self.transport_receipt_hours)

    @property
    def message_receipt(self) -> timedelta:
        """How long a message receipt may take."""
        return timedelta(hours=self.message_receipt_hours)

    @property
    def backoff(self) -> Backoff:
        """How an access point that does not answer is waited for."""
        tries = _DOUBLINGS + max(1, round(timedelta(hours=self.outage_hours) / _LONGEST))
        return Backoff(_FIRST, _LONGEST, tries)

    def resend_after(self, number: int) -> timedelta | None:
        """Return the pause before the next resend, when `number` have been made; None where a person must ask for it.

        Each time a person asks, as many may follow by themselves again.
        """
        made = number % (self.resends + 1)
        if made >= self.resends:
            return None
        return timedelta(minutes=self.resend_minutes[min(made, len(self.resend_minutes) - 1)])


class SdkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an installation says about its place in the network.

    Attributes:
        access_point: What carries the parcels: `spool` is the simulated federation's folder, `soap` a Domibus.
        soap: How the latter is reached.
        simulator_folder: Where the simulated federation lives; none means inside the plugin's data folder.
        discovery: How published certificates are found.
        pkcs11: How keys that lie in a token are reached.
        federation: The federation's identifier, written into each envelope; empty for the environment's own.
        max_bytes: The largest SDK message, files and all (B1.3.3, section 4.3.3.3: 30 MB).
        content_types: Types of file that are taken and sent beside PDF, which always is (feature SD13).
        content_types_of: The same by participant, for organisations of the installation that have others.
        poll_seconds: How often the spool is asked for what has come.
        timing: How long it is waited for, and how often tried again.
        status_seconds: How often it is asked about what it has taken and not yet told the outcome of.
    """

    access_point: Literal["spool", "soap"] = "spool"
    soap: SoapSettings = msgspec.field(default_factory=SoapSettings)
    simulator_folder: Path | None = None
    timing: TimingSettings = msgspec.field(default_factory=TimingSettings)
    discovery: DiscoverySettings = msgspec.field(default_factory=DiscoverySettings)
    pkcs11: HardwareSettings = msgspec.field(default_factory=HardwareSettings)
    federation: str = ""
    max_bytes: int = MAX_MESSAGE_BYTES
    content_types: tuple[str, ...] = (
        "text/plain",
        "image/png",
        "image/jpeg",
        "image/tiff",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
    )
    content_types_of: dict[str, tuple[str, ...]] = {}
    poll_seconds: float = 0.25
    status_seconds: float = 5.0

    def types_of(self, participant: str) -> tuple[str, ...]:
        """Return the types of file beside PDF that an organisation takes and sends."""
        return self.content_types_of.get(participant, self.content_types)

    @property
    def access_point_pushes(self) -> bool:
        """Whether the access point pushes to us, beside being polled."""
        return self.access_point == "soap" and bool(self.soap.push_user and self.soap.push_password)
