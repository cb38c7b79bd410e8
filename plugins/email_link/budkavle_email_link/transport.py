"""The transport `link`: creates the link of a delivery and mails it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from budkavle import (
    Actor,
    Address,
    Attachment,
    Backoff,
    BudkavleError,
    Capabilities,
    Delivery,
    DeliveryState,
    Draft,
    Fault,
    Host,
    Loa,
    Message,
    Outcome,
    Outgoing,
    Permanent,
    Sentence,
    StateWords,
    Terms,
    Work,
)
from budkavle.accounts import read_settings
from budkavle.deliveries import Fact, note_fact
from budkavle_email_link.links import Links, Reader
from budkavle_email_link.mail.addresses import plain
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.mail.server_settings import MailServer
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.texts import LANGUAGES, Wording

NO_ADDRESS = "Det är ingen giltig e-postadress. Kontrollera den, och skicka på nytt."

NAME = "link"
FAMILY = "secure"
"""The kind of message that people choose; messages between accounts are of the same kind."""


STATES: Mapping[DeliveryState, StateWords] = {
    DeliveryState.SEND_IN_PROGRESS: StateWords(sentence="Mejlet med länken lämnas just nu till e-postservern."),
    DeliveryState.SEND_FAILURE: StateWords(sentence="Mejlet med länken kom inte iväg."),
}
"""The texts for states of the mail with the link; for other states the reader's actions are shown."""


class LinkTransport:
    """Secure messages to people without an account, by a link in an e-mail.

    Args:
        host: The plugin's host.
        post: Sends the mails.
    """

    name = NAME
    label = "Säkert meddelande"
    icon = "link"
    backoff = Backoff(timedelta(seconds=15), timedelta(minutes=30), 16)
    state_words = STATES

    def __init__(self, host: Host, post: Post) -> None:
        self._host = host
        self._post = post
        self._links = Links(host)
        self._wording = Wording(host)
        settings: EmailLinkSettings = host.settings
        self.capabilities = Capabilities(
            receipts=True,
            recall=True,
            confidentiality=True,
            markdown=True,
            family=FAMILY,
            guests=True,
            max_bytes=settings.max_bytes,
        )

    def check(
        self,
        actor: Actor,  # noqa: ARG002 - anybody may write to anybody
        mailbox_id: UUID,  # noqa: ARG002 - from any mailbox
        draft: Draft,
        files: Sequence[Attachment],
    ) -> list[Fault]:
        """Report invalid addresses, and attachments that are too large."""
        faults = [
            Fault("recipients", Sentence("{value} är ingen e-postadress. Rätta den.", value=recipient.value))
            for recipient in draft.recipients
            if plain(recipient.value) is None
        ]
        most = self.capabilities.max_bytes
        if sum(file.size for file in files) + len(draft.body.encode()) > most:
            sentence = Sentence(
                "Bilagorna är för stora tillsammans. Gränsen är {most} MB; ta bort några.", most=most // 1_000_000
            )
            faults.append(Fault("attachments", sentence))
        return faults

    def destination(self, work: Work, mailbox_id: UUID | None, recipient: Address) -> str:  # noqa: ARG002
        """Return the host name of the mailbox's or the organisation's own mail server; empty for the installation's."""
        return read_settings(work, MailServer, mailbox_id=mailbox_id).host

    def send(self, outgoing: Outgoing) -> Outcome:
        """Mail the link; a later attempt mails the same link with the same Message-ID."""
        delivery, message = outgoing.delivery, outgoing.message
        if message is None:
            raise Permanent("En länk kan bara bära meddelanden.")
        reader = _reader(delivery.recipient, outgoing.terms, message)
        link = self._links.make(delivery.organisation_id, delivery.id, reader)
        mail = self._wording.notification(link, message.open_text)
        self._links.sent(link)
        self._post.send(mail, delivery.organisation_id, message.mailbox_id)
        self._note_sent(delivery)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT, remote_id=mail.message_id)

    def _note_sent(self, delivery: Delivery) -> None:
        try:
            with self._host.work(self._host.system(delivery.organisation_id)) as work:
                note_fact(work, delivery.id, Fact.NOTIFIED)
        except BudkavleError as error:  # the mail has been sent, and must not be sent again because of this
            self._host.log.warning("mail.not_noted", delivery=str(delivery.id), error=type(error).__name__)


def _reader(recipient: Address, terms: Terms, message: Message) -> Reader:
    email = plain(recipient.value)
    if email is None:
        raise Permanent(NO_ADDRESS)
    identify = message.loa > Loa.ONE or bool(terms.method)
    return Reader(email, terms.language if terms.language in LANGUAGES else LANGUAGES[0], identify)
