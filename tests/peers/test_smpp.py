"""SMPP against npm's smpp, which decodes what we have encoded."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import pytest

from budkavle import Temporary, call
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms
from budkavle_sms.gateways.smpp import Smpp
from budkavle_sms.settings import SmppSettings

HERE = Path(__file__).parent
PASSWORD = "hemligt"
SECONDS = 20
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def centre(
    node: Path | None,
    missing: Callable[[str], NoReturn],
    run_peer: Callable[..., Any],
    port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, Path]]:
    """A message centre: its port, and the file of what it has taken."""
    if node is None or not (HERE / "node_modules" / "smpp").is_dir():
        missing("Node or npm's smpp is not here (make peers)")
    number, folder = port(), tmp_path_factory.mktemp("smsc")
    command = [str(node), str(HERE / "smsc.cjs"), str(number), PASSWORD]
    with run_peer(command, folder, "ready"):
        yield number, folder / "node.log"


@pytest.fixture
def connect(centre: tuple[int, Path]) -> Iterator[Callable[[str], tuple[Smpp, Any]]]:
    """Log in with a password; gives our end and the receipts that come to it."""
    opened: list[Smpp] = []

    def make(password: str = PASSWORD) -> tuple[Smpp, Any]:
        receipts: queue.Queue[tuple[str, NoticeState]] = queue.Queue()

        async def on_receipt(remote_id: str, state: NoticeState) -> None:
            receipts.put((remote_id, state))

        settings = SmppSettings(host="127.0.0.1", port=centre[0], tls=False, system_id="kommun", password=password)
        opened.append(Smpp(settings, 10.0, on_receipt))
        return opened[-1], receipts

    yield make
    for one in opened:
        call(one.close)


def taken_until(log: Path, remote_id: str) -> list[dict[str, Any]]:
    """What the centre has printed, once this message is among it."""
    for _ in range(SECONDS * 20):
        lines = log.read_text("utf-8").splitlines()
        taken = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        if taken and taken[-1]["id"] == remote_id:
            return taken
        threading.Event().wait(0.05)
    pytest.fail(f"the centre has not printed {remote_id}")


@pytest.mark.peer("sms", "npm's smpp")
@pytest.mark.feature("A7")
@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("Håbo kommun: koden är 012345. {€}[~]^\\|\n\n@sakert.habo.se #012345", 0, 1),
        ("Kod: 012345 – 🔒", 8, 1),
        ("å" * 152 + "€" + "Ö" * 60, 0, 2),
        ("🔒" * 100, 8, 4),
    ],
)
def test_what_we_encode_it_decodes(
    centre: tuple[int, Path], connect: Callable[..., Any], text: str, coding: int, parts: int
) -> None:
    """Every character arrives, in one alphabet or the other, whole or in parts; and the receipt finds its way."""
    ours, receipts = connect()
    remote_id = call(ours.send, Sms(uuid4(), "+46701234512", "HaboKommun", text, secret=True))
    assert receipts.get(timeout=SECONDS) == (remote_id, NoticeState.DELIVERED)
    taken = taken_until(centre[1], remote_id)[-parts:]
    assert "".join(one["text"] for one in taken) == text
    assert {(one["to"], one["from"], one["ton"], one["coding"]) for one in taken} == {
        ("46701234512", "HaboKommun", 5, coding)
    }
    numbers = [one["parts"][0][-4:] for one in taken if one["parts"]]
    assert numbers == ([f"{parts:02x}{number:02x}" for number in range(1, parts + 1)] if parts > 1 else [])


@pytest.mark.peer("sms", "npm's smpp")
def test_a_wrong_password_is_told(connect: Callable[..., Any]) -> None:
    """With the centre's own code, and what to look at."""
    ours, _ = connect("fel")
    with pytest.raises(Temporary, match=r"kod 0x0E\).*password"):
        call(ours.send, Sms(uuid4(), "+46701234512", "HaboKommun", "Hej"))
