"""Our mailboxes as the client of another's message service: our own server, in another process (feature MT4)."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from budkavle import (
    Address,
    DeliveryState,
    Draft,
    Fault,
    Incoming,
    Person,
    Platform,
    Reason,
    Receipt,
    Reference,
    Unavailable,
)
from budkavle.accounts import create_mailbox, create_organisation
from budkavle.cases import CaseFilter, list_cases, list_sent, store_attachment
from budkavle.host import build as build_platform
from budkavle.messaging import read_case, send
from budkavle.messaging.sending import retry
from budkavle.settings import load_settings
from budkavle.testing import SampleOrganisation, acting
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.running import free_ports, serving
from budkavle.testing.working import deliver_due, do_job
from budkavle_message_api.access import clients
from budkavle_message_api.access.clients import ClientDetails
from budkavle_message_api.upstream import connections

HABO = Address("sdk", "sdk:soc:0203:habo.se", "Socialtjänsten", "Håbo kommun", "0203:habo.se")
KISA = Address("sdk", "sdk:inkorg:0203:kisa.se", "Inkorg", "Kisa kommun", "0203:kisa.se")
MIGRATIONS = Path(clients.__file__).parent.parent / "migrations"
PDF = b"%PDF-1.7\n%%EOF\n"
SYSTEM = system_actor()


@dataclass
class Server:
    """The message service: its web server runs elsewhere, its worker here."""

    platform: Platform
    organisation_id: UUID
    base: str

    def statuses(self) -> list[str]:
        from sqlalchemy import text

        with self.platform.database.transaction(self.organisation_id) as connection:
            return [row.state for row in connection.execute(text("SELECT state FROM deliveries ORDER BY created_at"))]

    def answer(self, delivery_id: UUID, state: DeliveryState, *reasons: Reason) -> None:
        words = Receipt(self.organisation_id, "sdk", str(delivery_id), state, datetime.now(UTC), b"kv", reasons)
        acting.receipt(self.platform, words)

    def arrive(self, **more: Any) -> str:
        name = str(uuid4())
        values: dict[str, Any] = {"subject": "Svar", "body": "Tack.", "received_at": datetime.now(UTC), **more}
        acting.accept(self.platform, Incoming(self.organisation_id, "sdk", name, KISA, HABO, **values))
        return name

    def removed(self) -> int:
        from sqlalchemy import text

        with self.platform.database.transaction(self.organisation_id) as connection:
            return int(connection.execute(text("SELECT count(*) FROM message_api_removed")).scalar_one())


@pytest.fixture(scope="module")
def running(budkavle_server: Any, budkavle_databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Run the message service's web server in a process of its own."""
    budkavle_databases.give_back(budkavle_databases.take())  # the one without plugins is made first
    name, folder = budkavle_databases.take((("message_api", MIGRATIONS),)), tmp_path_factory.mktemp("server")
    url = f"http://127.0.0.1:{free_ports()}"
    config = _write(folder, name, budkavle_server.socket_folder, url)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "plugins"))
        with closing(build_platform(load_settings(config, {}))) as platform, serving(config, url, [folder / "plugins"]):
            yield platform, folder, url
    budkavle_databases.give_back(name)


@pytest.fixture
def server(running: Any) -> Server:
    """An organisation of the test's own at the message service, to whom the address belongs from now on."""
    platform, folder, base = running
    made = create_organisation(platform, SYSTEM, "Håbo kommun", f"habo-{uuid4().hex[:8]}")
    box = in_work(platform, system_actor(made.id), create_mailbox, "Socialtjänsten")
    platform.plugins.transports["sdk"].carried.clear()
    book = [
        {"address": asdict(HABO), "organisation": str(made.id), "mailbox": str(box.id)},
        {"address": asdict(KISA), "organisation": str(uuid4()), "mailbox": str(uuid4())},
    ]
    (folder / "book.json").write_text(json.dumps(book), "utf-8")
    return Server(platform, made.id, base)


