"""A message service in a separate process, and an installation that sends through it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.plugins.message_api.upstream.message_service import HABO, KISA, Server
from tests.written_plugins import write_plugin

from budkavle import Platform
from budkavle.accounts import create_mailbox, create_organisation
from budkavle.host import build as build_platform
from budkavle.settings import load_settings
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.running import free_ports, serving
from budkavle_message_api.access import clients
from budkavle_message_api.access.clients import ClientDetails
from budkavle_message_api.upstream import connections

MIGRATIONS = Path(clients.__file__).parent.parent / "migrations"
SYSTEM = system_actor()


@pytest.fixture(scope="module")
def running(budkavle_server: Any, budkavle_databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Run the message service's web server in a separate process."""
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
    """A new organisation at the message service, which owns the address from now on."""
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
    """Write the settings, and the plugin's files as after its installation."""
    write_plugin(folder / "plugins", "loft", Path(__file__).with_name("loft.py").read_text("utf-8"))
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
