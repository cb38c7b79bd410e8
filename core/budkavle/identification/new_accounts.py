"""New accounts that an administrator adds by hand or from a file, open at once or by invitation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import func, select

from budkavle.accounts import mailboxes, users
from budkavle.accounts.permissions import require_admin
from budkavle.csv_files import CsvColumn, CsvFile
from budkavle.identification import administration
from budkavle.identification.identities import PERSONNUMMER, TAKEN
from budkavle.identification.mail_links import invitations
from budkavle.model.errors import BudkavleError, Invalid
from budkavle.model.input_rules.email_addresses import is_email
from budkavle.model.input_rules.names import name_fault, one_line
from budkavle.model.input_rules.swedish_numbers import personal_number
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.people import Role, User
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import identities as identities_table
from budkavle.storage.tables import mailboxes as mailboxes_table
from budkavle.storage.tables import users as users_table

MOST = 2_000
"""The most accounts in one file: they are stored all together or not at all."""
COLUMNS = (
    CsvColumn("name", ("namn", "name", "visningsnamn"), required=True),
    CsvColumn("email", ("e-post", "epost", "e-postadress", "email", "e-mail", "mail"), required=True),
    CsvColumn("role", ("roll", "role")),
    CsvColumn("number", ("personnummer", "personal number", "pnr")),
    CsvColumn("mailboxes", ("funktionsbrevlådor", "brevlådor", "mailboxes", "function mailboxes")),
)
TEMPLATE = (
    ("Namn", "E-post", "Roll", "Personnummer", "Funktionsbrevlådor"),
    ("Anna Exempel", "anna.exempel@kommun.example", "användare", "", "Socialtjänst | Registrator"),
)
BETWEEN = "|"
"""Separates mailbox names in a cell: many names contain a comma, but none needs this."""
ROLES = {
    "": Role.USER,
    **dict.fromkeys(("användare", "user"), Role.USER),
    **dict.fromkeys(("administratör", "administrator", "admin"), Role.ADMIN),
}


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be added.

    Attributes:
        name: The name that colleagues and recipients see.
        email: Unique in the installation.
        role: The role, at most the actor's own.
        language: `sv` or `en`.
        number: The personal number, or empty.
        mailbox_ids: The function mailboxes that the person becomes a member of.
        by_invitation: Whether it is opened by an invitation, instead of at once.
    """

    name: str
    email: str
    role: Role = Role.USER
    language: str = "sv"
    number: str = field(default="", repr=False)
    mailbox_ids: Sequence[UUID] = ()
    by_invitation: bool = False


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of a file of accounts.

    Attributes:
        line: Its line in the file.
        name: As in the file.
        email: As in the file.
        role: As in the file.
        mailboxes: As in the file.
        has_number: Whether it has a personal number, which is never shown.
        faults: The errors in it.
        account: The account to add, if there are no errors.
    """

    line: int
    name: str
    email: str
    role: str
    mailboxes: str
    has_number: bool
    faults: Sequence[str]
    account: NewAccount | None


class RowFault(Invalid):
    """A row that was valid when the file was shown is no longer valid; nothing has been stored.

    Attributes:
        line: Its line in the file.
    """

    def __init__(self, line: int, error: BudkavleError) -> None:
        reason = next(iter(error.fields.values()), error.sentence)
        super().__init__("Rad {line}: {reason}", line=line, reason=Sentence(reason))
        self.line = line


def add_account(work: Work, new: NewAccount) -> User:
    """Add an account with its personal mailbox and memberships, and send the invitation, if any.

    Args:
        work: The unit of work; its actor is an administrator who has identified at the required level.
        new: The account.

    Raises:
        Forbidden: The actor is not an administrator of the organisation, or gives a role above their own.
        StepUp: They have not identified at the required level.
        Invalid: A field is invalid, the address is already taken, or no mail can be sent.
        Conflict: The personal number opens another account of the organisation.
        NotFound: There is no such function mailbox.
    """
    administration.require_sure(work)
    email, name = new.email.strip().lower(), one_line(new.name)
    made = User(uuid4(), work.organisation_id, email, name, new.language, new.role, active=not new.by_invitation)
    users.insert_user(work, made)
    if new.number:
        administration.set_personnummer(work, made.id, new.number)
    if set(new.mailbox_ids) - _mailboxes_by_id(work, new.mailbox_ids):
        raise Invalid("Kontot kunde inte sparas.", fields={"mailboxes": "Någon av brevlådorna finns inte."})
    for mailbox_id in new.mailbox_ids:
        mailboxes.insert_members(work, mailbox_id, [made.id], administrator=False)
        audit.record(work, "mailbox.member-added", mailbox_id, user=str(made.id))
    if new.by_invitation:
        invitations.invite(work, made)
    return made


def read_rows(work: Work, file: CsvFile, *, by_invitation: bool = False) -> list[ImportRow]:
    """Validate the rows of a file of accounts; nothing is stored.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        file: The file.
        by_invitation: Whether the accounts are opened by invitations.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: The file has too many rows.
    """
    require_admin(work.actor)
    if len(file.rows) > MOST:
        raise Invalid("Filen har fler än {count} rader. Dela upp den.", count=MOST)
    judge = _Judge(work, file)
    return [judge.row(number, by_invitation=by_invitation) for number in range(len(file.rows))]


def add_rows(work: Work, rows: Sequence[ImportRow]) -> int:
    """Add the accounts of the rows without errors, all of them or none; return how many.

    Raises:
        RowFault: An account can no longer be added.
        StepUp: The actor has not identified at the required level.
    """
    administration.require_sure(work)
    right = [(row.line, row.account) for row in rows if row.account is not None]
    for line, account in right:
        try:
            add_account(work, account)
        except BudkavleError as error:
            raise RowFault(line, error) from error
    audit.record(work, "users.imported", None, count=len(right))
    return len(right)


class _Judge:
    """Validates rows against what the organisation already has, queried once for the whole file."""

    def __init__(self, work: Work, file: CsvFile) -> None:
        self._work, self._file = work, file
        self._numbers = [personal_number(row.values["number"]) for row in file.rows]
        self._emails = [row.values["email"].lower() for row in file.rows]
        self._taken_emails = _taken_emails(work, self._emails)
        self._taken_numbers = _taken_numbers(work, self._numbers)
        self._boxes = _mailboxes_by_name(work, {name for row in file.rows for name in _names(row.values["mailboxes"])})
        self._first_email: dict[str, int] = {}
        self._first_number: dict[str, int] = {}

    def row(self, place: int, *, by_invitation: bool) -> ImportRow:
        """Validate a row; call this in the order of the file."""
        row = self._file.rows[place]
        values, email, number = row.values, self._emails[place], self._numbers[place]
        role = ROLES.get(values["role"].lower())
        names = _names(values["mailboxes"])
        faults = [*row.faults]
        if not faults:  # the cells of a malformed row cannot be trusted
            faults += self._faults_of_email(email, row.line) + self._faults_of_number(place, row.line)
            faults += [fault] if (fault := name_fault(values["name"], "Skriv namnet.")) else []
            faults += [] if role else [Sentence("Rollen {role} finns inte.", role=values["role"])]
            faults += [
                Sentence("Funktionsbrevlådan {name} finns inte.", name=name)
                for name in names
                if name.lower() not in self._boxes
            ]
        account = None
        if not faults and role is not None:
            ids = list(dict.fromkeys(self._boxes[name.lower()] for name in names))
            account = NewAccount(values["name"], email, role, "sv", number, ids, by_invitation)
        has_number = bool(values["number"])
        shown = (values["name"], values["email"], values["role"], values["mailboxes"])
        return ImportRow(row.line, *shown, has_number, faults, account)

    def _faults_of_email(self, email: str, line: int) -> list[str]:
        if not is_email(email):
            return ["Skriv en e-postadress, som namn@exempel.se."]
        if first := self._first_email.get(email):
            return [Sentence("Samma e-postadress som på rad {line}.", line=first)]
        self._first_email[email] = line
        return ["Det finns redan ett konto med den e-postadressen."] if email in self._taken_emails else []

    def _faults_of_number(self, place: int, line: int) -> list[str]:
        number = self._numbers[place]
        if not self._file.rows[place].values["number"]:
            return []
        if not number:
            return ["Personnumret stämmer inte. Skriv tolv siffror, som ÅÅÅÅMMDD-NNNN."]
        if first := self._first_number.get(number):
            return [Sentence("Samma personnummer som på rad {line}.", line=first)]
        self._first_number[number] = line
        return [TAKEN] if number in self._taken_numbers else []


def _names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split(BETWEEN) if name.strip()]


def _taken_emails(work: Work, emails: Collection[str]) -> set[str]:
    query = select(users_table.c.email).where(
        users_table.c.organisation_id == work.organisation_id, users_table.c.email.in_(emails)
    )
    return set(work.connection.execute(query).scalars())


def _taken_numbers(work: Work, numbers: Collection[str]) -> set[str]:
    by_hash = {work.vault.subject_hash(PERSONNUMMER, number): number for number in numbers if number}
    active = select(users_table.c.id).where(users_table.c.organisation_id == work.organisation_id, users_table.c.active)
    query = select(identities_table.c.subject_hash).where(
        identities_table.c.organisation_id == work.organisation_id,
        identities_table.c.subject_hash.in_(list(by_hash)),
        identities_table.c.user_id.in_(active),
    )
    return {by_hash[bytes(subject_hash)] for subject_hash in work.connection.execute(query).scalars()}


def _mailboxes_by_name(work: Work, names: Collection[str]) -> Mapping[str, UUID]:
    query = select(func.lower(mailboxes_table.c.name).label("name"), mailboxes_table.c.id).where(
        mailboxes_table.c.organisation_id == work.organisation_id,
        mailboxes_table.c.kind == MailboxKind.FUNCTION.value,
        mailboxes_table.c.deleted_at.is_(None),
        func.lower(mailboxes_table.c.name).in_([name.lower() for name in names]),
    )
    return {row.name: row.id for row in work.connection.execute(query)}


def _mailboxes_by_id(work: Work, mailbox_ids: Collection[UUID]) -> set[UUID]:
    query = select(mailboxes_table.c.id).where(
        mailboxes_table.c.organisation_id == work.organisation_id,
        mailboxes_table.c.kind == MailboxKind.FUNCTION.value,
        mailboxes_table.c.deleted_at.is_(None),
        mailboxes_table.c.id.in_(list(mailbox_ids)),
    )
    return set(work.connection.execute(query).scalars())
