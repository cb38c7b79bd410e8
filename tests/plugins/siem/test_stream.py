"""The event log is streamed whole, whatever happens to the receiver."""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from budkavle import Platform, Role, record
from budkavle.accounts import create_user
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import do_job
from budkavle_siem import health, stream

ODD = 'Åsa "Å" Ek] \\ ö'


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fault it is tried again at once."""
    monkeypatch.setattr(stream, "LONGEST_PAUSE", timedelta(0))


def happen(organisation: SampleOrganisation, count: int) -> None:
    with organisation.platform.work(organisation.administrator) as work:
        for turn in range(count):
            record(work, "pigeon.flown", None, turn=turn, note=ODD)


def numbers(messages: list[bytes]) -> list[int]:
    return [int(re.findall(rb' id="[^":]+:(\d+)"', message)[0]) for message in messages]


def last(siem: Any, log: UUID | None = None) -> int:
    """The number of the last entry of a log."""
    entries = siem.stream.waiting(log or siem.organisation.id, 0, 100_000)
    return int(entries[-1].number)


@pytest.mark.feature("OX3")
def test_each_entry_comes_once_in_order_as_rfc_5424_has_it(siem: Any, receiver: Any) -> None:
    """With everything that an entry says, escaped, framed by its octets, and a certificate of ours where asked for."""
    happen(siem.organisation, 120)
    siem.to(receiver, client=receiver.client_pem.replace("\n", ""))
    assert siem.send() == last(siem)
    assert numbers(receiver.read) == list(range(1, last(siem) + 1))
    assert receiver.certificates > 0
    message = next(one for one in receiver.read if b"pigeon.flown" in one)
    head, _, text = message.partition(b"] ")
    pattern = r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \S+ budkavle - pigeon\.flown \[budkavle@32473 id="
    assert re.match(pattern, head.decode())
    assert f'actor="{siem.organisation.administrator.name}"' in head.decode()
    assert text.startswith(b"\xef\xbb\xbf")
    assert json.loads(text.decode("utf-8-sig")) == {"turn": 0, "note": ODD}
    happen(siem.organisation, 1)
    assert siem.send() == 1  # and no entry twice


@pytest.mark.feature("OX3")
def test_a_receiver_that_is_killed_in_the_middle_loses_nothing(siem: Any, receiver: Any) -> None:
    """It dies with entries in its buffers, three times; in the end each entry is there, and few of them twice."""
    happen(siem.organisation, 400)
    siem.to(receiver)
    for death in (70, 190, 333):
        receiver.dies_after = death
        siem.send()
        assert siem.place().number < last(siem)
        assert siem.place().fault
        receiver.start()
    siem.send()
    found = numbers(receiver.read)
    assert sorted(set(found)) == list(range(1, last(siem) + 1))
    assert len(found) - len(set(found)) <= 3 * 50  # at most the batch that was under way


@pytest.mark.feature("OX3")
def test_a_sender_that_is_killed_after_the_receiver_has_read_sends_again(
    siem: Any, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor moves last: the batch comes twice, with the same ids."""
    siem.to(receiver)
    happen(siem.organisation, 10)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stream.Stream, "_note_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            siem.stream.run()
    siem.send()
    found = numbers(receiver.read)
    assert found == [*range(1, last(siem) + 1)] * 2


@pytest.mark.feature("OX3")
def test_a_receiver_that_does_not_close_both_ways_is_not_believed(siem: Any, receiver: Any) -> None:
    """What it has read is sent again, and the health says why."""
    receiver.answers = False
    siem.to(receiver)
    assert siem.send() == 0
    (told,) = health.check(siem.stream, siem.organisation.id)
    assert not told.ok
    assert "bekräftade inte inom 2 sekunder att den har läst allt" in str(told)
    receiver.answers = True
    siem.send()
    (told,) = health.check(siem.stream, siem.organisation.id)
    assert told.ok


@pytest.mark.feature("OX3")
def test_entries_that_are_committed_late_are_not_passed_by(siem: Any, receiver: Any) -> None:
    """A work that began earlier and ends later gets a later number: the cursor is never ahead of a commit."""
    siem.to(receiver)
    siem.send()
    platform, actor = siem.platform, siem.organisation.administrator
    with platform.work(actor) as slow:
        record(slow, "pigeon.slow", None)
        assert slow.connection
        with platform.work(actor) as fast:
            record(fast, "pigeon.fast", None)
        siem.send()
    siem.send()
    assert [one.split(b" ")[5] for one in receiver.read[-2:]] == [b"pigeon.fast", b"pigeon.slow"]
    assert numbers(receiver.read) == list(range(1, last(siem) + 1))


@pytest.mark.feature("OX3")
def test_without_history_it_begins_with_what_happens_next(siem: Any, receiver: Any) -> None:
    """Nothing that stood in the log before is sent."""
    happen(siem.organisation, 5)
    siem.to(receiver, history=False)
    assert siem.send() == 0
    happen(siem.organisation, 1)
    assert siem.send() == 1


