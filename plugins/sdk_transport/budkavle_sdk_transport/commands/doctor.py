"""`budkavle sdk doctor`: tries every step out into the network, one after the other, and says what to mend."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from budkavle import BudkavleError, Health, Host, Sentence, call, translate
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable
from budkavle_sdk_transport.discovery.factory import Discovery
from budkavle_sdk_transport.discovery.revocation import can_be_asked
from budkavle_sdk_transport.discovery.settings import SIMULATOR
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificatesUnavailable,
    UnknownParticipant,
    check_certificate,
)
from budkavle_sdk_transport.keys.key_check import check_key_pair
from budkavle_sdk_transport.keys.key_pair import KeyUnreadable
from budkavle_sdk_transport.keys.memberships import Membership

SETTINGS, DNS, SMP = "Inställningar", "DNS", "SMP"
CERTIFICATES, KEYS, ACCESS_POINT, SCANNER = "Våra certifikat", "Våra nycklar", "Vår accesspunkt", "Virusskydd för SDK"
DOCUMENTS: Final = ((DOCUMENT_MESSAGE, "MessageWithAttachments:3"), (DOCUMENT_RECEIPT, "ApplicationResponse 2.1"))

SENTENCES: Final = {
    "unscanned": "Bilagor kontrolleras inte mot skadlig kod: inget virusskydd är inställt.",
    "simulated": "Den inbyggda simulatorn används i stället för SDK.",
    "environment": "Miljön {name}, version {version}, zonen {zone}.",
    "misconfigured": "{error}",
    "nobody": "Ingen organisation här deltar i SDK.",
    "found": "{participant} har sin SMP på {url} ({milliseconds} ms).",
    "absent": "{participant} finns inte i zonen {zone}.",
    "no_dns": "DNS svarar inte om {participant}: {error}",
    "published": "{participant} tar emot {what}; svaret är rätt undertecknat av {publisher} ({milliseconds} ms).",
    "unpublished": "{participant} är inte publicerad för {what}.",
    "no_smp": "SMP ger inget användbart svar om {participant}: {error}",
    "bare": "{participant} har inget publicerat certifikat.",
    "key_well": "Nyckeln för {participant} skriver under och öppnar.",
    "key_away": "Nyckeln för {participant} går inte att använda: {error}",
    "same": "Certifikatet för {participant} är det som är publicerat, och gäller till {day}.",
    "other": "Certifikatet som är publicerat för {participant} är inte det som organisationen skriver under med.",
    "unopenable": "Ingen nyckel här öppnar det som krypteras till {participant}: dess nyckel saknas.",
    "ending": "Certifikatet för {participant} går ut {day}.",
    "refused": "Certifikatet för {participant} får inte användas: {error}",
    "unasked": "Om certifikatet för {participant} är spärrat går inte att fråga: {error}",
    "unnamed": "Certifikatet för {participant} säger inte var man frågar om det är spärrat.",
    "point": "Accesspunkten svarar om {participant}; {count} försändelser väntar.",
    "no_point": "Accesspunkten svarar inte om {participant}: {error}",
    "leaves": "Accesspunkten kan lämna kvar det som hämtas tills det är sparat (markAsDownloaded finns i dess WSDL).",
    "once": "Accesspunkten lämnar ut varje försändelse en gång. Budkavle sparar den själv innan den öppnas.",
    "no_book": "Ingen adressbok är påslagen.",
}
"""What is said, as keys of translations."""

REMEDIES: Final = {
    "simulated": "Ange environment i [plugins.sdk.discovery] när organisationen ska delta på riktigt.",
    "misconfigured": "Rätta inställningen och kör kommandot igen.",
    "nobody": "Låt en organisation delta: budkavle sdk join",
    "absent": "Be accesspunktsoperatören registrera deltagaren i SMP, och se att zonen är miljöns.",
    "no_dns": "Kontrollera nätet och namnservern (port 53, UDP och TCP), eller ange nameservers.",
    "unpublished": "Be accesspunktsoperatören registrera meddelandetypen för deltagaren.",
    "bare": "Publicera certifikatet i SDK adressbok (i öppen testmiljö gör accesspunktsoperatören det).",
    "no_smp": "Kontrollera att SMP nås härifrån (brandvägg, proxy, ca), och att miljön är den rätta.",
    "key_away": "Kontrollera modulen, dess PIN och [plugins.sdk.pkcs11], eller lägg in nyckeln igen.",
    "other": "Publicera certifikatet i SDK adressbok, eller låt rätt nyckel skriva under: budkavle sdk keys use",
    "unopenable": "Lägg in nyckeln till det publicerade certifikatet: budkavle sdk keys add. Eller publicera ett nytt.",
    "ending": "Beställ ett nytt certifikat, lägg in det med budkavle sdk keys add, och publicera det.",
    "refused": "Byt certifikat: budkavle sdk keys add, och publicera det i SDK adressbok.",
    "unasked": "Öppna brandväggen mot utfärdarens adresser, eller ändra revocation i [plugins.sdk.discovery].",
    "no_point": "Kontrollera att accesspunkten är i gång, och adress och användare i [plugins.sdk.soap].",
    "unscanned": "Slå på tillägget clamav och ange var clamd finns i [plugins.clamav].",
    "no_book": 'Slå på den: enabled = ["addressbook", "sdk"]',
}


def examine(host: Host, participants: Sequence[str] = ()) -> list[Health]:
    """Try every step for our organisations, and the look-up for further participants."""
    from budkavle_sdk_transport.network import network

    try:
        parts = network(host)
        memberships = parts.memberships.all(fresh=True)
        parts.access_point  # noqa: B018 - the settings of all parts have been read by now
    except BudkavleError as error:
        return [_not(SETTINGS, "misconfigured", error=error)]
    answers = [_settings(host, parts.discovery)]
    if not memberships:
        answers.append(_not(SETTINGS, "nobody"))
    for membership in memberships:
        if parts.discovery is not None:
            answers += _looked_up(parts.discovery, membership.participant)
            answers += _published(parts.discovery, membership, host.settings.discovery.warn_days)
        answers += _keys(membership)
        answers.append(_access_point(host, membership))
    answers += _handing_out(host)
    if parts.discovery is not None:
        for participant in participants:
            answers += _looked_up(parts.discovery, participant)
    return [*answers, *_scanners(host), *_address_book(host, memberships)]


def _scanners(host: Host) -> list[Health]:
    """Try the installation's scanners; none is passable only in the simulator."""
    scanners = list(host.platform.plugins.registered("malware_scanners"))
    if scanners:
        return [answer for of in scanners for answer in of.thing.health()]
    settings = host.settings
    simulated = settings.access_point == "spool" and settings.discovery.environment == SIMULATOR
    return [Health(SCANNER, simulated, SENTENCES["unscanned"], REMEDIES["unscanned"], notable=True)]


