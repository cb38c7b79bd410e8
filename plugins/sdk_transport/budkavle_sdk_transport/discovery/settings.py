"""How published certificates are found: `[plugins.sdk.discovery]`."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

SIMULATOR: Final = "simulator"
Policy = Literal["wait", "accept", "off"]

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class DiscoverySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where certificates are looked up, how long answers are cached, and what happens without an answer.

    Attributes:
        environment: `OPEN-TEST`, `SDK-QA`, `SDK-PROD`, the path of a file of one's own, or `simulator`: the built-in
            federation, which is asked within the process.
        zone: Where participants are looked up in DNS, from the environment's own specification; empty where the
            environment's file has it.
        nameservers: Who is asked instead of the system's resolvers: `ADDRESS` or `ADDRESS:PORT`.
        require_dnssec: Whether the resolver must have validated the answer (its AD flag); for a resolver that does, on
            a way that nobody else can change.
        ca: A file (PEM) of authorities for the publisher's TLS certificate, beside the system's.
        proxy: A forward proxy for publishers and authorities, such as `http://proxy.example:3128`.
        timeout_seconds: How long a name look-up, a publisher or an authority may take.
        keep_minutes: How long a publisher's answer is used before it is asked anew.
        stale_hours: How long the last answer is used while the publisher cannot be asked; 0 for not at all.
        absent_seconds: How long a participant that was not found is not looked for again.
        failed_seconds: How long one who did not answer is left alone.
        revocation: What happens when nobody can say whether a certificate is revoked: `wait` puts the message off and
            tries again, `accept` uses the certificate, `off` never asks.
        revocation_grace_hours: How long an authority's last word is used after its time, before that happens.
        warn_days: How long before a certificate runs out it is called out.
    """

    environment: str = SIMULATOR
    zone: str = ""
    nameservers: tuple[str, ...] = ()
    require_dnssec: bool = False
    ca: Path | None = None
    proxy: str = ""
    timeout_seconds: Positive = 5.0
    keep_minutes: Positive = 60.0
    stale_hours: NotNegative = 24.0
    absent_seconds: NotNegative = 60.0
    failed_seconds: NotNegative = 30.0
    revocation: Policy = "wait"
    revocation_grace_hours: NotNegative = 24.0
    warn_days: Positive = 30.0
