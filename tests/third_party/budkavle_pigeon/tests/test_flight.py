"""A whole flight: out, home, and the ring; and everything else that the plugin brings."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from budkavle_pigeon.loft import Loft
from click.testing import CliRunner

from budkavle import Actor, Address, Draft, NotFound, Platform, UserActor, call
from budkavle.accounts import add_members, create_mailbox, create_organisation, create_user
from budkavle.cases import CaseFilter, list_cases
from budkavle.messaging import read_case, send
from budkavle.testing import browse, deliver_due, do_job, system_actor


@dataclass(frozen=True)
class Town:
    """An organisation that keeps pigeons."""

    platform: Platform
    actor: Actor
    mailbox_id: UUID
    loft: Path


@pytest.fixture
def town(budkavle_open: Callable[..., Platform], tmp_path: Path) -> Town:
    bare = budkavle_open()
    system = system_actor()
    made = create_organisation(bare, system, "Habo kommun")
    admin = system_actor(made.id)
    with bare.work(admin) as work:
        anna = create_user(work, email="anna@habo.example", name="Anna Andersson")
        mailbox = create_mailbox(work, "Duvvården")
        add_members(work, mailbox.id, [anna.id])
    section = {
        "loft": str(tmp_path),
        "homes": {"loft 1": [str(made.id), str(mailbox.id)]},
        "lofts": {"loft 7": "Mullsjö"},
    }
    platform = budkavle_open(enabled=("pigeon",), plugins={"pigeon": section})
    return Town(platform, UserActor(made.id, anna.id, anna.name), mailbox.id, tmp_path)


def test_a_letter_flies_and_the_ring_comes_back(town: Town) -> None:
    """It is sent from the mailbox's own loft, carried by a worker, and acknowledged by the ring."""
    draft = Draft((Address("sms", "loft 7"),), "Hej", "Kom hem.")
    with town.platform.work(town.actor) as work:
        message = send(work, town.mailbox_id, draft)
    deliver_due(town.platform)
    (flown,) = (town.loft / "out").iterdir()
    letter = json.loads(flown.read_bytes())
    assert (letter["from"], letter["to"], letter["body"]) == ("loft 1", "loft 7", "Kom hem.")

    ring = f"ring {letter['id']} landed 2026-05-01T12:00:00+02:00"
    (town.loft / "in").mkdir(exist_ok=True)
    (town.loft / "in" / f"{town.actor.organisation_id}_1.ring").write_text(ring)
    assert do_job(town.platform, "pigeon.homing") == 1
    with town.platform.work(town.actor) as work:
        assert "ACKNOWLEDGED" in repr(read_case(work, message.case_id))
    assert flights(town) == 1


def test_flights_are_counted_by_day(town: Town) -> None:
    """The event log knows them, and counts one organisation's only."""
    loft = Loft(town.platform.plugins.host("pigeon"))
    other = create_organisation(town.platform, system_actor(), "Mullsjö kommun")
    for _ in range(2):
        loft.book(town.actor.organisation_id, uuid4())
    span = (date(2000, 1, 1), date(2100, 1, 1))
    assert list(loft.flights_by_day(town.actor.organisation_id, *span).values()) == [2]
    assert loft.flights_by_day(other.id, *span) == {}


def test_photos_of_a_flight_go_with_it(town: Town) -> None:
    """They lie sealed under the flight's id; another organisation sees none, and none is left without its flight."""
    loft = Loft(town.platform.plugins.host("pigeon"))
    other = create_organisation(town.platform, system_actor(), "Mullsjö kommun")
    flight = uuid4()
    loft.book(town.actor.organisation_id, flight)
    with town.platform.work(town.actor) as work:
        photo = loft.photograph(work, flight, [b"wings ", b"and sky"])
    with town.platform.work(system_actor(other.id)) as work:
        assert loft.photos.list(work, flight) == []
        loft.forget(work, flight)
    with town.platform.work(town.actor) as work:
        assert b"".join(loft.photos.open(work, photo)) == b"wings and sky"
        loft.forget(work, flight)
    with town.platform.work(town.actor) as work, pytest.raises(NotFound):
        loft.photos.open(work, photo)
    assert flights(town) == 0


def test_a_letter_comes_home(town: Town) -> None:
    """It opens a case in the mailbox that lives in the loft; the same letter again is taken once."""
    home = town.loft / "in"
    home.mkdir(exist_ok=True)
    content = {"id": "a-1", "to": "loft 1", "from": "loft 7", "subject": "Svar", "body": "Jag kommer."}
    for name in ("1.json", "2.json"):
        (home / name).write_text(json.dumps(content))
    assert do_job(town.platform, "pigeon.homing") == 2
    with town.platform.work(town.actor) as work:
        cases = list_cases(work, town.mailbox_id, CaseFilter()).items
    assert [case.subject for case in cases] == ["Svar"]


def test_a_letter_for_nobody_stays(town: Town) -> None:
    """What cannot be delivered is kept for somebody to look at."""
    home = town.loft / "in"
    home.mkdir(exist_ok=True)
    (home / "1.json").write_text(json.dumps({"id": "b", "to": "loft 99", "from": "", "subject": "", "body": ""}))
    assert do_job(town.platform, "pigeon.homing") == 0
    assert (home / "1.json").exists()


def test_it_is_well_while_there_are_birds(town: Town) -> None:
    """The health check counts them."""
    (health,) = call(town.platform.plugins.health_checks["pigeon.birds"].check, None)
    assert health.ok


def test_its_page_answers(town: Town) -> None:
    """The route is under its own prefix."""
    with browse(town.platform) as browser:
        assert browser(town.actor).get("/plugin/pigeon/birds").json() == {"birds": 3}


def test_a_message_about_the_weather_is_begun_for_a_person(town: Town) -> None:
    """The page for writing has the recipient and the text that were begun."""
    with browse(town.platform) as browser:
        anna = browser(town.actor)
        begun = anna.post("/plugin/pigeon/write", mailbox=str(town.mailbox_id), to="loft 7")
        assert begun.status_code == 303, begun.text
        page = anna.get(begun.headers["location"])
    assert page.status_code == 200
    assert all(word in page.text for word in ("Mullsjö", "Väder", "Vinden är god."))


def test_what_it_writes_in_the_event_log_has_words(town: Town) -> None:
    """An administrator reads what happened, not the name of a kind."""
    assert town.platform.plugins.event_words["pigeon.flown"].format(bird=2) == "Duva 2 flög i väg med ett brev"


def test_its_command_runs_with_and_without_an_installation(town: Town) -> None:
    """`budkavle pigeon birds` counts; without settings it has nothing to count."""
    hosts: list[Any] = [town.platform.plugins.host, None]
    said = []
    for host in hosts:
        (of,) = town.platform.plugins.commands(host)
        said.append(CliRunner().invoke(of.thing, ["birds"]).output)
    assert said == ["3\n", "–\n"]


def test_its_folders_are_found(town: Town) -> None:
    """Templates, static files and translations come with the package."""
    assert all("pigeon" in town.platform.plugins.folders(name) for name in ("templates", "static", "locale"))


def flights(town: Town) -> int:
    (panel,) = town.platform.plugins.panels("message.panel")
    count = panel.thing.context(town.actor, {})["flights"]
    assert isinstance(count, int)
    return count