def report(answers: Sequence[Health], *, json_: bool) -> str:
    """Return the answers as lines, or as JSON."""
    if json_:
        listed = [
            {
                "step": answer.name,
                "ok": answer.ok,
                "sentence": str(answer),
                "remedy": "" if answer.ok else answer.remedy,
            }
            for answer in answers
        ]
        return json.dumps({"ok": all(answer.ok for answer in answers), "steps": listed}, ensure_ascii=False, indent=2)
    lines: list[str] = []
    for answer in answers:
        lines.append(f"{'✓' if answer.ok else '✗'} {translate(answer.name)}: {translate(str(answer))}")
        if answer.remedy and not answer.ok:
            lines.append(f"    {translate(answer.remedy)}")
    wrong = sum(not answer.ok for answer in answers)
    lines.append(
        translate(
            "Allt är bra."
            if not wrong
            else Sentence("{wrong} av {answers} steg ska rättas.", wrong=wrong, answers=len(answers))
        )
    )
    return "\n".join(lines)


def _settings(host: Host, discovery: Discovery | None) -> Health:
    if discovery is None:
        # Real messages through a real access point with a simulated federation's certificates would help nobody.
        well = host.settings.access_point == "spool" and host.settings.discovery.environment == SIMULATOR
        return _well(SETTINGS, "simulated") if well else _not(SETTINGS, "simulated")
    environment, zone = discovery.environment, discovery.name_service.zone
    return _well(SETTINGS, "environment", name=environment.name, version=environment.version, zone=zone)


