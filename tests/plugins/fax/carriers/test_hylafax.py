"""A real HylaFAX server without a modem: its queue, its words, stopping, and a fax that is found again after a crash.

What its scheduler would write in a job's file when a modem calls is written there by the test, and read by way of the
server's own protocol.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle import Address, DeliveryState, Draft, Message, Platform, Temporary
from budkavle.deliveries.recall import recall
from budkavle.deliveries.wire.stored import open_wire
from budkavle.messaging import read_case, send
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle_fax import texts
from budkavle_fax.carriers import hfaxd
from budkavle_fax.carriers.hylafax import HylaFax
from budkavle_fax.parts import Parts
from budkavle_fax.parts import parts as parts_of
from budkavle_fax.settings import HylaFaxSettings

pytestmark = pytest.mark.xdist_group("modems")
HOOK = Path(__file__).parents[4] / "plugins/fax/budkavle_fax/hook/budkavle-faxrcvd"
WAITING, SLEEPING, SENDING, DONE, FAILED = 5, 3, 6, 7, 8
"""States of a job as its file has them (HylaFAX's sendq(5)): W, S, R, D, F."""


@pytest.fixture(scope="module")
def server(modems: ModuleType) -> Iterator[Any]:
    """One server, with a queue and no modem."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-hylafax-"))
    folder.chmod(0o755)  # it runs as another user
    end = modems.End("c", "101234567", folder, HOOK)
    try:
        end.prepare(end)
        end.start()
        end.answering()
        yield end
    finally:
        end.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def platform(server: Any, budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation that faxes by it."""
    section = {"hylafax": server.settings(), "poll_seconds": 0.1}
    return budkavle_open(enabled=("fax",), plugins={"fax": section})


@pytest.fixture
def carrier(platform: Platform) -> HylaFax:
    """The installation's own carrier: nothing stands in its place here."""
    real = parts_of(platform.plugins.host("fax")).carrier
    assert isinstance(real, HylaFax)
    return real


def write(organisation: SampleOrganisation) -> Message:
    return in_work(
        organisation.platform,
        organisation.case_worker,
        send,
        organisation.mailbox.id,
        Draft((Address("fax", "+46107654321"),), "Ang.", "Hej!"),
    )


def track(organisation: SampleOrganisation, message: Message) -> Any:
    (one,) = in_work(organisation.platform, organisation.case_worker, read_case, message.case_id).thread
    return one.tracks[0]


def tag(organisation: SampleOrganisation) -> str:
    """The id that the one fax of the organisation has at the server."""
    with organisation.platform.plugins.host("fax").transaction(organisation.id) as connection:
        return str(connection.execute(text("SELECT id FROM fax_jobs")).scalar_one())


def wire(organisation: SampleOrganisation, delivery_id: UUID) -> bytes | None:
    """The pages as they were kept before they were handed over."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        row = connection.execute(text("SELECT wire, wire_blob FROM deliveries WHERE id = :id"), {"id": delivery_id})
        found = row.one()
    return open_wire(organisation.platform, organisation.id, delivery_id, found.wire, found.wire_blob)


def jobs(server: Any, tag: str) -> list[dict[str, str]]:
    """The files of the jobs with our tag, those that are done with too."""
    files = [path for queue in ("sendq", "doneq") for path in (server.spool / queue).glob("q[0-9]*")]
    read = [
        dict(line.partition(":")[::2] for line in path.read_text().splitlines()) | {"": str(path)} for path in files
    ]
    return [job for job in read if job["jobtag"] == tag]


def goes(server: Any, tag: str, state: int, said: str = "", sent: int = 0, dials: int = 1) -> None:
    """Write in the job's file what the scheduler would after so many calls with so many of three pages sent."""
    (job,) = jobs(server, tag)
    path = Path(job.pop(""))
    told = {"state": state, "status": said, "npages": sent, "totpages": 3, "ndials": dials, "totdials": dials}
    lines = [f"{key}:{told.get(key, value)}" for key, value in job.items() if not key.startswith("tiff")]
    kept = [line for line in path.read_text().splitlines() if line.startswith("tiff")]
    path.write_text("\n".join([*lines, *kept, ""]))


@pytest.mark.peer("fax", "HylaFAX")
@pytest.mark.feature("T6")
def test_a_fax_lies_in_the_queue_under_our_tag_with_its_very_pages(
    server: Any, platform: Platform, organisation: SampleOrganisation
) -> None:
    """Not cut and not scaled, and the number as the line dials it."""
    message = write(organisation)
    deliver_due(platform)
    (job,) = jobs(server, tag(organisation))
    assert (job["number"], job["resolution"], job["pagechop"]) == ("0107654321", "196", "none")
    document = next(value for key, value in job.items() if key == "tiff").split(":")[-1]
    to = track(organisation, message).to
    assert (server.spool / document).read_bytes() == wire(organisation, to.delivery_id)
    assert to.state is DeliveryState.SEND_ENQUEUED


@pytest.mark.feature("SD7")
@pytest.mark.parametrize("crash", ["the answer is lost", "the process dies"])
def test_after_a_crash_the_job_is_found_by_its_tag_and_not_made_again(
    crash: str, server: Any, organisation: SampleOrganisation, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has taken it, and nobody here has noted so: the next worker finds it there, and follows it."""
    taken = hfaxd.Connection.submit

    class Died(BaseException):
        """The process is gone."""

    def broken(*given: Any) -> str:
        number = taken(*given)
        if "lost" in crash:
            raise hfaxd.Unsure(hfaxd.HALFWAY)
        return number

    def die(*given: Any) -> None:
        raise Died

    message = write(organisation)
    with monkeypatch.context() as patched:
        patched.setattr(hfaxd.Connection, "submit", broken)
        if "dies" in crash:
            patched.setattr("budkavle.deliveries.attempt._judge_outcome", die)
        with pytest.raises(Died) if "dies" in crash else nullcontext():
            deliver_due(organisation.platform)
    assert len(jobs(server, tag(organisation))) == 1
    past = "now() - interval '1 second'"
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text(f"UPDATE deliveries SET due_at = {past}, lease_until = {past}"))
    deliver_due(organisation.platform)
    assert track(organisation, message).to.state is DeliveryState.SEND_ENQUEUED
    assert len(jobs(server, tag(organisation))) == 1
    goes(server, tag(organisation), DONE, sent=3)
    parts.status_polling.ask()
    assert track(organisation, message).to.state is DeliveryState.ACKNOWLEDGED


@pytest.mark.feature("T6")
@pytest.mark.parametrize(
    ("state", "said", "sent", "becomes", "told"),
    [
        (WAITING, "", 0, DeliveryState.SEND_ENQUEUED, "Lämnat till faxservern, 1 sida."),
        (SLEEPING, "No answer from remote", 0, DeliveryState.WAITING_FOR_RETRY, texts.SILENT),
        (SLEEPING, "Busy signal detected", 0, DeliveryState.WAITING_FOR_RETRY, texts.BUSY),
        (SLEEPING, "No carrier detected", 0, DeliveryState.WAITING_FOR_RETRY, texts.NO_FAX),
        (SENDING, "", 1, DeliveryState.SEND_ENQUEUED, ""),
        (FAILED, "Call disconnected", 1, DeliveryState.SEND_FAILURE, "Linjen bröts på sida 2."),
        (FAILED, "No local dialtone", 0, DeliveryState.SEND_FAILURE, texts.NO_TONE),
        (FAILED, "", 0, DeliveryState.SEND_FAILURE, texts.UNKNOWN),
        (DONE, "", 3, DeliveryState.ACKNOWLEDGED, "3 sidor har gått fram."),
    ],
)
def test_what_the_server_says_is_told_in_words(
    state: int,
    said: str,
    sent: int,
    becomes: DeliveryState,
    told: str,
    server: Any,
    organisation: SampleOrganisation,
    parts: Parts,
) -> None:
    """Waiting, calling again, on the line, through, given up: each with its reason, on the delivery's own list."""
    message = write(organisation)
    deliver_due(organisation.platform)
    goes(server, tag(organisation), state, said, sent)
    parts.status_polling.ask()
    now = track(organisation, message)
    assert now.to.state is becomes
    assert told in now.events[-1].detail


def test_what_others_call_their_faxes_may_be_in_any_letters(
    server: Any, platform: Platform, organisation: SampleOrganisation, parts: Parts
) -> None:
    """A job of another program on the same server, named in its own encoding, does not hide ours."""
    message = write(organisation)
    deliver_due(platform)
    goes(server, tag(organisation), DONE, "Klart på Åland", sent=3)
    (job,) = jobs(server, tag(organisation))
    path = Path(job[""])
    before = path.read_bytes()
    path.write_bytes(path.read_text().encode("latin-1"))
    try:
        parts.status_polling.ask()
    finally:
        path.write_bytes(before)  # the other tests read it as text
    assert track(organisation, message).to.state is DeliveryState.ACKNOWLEDGED


@pytest.mark.peer("fax", "HylaFAX")
@pytest.mark.feature("R1")
def test_a_fax_is_stopped_in_the_servers_queue(
    server: Any, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Recalled here only when the job is killed there; afterwards it is found, and not sent anew."""
    message = write(organisation)
    deliver_due(platform)
    in_work(platform, case_worker, recall, track(organisation, message).to.delivery_id)
    (job,) = jobs(server, tag(organisation))
    assert int(job["state"]) in {DONE, FAILED}
    assert "killed" in job["status"].lower() or "aborted" in job["status"].lower()
    assert track(organisation, message).to.state is DeliveryState.RECALLED


def test_a_server_that_does_not_let_us_in_or_is_away_says_so(server: Any) -> None:
    """In words for the administrator, with what to do; a modem that is not there is told too."""
    settings = server.settings()
    with pytest.raises(Temporary, match="inloggningen"):
        HylaFax(HylaFaxSettings(**{**settings, "password": "fel"}), 10).find("x")
    with pytest.raises(Temporary, match="svarar inte"):
        HylaFax(HylaFaxSettings(**{**settings, "port": 1}), 10).find("x")
    answers, modem = HylaFax(HylaFaxSettings(**settings), 10).health()
    assert answers.ok
    assert not modem.ok
    assert modem.remedy
