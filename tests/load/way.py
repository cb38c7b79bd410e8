"""What each stage of a message's way costs with transports in memory: `python tests/load/way.py [messages]`.

Prints one JSON line for each stage: milliseconds of wall time, and of this process's own CPU, for one message.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from budkavle.accounts import mailboxes, organisations, users
from budkavle.host import host_of
from budkavle.messaging import sending
from budkavle.model.messages import Address, Draft, Incoming, ReceiptToSend
from budkavle.model.people import Actor, UserActor
from budkavle.model.receipts import Receipt
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module

BODY = "x" * 10_000


def installation(folder: Path) -> Platform:
    settings = Settings(data=folder, enabled=("fake",))
    transport = FakeTransport()
    plugins = Plugins.load(settings, offer(fake=plugin_module("fake", transports=lambda host: [transport])))
    platform = open_platform(settings, plugins=plugins)
    plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
    platform.database.migrate()
    return platform


def furnish(platform: Platform) -> tuple[Actor, Actor]:
    system = system_actor()
    made = organisations.create_organisation(platform, system, "Exempelstad")
    admin = system_actor(made.id, "Admin")
    user = in_work(platform, admin, users.create_user, email="anna@exempelstad.se", name="Anna Ek")
    return admin, UserActor(made.id, user.id, user.name)


def timed(stage: str, count: int, work: Callable[[], object]) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = (time.perf_counter() - wall) / count * 1000, (time.process_time() - cpu) / count * 1000
    print(json.dumps({"name": f"way.{stage}", "value": round(wall, 2), "cpu": round(cpu, 2), "unit": "ms"}))
    return wall


def quietly(stage: str, count: int, work: Callable[[], object]) -> float:
    """Warm up."""
    work()
    return 0.0


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(installation(Path(folder))) as platform:
        admin, anna = furnish(platform)
        box = in_work(platform, admin, mailboxes.create_mailbox, "Registrator", default=True)
        assert anna.user_id is not None
        in_work(platform, admin, mailboxes.add_members, box.id, [anna.user_id])
        there, worker = Address("fake", "them", "Mottagningen", "Regionen"), Worker(platform)
        draft = Draft((there,), "Begäran om yttrande", BODY)

        def drain() -> None:
            while worker.work_once():
                pass

        def incoming() -> Incoming:
            return Incoming(
                organisation_id=anna.organisation_id,
                transport="fake",
                remote_id=str(uuid4()),
                sender=there,
                recipient=Address("fake", "us"),
                subject="Yttrande",
                body=BODY,
                received_at=datetime.now(UTC),
                conversation_id=str(uuid4()),
                receipt=ReceiptToSend(uuid4(), there, b"r" * 6000),
                evidence=b"e" * 20_000,
            )

        def receipt(delivery_id: object) -> Receipt:
            at = datetime.now(UTC)
            values = (anna.organisation_id, "fake", str(delivery_id), DeliveryState.ACKNOWLEDGED, at, b"r" * 6000)
            return Receipt(*values, receipt_id=str(uuid4()))

        def round_trip(number: int, say: Callable[[str, int, Callable[[], object]], float]) -> float:
            walls = [
                say(
                    "send",
                    number,
                    lambda: [in_work(platform, anna, sending.send, box.id, draft) for _ in range(number)],
                )
            ]
            walls.append(say("carry", number, drain))
            transport = platform.plugins.transports["fake"]
            assert isinstance(transport, FakeTransport)
            ids = list(transport.carried)[-number:]
            walls.append(say("receipt", number, lambda: [acting.receipt(platform, receipt(one)) for one in ids]))
            walls.append(say("accept", number, lambda: [acting.accept(platform, incoming()) for _ in range(number)]))
            walls.append(say("release", number, drain))
            return sum(walls)

        round_trip(20, quietly)
        print(json.dumps({"name": "way.whole", "value": round(round_trip(count, timed), 2), "unit": "ms"}))
        worker.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
