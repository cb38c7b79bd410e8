"""What Prometheus reads: figures by names of parts, for whoever may, and never of a person or a message."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs
from tests.deploy.own_authority import NAME, write_pair

from budkavle.measures import catalogue, switch
from budkavle.messaging import sending
from budkavle.model.errors import Misconfigured, Permanent, Temporary
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import UserActor
from budkavle.operations import nodes, server_certificate
from budkavle.operations.health import check_all
from budkavle.operations.metrics.answering import answering
from budkavle.operations.metrics.exposition import Exposition
from budkavle.operations.metrics.figures import TEXTS
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.settings import MetricsSettings, TlsSettings, load_settings
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import browsing
from budkavle.testing.databases import Databases
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.running import free_ports, installed, until_answers
from budkavle.testing.working import do_job

TOKEN = "a token for the tests alone"
NONE: frozenset[str] = frozenset()
OUTCOMES = ("done", "failed", "parked", "given-up")
Samples = dict[tuple[str, frozenset[str]], float]


@pytest.fixture
def counting() -> Iterator[None]:
    """This process counts, and forgets afterwards."""
    switch.switch_on()
    yield
    switch.switch_off()


def samples(text: bytes) -> Samples:
    """Return the values by name and by those of the labels, in no order."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.mark.feature("ZO14")
@pytest.mark.usefixtures("counting")
def test_attempts_are_counted_by_how_they_ended(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: UserActor,
    mailbox: FunctionMailbox,
    fake_transport: FakeTransport,
    draft: Callable[..., Any],
) -> None:
    """One is handed over and one has to wait, which the queue tells; no id, address or word of a message is there."""
    fake_transport.failures.append(Temporary("Mottagaren Anna Ek svarar inte."))
    for _ in range(2):
        in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    organisation.make_due()
    text = Exposition(platform).text()
    figures = samples(text)
    assert figures["budkavle_delivery_attempts_total", frozenset({"fake", "WAITING_FOR_RECEIPT"})] == 1
    assert figures["budkavle_delivery_attempts_total", frozenset({"fake", "WAITING_FOR_RETRY"})] == 1
    assert figures["budkavle_delivery_handed_over_seconds_count", frozenset({"fake"})] == 1
    assert figures["budkavle_queue_due", frozenset({"fake"})] == 1
    assert figures["budkavle_queue_oldest_seconds", frozenset({"fake"})] > 0
    # All but none: a thread that another test has left may just have begun or ended one.
    assert abs(figures["budkavle_database_connections_in_use", NONE]) <= 1
    said = text.decode()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|@|Anna|Kan ni", said)


@pytest.mark.feature("ZO14")
@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(
    ("answers", "keeps_parked", "counted"),
    [
        ([], True, {"done": 1}),
        ([Temporary("Nej.")], True, {"failed": 1}),
        ([Permanent("Aldrig.")], True, {"parked": 1}),
        ([Permanent("Aldrig.")], False, {"given-up": 1}),
    ],
)
def test_what_plugins_have_queued_is_counted_by_how_it_ended(
    build_organisation: Any, answers: list[Exception], keeps_parked: bool, counted: dict[str, float]
) -> None:
    """The log tells, too, what is given up, by the same word."""

    def handle(_entry: OutboxEntry) -> None:
        for answer in answers:
            raise answer

    organisation = build_organisation(outboxes=(Outbox("letters", handle, keeps_parked=keeps_parked),))
    host = organisation.platform.plugins.host("fake")
    with host.work(host.system(organisation.id)) as work:
        enqueue(work, NewEntry("fake.letters", b"Hej"))
    with capture_logs() as lines:
        do_job(organisation.platform, "outbox.fake.letters")
    figures = samples(Exposition(organisation.platform).text())
    ended = {outcome: ("budkavle_outbox_entries_total", frozenset({"fake.letters", outcome})) for outcome in OUTCOMES}
    assert {outcome: figures[name] for outcome, name in ended.items() if name in figures} == counted
    told = {str(line["event"]).removeprefix("outbox.") for line in lines if line["log_level"] == "error"}
    assert told == counted.keys() & {"parked", "given-up"}


@pytest.mark.usefixtures("counting")
def test_pages_are_counted_by_route(
    platform: Platform, organisation: SampleOrganisation, mailbox: FunctionMailbox
) -> None:
    """The address itself, with ids and a stranger's words, is no label."""
    with browsing(platform) as browser:
        nobody = browser(None)
        for path in (f"/mailboxes/{mailbox.id}", "/nowhere/Orosanmälan", "/healthz"):
            nobody.get(path)
        nobody.client.request("SPY", "/healthz")
    figures = samples(Exposition(platform).text())
    routes = {values for name, values in figures if name == "budkavle_page_seconds_count"}
    assert routes == {
        frozenset(of)
        for of in (("/healthz", "GET"), ("/mailboxes/{mailbox_id}", "GET"), ("none", "GET"), ("none", "other"))
    }
    assert figures["budkavle_answers_total", frozenset({"2xx"})] == 1


def test_the_web_tells_them_to_whoever_has_the_token(platform: Platform, organisation: SampleOrganisation) -> None:
    """Where no token is set there is no such page."""
    with browsing(platform) as browser:
        assert browser(None).get("/metrics").status_code == 404
    platform.settings = replace(platform.settings, metrics=MetricsSettings(token=TOKEN))
    with browsing(platform) as browser:
        nobody = browser(None)
        assert [nobody.get("/metrics", **head).status_code for head in ({}, {"authorization": "Bearer x"})] == [401] * 2
        answer = nobody.get("/metrics", authorization=f"Bearer {TOKEN}")
    switch.switch_off()
    assert answer.status_code == 200
    assert samples(answer.content)["budkavle_database_up", NONE] == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"], ids=["IPv4", "IPv6"])
