"""The protocol of a disposal run (gallringsprotokoll): signed JSON that the proof's program verifies, and PDF/A.

The protocol's own entry in the event log contains the hash of everything else in the file, and the organisation's key
signs that entry's place in the chain, as for a delivery proof. So nothing can be altered, and no protocol is missing
from the log. It contains kinds, numbers and times, and no person whose message was destroyed.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from budkavle import ActorScope, Host, NotFound, Sentence, Work, record
from budkavle.accounts import find_organisation
from budkavle.storage import keys_gone_by, signed_entries, stamped_spans
from budkavle_records.disposal.protocol_pdf import typeset
from budkavle_records.disposal.runs import DESTROYED, Run, tallies
from budkavle_records.disposal.tables import protocols, run_cases
from budkavle_records.frame import N_
from budkavle_records.schedule.due import ZONE
from budkavle_records.schedule.kinds import Kind, kinds_by_id, period_words

FORMAT = "budkavle-disposal-1"
MADE = "records.protocol-made"
"""The kind of the log entry that vouches for a protocol."""
SLACK = timedelta(days=1)
SYSTEM = "Budkavle"
METHOD = N_("Innehållets nycklar är förstörda. Säkerhetskopior av nycklar är gallrade senast {day}.")
NO_PROTOCOL = N_("Protokollet finns inte.")


@dataclass(frozen=True, slots=True)
class Protocol:
    """An entry in the list of protocols.

    Attributes:
        number: The number of the run.
        sha256: The hash of the signed file.
    """

    run_id: UUID
    number: int
    made_at: datetime
    sha256: str


def make_protocol(host: Host, work: Work, run: Run) -> None:
    """Create and store the signed protocol of a finished run, in the unit of work that ends the run.

    Args:
        host: The plugin's host.
        work: A unit of work of the plugin itself, with READ.
        run: The run.
    """
    ended_at = datetime.now(UTC)
    statement = _statement(host, work, run, ended_at)
    document: dict[str, Any] = {"format": FORMAT, "statement": statement, "log": []}
    facts = {"sha256": digest(document), "number": str(run.number)}
    record(work, MADE, run.id, **facts)
    work.flush()  # the entry must be in the log before it can be signed
    document["head"] = _head(work, facts["sha256"], ended_at - SLACK)
    content = written(document)
    row = {
        "organisation_id": work.organisation_id,
        "run_id": run.id,
        "number": run.number,
        "made_at": ended_at,
        "document": content,
        "pdf": typeset(document, hashlib.sha256(content).hexdigest()),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    with host.tables(work) as connection:
        connection.execute(insert(protocols).values(row))


def list_protocols(host: Host, work: Work, limit: int = 50, offset: int = 0) -> list[Protocol]:
    """Return the protocols, the latest first."""
    columns = (protocols.c.run_id, protocols.c.number, protocols.c.made_at, protocols.c.sha256)
    query = select(*columns).where(protocols.c.organisation_id == work.organisation_id)
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(protocols.c.number.desc()).limit(limit).offset(offset)).all()
    return [Protocol(row.run_id, row.number, row.made_at, row.sha256) for row in rows]


def read_protocol(host: Host, work: Work, run_id: UUID, form: str) -> tuple[int, bytes]:
    """Return the number of a protocol and its file, `json` or `pdf`.

    The signed file includes the third party's time stamps that now cover its log entry, if a plugin provides them; the
    rest of it stays as it was signed.

    Raises:
        NotFound: There is no such protocol.
    """
    column = protocols.c.pdf if form == "pdf" else protocols.c.document
    where = (protocols.c.organisation_id == work.organisation_id, protocols.c.run_id == run_id)
    with host.tables(work) as connection:
        row = connection.execute(select(protocols.c.number, column.label("content")).where(*where)).one_or_none()
    if row is None:
        raise NotFound(NO_PROTOCOL)
    content = bytes(row.content)
    return row.number, content if form == "pdf" else _with_stamps(host, work.organisation_id, content)


def _with_stamps(host: Host, organisation_id: UUID, content: bytes) -> bytes:
    document = json.loads(content)
    with host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        spans = stamped_spans(work, [document["head"]["number"]], at_once=False)
    times = [
        {
            "text": span.text.decode("ascii"),
            "stamp": base64.b64encode(span.stamp.token).decode("ascii"),
            "paths": {str(number): [step.hex() for step in path] for number, path in span.paths.items()},
        }
        for span in spans
    ]
    return written({**document, "times": times}) if times else content


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value; hashes cover these bytes. The proof's program has the same function."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def written(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of a signed file, always written in the same form."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def digest(document: Mapping[str, Any]) -> str:
    """Return the hash that the protocol's own log entry vouches for: everything but that entry."""
    return hashlib.sha256(canonical({name: document[name] for name in ("format", "statement", "log")})).hexdigest()


