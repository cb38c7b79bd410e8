"""Locks, as Windows and macOS ask for them: they hold for all clients, in every web process, and end by themselves."""

from typing import Any
from urllib.parse import unquote

import pytest
from defusedxml import ElementTree
from litestar.testing import TestClient
from tests.docs.api_fields import check_fields
from tests.plugins.files.conftest import Files
from tests.plugins.files.webdav.conftest import OWN, Computer, Connect

from budkavle import Platform
from budkavle.testing import SampleUser
from budkavle.web.app import create_app
from budkavle_files.tree.entries import find_named
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_files.webdav import jobs
from budkavle_files.webdav.server import PATH

FILE = f"{OWN}/Utredning 2026-0451/beslut.docx"
SHARED = "/Delat med mig/Utredning 2026-0451/beslut.docx"


def token(answer: Any) -> str:
    """Return the token of an answer to LOCK."""
    assert answer.status_code in {200, 201}, answer.status_code
    return str(answer.headers["lock-token"])


def roots(answer: Any) -> list[str]:
    """Return the paths that an answer to PROPFIND says that locks lie at."""
    found = ElementTree.fromstring(answer.content).iterfind(".//{DAV:}lockroot/{DAV:}href")
    return [unquote(each.text or "") for each in found]


@pytest.fixture
def file(files: Files, case_worker: SampleUser, outsider: SampleUser, catalogue: Entry) -> Entry:
    """A file that an author reaches by another path."""
    files.share(case_worker, catalogue, outsider, AccessRole.AUTHOR)
    return files.file(case_worker, catalogue, "beslut.docx", b"one")


def test_word_on_windows_saves(computer: Computer, files: Files, case_worker: SampleUser, file: Entry) -> None:
    """LOCK, PUT with the token, PROPPATCH, UNLOCK: one new version."""
    lock = token(computer.lock(FILE))
    held = {"if": f"({lock})"}
    assert computer.put(FILE, b"two", headers=held) == 204
    body = (
        b'<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>'
        b"<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"
    )
    assert computer.ask("PROPPATCH", FILE, content=body, headers=held).status_code == 207
    assert computer.ask("UNLOCK", FILE, headers={"lock-token": lock}).status_code == 204
    assert files.reach(case_worker, file).version == 2
    assert computer.put(FILE, b"three") == 204


def test_finder_locks_a_name_before_the_file(
    computer: Computer, files: Files, case_worker: SampleUser, catalogue: Entry
) -> None:
    """A lock of what is not there makes it, of no bytes; the bytes then are its first version."""
    path = f"{OWN}/Utredning 2026-0451/ny.txt"
    answer = computer.lock(path)
    assert answer.status_code == 201
    assert computer.put(path, iter([b"ny"]), headers={"if": f"({token(answer)})"}) == 204
    assert files.names(case_worker, catalogue) == ["ny.txt"]
    with files.host.work(case_worker) as work:
        entry = find_named(files.host, work, catalogue, "ny.txt")
    assert entry is not None
    assert (entry.version, entry.size) == (1, 2)


def test_a_lock_holds_by_every_path_and_in_every_process(
    computer: Computer, connect: Connect, outsider: SampleUser, file: Entry, platform: Platform
) -> None:
    """Somebody else meets the lock by their own path, also in another web process: no write, no lock, no delete."""
    del file
    lock = token(computer.lock(FILE))
    other = connect(outsider)
    with TestClient(create_app(platform)) as second:
        elsewhere = Computer(second, other.user_name, other.secret)
        for client in (other, elsewhere):
            assert client.put(SHARED, b"two") == 423
            assert client.put(SHARED, b"two", headers={"if": f"({lock})"}) == 412
            assert client.lock(SHARED).status_code == 423
            assert client.ask("DELETE", SHARED).status_code == 423
            moved = client.to("/Delat med mig/Utredning 2026-0451/annan.docx")
            assert client.ask("MOVE", SHARED, headers=moved).status_code == 423
            assert client.ask("UNLOCK", SHARED, headers={"lock-token": lock}).status_code == 403
            assert client.ask("LOCK", SHARED, headers={"if": f"({lock})"}).status_code in {403, 412}
            shown = client.ask("PROPFIND", SHARED, headers={"depth": "0"})
            assert b"FORVALTNING" in shown.content.replace(b"\xc3\x96", b"O").replace(b"&#214;", b"O")
    assert computer.ask("UNLOCK", FILE, headers={"lock-token": lock}).status_code == 204
    assert other.put(SHARED, b"two") == 204


def test_a_lock_of_a_catalogue_holds_below(
    computer: Computer, connect: Connect, outsider: SampleUser, file: Entry
) -> None:
    """With depth infinity; and who locks above what another has locked is refused."""
    del file
    other, above = connect(outsider), f"{OWN}/Utredning 2026-0451"
    lock = token(computer.lock(above, depth="infinity"))
    assert other.put(SHARED, b"two") == 423
    assert other.lock(SHARED).status_code == 423
    assert computer.ask("UNLOCK", above, headers={"lock-token": lock}).status_code == 204
    token(other.lock(SHARED))
    assert computer.lock(above, depth="infinity").status_code == 423