@pytest.mark.feature("OX3")
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"port": 1}, "svarar inte"),
        ({"ca": ""}, "certifikat som inte godtas"),
        ({"host": "finns-inte.invalid"}, "går inte att slå upp"),
    ],
)
def test_health_says_what_is_wrong_and_for_how_long(
    siem: Any, receiver: Any, values: dict[str, Any], sentence: str
) -> None:
    """In a sentence; nothing is counted as sent."""
    siem.to(receiver)
    siem.choose(**values)
    assert siem.send() == 0
    (told,) = health.check(siem.stream, siem.organisation.id)
    assert not told.ok
    assert sentence in str(told)
    assert siem.place().number == 0


@pytest.mark.feature("OX3")
def test_an_organisation_reaches_nothing_inside(
    open_siem: Callable[..., Platform], receiver: Any, request: pytest.FixtureRequest
) -> None:
    """An address that leads inside is refused at the connection, whatever has been typed (ADR 029)."""
    platform = open_siem(private=())
    siem = type(request.getfixturevalue("siem"))(SampleOrganisation.create(platform, "Habo två"))
    siem.to(receiver)
    assert siem.send() == 0
    assert receiver.read == []
    assert "internt nät" in siem.fault


@pytest.mark.feature("OX3", "N6")
def test_the_installations_log_has_a_stream_of_its_own(
    open_siem: Callable[..., Platform], receiver: Any, tmp_path: Path
) -> None:
    """It goes where the installation's settings say, and holds nothing of organisations."""
    own = {"host": "localhost", "port": receiver.port, "ca": str(receiver.certificate)}
    platform = open_siem(private=(), installation=own)
    habo = SampleOrganisation.create(platform, "Habo")
    happen(habo, 3)
    with platform.work(system_actor(habo.id)) as work:
        create_user(work, email="rot@example.se", name="Rot Ek", role=Role.PLATFORM)
    while do_job(platform, "siem.send"):
        pass
    kinds = [one.split(b" ")[5].decode() for one in receiver.read]
    assert kinds == ["organisation.created", "administrator.added"]
    (told,) = health.check(stream.Stream(platform.plugins.host("siem")), None)
    assert told.ok


@pytest.mark.feature("OX3")
def test_many_receivers_that_fail_do_not_stop_the_others(siem: Any, receiver: Any, platform: Platform) -> None:
    """Each log has its own cursor and its own pause."""
    other = type(siem)(SampleOrganisation.create(platform, "Aneby"))
    other.choose(port=1)
    siem.to(receiver)
    siem.send()
    assert numbers(receiver.read) == list(range(1, last(siem) + 1))
    assert other.place().faults > 0


@pytest.fixture
def rsyslog(program: Callable[..., str], tmp_path: Path, receiver: Any) -> Iterator[Any]:
    """A real rsyslogd with TLS that asks for our certificate; `kill` ends it at once, `start` starts it."""
    receiver.stop()
    server = _Rsyslog(program("rsyslogd"), tmp_path, receiver)
    server.start()
    yield server
    server.kill()


class _Rsyslog:
    def __init__(self, program: str, folder: Path, receiver: Any) -> None:
        self.program, self.folder, self.receiver = program, folder, receiver
        self.out = folder / "out.log"
        (folder / "rsyslog.conf").write_text(
            f'''global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriverCAFile="{folder}/client.pem"
 defaultNetstreamDriverCertFile="{folder}/server.pem" defaultNetstreamDriverKeyFile="{folder}/server.key")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
template(name="t" type="string" string="%msgid%|%structured-data%|%msg%\\n")
input(type="imtcp" port="{receiver.port}")
action(type="omfile" file="{self.out}" template="t" asyncWriting="off")
''',
            "utf-8",
        )

    def start(self) -> None:
        words = [self.program, "-n", "-f", f"{self.folder}/rsyslog.conf", "-i", f"{self.folder}/pid"]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("localhost", self.receiver.port), timeout=1).close()
            except OSError:
                self._wait()
            else:
                return
        pytest.fail("rsyslogd does not start")

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def found(self) -> list[int]:
        return [int(one) for one in re.findall(r' id="[^":]+:(\d+)"', self.out.read_text("utf-8"))]

    def until(self, count: int) -> None:
        """Wait until it has written so many different ones."""
        end = time.monotonic() + 20
        while time.monotonic() < end and (not self.out.exists() or len(set(self.found())) < count):
            self._wait()

    @staticmethod
    def _wait() -> None:
        time.sleep(0.05)


@pytest.mark.feature("OX3")
@pytest.mark.peer("siem", "rsyslog")
def test_a_real_rsyslogd_that_is_killed_has_everything_in_the_end(siem: Any, receiver: Any, rsyslog: Any) -> None:
    """2,000 entries, and the server killed after about half; å, ä and ö come through."""
    happen(siem.organisation, 2_000)
    siem.to(receiver, client=receiver.client_pem.replace("\n", ""))
    in_work(siem.platform, siem.organisation.administrator, record, "pigeon.flown", None, note=ODD)
    assert siem.stream.run() > 0  # twenty batches
    rsyslog.kill()
    assert siem.stream.run() == 0
    rsyslog.start()
    siem.send()
    rsyslog.until(last(siem))
    assert sorted(set(rsyslog.found())) == list(range(1, last(siem) + 1))
    assert "Åsa" in rsyslog.out.read_text("utf-8")
