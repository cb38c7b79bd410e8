"""The names of guests who have read or written: stored encrypted, with a mark wherever names are stored in clear.

A mark is the word Gäst and the beginning of the share's id. Pages that show who has done something insert the names.
"""

import re
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Work, translations
from budkavle_files.tables import guests

N_ = str
"""Marks a sentence for the translations."""
GUEST: Final = N_("Gäst")
_MARK: Final = re.compile(GUEST + r" [0-9a-f]{8}\b")


def guest_mark(share_id: UUID) -> str:
    """Return the guest's mark, for where names are stored in clear."""
    return f"{GUEST} {share_id.hex[:8]}"


def remember_guest(host: Host, work: Work, share_id: UUID, entry_id: UUID, name: str) -> None:
    """Store the name of a guest who has identified, until the shared entry is destroyed; the first one is kept.

    Args:
        host: The plugin's host.
        work: In the organisation of the share.
        share_id: The guest's share.
        entry_id: The shared entry.
        name: The guest's name.
    """
    row = {
        "organisation_id": work.organisation_id,
        "share_id": share_id,
        "entry_id": entry_id,
        "mark": guest_mark(share_id),
        "name": work.vault.seal_small(work.organisation_id, _label(share_id), name.encode()),
    }
    with host.tables(work) as connection:
        connection.execute(insert(guests).values(row).on_conflict_do_nothing())


def guest_names(host: Host, work: Work, share_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the known names of the guests of some shares."""
    ids = list(share_ids)
    query = select(guests).where(guests.c.organisation_id == work.organisation_id, guests.c.share_id.in_(ids))
    if not ids:
        return {}
    with host.tables(work) as connection:
        rows = connection.execute(query).all()
    return {row.share_id: _opened(work, row.share_id, row.name) for row in rows}


def name_guests(host: Host, work: Work, texts: Iterable[str]) -> dict[str, str]:
    """Return texts that name people with guests' names instead of their marks, by text."""
    unique = set(texts)
    marks = {mark for text in unique for mark in _MARK.findall(text)}
    names = dict[str, str]()
    word = translations(work.actor.language, dict(host.platform.plugins.folders("locale"))).gettext(GUEST)
    if marks and work.actor.user_id is not None:  # guests do not learn who other guests are
        query = select(guests).where(guests.c.organisation_id == work.organisation_id, guests.c.mark.in_(marks))
        with host.tables(work) as connection:
            rows = connection.execute(query).all()
        names = {row.mark: f"{_opened(work, row.share_id, row.name)} ({word.lower()})" for row in rows}
    return {text: _MARK.sub(lambda match: names.get(match[0], word), text) for text in unique}


def _opened(work: Work, share_id: UUID, sealed: bytes) -> str:
    return work.vault.open_small(work.organisation_id, _label(share_id), sealed).decode()


def _label(share_id: UUID) -> str:
    return f"files-guest-name:{share_id}"
