"""Performing a delivery: the outbox calls it for each that is due, in a worker, outside of any transaction."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from budkavle import (
    Actor,
    ActorScope,
    BudkavleError,
    Host,
    IncomingState,
    Message,
    NotFound,
    NotYet,
    OutboxEntry,
    Permanent,
    Sentence,
    Unavailable,
    Work,
    record,
)
from budkavle.accounts import find_mailbox, find_organisation, read_settings
from budkavle.cases import note_in_case
from budkavle.messaging import find_messages, open_attachment, read_case
from budkavle_case_system import documents, folders, webhooks
from budkavle_case_system.events import (
    ACKNOWLEDGED,
    ARRIVED,
    CASE_CLOSED,
    DELIVERED,
    FAILED,
    FOLDER,
    PASSED,
    WAITING,
)
from budkavle_case_system.settings import TRIAL, DeliverySettings
from budkavle_case_system.tables import deliveries

OFF = "Leveransen är avstängd i inställningarna."
NOTHING = "Inget av det får ligga i mappen: det kräver högre tillitsnivå, har sekretess, är återkallat eller gallrat."
HELD = "Meddelandet väntar på att dess kvittens går iväg."
GONE = "Meddelandet finns inte längre."


class HandingOver:
    """Performs deliveries and stores the outcome.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def handle(self, entry: OutboxEntry) -> None:
        """Perform a delivery, for the outbox.

        Raises:
            Temporary: It failed, and is tried again.
            Permanent: It can never succeed.
        """
        row = self._row(entry)
        if row is None:  # sent again since then, or completed by a worker that stopped before it could report it
            return
        with self._work(entry.organisation_id) as work:
            chosen = read_settings(work, DeliverySettings, mailbox_id=row.mailbox_id)
        try:
            if not (chosen.folder if row.way == FOLDER else chosen.webhook):
                self._end(row, PASSED, fault=Sentence(OFF))
            elif row.way == FOLDER:
                self._lay(row, chosen)
            else:
                self._post(row, chosen)
        except NotYet:
            raise
        except BudkavleError as error:
            self._note_fault(row, error)
            raise

    def gave_up(self, entry: OutboxEntry, why: str) -> None:
        """Mark a delivery that the outbox has given up."""
        row = self._row(entry)
        if row is not None:
            self._end(row, FAILED, fault=why)

    def look_for_taken(self) -> int:
        """Find the folders that the case system has removed, as a job, and return the number."""
        return self._host.platform.in_each_organisation(self._look_for_taken)

    def _look_for_taken(self, organisation_id: UUID) -> int:
        query = select(deliveries).where(
            deliveries.c.organisation_id == organisation_id,
            deliveries.c.state == DELIVERED,
            deliveries.c.way == FOLDER,
        )
        with self._host.transaction(organisation_id) as connection:
            rows = connection.execute(query).all()
        taken, faults = 0, list[Exception]()
        for row in rows:
            try:
                if folders.is_taken(self._host.settings.folder, row.place):
                    self._end(row, ACKNOWLEDGED)
                    taken += 1
            except Unavailable:  # the database is down, which affects all of them
                raise
            except Exception as error:  # noqa: BLE001 - one folder must not stop the others
                faults.append(error)
        if faults:
            raise faults[0]
        return taken

    def attempt(self, actor: Actor, chosen: DeliverySettings, _: str) -> Iterator[str]:
        """Test the saved settings, for the button on the settings page."""
        if not chosen.webhook and not chosen.folder:
            raise Permanent("Varken webhookar eller mapp är på. Kryssa i det som ska provas och spara först.")
        if chosen.webhook:
            content = webhooks.body(TRIAL, datetime.now(UTC), {})
            webhooks.post(self._host, chosen, UUID(int=0), content)
            yield "Ärendesystemet tog emot ett anrop av typen test."
        if chosen.folder:
            with self._work(actor.organisation_id) as work:
                slug = find_organisation(work).slug
            folders.try_place(folders.place_of(self._host.settings.folder, slug, chosen.folder_name))
            yield "Det går att skriva i mappen."

    def _row(self, entry: OutboxEntry) -> Any:
        name, _, round_ = entry.content.decode().partition(":")
        query = select(deliveries).where(
            deliveries.c.organisation_id == entry.organisation_id,
            deliveries.c.id == UUID(name),
            deliveries.c.round == int(round_),
            deliveries.c.state == WAITING,
        )
        with self._host.transaction(entry.organisation_id) as connection:
            return connection.execute(query).one_or_none()

    def _work(self, organisation_id: UUID) -> Any:
        return self._host.work(self._host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED))

    def _post(self, row: Any, chosen: DeliverySettings) -> None:
        if row.kind == ARRIVED:
            with self._work(row.organisation_id) as work:
                self._require_released(work, row)
        ids = {"mailbox": str(row.mailbox_id), "case": str(row.case_id)}
        ids |= {"message": str(row.message_id)} if row.message_id else {}
        webhooks.post(self._host, chosen, row.id, webhooks.body(row.kind, row.happened_at, ids))
        self._end(row, ACKNOWLEDGED)

    def _require_released(self, work: Work, row: Any) -> None:
        """Wait until the API shows the message. Before that, a case system that asks for it would find nothing.

        Raises:
            NotYet: Its receipt has not been sent.
        """
        if not find_messages(work, [row.message_id]) and datetime.now(UTC) - row.happened_at < webhooks.LONGEST_HELD:
            raise NotYet(HELD, pause=timedelta(seconds=30))

    def _lay(self, row: Any, chosen: DeliverySettings) -> None:
        with self._work(row.organisation_id) as work:
            if row.kind == ARRIVED:
                self._require_released(work, row)
            slug = find_organisation(work).slug
            case_number, messages = self._messages(work, row)
            allowed = [each for each in messages if _may_lie(each, chosen)]
            if not allowed:
                self._end(row, PASSED, fault=Sentence(NOTHING))
                return
            place = folders.place_of(self._host.settings.folder, slug, chosen.folder_name)
            name = f"{row.kind.replace('.', '-')}-{row.id}"
            with folders.appearing(place, name) as folder:
                if folder is not None:
                    left_out = len(messages) - len(allowed)
                    self._fill(work, folder, row, (case_number, allowed, left_out), chosen)
        self._end(row, DELIVERED, place=str(Path(slug, chosen.folder_name, name)))

    def _messages(self, work: Work, row: Any) -> tuple[str, list[Message]]:
        try:
            view = read_case(work, row.case_id, opens=False)
        except NotFound as error:
            raise Permanent(GONE) from error
        thread = [threaded.message for threaded in view.thread]
        messages = thread if row.kind == CASE_CLOSED else [each for each in thread if each.id == row.message_id]
        return view.case.number, messages

    def _fill(
        self,
        work: Work,
        folder: folders.NewFolder,
        row: Any,
        content: tuple[str, Sequence[Message], int],
        chosen: DeliverySettings,
    ) -> None:
        number, messages, left_out = content
        attachments = {each.id: _write_attachments(work, folder, each) for each in messages}
        facts = {
            "id": str(row.id),
            "kind": row.kind,
            "happenedAt": row.happened_at.isoformat(),
            "organisation": find_organisation(work).name,
            "mailbox": {"id": str(row.mailbox_id), "name": find_mailbox(work, row.mailbox_id).mailbox.name},
            "case": {"id": str(row.case_id), "number": number},
            "leftOut": left_out,
            "messages": [documents.message_facts(each, attachments[each.id]) for each in messages],
        }
        folder.write("messages.pdf", iter([documents.pdf(number, messages, attachments)]))
        # Last: a case system that looks inside before the rename then finds no metadata to act on.
        name, content_bytes = documents.metadata(facts, chosen.folder_format)
        folder.write(name, iter([content_bytes]))

    def _note_fault(self, row: Any, error: BudkavleError) -> None:
        values = {"tries": row.tries + 1, "fault": Sentence.of(error).to_text(), "tried_at": datetime.now(UTC)}
        with self._host.transaction(row.organisation_id) as connection:
            connection.execute(update(deliveries).where(*_this(row)).values(values))

    def _end(self, row: Any, state: str, *, fault: str = "", place: str = "") -> None:
        """Store the outcome, once: another worker may have got as far."""
        now = datetime.now(UTC)
        values: dict[str, Any] = {"state": state, "fault": _stored(fault), "tried_at": now}
        if row.state == WAITING:
            values["tries"] = row.tries + (state in {DELIVERED, ACKNOWLEDGED})
        values |= {"place": place} if place else {}
        values |= {"delivered_at": now} if row.state == WAITING and state in {DELIVERED, ACKNOWLEDGED} else {}
        values |= {"acknowledged_at": now} if state == ACKNOWLEDGED else {}
        with self._work(row.organisation_id) as work:
            with self._host.tables(work) as connection:
                ended = connection.execute(update(deliveries).where(*_this(row)).values(values)).rowcount
            if ended:
                _tell(work, row, state)


