"""The register of all organisations, for administrators of the installation: names and numbers, no content.

Such an administrator acts in an organisation as a system actor with only the scopes that the step needs (`within`).
Their actions are recorded in the organisation's own event log, and in the installation's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import RowMapping, Select, TableValuedAlias, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from budkavle.accounts.core_settings import NEW_SIGN_IN, SignInSettings
from budkavle.accounts.organisations import (
    CHANNELS,
    as_organisation,
    insert_organisation,
    rename_organisation,
    slugged,
    within,
)
from budkavle.accounts.permissions import require_platform
from budkavle.accounts.profile import InformationSettings, LicenceSettings, licence_faults
from budkavle.accounts.stored_settings import all_sections, write_settings
from budkavle.identification.mail_links import invitations
from budkavle.identification.new_accounts import NewAccount, add_account
from budkavle.model import sources
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.model.input_rules.email_addresses import is_email
from budkavle.model.input_rules.names import name_fault, one_line
from budkavle.model.input_rules.swedish_numbers import organisation_number
from budkavle.model.people import INSTALLATION, Actor, ActorScope, Organisation, Role, User
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import fields_of
from budkavle.model.states import OrganisationState
from budkavle.storage import audit
from budkavle.storage.paging import FIRST_PAGE, Order, Place, RowPage, count_rows, read_page
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import organisations

LONGEST_SLUG = 60
NUMBER_FAULT = "Numret stämmer inte. Skriv tio siffror, till exempel 212000-0142."
LAST_ADMINISTRATOR = (
    "Installationens sista administratör har sitt konto i organisationen."
    " Ge först någon i en annan organisation rollen."
)
SORTS = ("name", "created")
LICENCE_FIELD = "licence_"
"""Prefix of the licence's fields in the errors of a new organisation."""


class _Queries(QueryFile):
    count_accounts: Statement
    list_administrators: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class InstallationAdministrator:
    """An administrator of the whole installation, with an open account in an organisation."""

    organisation_id: UUID
    id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Registered:
    """An organisation in the register.

    Attributes:
        number: Its organisation number, from its own settings; may be empty.
        accounts: The number of its open accounts.
        created_at: When it was created.
        state_at: When its state last changed; None if never.
    """

    organisation: Organisation
    number: str
    accounts: int
    created_at: datetime
    state_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of the register, with the number of matching organisations."""

    rows: Sequence[Registered]
    page: RowPage
    total: int


def list_organisations(
    platform: Platform,
    actor: Actor,
    *,
    words: str = "",
    state: str = "",
    sort: tuple[str, bool] = ("name", False),
    place: Place = FIRST_PAGE,
) -> RegisterPage:
    """Return a page of the register.

    Args:
        platform: The installation.
        actor: An administrator of the installation.
        words: Parts of the name, the short name or the number, all of which must match.
        state: Only organisations in this state.
        sort: `name` or `created`, and whether the order is descending.
        place: Where the page begins.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
    """
    require_platform(actor)
    c, numbers = organisations.c, _numbers()
    query = _register(numbers)
    for word in words.split():
        digits = word.replace("-", "")
        fits = [c.name.icontains(word, autoescape=True), c.slug.icontains(word, autoescape=True)]
        number = func.replace(numbers.c.number, "-", "").contains(digits, autoescape=True)
        query = query.where(or_(*fits, number) if digits else or_(*fits))
    if state in set(OrganisationState):
        query = query.where(c.state == state)
    order = Order((c.created_at if sort[0] == "created" else c.name,), c.id, descending=sort[1])
    with platform.database.transaction(None) as connection:
        page = read_page(connection, query, order, place)
        total = count_rows(connection, query)
    counts = _count_accounts(platform, [row["id"] for row in page.rows])
    return RegisterPage([_registered(row, counts) for row in page.rows], page, total)


def find_registered(platform: Platform, actor: Actor, organisation_id: UUID) -> Registered:
    """Return one organisation of the register.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        NotFound: There is no such organisation.
    """
    require_platform(actor)
    with platform.database.transaction(None) as connection:
        query = _register(_numbers()).where(organisations.c.id == organisation_id)
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("Organisationen finns inte längre.")
    return _registered(row, _count_accounts(platform, [organisation_id]))


def check_organisation(name: str, number: str) -> dict[str, str]:
    """Return the errors in the name and the number of an organisation, by field; a number is not required."""
    faults = {"name": name_fault(one_line(name), "Skriv organisationens namn.")}
    faults["number"] = NUMBER_FAULT if number.strip() and not organisation_number(number) else ""
    return {field: fault for field, fault in faults.items() if fault}


def change_organisation(
    platform: Platform,
    actor: Actor,
    organisation_id: UUID,
    *,
    name: str,
    number: str,
    channels: Sequence[str] | None = None,
) -> None:
    """Change an organisation's name, its number, and the kinds of message that it may send.

    Its short name cannot be changed: it is used in URLs, in the settings of peers and in commands.

    Args:
        platform: The installation.
        actor: An administrator of the installation.
        organisation_id: The organisation.
        name: Its name.
        number: Its organisation number; may be empty.
        channels: Names of transports and families; empty allows everything, None leaves it unchanged.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        NotFound: There is no such organisation.
        Invalid: The name is empty or too long, or the number is not valid.
    """
    before = find_registered(platform, actor, organisation_id)
    if faults := check_organisation(name, number):
        raise Invalid("Organisationen kunde inte sparas.", fields=faults)
    with platform.work(within(actor, organisation_id, ActorScope.ADMINISTER)) as work:
        rename_organisation(work, name)
        if organisation_number(number) != organisation_number(before.number):
            write_settings(work, InformationSettings, {"number": organisation_number(number)})
        if channels is not None:
            _allow(work, channels)
        details = {"name": one_line(name), "before": before.organisation.name, "number": organisation_number(number)}
        audit.record_for_installation(work, "organisation.renamed", organisation_id, actor, **details)


def _allow(work: Work, channels: Sequence[str]) -> None:
    is_ours = organisations.c.id == work.organisation_id
    settings = organisations.c.settings.op("||")({CHANNELS: list(channels)})
    changed = organisations.c.settings[CHANNELS].is_distinct_from(cast(list(channels), JSONB))
    if work.connection.execute(update(organisations).where(is_ours, changed).values(settings=settings)).rowcount:
        audit.record(work, "organisation.channels-changed", work.organisation_id, channels=", ".join(channels))


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation to create, with its first administrator.

    Attributes:
        name: The name.
        number: Its organisation number; may be empty.
        slug: Its short name in URLs; derived from the name if empty.
        channels: The kinds of message that it may send; empty allows everything.
        administrator: The name of its first administrator.
        email: The administrator's e-mail address.
        language: The administrator's language.
        licence: The agreed values, by field of `LicenceSettings`; a missing field is not agreed.
    """

    name: str
    number: str = ""
    slug: str = ""
    channels: tuple[str, ...] = ()
    administrator: str = ""
    email: str = ""
    language: str = "sv"
    licence: Mapping[str, object] = field(default_factory=dict)


