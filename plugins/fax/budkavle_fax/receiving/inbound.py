"""Incoming faxes: from the folder that `budkavle-faxrcvd` moves them to, or from a service.

A file leaves the folder only when its message is stored.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from budkavle import ActorScope, File, FunctionMailbox, Host, Incoming, Invalid, Misconfigured, Sentence
from budkavle.accounts import all_mailboxes, all_organisations, find_organisation
from budkavle.operations import screen_arriving
from budkavle_fax.directory import FAX
from budkavle_fax.documents import sandbox
from budkavle_fax.documents.received import Received
from budkavle_fax.language import speaks
from budkavle_fax.numbers import contacts, mailbox_numbers, name_lookup, ranges
from budkavle_fax.numbers.formats import called, e164
from budkavle_fax.receiving.message_text import MessageText, Slip, warnings
from budkavle_fax.settings import FaxSettings

MOST: Final = 20
"""Faxes taken in at once, before other jobs get their turn."""
ORPHAN: Final = timedelta(minutes=10)
"""Age at which a file without its slip is taken in anyway."""
NOBODY: Final = (
    "Fax till {number} hör inte till någon organisation. Koppla numret, eller ange organisation i [plugins.fax]."
)


class Arrivals:
    """Takes in incoming faxes."""

    def __init__(self, host: Host, settings: FaxSettings, inbox: Path | None) -> None:
        self._host = host
        self._settings = settings
        self._inbox = inbox

    def fetch(self) -> int:
        """Take in the faxes in the folder, and return the number. A fax that fails stays there; the others continue."""
        done = 0
        for pages, slip in self._waiting():
            try:
                self.take(self._read_slip(slip, pages), pages.read_bytes())
                pages.unlink(missing_ok=True)
                if slip is not None:
                    slip.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # another worker has taken it in
            except Exception as error:  # noqa: BLE001 - any error only concerns this fax
                self._host.log.warning("fax.not_taken_in", file=pages.name, error=type(error).__name__)
                continue
            done += 1
            if done == MOST:
                break
        return done

    def waiting(self) -> list[Path]:
        """Return the faxes in the folder."""
        return [pages for pages, _ in self._waiting()]

    def _waiting(self) -> Iterator[tuple[Path, Path | None]]:
        if self._inbox is None or not self._inbox.is_dir():
            return
        for pages in sorted(self._inbox.glob("*.tif")):
            slip = pages.with_suffix(".slip")
            if slip.exists():
                yield pages, slip
            elif _age(pages) > ORPHAN:
                yield pages, None

    def _read_slip(self, slip: Path | None, pages: Path) -> Slip:
        digest = hashlib.sha256(pages.read_bytes()).hexdigest()[:16]
        at = datetime.fromtimestamp(pages.stat().st_mtime, UTC)
        if slip is None:
            return Slip(f"{pages.stem}:{digest}", "", "", at=at)
        lines_of_slip = slip.read_text("utf-8", "replace").splitlines()
        fields = {name: value for name, _, value in (line.partition("=") for line in lines_of_slip)}
        settings = self._settings.hylafax
        number = called(fields.get("did", ""), settings.did_prefix)
        if not number:
            number = called(settings.modems.get(fields.get("modem", ""), ""), "")
        name = f"{fields.get('modem', '')}:{fields.get('commid', pages.stem)}:{digest}"
        return Slip(name, number, fields.get("caller", ""), fields.get("error", ""), at)

    def take(self, slip: Slip, content: bytes) -> UUID | None:
        """Store a fax as a message, and return its id.

        Raises:
            Misconfigured: The number belongs to nobody, and the settings do not say who gets such faxes.
            Permanent: The organisation has no default mailbox.
            Unavailable: It cannot be stored now.
            ScannerUnavailable: It cannot be scanned for malware now.
        """
        organisation_id, box, linked = self._place(slip)
        number = _caller(slip.caller)
        heading = self._heading(organisation_id, box, number, slip.called)
        fax = self._opened(organisation_id, slip.id, content)
        with self._host.work(self._host.system(organisation_id)) as work:
            organisation = find_organisation(work).name
        accepted = self._host.accept(
            Incoming(
                organisation_id=organisation_id,
                transport=FAX,
                remote_id=slip.id,
                sender=heading.sender(),
                recipient=heading.recipient(organisation),
                subject=heading.subject(),
                body=heading.body(fax.pages),
                received_at=slip.at or datetime.now(UTC),
                conversation_id=self._joins(organisation_id, box, number) if linked else "",
                files=fax.files,
                warnings=(*warnings(slip, linked=linked), *fax.warnings),
                evidence=content if fax.files else b"",
                mailbox_id=box.id if box and linked else None,
                reply_allowed=bool(number),
            )
        )
        return accepted.message_id

    def _opened(self, organisation_id: UUID, fax_id: str, content: bytes) -> Received:
        """Return the opened fax if the malware scanners accept it; otherwise only the warning, without its content."""
        came = File("fax.tif", "image/tiff", content)
        screened = screen_arriving(self._host.platform, self._host.system(organisation_id), fax_id, [came])
        fax = sandbox.opened(content) if screened.files else Received((), 0)
        return replace(fax, warnings=(*screened.warnings, *fax.warnings))

    def _place(self, slip: Slip) -> tuple[UUID, FunctionMailbox | None, bool]:
        """Return the fax's organisation, the mailbox that gets it, and whether its number is linked to that mailbox."""
        with self._host.transaction(None) as connection:
            owner = mailbox_numbers.owner(connection, slip.called) if slip.called else None
        organisation_id, mailbox_id = owner or (self._organisation(slip), None)
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            boxes = all_mailboxes(work)
        linked = next((box for box in boxes if box.id == mailbox_id), None)
        return organisation_id, linked or next((box for box in boxes if box.default), None), linked is not None

    def _heading(
        self, organisation_id: UUID, box: FunctionMailbox | None, number: str, called_number: str
    ) -> MessageText:
        name = name_lookup.name_of(self._host, organisation_id, box.id, number) if box and number else ""
        return MessageText(number, name, called_number, speaks(self._host, box.language if box else ""))

    def _joins(self, organisation_id: UUID, box: FunctionMailbox | None, number: str) -> str:
        if box is None or not number:
            return ""
        return contacts.conversation(self._host, organisation_id, box.id, number, self._settings.join_days)

    def _organisation(self, slip: Slip) -> UUID:
        """Return the organisation of a number without a mailbox, or the one that gets faxes to unknown numbers."""
        organisation_id = ranges.organisation_of(self._host, slip.called) if slip.called else None
        return organisation_id or self._fallback(slip)

    def _fallback(self, slip: Slip) -> UUID:
        every = all_organisations(self._host.platform, self._host.system(None, ActorScope.INSTALLATION))
        chosen = [one for one in every if one.slug == self._settings.organisation or len(every) == 1]
        if not chosen:
            raise Misconfigured(NOBODY, number=slip.called or Sentence("okänt nummer"))
        return chosen[0].id


def _caller(caller: str) -> str:
    """Return the caller's number as E.164; empty if it is hidden or invalid."""
    try:
        return e164(caller)
    except Invalid:
        return called(caller, "")


def _age(path: Path) -> timedelta:
    try:
        return datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return timedelta(0)  # another worker has taken it in