@pytest.mark.usefixtures("counting")
def test_a_worker_answers_at_its_own_address(platform: Platform, host: str) -> None:
    """With the token, where one is set; nothing else is there."""
    metrics = MetricsSettings(listen=f"{host}:0", token=TOKEN)
    platform.settings = replace(platform.settings, metrics=metrics)
    with answering(platform) as port, httpx.Client(base_url=f"http://{host}:{port}", trust_env=False) as client:
        head = {"authorization": f"Bearer {TOKEN}"}
        answers = [client.get("/metrics"), client.get("/", headers=head), client.get("/metrics", headers=head)]
    assert [answer.status_code for answer in answers] == [401, 404, 200]
    assert ("budkavle_build_info", frozenset({nodes.version()})) in samples(answers[2].content)


@pytest.mark.usefixtures("counting")
def test_figures_that_cannot_be_told_are_logged(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a shared file that ends in the middle: who asks hears of a fault, and the log says what it is."""
    monkeypatch.setattr(Exposition, "text", lambda _exposition: b"".index(b"half"))
    platform.settings = replace(platform.settings, metrics=MetricsSettings(listen="127.0.0.1:0"))
    with capture_logs() as lines, answering(platform) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).status_code == 500
    assert [(line["event"], line["error"]) for line in lines] == [("metrics.not_told", "ValueError")]


@pytest.mark.feature("ZS9")
@pytest.mark.usefixtures("counting")
def test_a_worker_with_a_certificate_answers_by_tls_alone(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A renewed one is shown to those who come next; who speaks no TLS gets nothing, and leaves no line."""
    authority, pair = tmp_path / "authority.pem", tmp_path / "pair.pem"
    write_pair(authority, pair)
    monkeypatch.setattr(server_certificate, "LOOKS", 0.05)
    shown = TlsSettings(pair, pair)
    platform.settings = replace(platform.settings, metrics=MetricsSettings(listen="127.0.0.1:0"), tls=shown)
    with answering(platform) as port:
        until_answers(f"https://{NAME}:{port}/metrics", certificate=authority)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            httpx.get(f"http://{NAME}:{port}/metrics", trust_env=False)
        write_pair(authority, pair)
        until_answers(f"https://{NAME}:{port}/metrics", 30, authority)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "setting",
    [
        'listen = "0.0.0.0:9421"',
        'listen = "9421"',
        f'listen = "9421"\ntoken = "{TOKEN}"',
        'listen = "host:1"',
        'listen = "127.0.0.1:70000"',
        'token = "short"',
    ],
    ids=["open to all", "no address", "no address beside a token", "a name", "no port", "a guess"],
)
def test_figures_are_never_open(tmp_path: Path, setting: str) -> None:
    """A setting that would let anybody read them is refused at the start."""
    file = tmp_path / "budkavle.toml"
    file.write_text(f"[metrics]\n{setting}\n", "utf-8")
    with pytest.raises(Misconfigured, match="metrics"):
        load_settings(file)


def test_nothing_is_counted_where_nobody_reads() -> None:
    """Then a figure costs a comparison."""
    assert all(instrument.made is None for instrument in catalogue.ALL)
    catalogue.STREAMS.add(1)
    catalogue.ATTEMPT.observe(1.0, "fake")


def test_the_document_lists_every_figure(root: Path) -> None:
    """With its labels, and no other."""
    rows = re.findall(
        r"^\| `(budkavle_\w+)` \| ([^|]*) \|", (root / "docs/metrics.md").read_text("utf-8"), re.MULTILINE
    )
    listed = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    counted = {instrument.name: instrument.labels for instrument in catalogue.ALL}
    assert listed == counted | {name: labels for name, (_, labels) in TEXTS.items()}


@pytest.mark.feature("ZO14")
def test_a_host_whose_clock_is_wrong_is_named(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health says which and by how much, in seconds ahead or behind; one that is right is not named."""

    def wrong() -> list[str]:
        return [str(answer) for answer in check_all(platform, None) if answer.name == "Klockan" and not answer.ok]

    heart = Heartbeat(platform, NodeKind.WEB)
    heart.beat()
    heart.beat()
    assert wrong() == []
    now = nodes.time.time
    monkeypatch.setattr(nodes.time, "time", lambda: now() - 7)
    heart.beat()
    heart.beat()
    [said] = wrong()
    assert nodes.node_name(platform.settings) in said
    assert "-7 sekunder" in said


@pytest.mark.slow
def test_all_processes_of_a_host_are_told_at_once(budkavle_databases: Databases, tmp_path: Path) -> None:
    """`budkavle serve` makes pages in two processes, and its worker tells what they have counted."""
    port, more = free_ports(2), "[metrics]\nlisten = '127.0.0.1:{}'"
    with installed(budkavle_databases, tmp_path, [], more.format(port + 1), port=port) as running:
        command = [
            sys.executable,
            "-m",
            "budkavle",
            "--config",
            str(tmp_path / "budkavle.toml"),
            "serve",
            "--processes",
            "2",
        ]
        with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                until_answers(f"{running.url}/readyz")
                for _ in range(20):
                    httpx.get(f"{running.url}/healthz", trust_env=False)
                answer = until_answers(f"http://127.0.0.1:{port + 1}/metrics")
            finally:
                process.terminate()
                process.wait(60)
    figures = samples(answer.content)
    # `serve` itself asks once, to say when the web answers.
    assert figures["budkavle_page_seconds_count", frozenset({"/healthz", "GET"})] in {20, 21}
    assert figures["budkavle_nodes", frozenset({"web", "working"})] == 1