def asks_for_code(platform: Platform) -> bool:
    """Tell whether a new organisation requires a code after a password; the configuration file may forbid it."""
    return all_sections(platform)["budkavle.sign_in"].fixed.get("code_beside_password") is not False


def found_organisation(platform: Platform, actor: Actor, new: NewOrganisation) -> tuple[Organisation, User]:
    """Create an organisation with its keys and its first administrator, all of it or nothing.

    It requires a code in addition to a password, and a passkey or level 3 of administrators, until it chooses
    otherwise. If the installation sends mail, the administrator is invited by e-mail, and the account is closed until
    they accept. Otherwise it is open, but has no sign-in method yet.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        Invalid: A field is invalid or taken; the fields are those of `NewOrganisation`.
        Misconfigured: The master key is not the installation's.
    """
    require_platform(actor)
    platform.check_key()
    faults = faults_of_organisation(platform, actor, new) | faults_of_administrator(new) | faults_of_licence(new)
    if faults:
        raise Invalid("Organisationen kunde inte läggas upp.", fields=faults)
    made = Organisation(sources.new_id(), one_line(new.name), short_name(new), {CHANNELS: list(new.channels)})
    scopes = (ActorScope.ADMINISTER, ActorScope.ACCOUNTS, ActorScope.INSTALLATION)
    with platform.work(within(actor, made.id, *scopes)) as work:
        insert_organisation(work, made, actor)
        choose_sign_in(work)
        if new.number.strip():
            write_settings(work, InformationSettings, {"number": organisation_number(new.number)})
        if new.licence:
            write_settings(work, LicenceSettings, new.licence)
        invited = invitations.can_invite(platform)
        account = NewAccount(new.administrator, new.email, Role.ADMIN, new.language, by_invitation=invited)
        first = add_account(work, account)
    return made, first


