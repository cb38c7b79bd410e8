"""Whether SMS works: the gateway's answer, its last result, and failures of an organisation."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from budkavle import ActorScope, BudkavleError, Health, Host, Sentence, call
from budkavle.accounts import all_organisations
from budkavle.notices import NoticeKind, count_failed_notices
from budkavle_sms.gateways.base import Gateway
from budkavle_sms.notices.settings import chosen_sender, sender_of
from budkavle_sms.register import Register
from budkavle_sms.settings import SmsSettings

NAME = "SMS"
DAY = timedelta(days=1)
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
LOG = "Inga SMS skickas: de visas bara för administratörer."
LOG_REMEDY = "Ange gateway i [plugins.sms] innan organisationen tar SMS i bruk."
WELL = "SMS-tjänsten ({gateway}) svarar."
FAILED = "Senaste försöket att skicka SMS misslyckades: {reason}"
SILENT = "SMS-tjänsten ({gateway}) svarar inte som den ska: {reason}"
REMEDY = "Kontrollera [plugins.sms] i inställningarna, nätet dit och kontot hos tjänsten."
UNDELIVERED = "{count} SMS kom inte fram det senaste dygnet."
UNDELIVERED_REMEDY = "Orsaken står vid varje meddelande under SMS i menyn."
FREE_SENDERS = "Organisationerna väljer själva vilken avsändare deras SMS har, även en annans namn."
FREE_SENDERS_REMEDY = "Ange vilken organisation varje avsändare hör till i [plugins.sms.senders]."
UNKNOWN = "senders i [plugins.sms] ger avsändare till organisationer som inte finns: {names}."
UNKNOWN_REMEDY = "Rätta kortnamnen i [plugins.sms.senders]. budkavle org list visar dem som finns."
NOT_ASSIGNED = "Avsändaren {chosen} är inte organisationens, så SMS går från {sender} i stället."
NOT_ASSIGNED_REMEDY = (
    "Välj en annan avsändare i inställningarna för SMS, eller be den som sköter Budkavle att ange den i senders."
)
DELIVERED = "Inget SMS har misslyckats det senaste dygnet."


def check(host: Host, register: Register, gateway: Gateway, organisation_id: UUID | None) -> Iterator[Health]:
    """Report the health of the installation (None), or of one organisation."""
    if organisation_id is None:
        yield from _gateway(host, register, gateway)
        return
    with host.work(host.system(organisation_id)) as work:
        count = count_failed_notices(work, NoticeKind.SMS, datetime.now(UTC) - DAY)
    if count:
        yield Health(NAME, False, UNDELIVERED, UNDELIVERED_REMEDY, {"count": count})
    else:
        yield Health(NAME, True, DELIVERED)


def senders(host: Host, gateway: Gateway, organisation_id: UUID | None) -> Iterator[Health]:
    """Warn an installation that has assigned no senders, and an organisation whose chosen sender is not its own."""
    if organisation_id is None:
        if gateway.name != "log" and not host.settings.senders:
            yield Health(NAME, True, FREE_SENDERS, FREE_SENDERS_REMEDY, notable=True)
        everybody = all_organisations(host.platform, host.system(None, ActorScope.INSTALLATION))
        if unknown := sorted(set(host.settings.senders.values()) - {each.slug for each in everybody}):
            yield Health(NAME, False, UNKNOWN, UNKNOWN_REMEDY, {"names": ", ".join(unknown)})
        return
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        facts = {"chosen": chosen_sender(host, work), "sender": sender_of(host, work)}
    if facts["chosen"] != facts["sender"]:
        yield Health(NAME, False, NOT_ASSIGNED, NOT_ASSIGNED_REMEDY, facts)


def plaintext(settings: SmsSettings, organisation_id: UUID | None) -> list[Health]:
    """Report whether SMS cross a network unencrypted on their way to the message centre."""
    if organisation_id is not None or settings.gateway != "smpp" or settings.smpp.tls:
        return []
    return Health.unencrypted(NAME, "plugins.sms.smpp", settings.smpp.host)


def _gateway(host: Host, register: Register, gateway: Gateway) -> Iterator[Health]:
    if gateway.name == "log":
        local = urlsplit(host.platform.settings.base_url).hostname in LOCAL
        yield Health(NAME, local, LOG, "" if local else LOG_REMEDY)
        return
    try:
        call(gateway.probe)
    except BudkavleError as error:
        yield Health(NAME, False, SILENT, REMEDY, {"gateway": gateway.name, "reason": error})
        return
    last = register.gateway(gateway.name)
    if last and last["failed_at"] and (last["well_at"] is None or last["well_at"] < last["failed_at"]):
        yield Health(NAME, False, FAILED, REMEDY, {"reason": Sentence.from_stored(last["failure"])})
    else:
        yield Health(NAME, True, WELL, facts={"gateway": gateway.name})
