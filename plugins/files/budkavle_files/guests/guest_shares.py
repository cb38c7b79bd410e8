"""Sharing with a guest: someone without an account gets a link by mail, identifies, and can open one entry.

Only the link's reader knows its token: the table has its hash. The guest's details are encrypted.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4, uuid5

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import (
    ActorScope,
    Host,
    Invalid,
    Loa,
    NotFound,
    Sentence,
    Terms,
    Work,
    personal_number,
    phone_number,
    record,
    translations,
)
from budkavle.accounts import find_organisation, read_settings
from budkavle.notices import Notice, NoticeKind, NoticeLink, notice_kinds, notify
from budkavle.organisation import has_hidden, is_email
from budkavle.web import GuestOf, guest_methods
from budkavle_files.tables import shares
from budkavle_files.tree import rights
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import GONE, AccessRole, Entry, Share, ShareKind

PATH = "/plugin/files/g"
LONGEST = timedelta(days=366)
"""How long a guest's share may last."""
LONGEST_NAME = 200
N_ = str
"""Marks a sentence for the translations."""
_NO_WAY = N_("Gästen kan inte nå tillitsnivå {level} så. Välj ett annat sätt, eller fyll i numret som det jämförs med.")
_FAULT = "Det gick inte att dela."
_SUBJECT = N_("{organisation} delar något med dig")
_TEXT = N_(
    "{organisation} har delat filer med dig. Öppna länken och visa vem du är, så kan du läsa dem. Länken gäller till"
    " och med {day}."
)
_BUTTON = N_("Öppna filerna")


class GuestDetails(msgspec.Struct, frozen=True):
    """The guest's details, and what they must show; stored encrypted in the share.

    Attributes:
        method: The required identification method, by its provider's name; empty means any that reaches the
            level.
    """

    name: str
    email: str
    method: str = ""
    phone: str = ""
    personnummer: str = ""
    language: str = "sv"

    @property
    def terms(self) -> Terms:
        """The core's terms for the guest."""
        return Terms(self.method, self.phone, self.personnummer, self.language)


@dataclass(frozen=True, slots=True)
class GuestShare:
    """A share with a guest, decrypted.

    Attributes:
        level: The level that the guest must reach, by the share and by the entry.
    """

    organisation_id: UUID
    organisation: str
    share: Share
    entry: Entry
    details: GuestDetails
    level: Loa

    @property
    def of(self) -> GuestOf:
        """The purpose of the guest's session."""
        return GuestOf(self.organisation_id, f"files:{self.share.id}")

    @property
    def by_link_alone(self) -> bool:
        """Whether the link is all that is required."""
        return self.level <= Loa.ONE and not self.details.method


@dataclass(frozen=True, slots=True)
class GuestTerms:
    """A guest's role and level, and when the share ends."""

    role: AccessRole
    loa: Loa
    until: datetime


def share_with_guest(
    host: Host, work: Work, entry_id: UUID, details: GuestDetails, terms: GuestTerms, once: UUID | None = None
) -> str | None:
    """Share an entry with someone without an account, and send them the link.

    Args:
        host: The plugin's host.
        work: Its actor administers the entry.
        entry_id: The entry.
        details: The guest's details, and what they must show.
        terms: Role, level and end.
        once: The id of the form: sending the same form twice makes one share. None if there is no form.

    Returns:
        The link's path, which cannot be retrieved again; None if this form has already made the share.

    Raises:
        Invalid: With a sentence at each invalid field, such as a method that does not reach the level.
        NotFound: The entry is out of the actor's reach.
        Forbidden: The actor does not administer it.
    """
    entry = rights.require(host, work, entry_id, AccessRole.ADMINISTRATOR)
    level = max(terms.loa, Loa(entry.level), Loa.ONE)
    details = _checked(work, details, terms, level)
    share_id, secret = _share_id(once, entry_id, details, terms), secrets.token_urlsafe(24)
    token = f"{work.organisation_id.hex}{secret}"
    row = {
        "organisation_id": work.organisation_id,
        "id": share_id,
        "entry_id": entry_id,
        "kind": ShareKind.GUEST.value,
        "subject_id": share_id,
        "role": terms.role.value,
        "until": terms.until,
        "guest": work.vault.seal_small(work.organisation_id, _label(share_id), msgspec.json.encode(details)),
        "loa": int(level),
        "token_hash": hashed(token),
        "created_at": func.now(),
        "created_by": work.actor.name,
    }
    with host.tables(work) as connection:
        made = connection.execute(insert(shares).values(row).on_conflict_do_nothing().returning(shares.c.id)).first()
    if made is None:
        return None
    record(
        work,
        "files.shared",
        entry_id,
        subject=str(share_id),
        role=terms.role.name.lower(),
        until=terms.until.isoformat(),
        loa=int(level),
    )
    path = f"{PATH}/{quote(token, safe='')}"
    _tell(host, work, details, (share_id, terms.until), path)
    return path


