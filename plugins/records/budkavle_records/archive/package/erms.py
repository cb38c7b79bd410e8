"""The case in the form of FGS Ärendehantering 2.0: CITS ERMS 2.1, one `caseFile`, a record for each message.

The schema is one fixed sequence, so the order of the lines below is its order. `recordPhysicalOrDigital` is left out:
version 2.1 misspells its values, and a document without it is also valid in 3.0.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from budkavle_records.archive.package.content import ArchivedCase, ArchivedMessage, Delivering, PackedFile, Party
from budkavle_records.archive.package.xml_parts import ERMS, ERMS_SCHEMA, clean, local, maker, serialise

E = maker(ERMS)
NUMBER_TYPE = "organisationsnummer"
DESTROYED_TITLE = "Gallrat meddelande"
DESTROYED_TEXT = "Meddelandets innehåll var gallrat eller återkallat när paketet gjordes."


def write(case: ArchivedCase, by: Delivering, files: Sequence[PackedFile], made_at: datetime) -> bytes:
    """Return the ERMS document of a case.

    Args:
        case: The case.
        by: The delivering organisation.
        files: What has been written into the representation; a file that belongs to a message is named in its record.
        made_at: When the package is made.

    Raises:
        Damaged: The document does not follow its schema.
    """
    root = E.erms(_control(case, by, made_at), E.aggregations(_case(case, by, files)))
    return serialise(root, ERMS_SCHEMA)


def _control(case: ArchivedCase, by: Delivering, made_at: datetime) -> Any:
    parts = [_identified("arkivbildare", by.organisation)]
    if by.number:
        parts.append(_identified("organisationsnummer", by.number))
    parts.append(_identified("ärendenummer", case.number))
    parts += [_identified("diarienummer", number) for number in case.registration]
    if by.scheme:
        described = E.textualDescriptionOfClassificationSchema(E.p(clean(by.scheme)))
        parts.append(E.classificationSchema(described))
    code = [E.agencyCode(by.number, type=NUMBER_TYPE)] if by.number else []
    agency = E.maintenanceAgency(*code, E.agencyName(clean(by.organisation)))
    happened = E.maintenanceEvent(
        E.eventType(value="created"), E.eventDateTime(local(made_at)), _agent("deliverer", Party("Budkavle"))
    )
    parts.append(E.maintenanceInformation(E.maintenanceStatus(value="new"), agency, E.maintenanceHistory(happened)))
    return E.control(*parts)


def _case(case: ArchivedCase, by: Delivering, files: Sequence[PackedFile]) -> Any:
    appraisal = case.appraisal
    parts = [E.objectId(clean(case.registration[0] if case.registration else case.number))]
    if by.number:
        parts.append(E.extraId(by.number, extraIdType=NUMBER_TYPE))
    parts.append(E.extraId(clean(case.number), extraIdType="ärendenummer"))
    parts += [E.extraId(clean(number), extraIdType="diarienummer") for number in case.registration]
    if appraisal is not None:
        code = {"classificationCode": clean(appraisal.code)} if appraisal.code else {}
        parts.append(E.classification(clean(appraisal.kind), **code))
    parts += [E.title(clean(case.title or case.number)), E.status(value="closed")]
    parts.append(_appendices(files, 0))
    parts += _restriction(case.is_confidential, by)
    parts += _disposal(case)
    agents = [_agent("creator", Party(by.organisation, number=by.number, number_type=NUMBER_TYPE), unit=case.mailbox)]
    if case.responsible:
        agents.append(_agent("responsible_person", Party(case.responsible, by.organisation), unit=case.mailbox))
    parts.append(E.agents(*agents))
    parts.append(E.dates(_date(case.opened_at, "created"), _date(case.closed_at, "closed")))
    parts += [_record(case, by, files, number) for number in range(1, len(case.messages) + 1)]
    return E.aggregation(*parts, systemIdentifier=str(case.id), aggregationType="caseFile")


def _disposal(case: ArchivedCase) -> Iterator[Any]:
    appraisal = case.appraisal
    if appraisal is None:
        return
    mandate = [E.disposalMandate(clean(appraisal.ground))] if appraisal.ground else []
    dates = [E.disposalDate(local(case.closed_at), dateType="retention_period_start")]
    if appraisal.due is not None:
        dates.append(E.disposalDate(local(appraisal.due), dateType="action_due"))
    action = E.disposalAction("bevaras" if appraisal.preserved else "gallras")
    disposable = "false" if appraisal.preserved else "true"
    yield E.disposal(action, *mandate, E.dates(*dates), disposable=disposable)


def _record(case: ArchivedCase, by: Delivering, files: Sequence[PackedFile], number: int) -> Any:
    message = case.messages[number - 1]
    parts = [E.objectId(f"{case.number}:{number}")]
    if message.remote_id:
        parts.append(E.extraId(clean(message.remote_id), extraIdType="meddelandeid"))
    parts.append(E.title(DESTROYED_TITLE if message.destroyed else clean(message.subject) or "(utan ämne)"))
    parts.append(E.status(value="obliterated" if message.destroyed else "closed"))
    parts.append(E.runningNumber(str(number)))
    parts += [E.relation(clean(text), relationType="reference") for text in message.references]
    parts += _restriction(message.confidential, by)
    parts.append(E.direction(directionDefinition="incoming" if message.incoming else "outgoing"))
    if agents := [_agent(kind, party) for kind, party in _agents(message)]:
        parts.append(E.agents(*agents))
    if message.destroyed:
        parts.append(E.description(DESTROYED_TEXT))
    transferred = _date(message.at, "received" if message.incoming else "sent")
    parts.append(E.dates(_date(message.at, "created"), transferred))
    if message.channel:
        parts.append(E.dispatchMode(clean(message.channel)))
    parts.append(E.notes(*_notes(message)))
    if any(file.message == number for file in files):
        parts.append(_appendices(files, number))
    return E.record(*parts, systemIdentifier=str(message.id), recordType="meddelande")


def _agents(message: ArchivedMessage) -> Iterator[tuple[str, Party]]:
    if message.sender.name:
        yield "sender", message.sender
    yield from (("receiver", party) for party in message.recipients if party.name)
    if message.author:
        yield "creator", Party(message.author)
    yield from (("counterpart", person) for person in message.persons)


def _notes(message: ArchivedMessage) -> Iterator[Any]:
    yield E.note(str(message.loa), noteType="tillitsnivå")
    for delivery in message.deliveries:
        yield E.note(clean(f"{delivery.recipient.name}: {delivery.state}"), noteType="leveransstatus")


def _restriction(confidential: bool, by: Delivering) -> list[Any]:
    return [E.restriction(E.regulation(clean(by.regulation)), restrictionType="confidential")] if confidential else []


def _appendices(files: Sequence[PackedFile], number: int) -> Any:
    of_message = [file for file in files if file.message == number]
    return E.additionalInformation(
        *(
            E.appendix(name=clean(file.title), path=file.path.removeprefix("data/"), fileFormat=file.file_format)
            for file in of_message
        )
    )


def _agent(kind: str, party: Party, unit: str = "") -> Any:
    parts = [E.name(clean(party.name))]
    if party.organisation:
        parts.append(E.organisation(clean(party.organisation)))
    if unit:
        parts.append(E.unitName(clean(unit)))
    if party.number:
        parts.append(E.idNumber(clean(party.number), idNumberType=clean(party.number_type or "id")))
    return E.agent(*parts, agentType=kind)


def _date(moment: datetime, kind: str) -> Any:
    return E.date(local(moment), dateType=kind)


def _identified(kind: str, text: str) -> Any:
    return E.identification(clean(text), identificationType=kind)
