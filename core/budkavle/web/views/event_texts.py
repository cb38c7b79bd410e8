"""The entries of the event log in words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import SettingsSection, fields_of
from budkavle.storage.audit import Entry
from budkavle.web.views.delivery_status import CASE_EVENTS, N_

WORDS: dict[str, str] = {
    "organisation.created": N_("Organisationen lades upp"),
    "organisation.entered": N_("Någon med rätt till hela installationen började arbeta i organisationen"),
    "events.exported": N_("Händelseloggen hämtades som {format}"),
    "incident.drafted": N_("Utkast till anmälningar efter en incident togs fram ur händelseloggen"),
    "organisation.changed": N_("Organisationens uppgifter ändrades"),
    "organisation.renamed": N_("Organisationen bytte namn från {before} till {after}"),
    "organisation.logo-changed": N_("Organisationens logotyp byttes"),
    "organisation.logo-removed": N_("Organisationens logotyp togs bort"),
    "processing.changed": N_("Registret över behandlingar ändrades: {name}"),
    "licence.warned": N_("Organisationens administratörer påmindes om licensen"),
    "organisation.channels-changed": N_("Installationens administratör ändrade vad organisationen får skicka"),
    "organisation.paused": N_("Organisationen pausades: {reason}"),
    "organisation.removal-asked": N_("Installationens administratör bad om att organisationen tas bort: {reason}"),
    "organisation.removal-approved": N_("En andra administratör godkände att organisationen tas bort"),
    "organisation.removal-refused": N_("En andra administratör avslog att organisationen tas bort"),
    "organisation.removal-withdrawn": N_("Begäran om att ta bort organisationen togs tillbaka"),
    "organisation.export-asked": N_("Installationens administratör bad om en export av organisationen: {reason}"),
    "organisation.export-approved": N_("En andra administratör godkände att organisationen exporteras"),
    "organisation.export-refused": N_("En andra administratör avslog exporten av organisationen"),
    "organisation.export-withdrawn": N_("Exporten av organisationen togs tillbaka"),
    "organisation.export-written": N_("Organisationens arkiv är skrivet. Begärt av {asker}, godkänt av {decider}"),
    "organisation.export-fetched": N_("Organisationens arkiv hämtades"),
    "organisation.resumed": N_("Pausen avslutades, och organisationen är igång igen"),
    "organisation.arrived": N_("Organisationen flyttade hit från {address}"),
    "settings.changed": N_("Organisationens inställningar ändrades: {section}"),
    "settings.tested": N_("Inställningarna provades: {section}"),
    "settings.test-failed": N_("Inställningarna provades och provet gick inte bra: {section}"),
    "mailbox.settings-changed": N_("Inställningar för brevlådan {thing} ändrades: {section}"),
    "user.created": N_("Kontot för {thing} lades upp"),
    "user.changed": N_("Kontot för {thing} ändrades"),
    "user.taken-over": N_("Kontot för {thing} sköts nu av organisationens katalog"),
    "user.closed": N_("Kontot för {thing} stängdes"),
    "user.destroyed": N_("Personens uppgifter i det stängda kontot för {thing} gallrades"),
    "user.opened": N_("Kontot för {thing} öppnades igen"),
    "user.invited": N_("{thing} fick en inbjudan"),
    "user.invitation-withdrawn": N_("Inbjudan till {thing} togs tillbaka"),
    "user.invitation-used": N_("{thing} använde sin inbjudan"),
    "user.methods-reset": N_("Alla sätt att logga in togs bort för {thing}"),
    "users.imported": N_("Konton lades upp från en fil: {count}"),
    "user.role-changed": N_("{thing} fick en annan roll"),
    "user.session-ended": N_("{thing} avslutade egna inloggningar på andra ställen: {number}"),
    "user.sessions-ended": N_("{thing} loggades ut överallt"),
    "user.password-forgotten": N_("En länk för att välja nytt lösenord skickades till {thing}"),
    "user.password-link-failed": N_("En länk för att välja nytt lösenord kunde inte skickas till {thing}: {why}"),
    "notice.lost": N_("Något som Budkavle skulle tala om för {thing} kom inte fram ({kind}): {why}"),
    "user.password-link-sent": N_("{thing} fick en länk för att välja ett nytt lösenord"),
    "user.password-reset": N_("{thing} fick ett engångslösenord"),
    "user.number-set": N_("Ett personnummer skrevs in för {thing}"),
    "user.method-confirmed": N_("Ett sätt att logga in bekräftades för {thing}"),
    "user.password-set": N_("Lösenordet för {thing} byttes"),
    "sign-in-way.tried": N_("Sättet att logga in {provider} provades"),
    "user.emergency-sign-in": N_("{thing} loggade in med nödkontot, på ett sätt som inte är valt: {provider}"),
    "user.notices-chosen": N_("{thing} ändrade sina aviseringar"),
    "user.searched": N_("{thing} sökte bland ärenden"),
    "user.signed-in": N_("{thing} loggade in"),
    "user.session-copied": N_("{thing}s inloggning användes i två webbläsare, och avslutades i båda"),
    "user.signed-out": N_("{thing} loggade ut"),
    "user.signed-out-elsewhere": N_("{thing} loggade ut hos {provider}, och därför här också"),
    "user.method-added": N_("{thing} fick ett nytt sätt att logga in"),
    "user.method-removed": N_("Ett sätt att logga in togs bort för {thing}"),
    "guest.session-copied": N_("En gästs inloggning användes i två webbläsare, och avslutades i båda"),
    "guest.identified": N_("Någon utan konto legitimerade sig för att läsa ett meddelande"),
    "mailbox.created": N_("Brevlådan {thing} skapades"),
    "mailbox.changed": N_("Brevlådan {thing} ändrades"),
    "mailbox.deleted": N_("Brevlådan {thing} togs bort"),
    "mailbox.restored": N_("Brevlådan {thing} togs i bruk igen"),
    "mailbox.destroyed": N_("Det som fanns kvar av den borttagna brevlådan {thing} gallrades"),
    "retention.reminded": N_("De som läser brevlådan {thing} påmindes om meddelanden som försvinner"),
    "mailboxes.exported": N_("Funktionsbrevlådorna och deras användare laddades ner som fil"),
    "mailbox.member-added": N_("{user} fick tillgång till brevlådan {thing}"),
    "mailbox.member-removed": N_("{user} har inte längre tillgång till brevlådan {thing}"),
    "mailbox.successor-set": N_("{user} fick läsa den personliga inkorgen hos {thing}, vars konto är stängt"),
    "mailbox.reading-set": N_("{user} fick ändrad rätt att skriva i brevlådan {thing}"),
    "mailbox.tag-added": N_("Brevlådan {thing} fick taggen {tag}"),
    "mailbox.tag-changed": N_("Taggen {before} i brevlådan {thing} ändrades till {tag}"),
    "mailbox.tag-removed": N_("Taggen {tag} togs bort ur brevlådan {thing}"),
    "mailbox.administrator-set": N_("{user} fick ändrad behörighet i brevlådan {thing}"),
    "case.forwarded": N_("Ett meddelande vidarebefordrades"),
    "case.refused": N_("Någon försökte läsa ett begränsat ärende, och nekades"),
    "case.not-readable": N_("Någon som inte läser brevlådan försökte nå ett ärende i den, och nekades"),
    "mailbox.not-readable": N_("Någon försökte öppna brevlådan {thing} utan att få läsa den, och nekades"),
    "case.not-there": N_("Någon frågade efter ett ärende eller en del av ett som inte finns här ({asked})"),
    "mailbox.not-there": N_("Någon frågade efter en brevlåda som inte finns här ({asked})"),
    "user.asked-in-vain": N_("{thing} har frågat efter {count} saker som inte finns här, inom en timme"),
    "case.without-readers": N_("Ingen av dem som får läsa ett begränsat ärende finns kvar i brevlådan"),
    "case.viewed": N_("Ett ärende lästes"),
    "case.file-opened": N_("En fil i ett ärende öppnades"),
    "user.identification-failed": N_("Någon försökte identifiera sig som {thing} ({provider}), men nekades: {why}"),
    "guest.identification-failed": N_("Någon utan konto försökte identifiera sig ({provider}), men nekades: {why}"),
    "user.ending-told": N_("{thing} fick besked om att en inbjudan eller ett engångslösenord snart inte gäller"),
    "user.sign-in-blocked": N_("För många försök att logga in som {thing}: fler prövas inte på en stund"),
    "user.sign-in-failed": N_("Någon försökte logga in som {thing}, med fel lösenord eller kod"),
    "administration.refused": N_("{thing} nekades administration, eftersom nätverket inte är ert ({path})"),
    "page.refused": N_("{thing} nekades en sida utan att ha rätt till den ({path})"),
    "page.stale": N_("Ett formulär från en annan inloggning eller webbplats togs inte emot från {thing} ({path})"),
    "limit.reached": N_("{thing} nådde en gräns och fick vänta: {why}"),
    "input.broken": N_("Något som inte går att läsa kom från {thing} och togs inte emot: {why}"),
    "program.refused": N_("Ett program nekades ({plugin}): {why}"),
    "link.read": N_("Ett säkert meddelande lästes av mottagaren ({method})"),
    "case.destroyed": N_("Ett ärende gallrades och går inte längre att läsa"),
    "case.held-back": N_("Ett ärende gallrades inte: {why}"),
    "case.messages-destroyed": N_("Meddelanden i ett ärende gallrades"),
    "message.destroyed": N_("Ett meddelande gallrades och går inte längre att läsa"),
    "approval.asked": N_("En åtgärd väntar på att en andra person godkänner den"),
    "approval.approved": N_("En åtgärd som väntade på godkännande godkändes"),
    "approval.rejected": N_("En åtgärd som väntade på godkännande avslogs"),
    "approval.withdrawn": N_("En åtgärd som väntade på godkännande togs tillbaka"),
    "approval.expired": N_("En åtgärd som väntade på godkännande hann inte avgöras"),
    "approval.done": N_("En godkänd åtgärd genomfördes"),
    "approval.failed": N_("En godkänd åtgärd gick inte att genomföra"),
    "mailbox.approval-set": N_("Det ändrades om det som skickas från {thing} ska godkännas av en kollega"),
    "message.received": N_("Ett meddelande togs emot"),
    "message.refused": N_("Ett meddelande togs inte emot"),
    "malware.refused": N_("En fil med skadlig kod ({malware}) togs inte emot"),
    "message.sent": N_("Ett meddelande skickades"),
    "message.undone": N_("Ett meddelande ångrades innan det skickades"),
    "message.scheduled": N_("En tid bestämdes när ett meddelande ska skickas"),
    "message.unscheduled": N_("Ett meddelande som skulle skickas senare togs tillbaka"),
    "message.not_scheduled": N_("Ett meddelande kunde inte skickas vid den tid som var bestämd"),
    "message.parked": N_("Ett meddelande gick inte att skicka, och väntar på att någon gör något åt det"),
    "receipt.parked": N_("En kvittens gick inte att skicka, och väntar på att någon gör något åt det"),
    "user.preferred": N_("{thing} ändrade en egen inställning"),
    "delegation.given": N_("{thing} fick läsa en kollegas inkorg"),
    "delegation.ended": N_("{thing} läser inte längre en kollegas inkorg"),
    "delivery.retried": N_("En leverans provades igen"),
    "delivery.explained": N_("Orsaken till att ett meddelande inte kunde skickas förtydligades"),
    "delivery.notified": N_("En notis om ett säkert meddelande skickades"),
    "delivery.opened": N_("Ett säkert meddelande öppnades av mottagaren"),
    "delivery.answered": N_("Ett säkert meddelande besvarades"),
    "delivery.downloaded": N_("Bilagor i ett säkert meddelande hämtades"),
    "delivery.reminded": N_("En påminnelse om ett säkert meddelande skickades"),
    "delivery.delayed": N_("En notis om ett säkert meddelande är fördröjd"),
    "delivery.expired": N_("Länken till ett säkert meddelande gick ut utan att det hade öppnats"),
    "delivery.bounced": N_("En notis om ett säkert meddelande kom tillbaka"),
    "delivery.unnotified": N_("Ett säkert meddelande lades i en inkorg utan att någon notis skickas"),
    "delivery.not_notified": N_("Ett mejl om ett säkert meddelande i någons inkorg kom tillbaka"),
    "delivery.acknowledged": N_("Mottagaren kvitterade ett meddelande: accepterat"),
    "delivery.acknowledged-with-warning": N_("Mottagaren kvitterade ett meddelande, med en anmärkning"),
    "delivery.rejected": N_("Mottagaren avvisade ett meddelande"),
    "delivery.send-enqueued": N_("Accesspunkten tog över ett meddelande"),
    "delivery.waiting-for-receipt": N_("Ett meddelande kom fram, och mottagarens kvittens väntas"),
    "delivery.send-attempt-failed": N_("Accesspunkten gav upp ett meddelande, som lämnas dit en gång till"),
    "delivery.waiting-for-retry": N_("Accesspunkten försöker skicka ett meddelande igen"),
    "delivery.not-found": N_("Accesspunkten känner inte till ett meddelande"),
    "delivery.send-failure": N_("Ett meddelande kom inte fram"),
    "delivery.recalled": N_("Ett meddelande återkallades från en mottagare"),
    "message.recalled": N_("Ett meddelande som ingen hade öppnat återkallades av avsändaren"),
    "receipt.late": N_("En kvittens kom som inte ändrade något"),
    "receipt.unmatched": N_("En kvittens kom som inte hör till något meddelande här"),
    "receipt.stranger": N_("En kvittens kom från någon som inte är mottagaren; den ändrade inget"),
}
"""Sentences by kind; `{thing}` and `{user}` are names, other placeholders are facts of the entry."""
INSTALLATION_WORDS: dict[str, str] = {
    "incident.drafted": N_("Utkast till anmälningar efter en incident togs fram ur händelseloggen"),
    "organisation.created": N_("Organisationen {thing} lades upp"),
    "organisation.entered": N_("Någon med rätt till hela installationen började arbeta i organisationen {thing}"),
    "administrator.added": N_("{thing} blev administratör för installationen"),
    "administrator.removed": N_("{thing} är inte längre administratör för installationen"),
    "organisation.renamed": N_("Organisationen {thing} fick andra uppgifter"),
    "organisation.paused": N_("Organisationen {thing} pausades: {reason}"),
    "organisation.removal-asked": N_("Någon bad om att organisationen {thing} tas bort: {reason}"),
    "organisation.removal-approved": N_("En andra administratör godkände att organisationen {thing} tas bort"),
    "organisation.removal-refused": N_("En andra administratör avslog att organisationen {thing} tas bort"),
    "organisation.removal-withdrawn": N_("Begäran om att ta bort organisationen {thing} togs tillbaka"),
    "organisation.export-asked": N_("Någon bad om en export av organisationen {thing}: {reason}"),
    "organisation.export-approved": N_("En andra administratör godkände att organisationen {thing} exporteras"),
    "organisation.export-refused": N_("En andra administratör avslog exporten av organisationen {thing}"),
    "organisation.export-withdrawn": N_("Exporten av organisationen {thing} togs tillbaka"),
    "organisation.export-written": N_(
        "Arkivet för organisationen {thing} är skrivet. Begärt av {asker}, godkänt av {decider}"
    ),
    "organisation.export-fetched": N_("Arkivet för organisationen {thing} hämtades"),
    "organisation.export-expired": N_("Tiden för exporten av organisationen {thing} gick ut"),
    "organisation.export-failed": N_("Exporten av organisationen {thing} gick inte att skriva"),
    "organisation.removed": N_(
        "Organisationen {thing} är borttagen med allt: {rows} rader, {files} filer. "
        "Begärt av {asker}, godkänt av {decider}"
    ),
    "organisation.resumed": N_("Pausen avslutades för organisationen {thing}"),
    "organisation.move-begun": N_("Flytten av organisationen {thing} till {address} började"),
    "organisation.move-undone": N_("Flytten av organisationen {thing} avbröts. Den fortsätter här"),
    "organisation.arrived": N_("Organisationen {thing} flyttade hit från {address}"),
    "organisation.copy-removed": N_("Det som var kvar av den flyttade organisationen {thing} togs bort: {rows} rader"),
    "sign-in.failed": N_("Någon försökte logga in ({provider}), men nekades: {why}"),
    "sign-in.blocked": N_("För många försök att logga in med adresser utan konto: fler prövas inte på en stund"),
    "sign-in.unknown": N_("Någon försökte logga in med en adress som inget konto har"),
    "program.refused": N_("Ett program som inte är känt nekades ({plugin}): {why}"),
    "node.taken-out": N_("Noden {thing} togs ur drift"),
    "node.put-in-service": N_("Noden {thing} sattes i drift igen"),
    "node.forgotten": N_("Noden {thing} togs bort ur listan"),
    "events.exported": N_("Installationens händelselogg hämtades som {format}"),
    "files.swept": N_("Filer som ingen rad hörde ihop med togs bort ur lagret: {count}"),
    "keys.move-begun": N_("Flytten av nycklar från {source} till {target} började"),
    "keys.move-stopped": N_("Flytten av nycklar från {source} till {target} avbröts: {count} är flyttade"),
    "keys.moved": N_("Nycklarna flyttades från {source} till {target}: {count}"),
    "keys.recovered": N_("Nycklarna återskapades med återställningsnyckeln: {count}; utan kopia: {left}"),
    "keys.renewal-begun": N_("Förnyelsen av nycklar började: {count} återstår"),
    "keys.renewed": N_("Nycklarna är förnyade: {count}"),
    "keys.renewal-stopped": N_("Förnyelsen av nycklar avbröts: {count} är klara, {left} återstår"),
    "keys.slots-renewed": N_("Nyckellagret skrevs om med nya nycklar"),
    "keys.resealing-begun": N_("Det som är förseglat med äldre nycklar börjar förseglas på nytt"),
    "keys.resealed": N_("Det som var förseglat med äldre nycklar är förseglat på nytt: {count}"),
    "keys.resealing-stopped": N_("Förseglingen på nytt avbröts: {count} är klara"),
    "installation.restored": N_("Installationen återställdes från en säkerhetskopia, och är i karantän"),
    "quarantine.begun": N_("Installationen sattes i karantän: inget skickas eller hämtas"),
    "quarantine.released": N_("Karantänen avslutades. Skickas: {send}. Osäkert: {ask}. Skickas inte: {leave}."),
}
"""Sentences of the installation's own log by kind, see `record_for_installation`; `{thing}` is the entry's `name`."""
GROUPS: dict[str, str] = {
    "sign-in": N_("Inloggning"),
    "accounts": N_("Konton och behörigheter"),
    "mailboxes": N_("Brevlådor och tillgång"),
    "cases": N_("Ärenden"),
    "messages": N_("Meddelanden och leveranser"),
    "approvals": N_("Godkännanden"),
    "organisation": N_("Organisationen och dess inställningar"),
    "plugins": N_("Tillägg"),
}
"""Groups of kinds, by which the log is filtered."""
ICONS: dict[str, str] = {
    "sign-in": "key",
    "accounts": "people",
    "mailboxes": "group",
    "cases": "inbox",
    "messages": "letter",
    "approvals": "check-circle",
    "organisation": "house",
    "plugins": "dot",
}
"""The icon of each group."""
_SIGN_IN = frozenset(
    {
        "user.signed-in",
        "user.signed-out",
        "user.signed-out-elsewhere",
        "user.session-ended",
        "user.session-copied",
        "user.sessions-ended",
        "user.sign-in-failed",
        "user.sign-in-blocked",
        "user.identification-failed",
        "guest.identified",
        "guest.session-copied",
        "guest.identification-failed",
    }
)
_AREAS = {
    "sign-in": "sign-in",
    "program": "sign-in",
    "page": "sign-in",
    "user": "accounts",
    "delegation": "accounts",
    "administrator": "accounts",
    "mailbox": "mailboxes",
    "case": "cases",
    "message": "messages",
    "delivery": "messages",
    "receipt": "messages",
    "approval": "approvals",
    "organisation": "organisation",
    "settings": "organisation",
    "events": "organisation",
    "incident": "organisation",
    "node": "organisation",
    "installation": "organisation",
    "keys": "organisation",
    "quarantine": "organisation",
}
OF_A_SECTION = frozenset({"settings.changed", "mailbox.settings-changed", "settings.tested", "settings.test-failed"})
OF_CASE = N_("{event} (ärende {number})")
"""The text for an event of a case that still exists."""
SOMEBODY, REMOVED, COMMANDS = N_("någon"), N_("(borttagen)"), N_("Kommandoraden")
GUEST, PLUGIN = N_("Gäst"), N_("{name} (tillägg)")


def group_of(kind: str) -> str:
    """Return the group that a kind of entry belongs to."""
    return "sign-in" if kind in _SIGN_IN else _AREAS.get(kind.partition(".")[0], "plugins")


def kinds_of(group: str, words: Iterable[str]) -> list[str]:
    """Return the kinds of a group.

    Args:
        group: One of `GROUPS`.
        words: The kinds that plugins have texts for.
    """
    known = {*WORDS, *INSTALLATION_WORDS, *(f"case.{event}" for event in CASE_EVENTS), *words}
    return sorted(kind for kind in known if group_of(kind) == group)


def sentence(
    entry: Entry,
    words: Mapping[str, str],
    names: Mapping[str, str],
    say: Callable[..., str],
    sections: Mapping[str, SettingsSection[Any]],
) -> str:
    """Return what happened, in words.

    Args:
        entry: The entry.
        words: Sentences by kind: those of `WORDS` and of plugins.
        names: Names of users and mailboxes and numbers of cases by their ids, and labels of plugins by their names in
            the settings; if one is missing, the sentence does without it.
        say: Translates a sentence and fills in its facts.
        sections: The settings sections, by the keys that entries use.
    """
    event, number = happened(entry, words, names, say, sections), number_of_case(entry, names)
    return say(OF_CASE, event=event, number=number) if number else event


def number_of_case(entry: Entry, names: Mapping[str, str]) -> str | None:
    """Return the number of an entry's case; None if it has no case, or if the case is gone."""
    return names.get(entry.thing or "") if entry.kind.startswith("case.") else None