def _share_id(once: UUID | None, entry_id: UUID, details: GuestDetails, terms: GuestTerms) -> UUID:
    """Return the same id for the same form with the same content: somebody may go back, and share with one more."""
    if once is None:
        return uuid4()
    content = (str(entry_id), details, terms.role.value, int(terms.loa), terms.until)
    return uuid5(once, msgspec.json.encode(content).decode())


def details_of(work: Work, share: Share) -> GuestDetails | None:
    """Return the guest's details of a share; None for a share with a user or a mailbox."""
    if share.guest is None:
        return None
    return msgspec.json.decode(
        work.vault.open_small(work.organisation_id, _label(share.id), share.guest), type=GuestDetails
    )


def guest_name(work: Work, share: Share) -> str:
    """Return the name of a share's guest; empty for a share with a user or a mailbox."""
    details = details_of(work, share)
    return details.name if details else ""


def find_guest_share(host: Host, token: str) -> GuestShare | None:
    """Return the share of a link; None if it is unknown or has ended, or if the organisation has no guests now."""
    try:
        organisation_id = UUID(hex=token[:32])
    except ValueError:
        return None
    query = select(shares).where(
        shares.c.organisation_id == organisation_id, shares.c.token_hash == hashed(token), rights.IN_FORCE
    )
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        with host.tables(work) as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not read_settings(work, FileSettings).guests:
            return None
        share = rights.as_share(row)
        details = details_of(work, share)
        entry = find_entry(host, work, share.entry_id)
        if details is None or entry.binned_at is not None:
            return None
        level = Loa(max(share.loa, entry.level, Loa.ONE))
        return GuestShare(organisation_id, find_organisation(work).name, share, entry, details, level)


def require_share(host: Host, work: Work, share_id: UUID) -> Share:
    """Return the present state of a guest's share.

    Raises:
        NotFound: It has ended.
    """
    query = select(shares).where(
        shares.c.organisation_id == work.organisation_id, shares.c.id == share_id, rights.IN_FORCE
    )
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(GONE)
    return rights.as_share(row)


def hashed(token: str) -> bytes:
    """Return the stored hash of a token."""
    return hashlib.sha256(token.encode()).digest()


def _checked(work: Work, details: GuestDetails, terms: GuestTerms, level: Loa) -> GuestDetails:
    """Check the guest's details, and return them with normalised numbers."""
    phone, number = phone_number(details.phone), personal_number(details.personnummer)
    checked = msgspec.structs.replace(details, phone=phone, personnummer=number)
    now = datetime.now(UTC)
    judged: list[tuple[bool, str, str]] = [
        (not details.name.strip(), "name", N_("Skriv vem det är.")),
        (len(details.name) > LONGEST_NAME, "name", N_("Namnet får ha högst 200 tecken.")),
        (has_hidden(details.name), "name", N_("Namnet har tecken som inte syns. Skriv det på nytt.")),
        (not is_email(details.email), "email", N_("Skriv en e-postadress.")),
        (terms.role is AccessRole.ADMINISTRATOR, "role", N_("En gäst kan vara läsare eller författare.")),
        (not now < terms.until <= now + LONGEST, "until", N_("Välj en dag inom ett år.")),
        (bool(details.phone) and not phone, "phone", N_("Det är inget mobilnummer.")),
        (bool(details.personnummer) and not number, "personnummer", N_("Det är inget personnummer.")),
    ]
    faults = {name: sentence for wrong, name, sentence in judged if wrong} or _unreachable(work, checked, level)
    if faults:
        raise Invalid(_FAULT, fields=faults)
    return checked


def _unreachable(work: Work, details: GuestDetails, level: Loa) -> dict[str, str]:
    """Return why a guest could not open the link: the organisation's settings, the method or the mail."""
    if not read_settings(work, FileSettings).guests:
        return {"email": N_("Er organisation delar inte med personer utan konto.")}
    if (level > Loa.ONE or details.method) and not guest_methods(work, level, details.terms):
        return {"method": Sentence(_NO_WAY, level=int(level))}
    if NoticeKind.MAIL not in notice_kinds(work.platform):
        return {"email": N_("Installationen skickar ingen e-post, så länken kan inte nå gästen.")}
    return {}


def _tell(host: Host, work: Work, details: GuestDetails, share: tuple[UUID, datetime], path: str) -> None:
    """Send the link, in a mail that does not say what is shared."""
    share_id, until = share
    say = translations(details.language, dict(host.platform.plugins.folders("locale"))).gettext
    organisation, last = find_organisation(work).name, (until - timedelta(seconds=1)).date().isoformat()
    notice = Notice(
        NoticeKind.MAIL,
        details.email,
        "files.guest",
        subject=say(_SUBJECT).format(organisation=organisation),
        text=say(_TEXT).format(organisation=organisation, day=last),
        language=details.language,
        link=NoticeLink(say(_BUTTON), f"{work.platform.settings.base_url}{path}"),
        about=share_id,
        key=str(share_id),
        expires_at=until,
    )
    notify(work, notice)


def _label(share_id: UUID) -> str:
    return f"files-guest:{share_id}"
