"""The texts of the mails, in the reader's language, as plain text and as HTML.

A mail names only the sending organisation: the name of a mailbox may reveal more about its reader than an unencrypted
mail should. The subject and the text of the secure message are not available here.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from budkavle import Host, NotFound, Organisation, as_uuid, translations
from budkavle.accounts import find_organisation, read_settings
from budkavle.notices import Notice, NoticeLink
from budkavle.web import guest_preview
from budkavle_email_link.link_settings import LinkRules
from budkavle_email_link.links import Link, derived
from budkavle_email_link.mail import calendar
from budkavle_email_link.mail.addresses import ascii_form
from budkavle_email_link.mail.message import Mail
from budkavle_email_link.settings import EmailLinkSettings

ZONE = ZoneInfo("Europe/Stockholm")
LANGUAGES = ("sv", "en")
CHANGES = {
    "method-added": "Ett nytt sätt att logga in på ditt konto",
    "method-removed": "Ett sätt att logga in är borttaget från ditt konto",
    "password-set": "Lösenordet till ditt konto är bytt",
    "number-set": "En administratör har skrivit in ett personnummer för ditt konto",
    "method-confirmed": "En administratör har bekräftat hur du loggar in på ditt konto",
    "password-reset": "En administratör har gett ditt konto ett engångslösenord",
    "role-changed": "En administratör har ändrat din roll",
    "sign-in-blocked": "Någon har försökt logga in på ditt konto",
    "session-copied": "Din inloggning användes i två webbläsare",
}
"""The subjects of mails about an account, by what has changed or happened."""
EXPLAINED = {
    "sign-in-blocked": "Försöken nekades, och fler därifrån nekas en stund. Ingenting i kontot har ändrats.",
    "session-copied": "Den avslutades i båda. Någon kan ha kopierat den, till exempel med ett skadligt program.",
}
"""A further sentence of a mail, if the subject alone does not explain it."""
CHANGED = "Ditt konto har ändrats"
"""The subject for a kind of change that only a newer version of the core knows."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a mail, from which both its bodies are made."""

    subject: str
    title: str
    lead: str
    foot: str
    quote_head: str = ""
    quote: str = ""
    button: str = ""
    url: str = ""
    code: str = ""
    facts: tuple[str, ...] = ()
    why_head: str = ""
    why: tuple[str, ...] = ()
    organisation: str = ""
    colour: str = ""

    def text(self) -> str:
        """Return the plain text body: paragraphs, with the URL alone on its line."""
        quote = f"{self.quote_head}\n\n{self.quote}" if self.quote else ""
        link = f"{self.button}:\n{self.url}" if self.url else ""
        why = "\n".join((self.why_head, *(f"- {reason}" for reason in self.why))) if self.why else ""
        parts = (self.title, self.lead, quote, self.code, link, *self.facts, why, self.foot)
        return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A change of an account or its sign-in methods.

    Attributes:
        user_id: The account.
        kind: What has changed, one of `CHANGES`.
        at: When it changed.
    """

    user_id: UUID
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoticeTexts:
    """The texts of a notice to a user with an account."""

    subject: str
    text: str
    link: NoticeLink
    footnote: str = ""


class Wording:
    """Writes the mails of one installation.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def notification(self, link: Link, open_text: str) -> Mail:
        """Return the mail about a new message, with the sender's open text if there is one (X5, X6)."""
        say, whose = self.say(link.reader.language), self.organisation(link.organisation_id)
        title = say("{organisation} har skickat dig ett säkert meddelande").format(organisation=whose.name)
        return self._about(link, whose, title, open_text.strip(), standard=True)

    def reminder(self, link: Link) -> Mail:
        """Return the mail that reminds of a message, without the sender's open text."""
        say, whose = self.say(link.reader.language), self.organisation(link.organisation_id)
        title = say("Påminnelse: {organisation} har skickat dig ett säkert meddelande")
        return self._about(link, whose, title.format(organisation=whose.name), "")

    def arrival(self, language: str, sender: str, case_id: UUID | None = None) -> NoticeTexts:
        """Return the notice to a user with an account that a secure message waits, with a link to it."""
        say = self.say(language)
        lead = say("Det kommer från {organisation}. Logga in för att läsa det.").format(organisation=sender)
        link = NoticeLink(say("Läs meddelandet"), f"{self.base_url}/c/{case_id}" if case_id else f"{self.base_url}/")
        return NoticeTexts(
            say("Du har fått ett säkert meddelande"), lead if sender else say("Logga in för att läsa det."), link
        )

    def account(self, change: AccountChange, organisation: str, language: str) -> NoticeTexts:
        """Return the notice about a change of an account."""
        say = self.say(language)
        at = format_datetime(
            change.at.astimezone(ZONE), "d MMMM y HH.mm" if language == "sv" else "d MMMM y HH:mm", locale=language
        )
        text = say("Det gäller ditt konto hos {organisation} och hände den {at}.")
        if explained := EXPLAINED.get(change.kind):
            text += f" {say(explained)}"
        warning = say("Byt lösenord genast, och be din organisations administratör om hjälp.")
        return NoticeTexts(
            say(CHANGES.get(change.kind, CHANGED)),
            text.format(organisation=organisation, at=at),
            NoticeLink(say("Se hur du loggar in"), f"{self.base_url}/account/methods"),
            f"{say('Var det inte du?')} {warning}",
        )

    def notice(self, organisation_id: UUID, notice: Notice, bounce: str) -> Mail:
        """Return the mail of a notice that a plugin has requested."""
        language = notice.language if notice.language in LANGUAGES else LANGUAGES[0]
        say, whose = self.say(language), self.organisation(organisation_id)
        parts = _Parts(
            subject=notice.subject,
            title=notice.subject,
            lead=notice.text,
            button=notice.link.label if notice.link else "",
            url=notice.link.url if notice.link else "",
            facts=(notice.footnote,) if notice.footnote else (),
            foot=say("Mejlet är skickat automatiskt. Det går inte att svara på det."),
        )
        mail = self._mail(parts, notice.address, whose.name, derived(str(notice.id), "notice"), language, bounce)
        mail = replace(mail, case_id=self._case_of(parts.url))
        if notice.calendar is None:
            return mail
        text = calendar.entry(notice.calendar, (self._settings.sender, whose.name), mail.to)
        return replace(mail, calendar=text, calendar_method=notice.calendar.method.value)

    def code(self, email: str, language: str, code: str, message_id: str) -> Mail:
        """Return the mail with a code."""
        say = self.say(language)
        parts = _Parts(
            subject=say("Din kod från Budkavle"),
            title=say("Din kod"),
            lead=say("Skriv koden på sidan där du bad om den. Den gäller i 10 minuter, och bara där."),
            code=code,
            why_head=say("Har du inte bett om någon kod?"),
            why=(say("Då kan du bortse från mejlet. Lämna aldrig ut koden till någon, inte heller till oss."),),
            foot=say("Mejlet är skickat automatiskt. Det går inte att svara på det."),
        )
        return self._mail(parts, email, "Budkavle", message_id, language)

    def organisation(self, organisation_id: UUID) -> Organisation:
        """Return an organisation."""
        with self._host.work(self._host.system(organisation_id)) as work:
            return find_organisation(work)

    def contact(self, contact: str, organisation: str, language: str) -> str:
        """Return how to check whether a mail is genuine, in the organisation's own words if it has any."""
        if contact.strip():
            return contact.strip()
        say = self.say(language)
        doubt = say("Är du osäker, ring {organisation}. Ta numret från deras egen webbplats, inte härifrån.")
        return self._settings.contact or doubt.format(organisation=organisation)

    def url(self, link: Link) -> str:
        """Return the link's address."""
        return f"{self.base_url}/l/{link.token}"

    def say(self, language: str) -> Callable[[str], str]:
        """Return a function that translates the plugin's sentences into a language."""
        return translations(language, dict(self._host.platform.plugins.folders("locale"))).gettext

    @property
    def base_url(self) -> str:
        """The installation's base URL, without a slash at the end."""
        return self._host.platform.settings.base_url.rstrip("/")

    def _case_of(self, url: str) -> str:
        """Return the id of the case that a URL of ours opens; empty for other URLs."""
        word = url.removeprefix(f"{self.base_url}/c/")
        return word if word != url and as_uuid(word) else ""

    @property
    def host_name(self) -> str:
        """The host name of the installation, for people to compare with the address in their browser."""
        return urlsplit(self.base_url).netloc

    @property
    def _settings(self) -> EmailLinkSettings:
        settings: EmailLinkSettings = self._host.settings
        return settings

    def _about(self, link: Link, whose: Organisation, title: str, open_text: str, *, standard: bool = False) -> Mail:
        """Return a mail about a message.

        Args:
            link: The link.
            whose: The sender's organisation.
            title: The heading and the subject.
            open_text: The sender's open text; may be empty.
            standard: Whether the organisation's own open text is used if the sender has written none.
        """
        language = link.reader.language
        say = self.say(language)
        with self._host.work(self._host.system(link.organisation_id)) as work:
            rules = read_settings(work, LinkRules)
        quote = open_text or (rules.open_text(language) if standard else "")
        ours = say("{organisation} skriver:").format(organisation=whose.name)
        head = say("Avsändaren skriver:") if open_text else ours
        lead = (
            say("Meddelandet visas när du har öppnat länken och visat vem du är.")
            if link.reader.identify
            else say("Meddelandet visas när du öppnar länken.")
        )
        until = say("Länken går att öppna till och med den {date}. Du behöver inget konto.")
        contact, colour = self._own(link)
        parts = _Parts(
            subject=title,
            title=title,
            lead=" ".join([*rules.notice(language).split(), lead]),
            quote_head=head if quote else "",
            quote=quote,
            button=say("Läs meddelandet"),
            url=self.url(link),
            facts=(until.format(date=day(link.expires_at, link.reader.language)),),
            why_head=say("Är det äkta?"),
            why=self._why(language, whose, contact),
            foot=say("Mejlet är skickat automatiskt. Det går inte att svara på det."),
            organisation=whose.name,
            colour=colour,
        )
        return self._mail(parts, link.reader.email, whose.name, link.message_id, link.reader.language, link.bounce)

    def _own(self, link: Link) -> tuple[str, str]:
        """Return the contact text and the colour of the sender's organisation; both empty if the delivery is gone."""
        with suppress(NotFound), self._host.work(self._host.system(link.organisation_id)) as work:
            preview = guest_preview(work, link.delivery_id)
            return preview.contact, preview.colour
        return "", ""

    def _why(self, language: str, whose: Organisation, contact: str) -> tuple[str, ...]:
        say = self.say(language)
        return (
            say("Adressen i webbläsaren ska börja med {host}.").format(host=self.host_name),
            say("Du får aldrig frågor om lösenord, bankkort eller kontonummer."),
            self.contact(contact, whose.name, language),
        )

    def _mail(
        self, parts: _Parts, email: str, name: str, message_id: str, language: str, bounce: str = "bounce"
    ) -> Mail:
        return Mail(
            to=ascii_form(email) or email,
            sender_name=name,
            subject=parts.subject,
            text=parts.text(),
            html=_environment().get_template("mail.html").render(lang=language, **asdict(parts)),
            message_id=f"{message_id}@{self._settings.domain}",
            bounce=bounce,
            language=language,
        )


def day(at: datetime, language: str) -> str:
    """Return a date in words."""
    return format_date(at.astimezone(ZONE), "d MMMM y", locale=language)


@cache
def _environment() -> Environment:
    loader = PackageLoader("budkavle_email_link")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
