"""The health of the address book: the age of the copy, and broken links."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import Health, Host, Sentence
from budkavle_addressbook import links
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.settings import Settings

LINKS = "Kopplingar till adressboken"


def check(host: Host, organisation_id: UUID | None) -> list[Health]:
    """Report on the installation (None: the copy), or on an organisation (its links)."""
    if organisation_id is not None:
        return list(_links(host, organisation_id))
    return [of_copy(host.settings, local_copy.status(host), datetime.now(UTC))]


def ago(age: timedelta) -> Sentence:
    """Return a length of time ago in words: `för 12 minuter sedan`."""
    minutes = int(age.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return Sentence("för ett dygn sedan") if days == 1 else Sentence("för {days} dygn sedan", days=days)
    if hours:
        return Sentence("för en timme sedan") if hours == 1 else Sentence("för {hours} timmar sedan", hours=hours)
    if minutes == 0:
        return Sentence("nyss")
    if minutes == 1:
        return Sentence("för en minut sedan")
    return Sentence("för {minutes} minuter sedan", minutes=minutes)


def of_copy(settings: Settings, copy: local_copy.Copy | None, now: datetime) -> Health:
    """Report the health of the copy."""
    if settings.url is None and (copy is None or copy.fetched_at is None):
        remedy = "Ange adressen i [plugins.addressbook] url för att kunna skicka SDK-meddelanden."
        return _health(ok=True, sentence="Ingen nationell adressbok är inställd.", remedy=remedy)
    age = copy.age(now) if copy else None
    if copy is None or age is None:
        reason = copy.failure if copy else "Den första hämtningen är inte gjord än."
        return _health(
            ok=False,
            sentence=Sentence("SDK adressbok är inte hämtad. {reason}", reason=Sentence(reason)),
            remedy=_REMEDY,
        )
    sentence = Sentence("SDK adressbok hämtades {ago}: {functions} funktioner.", ago=ago(age), functions=copy.functions)
    if copy.skipped:
        skipped = Sentence(
            "{skipped} poster saknade namn, identifierare eller organisation och hoppades över.", skipped=copy.skipped
        )
        sentence = Sentence.joined([sentence, skipped])
    sentence = Sentence.joined([sentence, copy.failure])
    if age > timedelta(seconds=settings.stale_after):
        return _health(ok=False, sentence=sentence, remedy=_REMEDY)
    return _health(ok=True, sentence=sentence)


def _health(*, ok: bool, sentence: str, remedy: str = "") -> Health:
    return Health("Den nationella adressboken", ok=ok, sentence=sentence, remedy=remedy)


def _links(host: Host, organisation_id: UUID) -> Iterator[Health]:
    linked = links.all_links(host, organisation_id)
    broken = [link for link in linked if link.broken]
    for link in broken:
        yield Health(
            LINKS,
            ok=False,
            sentence=Sentence(
                "Brevlådan {mailbox} är kopplad till {identifier}. {broken}",
                mailbox=link.mailbox,
                identifier=link.identifier,
                broken=Sentence(link.broken),
            ),
            remedy="Koppla brevlådan till en annan identifierare, eller lägg upp identifieraren i adressboken igen.",
        )
    if linked and not broken:
        yield Health(
            LINKS, ok=True, sentence=Sentence("Alla {linked} kopplingar till adressboken stämmer.", linked=len(linked))
        )


_REMEDY = "Kontrollera adressen i [plugins.addressbook] url och nätet dit, och kör sedan: budkavle addressbook refresh"
