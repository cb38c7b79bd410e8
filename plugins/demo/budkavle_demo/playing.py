"""Lets the demo's people write to each other, as they would from the pages."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from budkavle import Actor, ActorScope, Address, Draft, Host, Loa, Reference, Role, Unavailable, Work
from budkavle.accounts import (
    add_members,
    all_mailboxes,
    all_organisations,
    create_mailbox,
    create_user,
    search_users,
    write_settings,
)
from budkavle.cases import close, list_cases, list_sent, mailbox_counts, store_attachment, take
from budkavle.identification import NewIdentity, link_identity
from budkavle.messaging import read_case, send
from budkavle.organisation import InformationSettings, MailboxMessageSettings, MessageSettings, set_licence
from budkavle.testing import browse, record_past
from budkavle_demo.content import (
    ANNA,
    CHILDREN,
    CHOSEN,
    DIRECTORY,
    FAX_STEPS,
    FUNCTIONS,
    INFORMATION,
    LICENCES,
    OPERATIONS_STEPS,
    PASSWORD,
    PAUSE,
    PEOPLE,
    RETENTION,
    ROOT,
    SECOND_ADMIN,
    SECOND_ROOT,
    STEPS,
    pdf,
)
from budkavle_demo.desks import (
    ask_for_archive,
    ask_for_own_data,
    book_meeting,
    keep_files,
    let_staff_come_and_go,
    list_messages,
)
from budkavle_demo.past_year import past_openings, past_year
from budkavle_demo.scenes import ASKED, LETTERS, SCENES, Letter, Scene
from budkavle_demo.stage import Stage

T = TypeVar("T")
LOCAL = ZoneInfo("Europe/Stockholm")
"""The time zone of the days under Min organisation."""
PATIENCE = 180.0
"""The most seconds until a message is acknowledged."""
ENDED = {"ACKNOWLEDGED", "ACKNOWLEDGED_WITH_WARNING", "REJECTED", "SEND_FAILURE", "RECALLED", "NOT_FOUND", "DELETED"}
"""States after which nothing more is expected."""
ACTIONS = {"take": take, "close": close}


def furnish(host: Host, stage: Stage) -> None:
    """Create the organisations and their mailboxes by commands, and their people."""
    for step in (*STEPS, *FAX_STEPS):
        stage.run(*step)
    for slug, information in INFORMATION.items():
        with host.work(_system(host, slug)) as work:
            write_settings(work, InformationSettings, information)
            _choose_days(work, slug)
        operator = host.system(None, ActorScope.INSTALLATION, name="Demo")
        set_licence(host.platform, operator, work.organisation_id, LICENCES[slug])
    for person in PEOPLE:
        user_id = hire(host, person, Role(person["role"]))
        with host.work(_system(host, person["slug"])) as work:
            for mailbox in all_mailboxes(work):
                if mailbox.name in person["boxes"]:
                    add_members(work, mailbox.id, [user_id], administrator=person["role"] == "admin")
    with host.work(_system(host, "bjorkvik")) as work:
        for name, description, email in FUNCTIONS:
            made = create_mailbox(work, name, description=description)
            if email:
                add_members(work, made.id, [user.id for user in search_users(work, email)])
    _choose(host)
    _remember(host)
    hire(host, SECOND_ADMIN, Role.ADMIN)
    directory = host.data / "directory.json"
    directory.write_text(json.dumps(DIRECTORY), "utf-8")
    stage.run("scim", "load", "bjorkvik", str(directory))
    stage.run("records", "import", "bjorkvik", str(Path(__file__).with_name("hanteringsplan.csv")))


def hire(host: Host, person: dict[str, str], role: Role) -> UUID:
    """Create an account and return its id. The e-identification of the person has level 3 at once."""
    with host.work(_system(host, person["slug"], ActorScope.ACCOUNTS, ActorScope.INSTALLATION)) as work:
        user = create_user(work, email=person["email"], name=person["name"], password=PASSWORD, role=role)
        link_identity(work, NewIdentity("personnummer", person["number"], "BankID"), user_id=user.id)
    return user.id


def _choose_days(work: Work, slug: str) -> None:
    """Delete messages after some years, in one mailbox later than in others."""
    days, own = RETENTION[slug]
    write_settings(work, MessageSettings, {"retention_days": days})
    for mailbox in all_mailboxes(work):
        if mailbox.name in own:
            write_settings(work, MailboxMessageSettings, {"retention_days": own[mailbox.name]}, mailbox_id=mailbox.id)


def _choose(host: Host) -> None:
    """Turn on registration and the case system for the municipality, from its first message on."""
    plugins = host.platform.plugins
    with host.work(_system(host, "bjorkvik")) as work:
        for section, values in CHOSEN.items():
            write_settings(work, plugins.settings_sections[section].type, values)
    for job in ("records.registration", "case_system.events"):
        plugins.jobs[job].run()  # they read the event log from its current end


def furnish_operations(host: Host, stage: Stage) -> None:
    """Create the organisation for those who run the installation, with its people, and pause another one."""
    for step in OPERATIONS_STEPS:
        stage.run(*step)
    for person in (ROOT, SECOND_ROOT):
        user_id = hire(host, person, Role.PLATFORM)
        with host.work(_system(host, "drift")) as work:
            add_members(work, next(box.id for box in all_mailboxes(work) if box.name == "Support"), [user_id])
    with host.work(_system(host, "sundby")) as work:
        create_user(work, email="vera.sund@sundby.example", name="Vera Sund", password=PASSWORD, role=Role.ADMIN)
    stage.run(*PAUSE)


def _remember(host: Host) -> None:
    """Give the municipality a past, which Statistik shows."""
    municipality = _system(host, "bjorkvik")
    with host.work(municipality) as work:
        mailbox_ids = [mailbox.id for mailbox in all_mailboxes(work)]
        readers = [user.acting() for user in search_users(work, "")]
    today = datetime.now(UTC).date()
    record_past(host.platform, municipality.organisation_id, past_year(today, mailbox_ids))
    cases = [_case_of_own(host, scene) for scene in ASKED]
    openings = past_openings(datetime.now(UTC), cases, readers)
    record_past(host.platform, municipality.organisation_id, openings)


def _case_of_own(host: Host, scene: Scene) -> tuple[UUID, UUID]:
    """Send a message that a worker delivers later, and return its case and mailbox, which exist at once."""
    case_id = _play(host, scene).case_id
    with host.work(_actor(host, scene.sender)) as work:
        return case_id, read_case(work, case_id, opens=False).case.mailbox_id


def exchange(host: Host, scene: Scene, answer: Scene) -> list[dict[str, Any]]:
    """Send a message and the answer to it, and return the result of both."""
    first = _play(host, scene)
    second = _play(host, answer, answers=first)
    return [_wait(host, first), _wait(host, second)]


def history(host: Host) -> None:
    """Send all messages of the demo, and perform the actions of their recipients."""
    played: list[_Played] = []
    for scene in SCENES:
        if scene.fax and not shutil.which("gs"):
            continue  # nothing can render its pages; the page Fax says what to install
        played.append(_play(host, scene, answers=played[scene.answers] if scene.answers is not None else None))
        _wait(host, played[-1])
        for action, email in scene.actions:
            case_id = _case_at_recipient(host, email, scene.subject)
            with host.work(_actor(host, email)) as work:
                ACTIONS[action](work, case_id)
    for letter in LETTERS:
        _write(host, letter)
    _sit_at_desks(host)


def _sit_at_desks(host: Host) -> None:
    """Let the municipality's administrators begin their work under Min organisation."""
    anna, second, today = _actor(host, ANNA), _actor(host, SECOND_ADMIN["email"]), datetime.now(LOCAL).date()
    with host.work(anna) as work:
        mailbox_id = next(box.mailbox.id for box in mailbox_counts(work) if box.mailbox.name == CHILDREN)
    with browse(host.platform) as browser:
        desk = browser(anna, Loa.THREE)
        list_messages(desk, mailbox_id, today)
        ask_for_own_data(desk, today)
        ask_for_archive(desk, host, second)
        let_staff_come_and_go(desk)
        keep_files(desk, mailbox_id)
        book_meeting(desk, mailbox_id, today)


