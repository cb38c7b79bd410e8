"""A message that has disappeared is nowhere: no page, link, search, file or draft has it, and no byte of it is left."""

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.host import host_of
from budkavle.messaging import case_view, saved_drafts
from budkavle.model.messages import File
from budkavle.operations import message_retention
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.database.connections import NAME
from budkavle.storage.embedded import binaries
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.tables import metadata
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

WORD = "Kanariefågel"
PDF = File("kanarie.pdf", "application/pdf", b"%PDF-1.7 " + WORD.encode() * 20_000)
ACCOUNTS = frozenset(
    {
        "organisation_keys",
        "audit_log",
        "audit_heads",
        "audit_pending",
        "audit_seals",
        "identities",
        "invitations",
        "sessions",
        "installation",
    }
)
"""Tables whose bytes belong to accounts and logs, and to no message."""


@pytest.fixture
def old(organisation: SampleOrganisation, administrator: SampleUser) -> UUID:
    """A case with a message that is due, with a file and evidence."""
    case_id = organisation.arrive(f"{WORD} i ämnet", body=f"{WORD} i texten", files=(PDF,), evidence=b"x" * 100_000)
    choose(organisation, administrator)
    run(organisation, "UPDATE messages SET kept_from = now() - interval '40 days'")
    return case_id


def choose(organisation: SampleOrganisation, administrator: SampleUser) -> None:
    in_work(organisation.platform, administrator, write_settings, MessageSettings, {"retention_days": 30})
    run(organisation, "UPDATE settings SET changed_at = changed_at - interval '2 days'")


def run(organisation: SampleOrganisation, statement: str) -> None:
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text(statement))


@pytest.mark.feature("G3")
def test_no_page_has_it(
    organisation: SampleOrganisation, browse: Callable[..., Browser], case_worker: SampleUser, old: UUID
) -> None:
    """The case with its parts, its file, the search, the list and a draft that passes it on; also on an open page."""
    view = in_work(organisation.platform, case_worker, case_view.case, old)
    (message,) = [threaded.message for threaded in view.thread]
    draft_id = uuid4()
    in_work(organisation.platform, case_worker, saved_drafts.save, draft_id, {"body": [WORD]}, about=[message.id])
    ada, box = browse(case_worker), view.case.mailbox_id
    paths = {f"/c/{old}", f"/c/{old}/now", f"/c/{old}/print", f"/a/{message.attachments[0].id}", f"/c/{old}/reply"}
    shown = (f"/m/{box}", f"/m/{box}/drafts", f"/search?q={WORD}", "/")
    before = {path: ada.get(path).status_code for path in paths}
    assert set(before.values()) <= {200, 303}
    assert WORD in ada.get(f"/search?q={WORD}").text
    assert message_retention.destroy_old(organisation.platform) == 1
    assert {path: ada.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
    assert ada.post(f"/c/{old}/forward", message=str(message.id)).status_code == 404
    for path in shown:
        page = ada.get(path)
        assert f"{WORD} i" not in page.text, path
        assert str(old) not in page.text, path
    assert in_work(organisation.platform, case_worker, saved_drafts.load_all) == []


@pytest.mark.feature("G3")
def test_a_case_that_goes_on_has_nothing_of_it(
    organisation: SampleOrganisation, browse: Callable[..., Browser], case_worker: SampleUser, old: UUID
) -> None:
    """It has a line with direction, kind and date, on the page and on paper; its file and its words are gone."""
    (threaded,) = in_work(organisation.platform, case_worker, case_view.case, old).thread
    organisation.send(case_worker, "Beslut", reply_to=threaded.message.id)
    assert message_retention.destroy_old(organisation.platform) == 1
    ada = browse(case_worker)
    for path in (f"/c/{old}", f"/c/{old}/print"):
        page = ada.get(path).text
        assert WORD not in page
        assert "Inkommet meddelande" in page
        assert "Gallrat " in page
    assert str(old) not in ada.get(f"/search?q={WORD}").text
    assert ada.get(f"/a/{threaded.message.attachments[0].id}").status_code == 404
    assert ada.post(f"/c/{old}/forward", message=str(threaded.message.id)).status_code == 404


@pytest.fixture
def installed() -> Iterator[Platform]:
    """A whole installation with a server of its own, whose files can be read."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-test-"))
    settings = Settings(data=folder, enabled=("fake",))
    plugins = Plugins.load(settings, offer(fake=plugin_module("fake", transports=lambda host: [FakeTransport()])))
    with closing(open_platform(settings, plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        platform.database.migrate()
        yield platform
    shutil.rmtree(folder)


@pytest.mark.feature("Y6")
def test_nothing_that_opens_is_left(installed: Platform) -> None:
    """In no table a sealed byte, in no file, log of the server or dump a planted word, after a run over everything."""
    organisation = SampleOrganisation.create(installed, "Kisa")
    ada, root = organisation.add_user("Ada Ahl"), organisation.system
    organisation.add_mailbox("Inkorg", ada)
    case_id = organisation.arrive(f"{WORD} i ämnet", body=f"{WORD} i texten", files=(PDF,), evidence=WORD.encode() * 50)
    (threaded,) = in_work(installed, ada, case_view.case, case_id).thread
    in_work(installed, ada, saved_drafts.save, uuid4(), {"body": [WORD]}, about=[threaded.message.id])
    run(organisation, "UPDATE messages SET kept_from = now() - interval '40 days'")
    in_work(installed, root, write_settings, MessageSettings, {"retention_days": 30})
    run(organisation, "UPDATE settings SET changed_at = changed_at - interval '2 days'")
    assert sealed(organisation) != {}
    assert message_retention.destroy_old(installed) == 1
    assert sealed(organisation) == {}
    server = installed.database.server
    assert server
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    dump: list[str | Path] = [binaries() / "pg_dump", "--dbname", server.conninfo(NAME), "--inserts"]
    written = {str(path): path.read_bytes() for path in installed.settings.data.rglob("*") if path.is_file()}
    written["the dump"] = subprocess.run(dump, check=True, capture_output=True).stdout
    for name, content in written.items():
        assert not any(spelling in content for spelling in spellings()), name
    assert list(installed.blobs.names(organisation.id)) == []


WHOLE = {"case_words", "search_words", "content_keys", "kept_drafts", "notices"}
"""Tables of which no row may be left."""


def sealed(organisation: SampleOrganisation) -> dict[str, int]:
    """Tables of messages that still have bytes or words of them, each with how many rows."""
    left: dict[str, int] = {}
    with organisation.platform.database.transaction(organisation.id) as connection:
        for table in metadata.sorted_tables:
            if table.name in ACCOUNTS or "organisation_id" not in table.c:
                continue
            columns = [column.name for column in table.c if str(column.type) in {"BLOB", "BYTEA"}]
            full = [f"coalesce(length({name}), 0) > 0" for name in columns]
            full += ["cardinality(words) > 0"] if table.name in {"cases", "search_cases"} else []
            full += ["true"] if table.name in WHOLE else []
            if full:
                query = f"SELECT count(*) FROM {table.name} WHERE {' OR '.join(full)}"
                count = connection.execute(text(query)).scalar_one()
                left |= {table.name: count} if count else {}
    return left


def spellings() -> list[bytes]:
    """How the word could lie about: as it is, in hexadecimal, in UTF-16 and, cut at any place, in base64."""
    raw = f"{WORD} i".encode()
    shifted = [base64.b64encode(b"x" * number + raw)[8:-8] for number in range(3)]
    return [WORD.encode(), raw.hex().encode(), WORD.encode("utf-16-le"), *(part for part in shifted if len(part) > 6)]
