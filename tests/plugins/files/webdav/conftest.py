"""A computer that opens Filer by WebDAV with an application password."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from defusedxml import ElementTree
from litestar.testing import TestClient
from sqlalchemy import event

from budkavle import Host, Loa, Platform
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.web.app import create_app
from budkavle_files.tree.settings import FileSettings
from budkavle_files.webdav.passwords import NewPassword, create_password
from budkavle_files.webdav.server import PATH

OWN = "/Mina kataloger"


@dataclass
class Computer:
    """A program that speaks WebDAV."""

    http: Any
    user_name: str
    secret: str

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Request a path, such as `/Mina kataloger/Kartor`; `content` and `headers` as in httpx."""
        return self.http.request(method, PATH + quote(path), auth=(self.user_name, self.secret), **more)

    def put(self, path: str, content: Any, **more: Any) -> int:
        """Send a file, and return the status."""
        return int(self.ask("PUT", path, content=content, **more).status_code)

    def names(self, path: str) -> set[str]:
        """Return the names in a folder."""
        answer = self.ask("PROPFIND", path, headers={"depth": "1"})
        assert answer.status_code == 207, answer.status_code
        names = [element.text for element in ElementTree.fromstring(answer.content).iter("{DAV:}displayname")]
        return {name for name in names[1:] if name}

    def to(self, path: str, **more: str) -> dict[str, str]:
        """Return the headers for COPY and MOVE to a path."""
        return {"destination": f"http://testserver.local{PATH}{quote(path)}", **more}

    def lock(self, path: str, scope: str = "exclusive", **headers: str) -> Any:
        """Lock a path."""
        body = (
            f'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope>'
            "<D:locktype><D:write/></D:locktype><D:owner><D:href>FÖRVALTNING\\anna</D:href></D:owner></D:lockinfo>"
        )
        return self.ask("LOCK", path, content=body.encode(), headers={"timeout": "Second-600", "depth": "0", **headers})


@pytest.fixture
def switched_on(organisation: SampleOrganisation) -> None:
    """Let the organisation's people have application passwords."""
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"webdav": True})


@pytest.fixture
def http(platform: Platform) -> Iterator[Any]:
    """The web process."""
    with TestClient(create_app(platform)) as client:
        yield client


Connect = Callable[..., Computer]


@pytest.fixture
def connect(host: Host, http: Any, switched_on: None) -> Connect:
    """Create an application password for a user, and return their computer."""
    del switched_on
    numbers = count(1)

    def connected(who: SampleUser, loa: int = 1) -> Computer:
        with host.work(who.at(Loa(loa))) as work:
            secret = create_password(host, work, NewPassword(f"Dator {next(numbers)}", 30, loa))
        return Computer(http, who.user.email, secret)

    return connected


@pytest.fixture
def computer(connect: Connect, case_worker: SampleUser) -> Computer:
    """The case worker's computer."""
    return connect(case_worker)


@pytest.fixture
def statements(platform: Platform) -> Callable[[], AbstractContextManager[list[str]]]:
    """Count the statements that the database gets within a block."""

    @contextmanager
    def counted() -> Iterator[list[str]]:
        asked: list[str] = []

        def note(*details: Any) -> None:
            asked.append(details[2])

        event.listen(platform.database.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(platform.database.engine, "before_cursor_execute", note)

    return counted
