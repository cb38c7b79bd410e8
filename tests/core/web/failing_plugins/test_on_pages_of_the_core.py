"""A plugin that fails takes no page of the core with it, and loses nothing that was typed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from tests.core.web.failing_plugins.chaos import WELL, Chaos

from budkavle.model.errors import TooMany
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.operations import health
from budkavle.operations.jobs import Jobs, core_jobs
from budkavle.operations.leases import Leases
from budkavle.plugins.protocols.health import Health
from budkavle.plugins.protocols.job import Job
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


MISSING = "Adressboken Kaos svarar inte just nu"
WRITTEN = {"subject": "Om ärendet", "body": "En lång text som ingen vill skriva om."}
FAULTS = (Chaos.raises, Chaos.exits, Chaos.hangs, Chaos.gives_nonsense)


def sent(organisation: SampleOrganisation) -> int:
    """Return how many messages the organisation has."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        return int(connection.execute(text("SELECT count(*) FROM messages")).scalar_one())


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", [*FAULTS, Chaos.gives_none])
def test_a_broken_address_book_leaves_the_page_and_the_others(
    ada: Browser, chaos: Chaos, mailbox: FunctionMailbox, fault: Callable[[Chaos], Any]
) -> None:
    """The page for writing comes with what the other books know, and says which one is missing; so does the search."""
    chaos.fault = dict.fromkeys(("search", "find", "address"), lambda: fault(chaos))
    page = ada.get("/compose")
    assert page.status_code == 200
    assert MISSING in page.text
    found = ada.post("/compose", mailbox=str(mailbox.id), kind="fake", q="Vård", find="1")
    assert found.status_code == 200
    assert MISSING in found.text
    assert "Vårdcentralen" in found.text
    piece = ada.get(f"/compose/{mailbox.id}/fake/recipients?q=vård")
    assert MISSING in piece.text
    assert "Vårdcentralen" in piece.text


def test_a_book_that_was_asked_too_often_leaves_the_search_to_the_others(
    ada: Browser, chaos: Chaos, mailbox: FunctionMailbox
) -> None:
    """What the others know comes, and the page says which one is missing."""

    def refuse() -> None:
        raise TooMany("Du har slagit upp många adresser. Vänta en stund.")

    chaos.fault = {"search": refuse}
    piece = ada.get(f"/compose/{mailbox.id}/fake/recipients?q=vård")
    assert piece.status_code == 200
    assert MISSING in piece.text
    assert "Vårdcentralen" in piece.text


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_one_book_knows_is_sent_without_the_other(
    ada: Browser,
    chaos: Chaos,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    fault: Callable[[Chaos], Any],
) -> None:
    """A recipient that another address book knows needs none that is broken."""
    chaos.fault["find"] = lambda: fault(chaos)
    answer = ada.post("/compose", mailbox=str(mailbox.id), kind="fake", recipients="fake:region", send="1", **WRITTEN)
    assert answer.status_code == 303
    assert sent(organisation) == 1


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("method", "recipient", "said"),
    [
        ("find", "fake:nobody", "Adressboken Kaos svarar inte"),
        ("address", "fake:region", "Adressboken Kaos svarar inte"),
        ("check", "fake:region", "Tillägget för Låtsas kunde inte kontrollera meddelandet"),
    ],
)
def test_what_a_broken_plugin_must_judge_is_not_sent_and_not_lost(
    ada: Browser,
    chaos: Chaos,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    fault: Callable[[Chaos], Any],
    method: str,
    recipient: str,
    said: str,
) -> None:
    """The page comes back with everything that was written, and names the plugin; nothing is stored."""
    chaos.fault[method] = lambda: fault(chaos)
    with capture_logs() as logs:
        answer = ada.post("/compose", mailbox=str(mailbox.id), kind="fake", recipients=recipient, send="1", **WRITTEN)
    assert answer.status_code == 503
    assert said in answer.text
    assert all(words in answer.text for words in WRITTEN.values())
    assert sent(organisation) == 0
    assert "hemligt" not in str(logs)
    assert any("chaos" in {log.get("directory"), log.get("plugin")} or "transport" in log for log in logs)


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", [*FAULTS, Chaos.gives_none])
def test_a_broken_line_of_the_menu_breaks_no_page(ada: Browser, chaos: Chaos, fault: Callable[[Chaos], Any]) -> None:
    """Every page has the menu: it comes without that line, also where the plugin exits or hangs."""
    chaos.fault["panel"] = lambda: fault(chaos)
    assert ada.get("/compose").status_code == 200


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    "fault", [*FAULTS, Chaos.gives_none, lambda _: [Health("a", True, "{b}", facts={"c": 1})], lambda _: [Health]]
)
def test_a_broken_health_check_is_named_and_the_rest_is_told(
    platform: Platform, chaos: Chaos, fault: Callable[[Chaos], Any]
) -> None:
    """What hangs, exits or answers nonsense is one line that is not well; every other answer is there, in words."""
    names = {answer.name for answer in health.check_all(platform, None)}
    assert len(names) > len(health.OWN) / 2
    chaos.fault["birds"] = lambda: fault(chaos)
    answers = health.check_all(platform, None)
    assert [one.ok for one in answers if one.name == "chaos.birds"] == [False]
    assert WELL in answers
    assert all(str(one) and one.remedy for one in answers if not one.ok)
    assert {answer.name for answer in answers} == {*names, "chaos.birds"}


@pytest.mark.feature("PL5")
def test_a_job_that_is_not_done_in_time_is_told(platform: Platform) -> None:
    """A job whose turn is long past, and whose run has had its time, is named; one that only takes its time is not."""
    Jobs(platform, Leases(timedelta(seconds=15)), {**core_jobs(platform), "gone.job": Job("job", int)}).take(99)
    assert any(one.ok for one in health.check_all(platform, None) if one.name == "Jobben")
    late = "UPDATE schedule SET due_at = now() - CAST(:late AS interval) WHERE name IN ('core.uploads', 'gone.job')"
    for minutes, ok in ((15, True), (25, False)):
        with platform.database.transaction(None) as connection:
            connection.execute(text(late), {"late": timedelta(minutes=minutes)})
        (answer,) = (one for one in health.check_all(platform, None) if one.name == "Jobben")
        assert answer.ok is ok
        assert ok or str(answer) == "Jobb som inte har blivit klara i tid: core.uploads."