def choose_sign_in(work: Work) -> SignInSettings:
    """Set the sign-in requirements of a new organisation.

    Returns:
        The settings after that: the configuration file may override them.
    """
    return write_settings(work, SignInSettings, NEW_SIGN_IN)


def short_name(new: NewOrganisation) -> str:
    """Return a new organisation's short name in URLs."""
    return slugged(new.slug or new.name)


def faults_of_organisation(platform: Platform, actor: Actor, new: NewOrganisation) -> dict[str, str]:
    """Return the errors in a new organisation's own fields, by field."""
    require_platform(actor)
    faults, slug = check_organisation(new.name, new.number), short_name(new)
    if not slug and "name" not in faults:
        faults["slug"] = "Skriv ett kort namn med bokstäverna a till z."
    if len(slug) > LONGEST_SLUG:
        faults["slug"] = Sentence("Det korta namnet får ha högst {longest} tecken.", longest=LONGEST_SLUG)
    with platform.database.transaction(None) as connection:
        taken = select(organisations.c.id).where(organisations.c.slug == slug)
        if slug and connection.execute(taken).first() is not None:
            faults["slug"] = "Det korta namnet är upptaget. Välj ett annat."
    return faults


def faults_of_administrator(new: NewOrganisation) -> dict[str, str]:
    """Return the errors in a new organisation's first administrator, by field."""
    faults = {"administrator": name_fault(one_line(new.administrator), "Skriv administratörens namn.")}
    if not is_email(new.email.strip()):
        faults["email"] = "Skriv en e-postadress, till exempel namn@kommun.se."
    return {field: fault for field, fault in faults.items() if fault}


def faults_of_licence(new: NewOrganisation) -> dict[str, str]:
    """Return the errors in a new organisation's licence, by field with the prefix `LICENCE_FIELD`."""
    fields = {each.name: each for each in fields_of(LicenceSettings)}
    faults = {name: fields[name].fault(value) for name, value in new.licence.items()}
    right = {name: value for name, value in new.licence.items() if not faults[name]}
    whose = Organisation(INSTALLATION, new.name, short_name(new))
    faults |= licence_faults(msgspec.structs.replace(LicenceSettings(), **right), whose)
    return {f"{LICENCE_FIELD}{name}": fault for name, fault in faults.items() if fault}


def installation_administrators(platform: Platform, actor: Actor) -> list[InstallationAdministrator]:
    """Return the administrators of the installation with open accounts, by name.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
    """
    require_platform(actor)
    (rows,) = platform.database.at_once(None, (QUERIES.list_administrators, {}))
    return [InstallationAdministrator(row.organisation_id, row.id, row.name, row.email) for row in rows]


def require_administrators_elsewhere(platform: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Require that the installation has an administrator in another active organisation.

    Raises:
        Conflict: No administrator of the installation would be left.
    """
    working = {organisation.id for organisation in platform.organisations(paused=False)} - {organisation_id}
    everybody = installation_administrators(platform, actor)
    own_administrators = [person for person in everybody if person.organisation_id == organisation_id]
    if own_administrators and not any(person.organisation_id in working for person in everybody):
        raise Conflict(LAST_ADMINISTRATOR)


def record_in_installation(
    platform: Platform, actor: Actor, kind: str, thing: UUID | str, /, **details: audit.Fact
) -> None:
    """Append an entry to the installation's own event log, which outlives every organisation.

    Args:
        platform: The installation.
        actor: The actor.
        kind: The kind of event, such as `organisation.paused`.
        thing: The id of the object.
        details: More facts, as words and numbers; never content.
    """
    with platform.work(replace(actor, organisation_id=INSTALLATION)) as work:
        audit.record(work, kind, thing, **details)


def _numbers() -> TableValuedAlias:
    return func.list_organisation_numbers().table_valued("organisation_id", "number").alias("numbers")


def _register(numbers: TableValuedAlias) -> Select[Any]:
    number = func.coalesce(numbers.c.number, "").label("number")
    return select(organisations, number).outerjoin(numbers, numbers.c.organisation_id == organisations.c.id)


def _count_accounts(platform: Platform, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    (rows,) = platform.database.at_once(None, (QUERIES.count_accounts, {"ids": list(ids)}))
    return {row.organisation_id: row.accounts for row in rows}


def _registered(row: RowMapping, counts: Mapping[UUID, int]) -> Registered:
    return Registered(as_organisation(row), row["number"], counts.get(row["id"], 0), row["created_at"], row["state_at"])
