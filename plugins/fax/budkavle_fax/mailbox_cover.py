"""The cover page of a mailbox's fax; used both for the preview and for the fax itself."""

from datetime import datetime
from uuid import UUID

from budkavle import ActorScope, FunctionMailbox, Host, NotFound
from budkavle.accounts import find_mailbox, find_organisation
from budkavle_fax import organisation_settings
from budkavle_fax.documents.cover import Cover
from budkavle_fax.numbers import mailbox_numbers, name_lookup

SOURCE = "sv"
"""The language of a fax whose mailbox was deleted while it waited; it is sent anyway."""


def front(host: Host, organisation_id: UUID, mailbox_id: UUID, to: str, subject: str, body: str) -> Cover:
    """Return the cover of a fax from a mailbox to a number, E.164 (empty if none is chosen yet).

    It uses the mailbox's language, and the recipient's name from the mailbox's own address books.
    """
    with host.work(host.system(organisation_id)) as work:
        organisation = find_organisation(work).name
    box = _box(host, organisation_id, mailbox_id)
    numbers = mailbox_numbers.numbers_of(host, organisation_id, mailbox_id)
    return Cover(
        organisation=organisation,
        mailbox=box.name if box else organisation,
        number=numbers[0] if numbers else "",
        recipient=name_lookup.name_of(host, organisation_id, mailbox_id, to) if to else "",
        to=to or "–",
        on=datetime.now(organisation_settings.ZONE).date(),
        subject=subject,
        body=body,
        note=" ".join(organisation_settings.rules(host, organisation_id).note.split()),
        language=box.language if box else SOURCE,
    )


def _box(host: Host, organisation_id: UUID, mailbox_id: UUID) -> FunctionMailbox | None:
    try:
        with host.work(host.system(organisation_id, ActorScope.READ)) as work:
            return find_mailbox(work, mailbox_id).mailbox
    except NotFound:
        return None
