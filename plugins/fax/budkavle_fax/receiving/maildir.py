"""Faxes that a service delivers by e-mail; a mail leaves the Maildir only when its fax is stored."""

from budkavle import Host
from budkavle_fax.carriers.email import EmailFax
from budkavle_fax.receiving.inbound import Arrivals
from budkavle_fax.receiving.message_text import Slip


class MaildirFaxes:
    """Takes in faxes from the Maildir."""

    def __init__(self, host: Host, carrier: EmailFax, arrivals: Arrivals) -> None:
        self._host = host
        self._carrier = carrier
        self._arrivals = arrivals

    def fetch(self) -> int:
        """Take in the faxes in the Maildir, and return the number."""
        done = 0
        for mail in self._carrier.arrivals():
            try:
                self._arrivals.take(Slip(f"mail:{mail.name}", mail.called, mail.caller), mail.content)
            except Exception as error:  # noqa: BLE001 - any error only concerns this fax
                self._host.log.warning("fax.not_taken_in", error=type(error).__name__)
                continue
            mail.box.discard(mail.key)
            done += 1
        return done
