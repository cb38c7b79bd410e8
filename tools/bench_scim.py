"""The time of a directory's first cycle: users, groups and memberships, requested as Entra ID does.

The web server runs in separate processes, on a durable database. The directory uses eight connections: each user and
group is searched for before it is created, members are added twenty at a time, and one user in fifty is closed at the
end. `python tools/bench_scim.py 2000 120 6000` measures a smaller one.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from bench_sealing import Figure
from bench_stage import ended

from budkavle.storage.embedded import EmbeddedServer
from budkavle.testing import SampleOrganisation
from budkavle.testing.databases import Databases
from budkavle.testing.running import installed, until_answers
from budkavle_scim import tokens
from budkavle_scim.server.addresses import BASE

USERS, GROUPS, MEMBERSHIPS = 50_000, 3_000, 150_000
CONNECTIONS, BATCH, CLOSED = 8, 20, 50
LIMIT_SECONDS = 600.0
USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Took = dict[str, list[float]]


def measure(users: int = USERS, groups: int = GROUPS, memberships: int = MEMBERSHIPS) -> Iterator[Figure]:
    """Yield the figures of one first cycle, and the load of the machine at its end."""
    took: Took = defaultdict(list)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="budkavle-bench-")))
        server = EmbeddedServer(folder / "postgres")
        server.join()
        running.callback(server.leave)
        databases = running.enter_context(closing(Databases(server)))
        made = running.enter_context(installed(databases, folder, ["scim"]))
        organisation = SampleOrganisation.create(made.platform)
        secret = tokens.create(made.platform.plugins.host("scim"), organisation.administrator, "bench", 90)
        port = int(made.url.rpartition(":")[2])
        words = ("serve", "--web-only", "--host", "127.0.0.1", "--port", str(port), "--processes", "2")
        command = [sys.executable, "-m", "budkavle", "--config", str(folder / "budkavle.toml"), *words]
        running.enter_context(ended(subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True)))
        until_answers(f"{made.url}/readyz")
        began = time.perf_counter()
        asyncio.run(_cycle(_Directory(port, secret, took), users, groups, memberships))
        seconds = time.perf_counter() - began
    yield _figure(f"scim.first_cycle_{users}_{groups}_{memberships}", seconds, "s", LIMIT_SECONDS)
    requests = sum(len(times) for times in took.values())
    yield _figure("scim.requests_per_second", requests / seconds, "1/s", None)
    yield _figure("scim.load_average_at_the_end", os.getloadavg()[0], "", None)
    for kind, times in took.items():
        yield _figure(f"scim.{kind}.median", sorted(times)[len(times) // 2] * 1000, "ms", None)
        yield _figure(f"scim.{kind}.p95", sorted(times)[int(len(times) * 0.95)] * 1000, "ms", None)


def _figure(name: str, value: float, unit: str, limit: float | None) -> Figure:
    figure: Figure = {"name": name, "value": round(value, 1), "unit": unit}
    return figure | {"limit": limit, "ratio": round(value / limit, 3)} if limit else figure


class _Directory:
    """Sends requests over plain connections, so that only the server is measured."""

    def __init__(self, port: int, secret: str, took: Took) -> None:
        self._port, self._secret, self._took = port, secret, took

    async def all(self, jobs: Iterable[Any], work: Callable[["_Connection", Any], Awaitable[None]]) -> None:
        """Do all jobs over eight connections."""
        waiting = iter(jobs)

        async def one() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            connection = _Connection(reader, writer, self._secret, self._took)
            for job in waiting:
                await work(connection, job)
            writer.close()
            await writer.wait_closed()

        await asyncio.gather(*(one() for _ in range(CONNECTIONS)))


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: str, took: Took) -> None:
        self._reader, self._writer, self._secret, self._took = reader, writer, secret, took

    async def ask(self, kind: str, method: str, path: str, body: object = None) -> Any:
        """Send a request, and return the JSON of the response. Anything but a success ends the benchmark."""
        raw = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {BASE}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._secret}\r\n"
        head += f"Content-Type: application/scim+json\r\nContent-Length: {len(raw)}\r\n\r\n"
        began = time.perf_counter()
        self._writer.write(head.encode() + raw)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = answer.partition("content-length:")[2].partition("\r\n")[0].strip()
        content = await self._reader.readexactly(int(length)) if length else b""
        self._took[kind].append(time.perf_counter() - began)
        if int(answer.split()[1]) >= 300:
            raise SystemExit(f"{kind}: {answer.splitlines()[0]} {content[:300]!r}")
        return json.loads(content) if content else None


async def _cycle(directory: _Directory, users: int, groups: int, memberships: int) -> None:
    user_ids, group_ids = dict[int, str](), dict[int, str]()

    async def user(connection: _Connection, number: int) -> None:
        name = f"person{number}@kommun.example"
        await connection.ask("find_user", "GET", "/Users?filter=" + quote(f'userName eq "{name}"'))
        user_ids[number] = (await connection.ask("make_user", "POST", "/Users", _user(number, name)))["id"]

    async def group(connection: _Connection, number: int) -> None:
        asked = quote(f'displayName eq "Grupp {number}"')
        await connection.ask("find_group", "GET", f"/Groups?excludedAttributes=members&filter={asked}")
        body = {"schemas": [GROUP], "externalId": str(uuid4()), "displayName": f"Grupp {number}"}
        group_ids[number] = (await connection.ask("make_group", "POST", "/Groups", body))["id"]

    async def members(connection: _Connection, job: tuple[int, list[int]]) -> None:
        value = [{"$ref": None, "value": user_ids[number]} for number in job[1]]
        await connection.ask("add_members", "PATCH", f"/Groups/{group_ids[job[0]]}", _patch("Add", "members", value))

    async def close(connection: _Connection, number: int) -> None:
        await connection.ask("close_user", "PATCH", f"/Users/{user_ids[number]}", _patch("Replace", "active", "False"))

    await directory.all(range(users), user)
    await directory.all(range(groups), group)
    each = memberships // groups
    jobs = [
        (number, [(number * each + place + step) % users for step in range(min(BATCH, each - place))])
        for number in range(groups)
        for place in range(0, each, BATCH)
    ]
    await directory.all(jobs, members)
    await directory.all(range(0, users, CLOSED), close)


def _patch(op: str, path: str, value: object) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": op, "path": path, "value": value}]}


def _user(number: int, name: str) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": str(uuid4()),
        "userName": name,
        "active": True,
        "displayName": f"Förnamn Efternamn {number}",
        "emails": [{"primary": True, "type": "work", "value": name}],
        "name": {"formatted": f"Förnamn Efternamn {number}", "familyName": "Efternamn", "givenName": "Förnamn"},
        "title": "Handläggare",
        "phoneNumbers": [{"type": "work", "value": "+46 8 123 456"}],
        ENTERPRISE: {"department": "Socialförvaltningen", "employeeNumber": str(number)},
    }


if __name__ == "__main__":
    for figure in measure(*(int(word) for word in sys.argv[1:4])):
        print(json.dumps(figure), flush=True)
