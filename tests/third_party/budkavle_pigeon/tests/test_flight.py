"""A whole flight: out, home, and the ring; and everything else that the plugin brings."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from budkavle_pigeon.loft import Loft
from click.testing import CliRunner

from budkavle import Address, FunctionMailbox, NotFound, Platform, call
from budkavle.messaging import read_case
from budkavle.testing import Browser, SampleOrganisation, SampleUser, deliver_due, do_job


@pytest.fixture
def organisation(budkavle_open: Callable[..., Platform], loft: Path) -> SampleOrganisation:
    """An organisation whose mailbox lives in a loft; the settings name both, so they are made before the plugin."""
    made = SampleOrganisation.create(budkavle_open()).staffed()
    section = {
        "loft": str(loft),
        "homes": {"loft 1": [str(made.id), str(made.mailbox.id)]},
        "lofts": {"loft 7": "Mullsjö"},
    }
    made.platform = budkavle_open(enabled=("pigeon",), plugins={"pigeon": section})
    return made


@pytest.fixture
def platform(organisation: SampleOrganisation) -> Platform:
    """The installation, with the plugin."""
    return organisation.platform


@pytest.fixture
def loft(tmp_path: Path) -> Path:
    """The folder that pigeons leave from and come to."""
    return tmp_path


def test_a_letter_flies_and_the_ring_comes_back(
    organisation: SampleOrganisation, case_worker: SampleUser, platform: Platform, loft: Path
) -> None:
    """It is sent from the mailbox's own loft, carried by a worker, and acknowledged by the ring."""
    message = organisation.send(case_worker, "Hej", recipients=(Address("sms", "loft 7"),), body="Kom hem.")
    deliver_due(platform)
    (flown,) = (loft / "out").iterdir()
    letter = json.loads(flown.read_bytes())
    assert (letter["from"], letter["to"], letter["body"]) == ("loft 1", "loft 7", "Kom hem.")

    ring = f"ring {letter['id']} landed 2026-05-01T12:00:00+02:00"
    (loft / "in").mkdir(exist_ok=True)
    (loft / "in" / f"{organisation.id}_1.ring").write_text(ring)
    assert do_job(platform, "pigeon.homing") == 1
    with platform.work(case_worker) as work:
        assert "ACKNOWLEDGED" in repr(read_case(work, message.case_id))
    assert flights(platform, case_worker) == 1


def test_flights_are_counted_by_day(
    platform: Platform, organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """The event log knows them, and counts one organisation's only."""
    loft = Loft(platform.plugins.host("pigeon"))
    for _ in range(2):
        loft.book(organisation.id, uuid4())
    span = (date(2000, 1, 1), date(2100, 1, 1))
    assert list(loft.flights_by_day(organisation.id, *span).values()) == [2]
    assert loft.flights_by_day(other_organisation.id, *span) == {}


def test_photos_of_a_flight_go_with_it(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """They lie sealed under the flight's id; another organisation sees none, and none is left without its flight."""
    loft = Loft(organisation.platform.plugins.host("pigeon"))
    flight = uuid4()
    loft.book(organisation.id, flight)
    with organisation.platform.work(case_worker) as work:
        photo = loft.photograph(work, flight, [b"wings ", b"and sky"])
    with organisation.platform.work(other_organisation.system) as work:
        assert loft.photos.list(work, flight) == []
        loft.forget(work, flight)
    with organisation.platform.work(case_worker) as work:
        assert b"".join(loft.photos.open(work, photo)) == b"wings and sky"
        loft.forget(work, flight)
    with organisation.platform.work(case_worker) as work, pytest.raises(NotFound):
        loft.photos.open(work, photo)
    assert flights(organisation.platform, case_worker) == 0


def test_a_letter_comes_home(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, loft: Path
) -> None:
    """It opens a case in the mailbox that lives in the loft; the same letter again is taken once."""
    home = loft / "in"
    home.mkdir(exist_ok=True)
    content = {"id": "a-1", "to": "loft 1", "from": "loft 7", "subject": "Svar", "body": "Jag kommer."}
    for name in ("1.json", "2.json"):
        (home / name).write_text(json.dumps(content))
    assert do_job(platform, "pigeon.homing") == 2
    assert [case.subject for case in organisation.cases(case_worker)] == ["Svar"]


def test_a_letter_for_nobody_stays(platform: Platform, loft: Path) -> None:
    """What cannot be delivered is kept for somebody to look at."""
    home = loft / "in"
    home.mkdir(exist_ok=True)
    (home / "1.json").write_text(json.dumps({"id": "b", "to": "loft 99", "from": "", "subject": "", "body": ""}))
    assert do_job(platform, "pigeon.homing") == 0
    assert (home / "1.json").exists()


def test_it_is_well_while_there_are_birds(platform: Platform) -> None:
    """The health check counts them."""
    (health,) = call(platform.plugins.health_checks["pigeon.birds"].check, None)
    assert health.ok


def test_its_page_answers(case_worker: SampleUser, browse: Callable[..., Browser]) -> None:
    """The route is under its own prefix."""
    assert browse(case_worker).get("/plugin/pigeon/birds").json() == {"birds": 3}


def test_a_message_about_the_weather_is_begun_for_a_person(
    case_worker: SampleUser, mailbox: FunctionMailbox, browse: Callable[..., Browser]
) -> None:
    """The page for writing has the recipient and the text that were begun."""
    browser = browse(case_worker)
    begun = browser.post("/plugin/pigeon/write", mailbox=str(mailbox.id), to="loft 7")
    assert begun.status_code == 303, begun.text
    page = browser.get(begun.headers["location"])
    assert page.status_code == 200
    assert all(word in page.text for word in ("Mullsjö", "Väder", "Vinden är god."))


def test_what_it_writes_in_the_event_log_has_words(platform: Platform) -> None:
    """An administrator reads what happened, not the name of a kind."""
    assert platform.plugins.event_words["pigeon.flown"].format(bird=2) == "Duva 2 flög i väg med ett brev"


def test_its_command_runs_with_and_without_an_installation(platform: Platform) -> None:
    """`budkavle pigeon birds` counts; without settings it has nothing to count."""
    hosts: list[Any] = [platform.plugins.host, None]
    said = []
    for host in hosts:
        (of,) = platform.plugins.commands(host)
        said.append(CliRunner().invoke(of.thing, ["birds"]).output)
    assert said == ["3\n", "–\n"]


def test_its_folders_are_found(platform: Platform) -> None:
    """Templates, static files and translations come with the package."""
    assert all("pigeon" in platform.plugins.folders(name) for name in ("templates", "static", "locale"))


def flights(platform: Platform, case_worker: SampleUser) -> int:
    """How many flights the panel beside a message counts."""
    (panel,) = platform.plugins.panels("message.panel")
    count = panel.thing.context(case_worker, {})["flights"]
    assert isinstance(count, int)
    return count