def _this(row: Any) -> tuple[Any, ...]:
    columns = deliveries.c
    return (
        columns.organisation_id == row.organisation_id,
        columns.id == row.id,
        columns.round == row.round,
        columns.state == row.state,
    )


def _tell(work: Work, row: Any, state: str) -> None:
    """Write it to the event log, and also to the log of the case if content or a whole case was delivered."""
    kind = f"case_system.{state}"
    facts = {"way": row.way, "what": row.kind, "message": str(row.message_id or "")}
    if state in {DELIVERED, ACKNOWLEDGED} and row.kind in {ARRIVED, CASE_CLOSED}:
        try:
            note_in_case(work, row.case_id, kind, **facts)
        except NotFound:  # destroyed meanwhile; the event log records it anyway
            record(work, kind, row.case_id, mailbox=str(row.mailbox_id), **facts)
    else:
        record(work, kind, row.case_id, mailbox=str(row.mailbox_id), **facts)


def _stored(fault: str) -> str:
    return fault.to_text() if isinstance(fault, Sentence) else fault


def _may_lie(message: Message, chosen: DeliverySettings) -> bool:
    """Tell whether a message may be stored unencrypted in the folder."""
    recalled = message.state is IncomingState.RECALLED
    return (
        not recalled and message.loa <= chosen.folder_level and (chosen.folder_confidential or not message.confidential)
    )


def _write_attachments(work: Work, folder: folders.NewFolder, message: Message) -> list[dict[str, Any]]:
    written = []
    for number, attachment in enumerate(message.attachments, 1):
        name = f"{message.id}/{folders.file_name(number, attachment.file_name)}"
        digest = hashlib.sha256()
        _, pieces = open_attachment(work, attachment.id)
        folder.write(name, _digested(pieces, digest))
        written.append(
            {
                "file": name,
                "name": attachment.file_name,
                "contentType": attachment.content_type,
                "size": attachment.size,
                "sha256": digest.hexdigest(),
            }
        )
    return written


def _digested(pieces: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece
