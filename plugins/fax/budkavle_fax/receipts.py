"""Asks the carrier about the progress of faxes, and tells the core until each has arrived or failed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from budkavle import DeliveryState, Host, Reason, Receipt, ReceiptWords, Sentence, Temporary, Work, record
from budkavle.messaging import receipt
from budkavle_fax import texts
from budkavle_fax.carriers.base import ENDED, Carrier, Progress, Stage
from budkavle_fax.directory import FAX
from budkavle_fax.submissions import MISSING, Row, Submissions, progress_word

MOST: Final = 500
"""Faxes in one poll; if there are more, the next poll continues with them."""
SENT: Final = "fax.sent"
FIRST: Final = datetime.min.replace(tzinfo=UTC)
STATES: Final = {
    Stage.RETRYING: DeliveryState.WAITING_FOR_RETRY,
    Stage.SENDING: DeliveryState.SEND_ENQUEUED,
    Stage.SENT: DeliveryState.ACKNOWLEDGED,
    Stage.FAILED: DeliveryState.SEND_FAILURE,
}
"""A carrier's stage as a state of the core; a waiting fax keeps its state."""


class StatusPolling:
    """Tracks the faxes of one installation."""

    def __init__(self, host: Host, carrier: Carrier, register: Submissions) -> None:
        self._host = host
        self._carrier = carrier
        self._register = register
        self._after = FIRST

    def ask(self) -> int:
        """Poll all unfinished faxes together; return 0, because polling again at once would be useless."""
        rows = self._register.open(self._after, MOST) if self._carrier.follows else []
        # In turns: faxes that a service never answers about must not block later ones.
        self._after = (rows[-1].created_at if len(rows) == MOST else None) or FIRST
        # Those of an organisation that is being moved or has moved are followed where it works.
        at_work = {organisation.id for organisation in self._host.platform.organisations()}
        rows = [row for row in rows if row.organisation_id in at_work]
        if not rows:
            return 0
        try:
            progress_by_tag = self._carrier.progress([(row.tag, row.remote_id) for row in rows])
        except Temporary as error:
            self._host.log.warning("fax.carrier_unavailable", error=type(error).__name__)
            return 0
        for row in rows:
            try:
                self._follow(row, progress_by_tag)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this fax's alone
                self._host.log.error("fax.status_failed", thing=row.tag, error=type(error).__name__)  # noqa: TRY400 - the error may hold content
        return 0

    def _follow(self, row: Row, progress_by_tag: Mapping[str, Progress | None]) -> None:
        progress = progress_by_tag.get(row.tag)
        if row.tag not in progress_by_tag:
            self._missing(row)
        elif progress is not None and progress_word(progress) != row.told:
            self._tell(row, progress)

    def _missing(self, row: Row) -> None:
        """Give up a fax that the carrier has not known twice in a row; it may have arrived, so a person checks."""
        if row.told != MISSING:
            self._register.write(row, told=MISSING)
            return
        if row.delivery_id is not None:
            gone = Receipt(
                organisation_id=row.organisation_id,
                transport=FAX,
                remote_id=str(row.delivery_id),
                state=DeliveryState.SEND_FAILURE,
                at=datetime.now(UTC),
                reasons=(Reason("", texts.GONE),),
                receipt_id=f"{row.tag} gone",
            )
            with self._host.work(self._host.system(row.organisation_id)) as work:
                receipt(work, gone)
        self._register.note(row, Progress(Stage.FAILED, row.remote_id, reason=texts.GONE), ended=True)

    def _tell(self, row: Row, progress: Progress) -> None:
        # The core first: after a crash in between it is told again, and ignores the repetition.
        if row.delivery_id is not None and progress.stage in STATES:
            at = datetime.now(UTC).isoformat()
            context = {"delivery_id": str(row.delivery_id), "tag": row.tag, "at": at}
            words = msgspec.json.encode(replace(progress, reason=Sentence(progress.reason).to_text()))
            told = ReceiptWords(row.organisation_id, FAX, words, context, evidence=b"")
            with self._host.work(self._host.system(row.organisation_id, name=FAX)) as work:
                if self._host.receipt(told, work).changed and progress.stage is Stage.SENT:
                    pages = progress.sent or progress.pages or self._register.read(row).pages
                    note_pages(work, row.delivery_id, pages)
        self._register.note(row, progress, ended=progress.stage in ENDED)


class FaxReceipts:
    """Reads the progress of a fax, as `StatusPolling` encodes it: `Progress` as JSON.

    Its context has `delivery_id`, `tag` and `at`, the time of the poll.
    """

    name = transport = FAX

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Turn a carrier's progress into a receipt; None if there is nothing to tell yet."""
        try:
            progress = msgspec.json.decode(words, type=Progress)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        state = STATES.get(progress.stage)
        if state is None:
            return None
        sentence = _sentence(progress)
        return Receipt(
            organisation_id=UUID(context["organisation_id"]),
            transport=FAX,
            remote_id=context["delivery_id"],
            state=state,
            at=datetime.fromisoformat(context["at"]),
            evidence=words,
            reasons=(Reason("", sentence),) if sentence else (),
            receipt_id=f"{context['tag']} {progress_word(progress)}",
        )


def note_pages(work: Work, delivery_id: UUID, pages: int) -> None:
    """Log that a fax was sent, with its number of pages, by which statistics count it."""
    record(work, SENT, delivery_id, what=str(pages))


def _sentence(progress: Progress) -> str:
    """Return the text about a fax: pages that arrived, or why it failed and what to do."""
    if progress.stage is Stage.SENT:
        sent = progress.sent or progress.pages
        return (
            Sentence("{sent} sidor har gått fram.", sent=sent) if sent > 1 else "1 sida har gått fram." if sent else ""
        )
    reason = Sentence.from_stored(progress.reason or texts.UNKNOWN)
    if progress.stage is Stage.FAILED:
        return Sentence.joined([reason, texts.ASK])
    if progress.stage is Stage.RETRYING:
        return Sentence("{reason} Faxservern ringer igen av sig själv.", reason=reason)
    return ""
