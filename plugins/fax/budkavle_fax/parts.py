"""The objects that the plugin consists of, built once from its settings."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from budkavle import Host
from budkavle_fax.carriers.base import Carrier
from budkavle_fax.carriers.email import EmailFax
from budkavle_fax.receipts import StatusPolling
from budkavle_fax.receiving.inbound import Arrivals
from budkavle_fax.receiving.maildir import MaildirFaxes
from budkavle_fax.settings import FaxSettings
from budkavle_fax.submissions import Submissions
from budkavle_fax.transport import FaxTransport


@dataclass(frozen=True, slots=True)
class Parts:
    """The plugin's objects, built from its settings."""

    carrier: Carrier
    inbox: Path | None
    submissions: Submissions
    transport: FaxTransport
    status_polling: StatusPolling
    arrivals: Arrivals
    mails: MaildirFaxes | None


@lru_cache(maxsize=8)
def parts(host: Host) -> Parts:
    """Build the objects for a host, once.

    Raises:
        Misconfigured: The carrier lacks a setting.
    """
    settings, submissions = host.settings, Submissions(host)
    carrier, inbox = _carrier(host, settings)
    arrivals = Arrivals(host, settings, inbox)
    return Parts(
        carrier,
        inbox,
        submissions,
        FaxTransport(host, settings, carrier, submissions),
        StatusPolling(host, carrier, submissions),
        arrivals,
        MaildirFaxes(host, carrier, arrivals) if isinstance(carrier, EmailFax) else None,
    )


def _carrier(host: Host, settings: FaxSettings) -> tuple[Carrier, Path | None]:
    """Return the carrier, and the folder of incoming faxes."""
    if settings.carrier == "hylafax":
        from budkavle_fax.carriers.hylafax import HylaFax

        inbox = Path(settings.hylafax.inbox) if settings.hylafax.inbox else None
        return HylaFax(settings.hylafax, settings.timeout_seconds), inbox
    if settings.carrier == "email":
        return EmailFax(settings.email, settings.timeout_seconds), None
    if settings.carrier == "http":
        from budkavle_fax.carriers.http import HttpFax

        return HttpFax(settings.http, settings.timeout_seconds), None
    from budkavle_fax.carriers.simulated import SimulatedCarrier

    exchange = SimulatedCarrier(host.data / "exchange", host)
    return exchange, host.data / "exchange" / "inbox"
