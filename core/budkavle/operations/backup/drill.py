"""A restore drill: restores a backup into a scratch database, opens messages with the keys, judges it, discards it.

Nothing is sent and no peer is contacted: no worker and no web is started, and the copy is in quarantine. The key store
is only read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError
from budkavle.model.people import INSTALLATION
from budkavle.model.sentences import Sentence
from budkavle.operations.backup.restoring import fill, require_backup
from budkavle.storage.database import ALL_CASES
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.storage.tables import messages, organisations

SAMPLE = 100
"""How many messages of each organisation are opened."""
_LOG = "Händelseloggen för {organisation}: {reason}"
_SEALED = "Ett meddelande i {organisation} går inte att öppna: {reason}"


@dataclass(frozen=True, slots=True)
class Drill:
    """The result of a drill.

    Attributes:
        rows: How many rows were restored.
        opened: How many messages were opened.
        destroyed: How many could not be opened because they are destroyed, as they should be.
        logs: How many event logs are whole.
        faults: What is wrong, in sentences.
    """

    rows: int
    files: int
    opened: int
    destroyed: int
    logs: int
    faults: Sequence[Sentence]


def drill(platform: Platform, folder: Path, sample: int = SAMPLE) -> Drill:
    """Restore a backup into a scratch installation and judge the result.

    Args:
        platform: The scratch installation: an empty database of its own, the master key and the key store in use.
        folder: The backup.
        sample: How many messages of each organisation are opened.

    Raises:
        Misconfigured: There is no complete backup in the folder, or its tables are of another version.
        Damaged: It has been changed, or was made under another master key.
    """
    made = require_backup(platform, folder)
    fill(platform, folder, made)
    opened = destroyed = logs = 0
    faults: list[Sentence] = []
    with platform.database.transaction(None) as connection:
        ids = connection.execute(select(organisations.c.id)).scalars().all()
    for organisation_id in ids:
        readable, gone, wrong = _open_messages(platform, organisation_id, sample)
        opened, destroyed = opened + readable, destroyed + gone
        faults += wrong
    for organisation_id in (*ids, INSTALLATION):
        report = verify(platform.database, platform.vault, organisation_id)
        if report.ok:
            logs += 1
        else:
            reason = Sentence(report.sentence, number=report.first_bad, rows=report.rows, seals=report.seals)
            faults.append(Sentence(_LOG, organisation=str(organisation_id), reason=reason))
    return Drill(made.rows, made.objects.count, opened, destroyed, logs, faults)


def _open_messages(platform: Platform, organisation_id: UUID, most: int) -> tuple[int, int, list[Sentence]]:
    query = select(messages.c.id, messages.c.body).where(
        messages.c.organisation_id == organisation_id, func.length(messages.c.body) > 0
    )
    opened, destroyed, faults = 0, 0, list[Sentence]()
    with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
        for row in connection.execute(query.order_by(func.random()).limit(most)).all():
            try:
                (plain,) = platform.vault.open(connection, organisation_id, [(row.id, "body", row.body)])
            except BudkavleError as error:
                reason = str(describe(error).get("error", ""))
                faults.append(Sentence(_SEALED, organisation=str(organisation_id), reason=reason))
                continue
            opened, destroyed = opened + (plain is not None), destroyed + (plain is None)
    return opened, destroyed, faults
