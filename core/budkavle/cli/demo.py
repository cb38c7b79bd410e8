"""`budkavle demo`: two organisations that write to each other, made by the commands that an administrator would use.

Nothing here knows a plugin: the steps are command lines, and what is sent goes the way that everything goes.
"""

import contextlib
import io
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from budkavle.cli.demo_content import (
    FAX_STEPS,
    LETTERS,
    PASSWORD,
    PEOPLE,
    SCENES,
    SETTINGS,
    STEPS,
    Letter,
    Scene,
    pdf,
)
from budkavle.cli.installation import Installation
from budkavle.cli.run import PORT, require_free, serve
from budkavle.cli.tell import as_json, say
from budkavle.model.errors import Unavailable

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that a message may take to be acknowledged."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demo: an installation whose settings lie in `file`."""

    file: Path
    installation: Installation

    def do(self, *words: str) -> None:
        """Run one command of ours, as if it had been typed."""
        from budkavle.cli.main import budkavle

        with contextlib.redirect_stdout(io.StringIO()):
            budkavle.main(["--config", str(self.file), *words], standalone_mode=False)


@click.command(help="Visa Budkavle: två organisationer som skriver till varandra med SDK.")
@click.option("--once", is_flag=True, help="Skicka ett meddelande och svaret på det, utan webb, och sluta.")
@click.option("--json", "json_", is_flag=True, help="Svara med JSON (med --once).")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Spara meddelanden och kvittenser här.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Behåll demons data här.")
@click.option("--port", type=PORT, default=8420, show_default=True, help="Webbens port.")
@click.option("--access-point", default="spool", show_default=True, help="Vad som bär SDK: spool eller soap.")
@click.option("--plugin", "plugins", multiple=True, help="Sätt på ett installerat tillägg till; får upprepas.")
@click.pass_context
def demo(  # noqa: PLR0913 - an argument for each option
    ctx: click.Context,
    keep: Path | None,
    data: Path | None,
    port: int,
    access_point: str,
    plugins: tuple[str, ...],
    *,
    once: bool,
    json_: bool,
) -> None:
    """Start the demo, or run it through once."""
    if not once:
        require_free("127.0.0.1", port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what it started ends with it
    with _folder(data) as folder, _stage(folder, port, access_point, plugins) as stage:
        if once:
            ctx.exit(_once(stage, keep, json_=json_))
        if not (folder / "ready").exists():
            _history(stage)
            (folder / "ready").touch()
        say("\nLogga in på {url} som:", url=f"http://127.0.0.1:{port}")
        for person in PEOPLE:
            say("  {email}  {name}, {organisation}", **person)
        say("Välj E-post och lösenord. Lösenordet är för alla: {password}", password=PASSWORD)
        for text, url in _sights(stage, port):
            say(text, url=url)
        say(
            "SDK-nätet krånglar på beställning: {command}",
            command=f"budkavle --config {stage.file} sdk misbehave --help",
        )
        say("")
        stage.installation.close()
        ctx.obj.path = stage.file
        ctx.obj.settings = stage.installation.settings
        ctx.invoke(serve, host=None, port=None, processes=1, web_only=False)


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="budkavle-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _stage(folder: Path, port: int, access_point: str, plugins: Sequence[str]) -> Iterator[Stage]:
    """Write the settings, start the simulated federation's address book, and make the two organisations."""
    file, ready = folder / "budkavle.toml", folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder / "data", ignore_errors=True)
    more = "".join(f', "{name}"' for name in plugins)
    settings = partial(SETTINGS.format, access_point=access_point, more=more, port=port)
    with contextlib.ExitStack() as running:
        stage = _with_simulators(running, file, settings)
        stage.do("migrate")
        if not ready.exists():
            _furnish(stage)
        try:
            yield stage
        finally:
            stage.installation.close()


def _with_simulators(running: contextlib.ExitStack, file: Path, settings: Callable[..., str]) -> Stage:
    """Write the settings and start the simulators: on other ports where something else takes one meanwhile."""
    for last in (False, False, True):
        first = _free(5)
        file.write_text(settings(book_port=first, access_point_port=first + 1, eid_port=first + 2), "utf-8")
        stage = Stage(file, Installation(file))
        with contextlib.ExitStack() as started:
            try:
                started.enter_context(_simulator(stage, "sdk", "simulator", "--port", str(first)))
                started.enter_context(_simulator(stage, "eid", "simulator"))
            except Unavailable:
                if last:
                    raise
                continue
            running.push(started.pop_all())
            return stage
    raise AssertionError