def test_a_lock_ends_by_itself(
    computer: Computer, connect: Connect, outsider: SampleUser, files: Files, file: Entry
) -> None:
    """An hour at most, whatever the client asks for; what was not refreshed is over, and swept."""
    del file
    lock = token(computer.lock(FILE, timeout="Infinite"))
    (row,) = files.rows("SELECT seconds, expires_at < now() + interval '61 minutes' AS soon FROM files_locks")
    assert (row.seconds, row.soon) == (3600, True)
    refreshed = computer.ask("LOCK", FILE, headers={"if": f"({lock})", "timeout": "Second-60"})
    assert refreshed.status_code == 200
    assert files.rows("SELECT seconds FROM files_locks")[0].seconds == 60
    with files.host.transaction(files.organisation.id) as connection:
        connection.exec_driver_sql("UPDATE files_locks SET expires_at = now() - interval '1 second'")
    assert connect(outsider).put(SHARED, b"two") == 204
    assert jobs.sweep(files.host) == 1
    assert files.rows("SELECT 1 FROM files_locks") == []


def test_shared_locks_stand_beside_each_other(
    computer: Computer, connect: Connect, outsider: SampleUser, file: Entry
) -> None:
    """Two shared locks, and no exclusive one beside them."""
    del file
    other = connect(outsider)
    token(computer.lock(FILE, "shared"))
    token(other.lock(SHARED, "shared"))
    assert other.lock(SHARED).status_code == 423


def test_what_a_client_says_of_itself_is_sealed_and_short(computer: Computer, files: Files, file: Entry) -> None:
    """The name of a computer and its user lies in no table in clear."""
    del file
    long = (
        b'<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype>'
        b"<owner>%s</owner></lockinfo>"
    )
    assert computer.ask("LOCK", FILE, content=long % (b"x" * 3000), headers={"depth": "0"}).status_code == 413
    token(computer.lock(FILE))
    (row,) = files.rows("SELECT * FROM files_locks")
    assert b"anna" not in bytes(row.owner)
    assert "beslut" not in row.root


def test_a_moved_or_deleted_file_is_locked_no_more(computer: Computer, files: Files, file: Entry) -> None:
    """Its locks go with the name that they were for."""
    del file
    lock = token(computer.lock(FILE))
    headers = {**computer.to(f"{OWN}/Utredning 2026-0451/annan.docx"), "if": f"({lock})"}
    assert computer.ask("MOVE", FILE, headers=headers).status_code == 201
    assert files.rows("SELECT 1 FROM files_locks") == []


def test_a_lock_names_nothing_above_what_is_shared(
    computer: Computer, connect: Connect, files: Files, case_worker: SampleUser, outsider: SampleUser, catalogue: Entry
) -> None:
    """Each reads the root of a lock by their own path; the name and id of the catalogue above are not for all."""
    inner = files.catalogue(case_worker, "Underlag", catalogue)
    files.file(case_worker, inner, "Räkning.docx", b"one")
    files.share(case_worker, inner, outsider, AccessRole.AUTHOR)
    other, shared = connect(outsider), "/Delat med mig/Underlag/Räkning.docx"
    own = f"{OWN}/{catalogue.name}/Underlag/Räkning.docx"
    lock = token(computer.lock(own))
    for client, path in ((other, shared), (computer, own)):
        shown = client.ask("PROPFIND", path, headers={"depth": "0"})
        assert roots(shown) == [PATH + path]
    assert refused(other, shared) == [PATH + shared]
    assert refused(other, "/Delat med mig/Underlag", "LOCK") == [PATH + shared]
    assert computer.ask("UNLOCK", own, headers={"lock-token": lock}).status_code == 204
    token(computer.lock(f"{OWN}/{catalogue.name}", depth="infinity"))
    assert refused(other, shared) == [PATH + shared]


def refused(client: Computer, path: str, method: str = "PUT") -> list[str]:
    """Return what the answer to somebody who meets a lock says is locked."""
    answer = client.lock(path, depth="infinity") if method == "LOCK" else client.ask(method, path, content=b"two")
    assert answer.status_code == 423
    return [unquote(each.text or "") for each in ElementTree.fromstring(answer.content).iter("{DAV:}href")]


def test_each_property_is_one_that_is_told_of(computer: Computer, file: Entry) -> None:
    """A file that is locked, and the catalogue that it lies in."""
    token(computer.lock(FILE))
    answers = [computer.ask("PROPFIND", path, headers={"depth": "0"}) for path in (FILE, FILE.rpartition("/")[0])]
    given = [each for answer in answers for each in ElementTree.fromstring(answer.content).iterfind(".//{DAV:}prop/*")]
    check_fields("WebDAV properties", {each.tag.removeprefix("{DAV:}"): None for each in given})
    assert file.name == "beslut.docx"
