"""After a day's outage: messages that have accumulated at the access point, drained by the workers (feature SD7).

They are put into the simulated access point's folder as another message system of the federation would do it. Then
workers start as separate processes, as in production. The figure is the number of messages divided by the time until
the last one can be read and its receipt has been handed over. The limit is the rate at which `bench_roundtrip` carries
messages: each of those is also sealed, sent and receipted.
"""

import json
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import bench_roundtrip
from bench_sealing import Figure
from bench_stage import RECIPIENT, Stage, ended, stage, to
from sqlalchemy import text

from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.envelope.sealing import seal_message
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, FEDERATION_TEST
from budkavle_sdk_transport.message.sdk_message import Party, SdkMessage, build_message
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

MESSAGES, WORKERS, SIZE = 10_000, 2, 10_000
PATIENCE = 1200.0
MAKERS = 2
FROM, TO = PARTICIPANTS[2], PARTICIPANTS[1]
SENTENCE: Final = bench_roundtrip.SENTENCE
_READ = text("SELECT count(*) FROM messages WHERE direction = 'in' AND state = 'RECEIVED'")


@dataclass(frozen=True, slots=True)
class Load:
    """The load in the access point's folder: the number of messages of a size, and their functional address."""

    folder: Path
    function: str
    size: int


def measure(messages: int = MESSAGES, workers: int = WORKERS, size: int = SIZE) -> Iterator[Figure]:
    """Yield the figure of the drain, compared with that of the round trip on the same machine."""
    (round_trip,) = bench_roundtrip.measure()
    with tempfile.TemporaryDirectory(prefix="budkavle-drain-") as folder, stage(Path(folder)) as made:
        load = Load(made.platform.plugins.host("sdk").data / "federation", to(RECIPIENT[1]).value, size)
        with ProcessPoolExecutor(MAKERS) as makers:
            shares = [messages // MAKERS + (number < messages % MAKERS) for number in range(MAKERS)]
            list(makers.map(partial(_pile_up, load), shares))
        begun = time.perf_counter()
        with ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(ended(made.run("worker")))
            _wait(made, messages)
            seconds = time.perf_counter() - begun
    rate, limit = messages / seconds, float(str(round_trip["value"]))
    yield {
        "name": f"{messages} waiting messages drained",
        "value": round(rate, 1),
        "unit": "messages/s",
        "limit": limit,
        "ratio": round(rate / limit, 3),
        "note": f"{seconds:.0f} s in all, workers' start included; the limit is the round trip's rate",
    }


def _pile_up(load: Load, number: int) -> None:
    federation = Federation.at(load.folder)
    keys, certificate = federation.keys_of(FROM.participant), federation.keys_of(TO.participant).certificate
    body = (SENTENCE * (load.size // len(SENTENCE) + 1))[: load.size]
    for _ in range(number):
        message_id, now = str(uuid.uuid4()), datetime.now(UTC)
        message = SdkMessage(
            message_id=message_id,
            conversation_id=message_id,
            created_at=now,
            label="Begäran",
            confidential=False,
            sender=Party(FROM.participant, FROM.name, FROM.functions[0].identifier, FROM.functions[0].name),
            recipient=Party(TO.participant, TO.name, load.function, RECIPIENT[1]),
            texts=(body,),
        )
        envelope = Envelope(
            id=message_id,
            created_at=now,
            sender=FROM.participant,
            recipient=TO.participant,
            document=DOCUMENT_MESSAGE,
            handling_service_id=load.function,
            encrypted=True,
            federation=FEDERATION_TEST,
        )
        xhe = seal_message(build_message(message), envelope, signer=keys, recipient_certificate=certificate)
        parcel = Parcel(message_id, FROM.participant, TO.participant, DOCUMENT_MESSAGE, message_id, xhe)
        federation.access_point.submit(parcel)


def _wait(made: Stage, messages: int) -> None:
    """Wait until all can be read: each is held until its receipt has been handed over."""
    organisation_id = made.installation.organisation(RECIPIENT[0])
    end = time.monotonic() + PATIENCE
    while True:
        with made.platform.database.transaction(organisation_id) as connection:
            arrived = connection.execute(_READ).scalar_one()
        if arrived >= messages:
            return
        if time.monotonic() > end:
            raise SystemExit(f"Only {arrived} of {messages} messages were drained in {PATIENCE} s.")
        time.sleep(0.2)


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
