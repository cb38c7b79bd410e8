"""The entries of the event log in words (feature O12)."""

from collections.abc import Callable, Mapping

from budkavle.audit import Entry
from budkavle.web.status import CASE_EVENTS, N_

WORDS: dict[str, str] = {
    "organisation.created": N_("Organisationen lades upp"),
    "organisation.changed": N_("Organisationens uppgifter ändrades"),
    "user.created": N_("Kontot för {thing} lades upp"),
    "user.changed": N_("Kontot för {thing} ändrades"),
    "user.password-set": N_("Lösenordet för {thing} byttes"),
    "user.signed-in": N_("{thing} loggade in"),
    "user.signed-out": N_("{thing} loggade ut"),
    "user.method-added": N_("{thing} fick ett nytt sätt att logga in"),
    "user.method-removed": N_("Ett sätt att logga in togs bort för {thing}"),
    "guest.identified": N_("Någon utan konto legitimerade sig för att läsa ett meddelande"),
    "mailbox.created": N_("Brevlådan {thing} skapades"),
    "mailbox.changed": N_("Brevlådan {thing} ändrades"),
    "mailbox.deleted": N_("Brevlådan {thing} togs bort"),
    "mailbox.linked": N_("Brevlådan {thing} kopplades till {identifier} i adressboken"),
    "mailbox.unlinked": N_("Brevlådan {thing} kopplades bort från {identifier} i adressboken"),
    "mailbox.member-added": N_("{user} fick tillgång till brevlådan {thing}"),
    "mailbox.member-removed": N_("{user} har inte längre tillgång till brevlådan {thing}"),
    "mailbox.administrator-set": N_("{user} fick ändrad behörighet i brevlådan {thing}"),
    "favourite.saved": N_("En mottagare sparades i brevlådan {thing}"),
    "favourite.confirmed": N_("Det nya namnet på en sparad mottagare i brevlådan {thing} bekräftades"),
    "favourite.removed": N_("En sparad mottagare togs bort ur brevlådan {thing}"),
    "contact.added": N_("En kontakt lades till"),
    "contact.changed": N_("En kontakt ändrades"),
    "contact.removed": N_("En kontakt togs bort"),
    "case.viewed": N_("Ett ärende lästes"),
    "message.received": N_("Ett meddelande togs emot"),
    "message.refused": N_("Ett meddelande togs inte emot"),
    "message.sent": N_("Ett meddelande skickades"),
    "message.undone": N_("Ett meddelande ångrades innan det skickades"),
    "proof.exported": N_("Ett leveransbevis hämtades"),
    "user.preferred": N_("{thing} ändrade en egen inställning"),
    "delegation.given": N_("{thing} fick läsa en kollegas inkorg"),
    "delegation.ended": N_("{thing} läser inte längre en kollegas inkorg"),
    "delivery.unreadable": N_("En leverans kunde inte läsas"),
    "delivery.retried": N_("En leverans provades igen"),
    "delivery.notified": N_("En notis om ett säkert meddelande skickades"),
    "delivery.opened": N_("Ett säkert meddelande öppnades av mottagaren"),
    "delivery.answered": N_("Ett säkert meddelande besvarades"),
    "delivery.downloaded": N_("Bilagor i ett säkert meddelande hämtades"),
    "delivery.reminded": N_("En påminnelse om ett säkert meddelande skickades"),
    "delivery.delayed": N_("En notis om ett säkert meddelande är fördröjd"),
    "delivery.expired": N_("Länken till ett säkert meddelande gick ut utan att det hade öppnats"),
    "delivery.bounced": N_("En notis om ett säkert meddelande kom tillbaka"),
    "delivery.texted": N_("Ett SMS om ett säkert meddelande kom fram"),
    "delivery.not_texted": N_("Ett SMS om ett säkert meddelande kom inte fram"),
    "delivery.maybe_texted": N_("Ett SMS om ett säkert meddelande kan ha skickats, det är inte säkert"),
    "delivery.not_notified": N_("Ett mejl om ett säkert meddelande i någons inkorg kom tillbaka"),
    "delivery.acknowledged": N_("Mottagaren kvitterade ett meddelande: accepterat"),
    "delivery.acknowledged-with-warning": N_("Mottagaren kvitterade ett meddelande, med en anmärkning"),
    "delivery.rejected": N_("Mottagaren avvisade ett meddelande"),
    "delivery.send-failure": N_("Ett meddelande kom inte fram"),
    "delivery.recalled": N_("Ett meddelande återkallades från en mottagare"),
    "message.recalled": N_("Ett meddelande som ingen hade öppnat återkallades av avsändaren"),
    "parcel.postponed": N_("En försändelse som inte gick att ta emot lades åt sidan, och provas igen"),
    "receipt.late": N_("En kvittens kom som inte ändrade något"),
    "receipt.unmatched": N_("En kvittens kom som inte hör till något meddelande här"),
    "receipt.stranger": N_("En kvittens kom från någon som inte är mottagaren; den ändrade inget"),
    "addressbook.participant": N_("Organisationens deltagaridentitet ändrades"),
    "api.client-added": N_("API-klienten {thing} lades till"),
    "api.client-removed": N_("API-klienten {thing} togs bort"),
    "api.token-given": N_("En API-klient fick en access token"),
    "api.sent": N_("Ett meddelande skickades genom API:et"),
    "api.read": N_("Ett meddelande hämtades genom API:et"),
    "api.listed": N_("Meddelanden listades genom API:et"),
    "api.deleted": N_("Ett meddelande togs bort ur API:et"),
    "api.service-changed": N_("Anslutningen till en annan meddelandetjänst ändrades"),
    "api.service-removed": N_("Anslutningen till en annan meddelandetjänst togs bort"),
    "adviser.words-changed": N_("Rådgivarens ordlista ändrades"),
    "fax.number-linked": N_("Faxnumret {number} kopplades till brevlådan {thing}"),
    "fax.number-unlinked": N_("Faxnumret {number} kopplades bort från brevlådan {thing}"),
    "fax.rules-changed": N_("Reglerna för när och hur fax går ändrades"),
    "fax.test-sent": N_("Ett provfax skickades"),
    "sdk.key-added": N_("En nyckel för SDK lades in"),
    "sms.settings-changed": N_("Organisationens inställningar för SMS ändrades"),
}
"""Sentences by kind; `{thing}` and `{user}` are names, other words are facts of the entry."""
SOMEBODY, REMOVED, COMMANDS = N_("någon"), N_("(borttagen)"), N_("Kommandoraden")


def sentence(entry: Entry, names: Mapping[str, str], say: Callable[..., str]) -> str:
    """Return what happened, in words.

    Args:
        entry: What to tell.
        names: Names of users and mailboxes by their ids; one that is missing is not named.
        say: Translates a sentence and fills in its facts.
    """
    area, _, what = entry.kind.partition(".")
    known = WORDS.get(entry.kind)
    if known is None and area == "case" and what in CASE_EVENTS:
        return say(CASE_EVENTS[what], user=say(entry.actor))
    if known is None:
        return entry.kind
    facts = {"identifier": ""} | {name: str(value) for name, value in entry.facts.items()}
    user = names.get(facts.get("user", ""), say(SOMEBODY))
    thing = names.get(entry.thing or "") or facts.get("name") or say(SOMEBODY if area == "user" else REMOVED)
    return say(known, **{**facts, "user": user, "thing": thing})