@contextlib.contextmanager
def _simulator(stage: Stage, *command: str) -> Iterator[None]:
    words = [sys.executable, "-m", "budkavle", "--config", str(stage.file), *command]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command line
        try:
            if process.stdout is None or not process.stdout.readline():
                raise Unavailable("Simulatorn startade inte. Felet står ovanför.")
            yield
        finally:
            process.terminate()


def _furnish(stage: Stage) -> None:
    """Make the organisations, their mailboxes and their people."""
    for step in (*STEPS, *FAX_STEPS):
        stage.do(*step)
    from budkavle.accounts.mailboxes import add_members, all_mailboxes
    from budkavle.accounts.users import create_user
    from budkavle.identification import identities
    from budkavle.model.people import Role

    platform = stage.installation.platform
    for person in PEOPLE:
        actor = stage.installation.actor(stage.installation.organisation(person["slug"]))
        made = create_user(
            platform,
            actor,
            email=person["email"],
            name=person["name"],
            password=PASSWORD,
            role=Role(person["role"]),
        )
        identities.link(platform, actor, identities.PERSONNUMMER, person["number"], "BankID", user_id=made.id)
        for box in all_mailboxes(platform, actor):
            if box.name in person["boxes"]:
                add_members(platform, actor, box.id, [made.id], administrator=person["role"] == "admin")


def _once(stage: Stage, keep: Path | None, *, json_: bool) -> int:
    """Send a message with a PDF and the answer to it; 0 where both ended acknowledged."""
    with _working(stage):
        first = _play(stage, SCENES[0])
        answer = _play(stage, SCENES[1], answers=first)
        sent = [_wait(stage, one) for one in (first, answer)]
    if keep:
        for one in sent:
            stage.do("sdk", "export", one["id"], str(keep.resolve()))
    if json_:
        as_json({"messages": sent})
    else:
        for one in sent:
            say("{sender} → {to}: {state}", sender=one["from"], to=one["to"], state=one["state"])
    return 0 if all(one["state"] == "ACKNOWLEDGED" and one["receipt"] == "ACCEPTED" for one in sent) else 1


def _history(stage: Stage) -> None:
    """Let some messages have come and gone before anybody signs in."""
    from budkavle.cases import actions

    say("Skickar några meddelanden mellan organisationerna …")
    played: list[_Played] = []
    with _working(stage):
        for scene in SCENES:
            if scene.fax and not shutil.which("gs"):
                continue  # nothing can draw its pages; the page Fax says what to install
            played.append(_play(stage, scene, answers=played[scene.answers] if scene.answers is not None else None))
            _wait(stage, played[-1])
            for deed, email in scene.deeds:
                case = _case_at_recipient(stage, played[-1])
                getattr(actions, deed)(stage.installation.platform, _actor(stage, email), case)
        for letter in LETTERS:
            _write(stage, letter)


@dataclass(frozen=True, slots=True)
class _Played:
    scene: Scene
    organisation_id: UUID
    message_id: UUID
    delivery_id: UUID
    case_id: UUID


@contextlib.contextmanager
def _working(stage: Stage) -> Iterator[None]:
    from budkavle.operations.worker import Worker

    stop, worker = threading.Event(), Worker(stage.installation.platform)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _actor(stage: Stage, email: str) -> Any:
    from budkavle.accounts.users import account
    from budkavle.model.people import Actor

    user = account(stage.installation.platform, email)
    if user is None:
        raise Unavailable("Användaren {email} finns inte i demon.", email=email)
    return Actor(user.organisation_id, user.id, user.name, user.role)


def _play(stage: Stage, scene: Scene, answers: "_Played | None" = None) -> _Played:
    """Send one message, as its sender would from the page."""
    from budkavle.accounts.mailboxes import all_mailboxes
    from budkavle.cases.attachments import store
    from budkavle.cases.inbox import sent
    from budkavle.messaging.sending import send
    from budkavle.model.messages import Draft, Reference

    platform, actor = stage.installation.platform, _actor(stage, scene.sender)
    box = next(
        b for b in all_mailboxes(platform, stage.installation.actor(actor.organisation_id)) if b.name == scene.box
    )
    files = [store(platform, actor, name, "application/pdf", [pdf(title)]) for name, title in scene.files]
    draft = Draft(
        recipients=(scene.recipient,),
        subject=scene.subject,
        body=scene.body,
        attachments=tuple(file.id for file in files),
        confidential=scene.confidential,
        references=tuple(Reference("dnr", value) for value in scene.references),
        reply_to=_received(stage, answers, box.id, actor) if answers else None,
    )
    message = send(platform, actor, box.id, draft)
    delivery = next(one for one in sent(platform, actor, box.id).items if one.message_id == message.id).recipients[0]
    return _Played(scene, actor.organisation_id, message.id, delivery.delivery_id, message.case_id)