@dataclass(frozen=True, slots=True)
class _Played:
    sender: str
    message_id: UUID
    delivery_id: UUID
    case_id: UUID


def _system(host: Host, slug: str, *more: ActorScope) -> Actor:
    for organisation in all_organisations(host.platform, host.system(None, ActorScope.INSTALLATION)):
        if organisation.slug == slug:
            return host.system(organisation.id, ActorScope.ADMINISTER, ActorScope.READ, *more, name="Demo")
    raise Unavailable("Organisationen {slug} finns inte i demon.", slug=slug)


def _actor(host: Host, email: str) -> Actor:
    slug = next(person["slug"] for person in (*PEOPLE, SECOND_ADMIN) if person["email"] == email)
    with host.work(_system(host, slug)) as work:
        users = search_users(work, email)
    for user in users:
        return user.acting()
    raise Unavailable("Användaren {email} finns inte i demon.", email=email)


def _play(host: Host, scene: Scene, answers: _Played | None = None) -> _Played:
    """Send one message, as its sender would from the page."""
    actor = _actor(host, scene.sender)
    with host.work(actor) as work:
        mailbox_id = next(box.mailbox.id for box in mailbox_counts(work) if box.mailbox.name == scene.box)
    files = [
        store_attachment(host.platform, actor, name, "application/pdf", [pdf(title)]) for name, title in scene.files
    ]
    draft = Draft(
        recipients=(scene.recipient,),
        subject=scene.subject,
        body=scene.body,
        attachments=tuple(file.id for file in files),
        confidential=scene.confidential,
        references=tuple(Reference("dnr", value) for value in scene.references),
        reply_to=_received(host, answers, mailbox_id, actor) if answers else None,
    )
    with host.work(actor) as work:
        message = send(work, mailbox_id, draft)
        sent = next(row for row in list_sent(work, mailbox_id).items if row.message_id == message.id)
    return _Played(scene.sender, message.id, sent.recipients[0].delivery_id, message.case_id)