def _write(folder: Path, database: str, sockets: Path, url: str) -> Path:
    """Write the settings, and the plugin as its installation would leave it."""
    info = folder / "plugins" / "budkavle_loft-1.dist-info"
    info.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("loft.py"), folder / "plugins" / "budkavle_loft.py")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: budkavle-loft\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[budkavle]\nloft = budkavle_loft\n", "utf-8")
    config = folder / "budkavle.toml"
    config.write_text(
        f"""data = "data"
base_url = "{url}"
enabled = ["loft", "message_api"]
[database]
url = "postgresql://budkavle_app@/{database}?host={sockets}"
owner_url = "postgresql://budkavle_owner@/{database}?host={sockets}"
[plugins.message_api]
client = true
[plugins.loft]
book = "{folder / "book.json"}"
""",
        "utf-8",
    )
    return config


@pytest.fixture
def client(
    budkavle_open: Callable[..., Platform], build_api: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """An installation whose organisation Håbo is registered at the server as an API client."""
    monkeypatch.setattr(connections, "KEY_BITS", 2048)
    api = {"client": True, "plain_http": True, "transports": ["sdk"]}
    open_ = partial(budkavle_open, enabled=("message_api",), plugins={"message_api": api})
    api = build_api(open_(private_addresses=("127.0.0.1",)))
    host, admin = api.host, api.habo.admin
    there, token = f"{server.base}/plugin/message_api/v1", f"{server.base}/plugin/message_api/token"
    service = connections.save(host, admin, there, token, "unknown", deletes=True)
    wanted = ClientDetails("Håbos Budkavle", auth_ids=("*",), keys=service.public)
    own = server.platform.plugins.host("message_api")
    known = clients.register(own, system_actor(server.organisation_id, "Admin"), wanted)
    connections.save(host, admin, there, token, str(known.id), deletes=True)
    return api


def _send(api: Any, **more: Any) -> UUID:
    file = store_attachment(api.platform, api.habo.member, "a.pdf", "application/pdf", [PDF]).id
    to = Address("message_service", KISA.value)
    values: dict[str, Any] = {
        "subject": "Orosanmälan",
        "body": "Hej!",
        "attachments": (file,),
        "confidential": True,
        "references": (Reference("dnr", "2026/17", "Vårt"),),
        "persons": (Person("1.2.752.29.6.2.1", "SE1", "Karin"),),
        **more,
    }
    in_work(api.platform, api.habo.member, send, api.habo.mailbox.id, Draft((to,), **values))
    return UUID(str(_sent(api)[0].recipients[0].delivery_id))


def _sent(api: Any) -> list[Any]:
    return list(in_work(api.platform, api.habo.member, list_sent, api.habo.mailbox.id).items)


def _state(api: Any) -> DeliveryState:
    state: DeliveryState = _sent(api)[0].recipients[0].state
    return state


def _poll(api: Any) -> None:
    do_job(api.platform, "message_api.poll")
    service = connections.of(api.host, api.habo.organisation.id)
    assert service is not None
    assert service.failure == ""


@pytest.mark.feature("MT4")
def test_messages_go_both_ways_through_another_process(client: Any, server: Server) -> None:
    """Sent by POST, followed to its receipt, deleted there; what comes in is fetched once, answered, and deleted."""
    first = _send(client)
    deliver_due(client.platform)
    assert _state(client) is DeliveryState.SEND_ENQUEUED
    _poll(client)
    assert _state(client) is DeliveryState.SEND_ENQUEUED
    deliver_due(server.platform)
    (carried,) = server.platform.plugins.transports["sdk"].carried.values()  # type: ignore[attr-defined]
    assert carried.delivery_id == first
    assert (carried.subject, carried.body) == ("Orosanmälan", "Hej!")
    assert [(file.file_name, file.content) for file in carried.files] == [("a.pdf", PDF)]
    _poll(client)
    assert _state(client) is DeliveryState.WAITING_FOR_RECEIPT
    server.answer(first, DeliveryState.ACKNOWLEDGED)
    _poll(client)
    assert _state(client) is DeliveryState.ACKNOWLEDGED
    assert server.removed() == 1
    remote = server.arrive(ref_to=str(first), references=(Reference("dnr", "K 1", "Deras"),), confidential=True)
    _poll(client)
    _poll(client)
    assert server.removed() == 2
    (case,) = in_work(client.platform, client.habo.member, list_cases, client.habo.mailbox.id, CaseFilter()).items
    thread = in_work(client.platform, client.habo.member, read_case, case.id).thread
    answer = thread[-1].message
    assert [one.depth for one in thread] == [0, 1]
    assert (answer.remote_id, answer.body, answer.confidential) == (remote, "Tack.", True)
    assert answer.sender.organisation_value == KISA.organisation_value
    assert answer.references[0].value == "K 1"


def test_one_organisation_that_cannot_be_polled_does_not_stop_the_others(
    client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one that works in another installation, which polls for it."""
    other, find = SampleOrganisation.create(client.platform, "Ydre kommun"), connections.of

    def stumble(host: Any, organisation_id: UUID) -> Any:
        if organisation_id == other.id:
            raise Unavailable("Databasen svarar inte.")
        return find(host, organisation_id)

    monkeypatch.setattr(connections, "of", stumble)
    monkeypatch.setattr(connections, "served", lambda _: [other.id, client.habo.organisation.id])
    server.arrive()
    moved = {"id": client.habo.organisation.id, "there": "https://two.example"}
    other.rows("UPDATE organisations SET state = 'moved', moved_to = :there WHERE id = :id", **moved)
    do_job(client.platform, "message_api.poll")
    inbox = lambda: in_work(client.platform, client.habo.member, list_cases, client.habo.mailbox.id, CaseFilter()).items  # noqa: E731
    assert not inbox()
    other.rows("UPDATE organisations SET state = 'active', moved_to = NULL WHERE id = :id", id=moved["id"])
    do_job(client.platform, "message_api.poll")
    assert len(inbox()) == 1


def test_what_the_receiver_rejects_is_told_with_its_reasons(client: Any, server: Server) -> None:
    """The receipt's own words come through two systems; the one that never went is told as that."""
    first = _send(client)
    deliver_due(client.platform)
    deliver_due(server.platform)
    server.answer(first, DeliveryState.REJECTED, Reason("BV not-found", "Funktionen finns inte.", "/x"))
    _poll(client)
    assert _state(client) is DeliveryState.REJECTED
    assert "Funktionen finns inte. (BV not-found)" in _sent(client)[0].recipients[0].failure
    second = _send(client)
    deliver_due(client.platform)
    deliver_due(server.platform)
    server.answer(second, DeliveryState.SEND_FAILURE, Reason("", "Accesspunkten gav upp."))
    _poll(client)
    assert _state(client) is DeliveryState.SEND_FAILURE


def test_a_message_is_not_sent_twice(client: Any, server: Server) -> None:
    """Where the answer to a POST was lost, the next try finds the message there."""
    transport = client.platform.plugins.transports["message_service"]
    lost, post = [True], transport._clients.of(client.habo.organisation.id).post

    def losing(body: bytes) -> str:
        name: str = post(body)
        if lost.pop() if lost else False:
            from budkavle import Temporary

            raise Temporary("Svaret kom inte fram.")
        return name

    transport._clients.of(client.habo.organisation.id).post = losing
    first = _send(client)
    deliver_due(client.platform)
    assert _state(client) is DeliveryState.WAITING_FOR_RETRY
    _hurry(client)
    deliver_due(client.platform)
    assert _state(client) is DeliveryState.SEND_ENQUEUED
    assert server.statuses() == ["READY_TO_SEND"]
    deliver_due(server.platform)
    server.answer(first, DeliveryState.ACKNOWLEDGED)
    _poll(client)
    assert _state(client) is DeliveryState.ACKNOWLEDGED


@pytest.mark.parametrize("deletes", [True, False])
def test_what_the_service_gave_up_is_not_waited_for_again(client: Any, server: Server, deletes: bool) -> None:
    """The service has the message still, or knows its id: "försök igen" ends at once, and says what to do."""
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    connections.save(client.host, client.habo.admin, service.url, service.token_url, service.client_id, deletes=deletes)
    first = _send(client)
    deliver_due(client.platform)
    deliver_due(server.platform)
    server.answer(first, DeliveryState.SEND_FAILURE, Reason("", "Accesspunkten gav upp."))
    _poll(client)
    assert "Accesspunkten gav upp." in _sent(client)[0].recipients[0].failure
    in_work(client.platform, client.habo.member, retry, first)
    deliver_due(client.platform)
    _poll(client)
    assert _state(client) is DeliveryState.SEND_FAILURE
    assert "ett nytt" in _sent(client)[0].recipients[0].failure or deletes
    assert len(server.statuses()) == 1


def test_what_may_not_be_deleted_there_keeps_nothing_else(client: Any, server: Server) -> None:
    """A message that the service refuses to delete is told of, and the others are deleted all the same."""
    first = _send(client)
    deliver_due(client.platform)
    organisation_id = client.habo.organisation.id
    connections.exchange(
        client.host, organisation_id, connections.Exchanged("out", str(first), first, connections.CLOSING)
    )
    server.arrive()
    do_job(client.platform, "message_api.poll")
    assert server.removed() == 1
    service = connections.of(client.host, organisation_id)
    assert service is not None
    assert "kan tas bort" in service.failure


def _hurry(api: Any) -> None:
    from sqlalchemy import text

    with api.platform.database.transaction(api.habo.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET due_at = now()"))


def test_faults_are_temporary_or_permanent(client: Any, server: Server) -> None:
    """A refusal ends the delivery with the service's words; a client that is shut out waits and is told of it."""
    own = server.platform.plugins.host("message_api")
    admin = system_actor(server.organisation_id, "Admin")
    (known,) = clients.listed(own, admin)
    _send(client, subject="x" * 200)
    (server.platform.settings.data.parent / "book.json").write_text(
        json.dumps(
            [{"address": asdict(HABO), "organisation": str(server.organisation_id), "mailbox": str(_mailbox(server))}]
        ),
        "utf-8",
    )
    deliver_due(client.platform)
    assert _state(client) is DeliveryState.SEND_FAILURE
    assert "finns inte i adressboken" in _sent(client)[0].recipients[0].failure
    clients.remove(own, admin, known.id)
    in_work(client.platform, client.habo.member, retry, _sent(client)[0].recipients[0].delivery_id)
    deliver_due(client.platform)
    assert _state(client) is DeliveryState.WAITING_FOR_RETRY
    do_job(client.platform, "message_api.poll")
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    assert "släpper inte in oss" in service.failure
    from budkavle_message_api import health

    (told,) = health.check(client.host, client.habo.organisation.id)
    assert not told.ok


def test_a_service_that_leads_inside_is_not_asked(client: Any, server: Server) -> None:
    """As one that was kept before the installation refused it: what is sent waits, and what to do is told."""
    client.platform.settings = replace(client.platform.settings, private_addresses=())
    _send(client)
    deliver_due(client.platform)
    assert _state(client) is DeliveryState.WAITING_FOR_RETRY
    do_job(client.platform, "message_api.poll")
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    assert "private_addresses" in service.failure
    assert not server.platform.plugins.transports["sdk"].carried


def _mailbox(server: Server) -> UUID:
    from budkavle.accounts import all_mailboxes

    return in_work(server.platform, system_actor(server.organisation_id), all_mailboxes)[0].id


def test_an_organisation_without_service_is_told(client: Any) -> None:
    """The page says it at the mailbox, and the picker finds nobody by that way."""
    from budkavle import Invalid

    to = Address("message_service", HABO.value)
    with pytest.raises(Invalid) as refused:
        in_work(client.platform, client.kisa.member, send, client.kisa.mailbox.id, Draft((to,), "x", "y"))
    assert "mailbox" in refused.value.fields
    directory = client.platform.plugins.directories["message_service"]
    assert directory.search(client.kisa.member, client.kisa.mailbox.id, "social", 5) == []
    (found,) = directory.search(client.habo.member, client.habo.mailbox.id, "inkorg", 5)
    assert found.address.transport == "message_service"
    assert isinstance(Fault("a", "b"), Fault)


def test_what_cannot_be_taken_in_stays_there_and_is_told(client: Any, server: Server) -> None:
    """A message that fits no mailbox waits at the service, with the reason on the health page, until it does."""
    from sqlalchemy import text

    server.arrive()
    with client.platform.database.transaction(client.habo.organisation.id) as connection:
        connection.execute(text("UPDATE mailboxes SET is_default = false"))
    ours = dict(client.directory.ours)
    client.directory.ours.clear()
    do_job(client.platform, "message_api.poll")
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    assert "hör inte till någon brevlåda" in service.failure
    assert server.removed() == 0
    client.directory.ours.update(ours)
    _poll(client)
    assert server.removed() == 1
    assert (
        len(in_work(client.platform, client.habo.member, list_cases, client.habo.mailbox.id, CaseFilter()).items) == 1
    )
