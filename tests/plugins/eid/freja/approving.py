"""People with the app of Freja, and how they approve."""

import json
from typing import Any

from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import Person

PHONE = "Mozilla/5.0 (Linux; Android 15) Mobile"
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


def scanned(simulator: Simulator, way: Any, person: Person, ip: str = HERE) -> str:
    return simulator.freja.scan(way.poll.qr or "", person, ip)


def opened(simulator: Simulator, way: Any, person: Person, ip: str = HERE) -> str:
    reference = json.loads(way.state["flow"])["started"]["authRef"]
    query = {"transactionReference": reference, "originAppScheme": "http://127.0.0.1/back"}
    return simulator.freja.open_link(query, person, ip)