def _write(host: Host, letter: Letter) -> None:
    """Send a secure message from a person's own inbox."""
    actor = _actor(host, letter.sender)
    draft = Draft(
        recipients=tuple(Address("secure", email) for email in letter.to),
        subject=letter.subject,
        body=letter.body,
        loa=letter.loa,
        terms=letter.terms,
        reply_allowed=letter.reply_allowed,
    )
    with host.work(actor) as work:
        send(work, mailbox_counts(work)[0].mailbox.id, draft)


def _received(host: Host, answered: _Played, mailbox_id: UUID, actor: Actor) -> UUID:
    """Wait until the message to answer can be read, and return its id here."""

    def look() -> UUID | None:
        with host.work(actor) as work:
            for row in list_cases(work, mailbox_id).items:
                for threaded in read_case(work, row.id).thread:
                    if threaded.message.remote_id == str(answered.delivery_id):
                        return threaded.message.id
        return None

    return _until(look)


def _case_at_recipient(host: Host, email: str, subject: str) -> UUID:
    actor = _actor(host, email)

    def look() -> UUID | None:
        with host.work(actor) as work:
            for box in mailbox_counts(work):
                for row in list_cases(work, box.mailbox.id).items:
                    if row.subject == subject:
                        return row.id
        return None

    return _until(look)


def _wait(host: Host, played: _Played) -> dict[str, Any]:
    """Wait for the receipt, and return the result of the message, for `--json`."""
    actor = _actor(host, played.sender)

    def look() -> dict[str, Any] | None:
        with host.work(actor) as work:
            threaded = read_case(work, played.case_id).message(played.message_id)
        track = threaded.tracks[0] if threaded else None
        if threaded is None or track is None or track.to.state not in ENDED:
            return None
        return {
            "id": str(track.to.delivery_id),
            "from": threaded.message.sender.value,
            "to": track.to.recipient.value,
            "state": track.to.state.value,
            "receipt": _verdict([receipt.state for receipt in track.receipts]),
            "events": [{"at": event.at.isoformat(), "state": event.state} for event in track.events],
        }

    return _until(look)


def _verdict(states: Sequence[str | None]) -> str | None:
    if not states:
        return None
    return "ACCEPTED" if "ACKNOWLEDGED" in states else "REJECTED"


def _until(look: Callable[[], T | None]) -> T:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        seen = look()
        if seen is not None:
            return seen
        time.sleep(0.05)
    raise Unavailable("Meddelandet kom inte fram i tid. Se vad som hänt med: budkavle health")