def _looked_up(discovery: Discovery, participant: str) -> Iterator[Health]:
    begun = time.monotonic()
    try:
        urls = discovery.name_service.publishers(participant)
    except UnknownParticipant:
        yield _not(DNS, "absent", participant=participant, zone=discovery.name_service.zone)
        return
    except CertificatesUnavailable as error:
        yield _not(DNS, "no_dns", participant=participant, error=error)
        return
    yield _well(DNS, "found", participant=participant, url=urls[0], milliseconds=_since(begun))
    for document, what in DOCUMENTS:
        begun = time.monotonic()
        try:
            metadata = discovery.certpub.metadata(participant, document, anew=True)
        except UnknownParticipant:
            yield _not(SMP, "unpublished", participant=participant, what=what)
        except CertificatesUnavailable as error:
            yield _not(SMP, "no_smp", participant=participant, error=error)
        else:
            publisher = metadata.publisher.subject.rfc4514_string()
            parameters = {"participant": participant, "what": what, "publisher": publisher}
            yield _well(SMP, "published", **parameters, milliseconds=_since(begun))


def _published(discovery: Discovery, membership: Membership, warn_days: float) -> Iterator[Health]:
    """Yield what is published for an organisation of ours, against what it has."""
    who = membership.participant
    try:
        signing = discovery.certpub.signing_certificate(who)
        encryption = discovery.certpub.encryption_certificate(who)
        for certificate in {signing, encryption}:
            check_certificate(certificate, at=datetime.now(UTC))
    except UnknownParticipant:
        yield _not(CERTIFICATES, "bare", participant=who)
        return
    except CertificatesUnavailable as error:
        yield _not(CERTIFICATES, "unasked", participant=who, error=error)
        return
    except CertificateRefused as error:
        yield _not(CERTIFICATES, "refused", participant=who, error=error)
        return
    day = f"{signing.not_valid_after_utc:%Y-%m-%d}"
    if signing != membership.signer.certificate:
        yield _not(CERTIFICATES, "other", participant=who)
    elif signing.not_valid_after_utc < datetime.now(UTC) + timedelta(days=warn_days):
        yield _not(CERTIFICATES, "ending", participant=who, day=day)
    else:
        yield _well(CERTIFICATES, "same", participant=who, day=day)
    if all(pair.certificate != encryption for pair in membership.pairs):
        yield _not(CERTIFICATES, "unopenable", participant=who)
    if not can_be_asked(signing):
        yield _well(CERTIFICATES, "unnamed", participant=who)
    elif discovery.certpub.revocation and (trouble := discovery.certpub.revocation.trouble(signing)):
        yield _not(CERTIFICATES, "unasked", participant=who, error=trouble)


def _keys(membership: Membership) -> Iterator[Health]:
    try:
        for pair in membership.pairs:
            check_key_pair(pair)
    except (CertificatesUnavailable, KeyUnreadable) as error:
        yield _not(KEYS, "key_away", participant=membership.participant, error=error)
    else:
        yield _well(KEYS, "key_well", participant=membership.participant)


def _access_point(host: Host, membership: Membership) -> Health:
    from budkavle_sdk_transport.network import network

    try:
        waiting = network(host).access_point.pending(membership.participant)
    except AccessPointUnavailable as error:
        return _not(ACCESS_POINT, "no_point", participant=membership.participant, error=error)
    return _well(ACCESS_POINT, "point", participant=membership.participant, count=len(waiting))


def _handing_out(host: Host) -> Iterator[Health]:
    """Tell whether the access point leaves what we fetch where it is until it is stored; by its own WSDL."""
    from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
    from budkavle_sdk_transport.network import network

    point = network(host).access_point
    if isinstance(point, DomibusAccessPoint):
        with suppress(AccessPointUnavailable):  # told above
            yield _well(ACCESS_POINT, "leaves" if point.leaves else "once")


def _address_book(host: Host, memberships: Sequence[Membership]) -> Iterator[Health]:
    """Yield what the address book's plugin says of its health; what is the same for several organisations once."""
    check = host.platform.plugins.health_checks.get("addressbook.addressbook")
    if check is None:
        yield _not("Den nationella adressboken", "no_book")
        return
    whose = (None, *(membership.organisation_id for membership in memberships))
    answers = [answer for organisation_id in whose for answer in call(check.check, organisation_id)]
    yield from {(health.ok, str(health)): health for health in answers}.values()


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _well(step: str, key: str, /, **parameters: object) -> Health:
    return Health(step, ok=True, sentence=SENTENCES[key], facts=parameters)


def _not(step: str, key: str, /, **parameters: object) -> Health:
    return Health(step, ok=False, sentence=SENTENCES[key], remedy=REMEDIES[key], facts=parameters)