def happened(
    entry: Entry,
    words: Mapping[str, str],
    names: Mapping[str, str],
    say: Callable[..., str],
    sections: Mapping[str, SettingsSection[Any]],
) -> str:
    """Return what happened as `sentence` does, but without the case number, which is shown separately."""
    area, _, event_name = entry.kind.partition(".")
    text = words.get(entry.kind)
    if text is None and area == "case" and event_name in CASE_EVENTS:
        facts = {name: str(value) for name, value in entry.facts.items()}
        return say(CASE_EVENTS[event_name], **{**facts, "user": say(entry.actor)})
    if text is None:
        return entry.kind
    values = {"identifier": ""} | {name: str(value) for name, value in entry.facts.items()}
    if "why" in values:
        values["why"] = say(Sentence.from_stored(values["why"]))
    if "section" in values and entry.kind in OF_A_SECTION:
        values["section"] = _changes(entry, sections.get(values["section"]), say)
    if "plugin" in values:
        values["plugin"] = names.get(values["plugin"], values["plugin"])
    user = names.get(values["user"], say(SOMEBODY)) if "user" in values else say(entry.actor)
    thing = names.get(entry.thing or "") or values.get("name") or say(SOMEBODY if area == "user" else REMOVED)
    filled = say(text, **{**values, "user": user, "thing": thing})
    known = (names.get(entry.thing or ""), names.get(values.get("user", "")), values.get("name"))
    # A known name keeps its first letter as written; a placeholder for an unknown name is capitalised.
    return filled if any(name and filled.startswith(name) for name in known) else filled[:1].upper() + filled[1:]


def _changes(entry: Entry, section: SettingsSection[Any] | None, say: Callable[..., str]) -> str:
    """Return the section and each field's change; names from the code are used if the plugin is off."""
    labels = {field.name: say(field.setting.label) for field in fields_of(section.type)} if section else {}
    changes = [f"{labels.get(name, name)}: {change}" for name, change in entry.facts.items() if name != "section"]
    title = say(section.title) if section else str(entry.facts["section"])
    return f"{title} ({'; '.join(changes)})" if changes else title
