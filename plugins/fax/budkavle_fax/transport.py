"""The transport `fax`: checks a draft, prepares its pages once, and hands them to the carrier at most once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import (
    Actor,
    Attachment,
    Backoff,
    BudkavleError,
    Capabilities,
    Conflict,
    DeliveryState,
    Draft,
    Fault,
    File,
    Host,
    Invalid,
    Message,
    NotFound,
    NotYet,
    Outcome,
    Outgoing,
    Permanent,
    Sentence,
    StateWords,
    Temporary,
)
from budkavle.messaging import open_attachment
from budkavle_fax import organisation_settings, texts
from budkavle_fax.carriers.base import Carrier, Fax, Progress, Stage, Unsure
from budkavle_fax.directory import FAX
from budkavle_fax.documents import conversion, rendering, sandbox
from budkavle_fax.language import speaks
from budkavle_fax.mailbox_cover import front
from budkavle_fax.numbers import contacts, mailbox_numbers
from budkavle_fax.numbers.formats import e164
from budkavle_fax.receipts import note_pages
from budkavle_fax.settings import FaxSettings
from budkavle_fax.submissions import Row, State, Submissions

MOST_BYTES = 50_000_000
HOURS = "Organisationens fax skickas {hours}. Det här går när den tiden börjar."
TOO_LATE = "Faxet har redan gått fram, så det kan inte återkallas."
NO_STOP = "Faxet är redan hos faxtjänsten och kan inte stoppas. Ring mottagaren i stället."
BEING_HANDED = "Faxet lämnas just nu till faxservern. Försök återkalla igen om en stund."
NO_SENDER = "Brevlådan har inget faxnummer. Be er administratör koppla ett under Fax."
TAKEN = ("Lämnat till faxservern, {pages} sidor.", "Lämnat till faxservern, 1 sida.")
TAKEN_AWAY = ("Lämnat till faxtjänsten, {pages} sidor.", "Lämnat till faxtjänsten, 1 sida.")
"""For several pages, and for one."""


class FaxTransport:
    """Sends messages by fax; see `budkavle.Transport` and `budkavle.TakesBack`."""

    name = FAX
    label = "Fax"
    icon = "machine"
    backoff = Backoff(first=timedelta(seconds=30), longest=timedelta(minutes=30), tries=12)

    def __init__(self, host: Host, settings: FaxSettings, carrier: Carrier, register: Submissions) -> None:
        self._host = host
        self._settings = settings
        self._carrier = carrier
        self._register = register
        self.capabilities = Capabilities(
            receipts=True,
            inbound=True,
            recall=True,
            address_hint="Skriv ett namn eller ett faxnummer. Flera nummer skiljs åt med komma.",
            max_bytes=MOST_BYTES,
            content_types=conversion.content_types(),
        )

    @property
    def state_words(self) -> Mapping[DeliveryState, StateWords]:
        """The meaning of its states; progress is only known if the carrier reports it."""
        return texts.FOLLOWED if self._carrier.follows else texts.UNFOLLOWED

    def check(
        self,
        actor: Actor,
        mailbox_id: UUID,  # noqa: ARG002 - required by the protocol
        draft: Draft,
        files: Sequence[Attachment],
    ) -> list[Fault]:
        """Report what cannot be faxed, by name, before anything is stored."""
        faults = [] if draft.sender and draft.sender.value else [Fault("mailbox", NO_SENDER)]
        faults += [fault for recipient in draft.recipients if (fault := _number_fault(recipient.value))]
        try:
            rendering.ghostscript()
        except rendering.NoGhostscript as error:
            faults.append(Fault("attachments", str(error)))
        if sum(file.size for file in files) > MOST_BYTES:
            limit = Sentence(
                "Bilagorna är för stora tillsammans. Gränsen är {most_bytes} MB; ta bort några.",
                most_bytes=MOST_BYTES // 1_000_000,
            )
            return [*faults, Fault("attachments", limit)]
        return faults + self._file_faults(actor, files)

    def _file_faults(self, actor: Actor, files: Sequence[Attachment]) -> list[Fault]:
        wrong = [file for file in files if file.content_type not in self.capabilities.content_types]
        # Office files are checked when they are converted, which takes seconds, and so are files that take too long
        # here.
        quick = [file for file in files if file not in wrong and file.content_type not in conversion.OFFICE]
        sentences: list[str] = [Sentence(conversion.WRONG_TYPE, name=file.file_name) for file in wrong]
        try:
            sentences += sandbox.faults(list(self._opened(actor, quick)), self._settings.max_pages)
        except Temporary as error:
            sentences.append(str(error))
        return [Fault("attachments", sentence) for sentence in sentences]

    def _opened(self, actor: Actor, files: Sequence[Attachment]) -> Iterator[File]:
        for file in files:
            with suppress(NotFound):  # the core reports missing files
                with self._host.work(actor) as work:
                    content = b"".join(open_attachment(work, file.id)[1])
                yield File(file.file_name, file.content_type, content)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Prepare and store the pages on the first attempt, and hand them over when the organisation's hours allow.

        A fax that an earlier attempt handed over is found by its tag, and is not handed over again.
        """
        delivery, message = outgoing.delivery, outgoing.message
        if message is None:
            raise Permanent("Fax bär bara meddelanden, inga kvittenser.")
        latest = self._register.latest(delivery.organisation_id, delivery.id)
        if latest is None or latest.state is State.ENDED:
            self._wait_for_hours(delivery.organisation_id)
        tiff = outgoing.wire or self._prepared(outgoing, message)
        # The row first: a recall from now on finds it and calls it off, and after one from before nothing is kept.
        row = self._register.begin(delivery.organisation_id, delivery.id, rendering.count(tiff))
        if outgoing.wire is None:
            tiff = outgoing.keep(tiff)
        sender = self._sender(message)
        taken = hand_over(self._register, self._carrier, row, Fax(row.tag, delivery.recipient.value, sender, tiff))
        self._remember(delivery.recipient.value, message)
        follows = self._carrier.follows
        if not follows and row.state is not State.TAKEN:  # no more progress will be reported, so count the pages now
            with self._host.work(self._host.system(delivery.organisation_id)) as work:
                note_pages(work, delivery.id, taken.pages)
        state = DeliveryState.SEND_ENQUEUED if follows else DeliveryState.WAITING_FOR_RECEIPT
        told = Sentence((TAKEN if follows else TAKEN_AWAY)[taken.pages == 1], pages=taken.pages)
        return Outcome(state, str(delivery.id), told)

    def _wait_for_hours(self, organisation_id: UUID) -> None:
        chosen = organisation_settings.rules(self._host, organisation_id)
        wait = chosen.wait(datetime.now(UTC))
        if wait > timedelta(0):
            span = f"{chosen.from_hour:02}–{chosen.to_hour:02}"
            hours = Sentence("vardagar kl. {span}" if chosen.weekdays else "kl. {span}", span=span)
            raise NotYet(HOURS, pause=wait, hours=hours)

    def _prepared(self, outgoing: Outgoing, message: Message) -> bytes:
        to, whose = outgoing.delivery.recipient.value, (message.organisation_id, message.mailbox_id)
        cover = front(self._host, *whose, to, message.subject, message.body)
        say = speaks(self._host, cover.language)
        try:
            return sandbox.prepare(cover, list(outgoing.files()), self._settings.max_pages, say)
        except Invalid as error:
            raise Permanent(error.sentence) from error

    def _sender(self, message: Message) -> str:
        numbers = mailbox_numbers.numbers_of(self._host, message.organisation_id, message.mailbox_id)
        return numbers[0] if numbers else ""

    def _remember(self, number: str, message: Message) -> None:
        # The fax has been handed over: an error here must not say otherwise.
        with suppress(BudkavleError):
            contacts.talked(self._host, message.organisation_id, message.mailbox_id, number, message.conversation_id)

    def take_back(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Stop a fax at its carrier, even during a call.

        Raises:
            Conflict: It has arrived, or the carrier cannot stop it.
        """
        row = self._register.latest(organisation_id, delivery_id)
        if row is not None and row.state is State.NEW:
            row = self._called_off(row)
        if row is None:
            return
        if row.told.startswith(Stage.SENT.value):
            raise Conflict(TOO_LATE)
        if row.state is State.ENDED:
            return
        try:
            remote_id = row.remote_id or self._carrier.find(row.tag) or ""
            stopped = bool(remote_id) and self._carrier.cancel(row.tag, remote_id)
        except Temporary as error:
            raise Conflict(Sentence.of(error)) from error
        if not remote_id:
            raise Conflict(BEING_HANDED)
        if not stopped:
            raise Conflict(TOO_LATE if self._carrier.stops else NO_STOP)

    def _called_off(self, row: Row) -> Row:
        """Keep workers from handing over a fax that none has handed over yet; return the updated row."""
        try:
            with self._register.held(row) as held:
                if held.now().state is State.NEW:
                    self._register.write(row, state=State.ENDED)
                return held.now()
        except Temporary as error:
            raise Conflict(BEING_HANDED) from error


def hand_over(register: Submissions, carrier: Carrier, row: Row, fax: Fax) -> Row:
    """Hand a fax to its carrier unless an earlier attempt has; return the updated row.

    Raises:
        Temporary: The carrier does not take it now.
        Permanent: It never will, or it is unknown whether it has; a person must decide.
    """
    with register.held(row) as held:
        now = held.now()
        if now.state in {State.TAKEN, State.ENDED}:
            return now
        remote_id = _id_at_carrier(register, carrier, now)
        if remote_id is None:
            register.write(row, state=State.HANDING)
            remote_id = _submitted(register, carrier, row, fax)
        register.write(row, state=State.TAKEN, remote_id=remote_id)
        return register.read(row)


def _id_at_carrier(register: Submissions, carrier: Carrier, row: Row) -> str | None:
    """Return the carrier's id of a fax from an earlier attempt; None if it must be handed over."""
    if row.state is State.NEW:
        return None
    if carrier.remembers:
        return carrier.find(row.tag)
    ended = Progress(Stage.FAILED, row.remote_id, reason=texts.UNSURE)
    register.note(row, ended, ended=True)
    raise Permanent(texts.UNSURE)


def _submitted(register: Submissions, carrier: Carrier, row: Row, fax: Fax) -> str:
    try:
        return carrier.submit(fax)
    except Unsure:
        raise  # the row says that it may have been taken
    except Permanent as error:
        register.note(row, Progress(Stage.FAILED, "", reason=str(error)), ended=True)
        raise
    except Temporary:
        register.write(row, state=State.NEW)
        raise


def _number_fault(number: str) -> Fault | None:
    try:
        e164(number)
    except Invalid as error:
        return Fault("recipients", str(error))
    return None
