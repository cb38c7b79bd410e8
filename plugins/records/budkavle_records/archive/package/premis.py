"""What was done to the files, and by whom: PREMIS 3, with an object for each file and an event for each happening.

Objects are the files with their checksums. Events are the entries of the case's log, the deliveries with their
receipts, and the creation of the package. Agents are the software, the organisation, and the people named in the
events.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from budkavle_records.archive.package.content import ArchivedCase, Delivering, Happening, PackedFile
from budkavle_records.archive.package.xml_parts import PREMIS, PREMIS_SCHEMA, XSI, clean, maker, serialise, stamp

P = maker(PREMIS)
SOFTWARE = "Budkavle"
_TYPE = f"{{{XSI}}}type"


def write(files: Sequence[PackedFile], case: ArchivedCase, by: Delivering, made_at: datetime, package: UUID) -> bytes:
    """Return the PREMIS document of a representation.

    Args:
        files: The files of the representation.
        case: The case, for its events.
        by: The delivering organisation.
        made_at: When the package is made.
        package: The package's ID, from which the IDs of the events are derived.

    Raises:
        Damaged: The document does not follow its schema.
    """
    making = Happening(made_at, "information package creation", f"FGS 2.0, {case.label}")
    happenings = [*case.happenings, making]
    events = [_event(happening, uuid5(package, str(number)), by) for number, happening in enumerate(happenings)]
    return _document([_object(file) for file in files], events, _agents(happenings, by))


def write_root(files: Sequence[PackedFile], by: Delivering, made_at: datetime, package: UUID) -> bytes:
    """Return the PREMIS document of the package itself: its representation's METS file and the package's creation."""
    making = Happening(made_at, "information package creation", "FGS 2.0")
    event = _event(making, uuid5(package, "package"), by)
    return _document([_object(file) for file in files], [event], _agents([making], by))


def _document(objects: Sequence[Any], events: Sequence[Any], agents: Iterator[Any]) -> bytes:
    return serialise(P.premis(*objects, *events, *agents, version="3.0"), PREMIS_SCHEMA)


def _object(file: PackedFile) -> Any:
    fixity = P.fixity(P.messageDigestAlgorithm("SHA-256"), P.messageDigest(file.sha256))
    designation = P.formatDesignation(P.formatName(clean(file.media_type)))
    return P.object(
        P.objectIdentifier(P.objectIdentifierType("path"), P.objectIdentifierValue(file.path)),
        P.objectCharacteristics(fixity, P.size(str(file.size)), P.format(designation)),
        P.originalName(clean(file.title)),
        {_TYPE: "file"},
    )


def _event(happening: Happening, event_id: UUID, by: Delivering) -> Any:
    parts = [
        P.eventIdentifier(P.eventIdentifierType("UUID"), P.eventIdentifierValue(str(event_id))),
        P.eventType(happening.kind),
        P.eventDateTime(stamp(happening.at)),
    ]
    detail = f"{happening.detail} ({happening.about})" if happening.about else happening.detail
    parts.append(P.eventDetailInformation(P.eventDetail(clean(detail))))
    if happening.outcome:
        parts.append(P.eventOutcomeInformation(P.eventOutcome(clean(happening.outcome))))
    who = happening.who or SOFTWARE
    parts += [
        P.linkingAgentIdentifier(P.linkingAgentIdentifierType("name"), P.linkingAgentIdentifierValue(clean(name)))
        for name in dict.fromkeys((who, by.organisation))
    ]
    return P.event(*parts)


def _agents(happenings: Sequence[Happening], by: Delivering) -> Iterator[Any]:
    people = dict.fromkeys(happening.who for happening in happenings if happening.who)
    kinds = {**dict.fromkeys(people, "person"), by.organisation: "organization", SOFTWARE: "software"}
    for name, kind in kinds.items():
        parts = [
            P.agentIdentifier(P.agentIdentifierType("name"), P.agentIdentifierValue(clean(name))),
            P.agentName(clean(name)),
            P.agentType(kind),
        ]
        if kind == "software":
            parts.append(P.agentVersion(by.version))
        yield P.agent(*parts)