def _statement(host: Host, work: Work, run: Run, ended_at: datetime) -> dict[str, Any]:
    kinds = kinds_by_id(host, work, run.plan_version)
    counts = tallies(host, work, run.id)
    destroyed = [tally for tally in counts if tally.outcome == DESTROYED]
    last_key_copy = keys_gone_by(work, ended_at)
    return {
        "made_at": _at(ended_at),
        "key": host.vault.public_key(work.organisation_id).public_bytes_raw().hex(),
        "organisation": {"id": str(work.organisation_id), "name": find_organisation(work).name},
        "run": {
            "id": str(run.id),
            "number": run.number,
            "plan_version": run.plan_version,
            "asked_by": run.asked_by,
            "asked_at": _at(run.asked_at),
            "approved_by": run.approved_by,
            "approved_at": _at(run.approved_at),
            "reason": run.reason,
            "approved_list_sha256": run.list_sha256,
        },
        "kinds": [
            _kind(kinds[tally.kind_id], tally) for tally in destroyed if tally.kind_id and tally.kind_id in kinds
        ],
        "destroyed": {
            "cases": sum(tally.cases for tally in destroyed),
            "messages": sum(tally.messages for tally in destroyed),
            "bytes": sum(tally.size for tally in destroyed),
            "ids_sha256": _destroyed_digest(host, work, run),
        },
        "kept": _kept(host, work, run),
        "system": SYSTEM,
        "method": _filled(Sentence(METHOD, day=last_key_copy.isoformat())),
        "key_copies_gone": last_key_copy.isoformat(),
    }


def _kind(kind: Kind, tally: Any) -> dict[str, Any]:
    return {
        "klass": kind.klass,
        "name": kind.name,
        "period": kind.period or _filled(period_words(kind)),
        "legal_ground": kind.legal_ground,
        "decision": kind.decision,
        "from": tally.first_at.astimezone(ZONE).date().isoformat(),
        "to": tally.last_at.astimezone(ZONE).date().isoformat(),
        "cases": tally.cases,
        "messages": tally.messages,
        "bytes": tally.size,
    }


def _kept(host: Host, work: Work, run: Run) -> list[dict[str, Any]]:
    """Return what was kept, counted by reason and plugin: when the list was made, and when it was carried out."""
    where = (run_cases.c.organisation_id == work.organisation_id, run_cases.c.run_id == run.id)
    columns = (run_cases.c.outcome, run_cases.c.held_by, run_cases.c.why)
    query = select(*columns, func.count().label("cases")).where(*where, run_cases.c.outcome != DESTROYED)
    with host.tables(work) as connection:
        rows = connection.execute(query.group_by(*columns)).all()
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        counted[(row.outcome, row.held_by, _filled(Sentence.from_stored(row.why)))] += row.cases
    return [
        {"outcome": outcome, "by": by or "budkavle", "why": why, "cases": cases}
        for (outcome, by, why), cases in sorted(counted.items())
    ]


def _destroyed_digest(host: Host, work: Work, run: Run) -> str:
    where = (
        run_cases.c.organisation_id == work.organisation_id,
        run_cases.c.run_id == run.id,
        run_cases.c.outcome == DESTROYED,
    )
    with host.tables(work) as connection:
        query = select(run_cases.c.case_id).where(*where).order_by(run_cases.c.case_id)
        ids: Sequence[UUID] = connection.execute(query).scalars().all()
    return hashlib.sha256("\n".join(str(case_id) for case_id in ids).encode()).hexdigest()


def _head(work: Work, sha256: str, since: datetime) -> dict[str, Any]:
    """Return the entry that vouches for the protocol, with the organisation's signature of its place in the log."""
    entry = signed_entries(work, [sha256], since, "sha256")[-1]
    return {
        "number": entry.number,
        "before": entry.before.hex(),
        "entry": entry.entry,
        "hash": entry.hash.hex(),
        "signature": entry.signature.hex(),
    }


def _filled(sentence: str) -> str:
    """Return a sentence in Swedish, the protocol's language."""
    return str(sentence)


def _at(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