def _write(stage: Stage, letter: Letter) -> None:
    """Send a secure message from somebody's own inbox."""
    from budkavle.cases.counts import boxes
    from budkavle.messaging.sending import send
    from budkavle.model.messages import Address, Draft

    platform, actor = stage.installation.platform, _actor(stage, letter.sender)
    draft = Draft(
        recipients=tuple(Address("secure", one) for one in letter.to),
        subject=letter.subject,
        body=letter.body,
        loa=letter.loa,
        terms=letter.terms,
        reply_allowed=letter.reply_allowed,
    )
    send(platform, actor, boxes(platform, actor)[0].mailbox.id, draft)


def _received(stage: Stage, answered: _Played, mailbox_id: UUID, actor: Any) -> UUID:
    """Wait until the message that is to be answered can be read, and return its id here."""
    from budkavle.cases.inbox import inbox
    from budkavle.messaging.case_view import case

    def look() -> UUID | None:
        for one in inbox(stage.installation.platform, actor, mailbox_id).items:
            for threaded in case(stage.installation.platform, actor, one.id).thread:
                if threaded.message.remote_id == str(answered.delivery_id):
                    return threaded.message.id
        return None

    return _until(look)


def _case_at_recipient(stage: Stage, played: _Played) -> UUID:
    from budkavle.cases.counts import boxes
    from budkavle.cases.inbox import inbox

    actor = _actor(stage, played.scene.deeds[0][1])

    def look() -> UUID | None:
        for box in boxes(stage.installation.platform, actor):
            for one in inbox(stage.installation.platform, actor, box.mailbox.id).items:
                if one.subject == played.scene.subject:
                    return one.id
        return None

    return _until(look)


def _wait(stage: Stage, played: _Played) -> dict[str, Any]:
    """Wait for the receipt; return what became of the message, for `--json`."""
    from budkavle.messaging.case_view import case
    from budkavle.model.states import FINAL

    actor = _actor(stage, played.scene.sender)

    def look() -> dict[str, Any] | None:
        view = case(stage.installation.platform, actor, played.case_id)
        threaded = view.message(played.message_id)
        track = threaded.tracks[0] if threaded else None
        if threaded is None or track is None or track.to.state not in FINAL:
            return None
        accepted = any(one.state == "ACKNOWLEDGED" for one in track.receipts)
        return {
            "id": str(track.to.delivery_id),
            "from": threaded.message.sender.value,
            "to": track.to.recipient.value,
            "state": track.to.state.value,
            "receipt": "ACCEPTED" if accepted else "REJECTED" if track.receipts else None,
            "events": [{"at": event.at.isoformat(), "state": event.state} for event in track.events],
        }

    return _until(look)


def _until(look: Callable[[], T | None]) -> T:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise Unavailable("Meddelandet kom inte fram i tid. Se vad som hänt med: budkavle health")


def _sights(stage: Stage, port: int) -> list[tuple[str, str]]:
    """Return what there is to see beside the pages themselves: mails, texts and the telephone."""
    phone = stage.installation.settings.plugins["eid"]["simulator_port"] + 2
    return [
        ("Mejlen som skickas visas för administratörer på {url}", f"http://127.0.0.1:{port}/plugin/email_link/outbox"),
        ("och sms:en på {url}", f"http://127.0.0.1:{port}/plugin/sms/outbox"),
        ("Telefonen med låtsade e-legitimationer: {url}", f"http://127.0.0.1:{phone}"),
    ]


def _free(count: int) -> int:
    """Return the first of so many free ports in a row."""
    for _ in range(50):
        with contextlib.ExitStack() as bound, contextlib.suppress(OSError):
            first = bound.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            for more in range(1, count):
                bound.enter_context(socket.socket()).bind(("127.0.0.1", port + more))
            return port
    raise Unavailable("Det finns inga lediga portar på den här datorn.")
