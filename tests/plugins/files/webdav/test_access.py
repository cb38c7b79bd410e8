"""Who sees and changes what by WebDAV: the rights, the levels and the ends of the pages hold here too."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.plugins.files.conftest import Files
from tests.plugins.files.webdav.conftest import OWN, Computer, Connect

from budkavle import Loa
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.tree.entries import change_settings
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_files.webdav.passwords import NewPassword, create_password

SHARED = "/Delat med mig"
WRITES: dict[str, dict[str, str]] = {
    "PUT": {},
    "DELETE": {},
    "PROPPATCH": {},
    "LOCK": {},
    "MOVE": {"destination": "elsewhere"},
}
READS: dict[str, dict[str, str]] = {"GET": {}, "HEAD": {}, "PROPFIND": {"depth": "0"}, "COPY": {"destination": "here"}}


PROPERTY = (
    b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set>'
    b"</D:propertyupdate>"
)


def ask(computer: Computer, method: str, path: str, headers: dict[str, str], to: str) -> int:
    """Ask for something by a method, with the body that it needs; returns the status."""
    if method == "LOCK":
        return int(computer.lock(path).status_code)
    whole = computer.to(to) if "destination" in headers else dict(headers)
    content = {"PUT": b"x", "PROPPATCH": PROPERTY}.get(method)
    return int(computer.ask(method, path, content=content, headers=whole).status_code)


METHODS: list[str] = [*READS, *WRITES, "MKCOL", "UNLOCK"]


def test_others_things_are_not_there(
    connect: Connect, files: Files, case_worker: SampleUser, outsider: SampleUser, catalogue: Entry
) -> None:
    """By whatever path somebody else's catalogue is asked for, there is nothing, and nothing changes."""
    file = files.file(case_worker, catalogue, "beslut.txt", b"one")
    files.catalogue(outsider, "Egen")
    computer = connect(outsider)
    for method in METHODS:
        headers = {**READS, **WRITES, "MKCOL": {}, "UNLOCK": {"lock-token": "<opaquelocktoken:x>"}}[method]
        for path in (f"{OWN}/Utredning 2026-0451/beslut.txt", f"{SHARED}/Utredning 2026-0451", f"/{catalogue.id}/x"):
            assert ask(computer, method, path, headers, f"{OWN}/Egen/kopia") in {404, 409}, path
        assert computer.names("/") == {"Mina kataloger"}, method
        assert computer.names(OWN) == {"Egen"}, method
        assert computer.names(f"{OWN}/Egen") == set(), method
        assert (files.reach(case_worker, file).version, files.names(case_worker, catalogue)) == (1, ["beslut.txt"]), (
            method
        )


def test_another_organisation_sees_nothing(
    connect: Connect, files: Files, other_administrator: SampleUser, catalogue: Entry, http: Any
) -> None:
    """A password opens its own organisation alone; what another one has under the same name stays apart."""
    del catalogue
    host = files.host
    with host.work(other_administrator) as work:
        write_settings(work, FileSettings, {"webdav": True})
    with host.work(other_administrator.at(Loa.ONE)) as work:
        secret = create_password(host, work, NewPassword("Dator", 30, 1))
    computer = Computer(http, other_administrator.user.email, secret)
    assert computer.names("/") == {"Mina kataloger"}
    assert computer.names(OWN) == set()


X: list[str] = list(WRITES)


def test_a_reader_only_reads(
    connect: Connect, files: Files, case_worker: SampleUser, outsider: SampleUser, catalogue: Entry
) -> None:
    """A reader's share refuses each method that changes something, and gives what only reads."""
    file = files.file(case_worker, catalogue, "beslut.txt", b"one")
    files.share(case_worker, catalogue, outsider, AccessRole.READER)
    computer, path = connect(outsider), f"{SHARED}/Utredning 2026-0451/beslut.txt"
    assert computer.ask("GET", path).content == b"one"
    for method in X:
        status = ask(computer, method, path, WRITES[method], f"{SHARED}/Utredning 2026-0451/annan.txt")
        assert status == (207 if method == "PROPPATCH" else 403), (
            method
        )  # of PROPPATCH, each property is refused on its own
        assert computer.put(f"{SHARED}/Utredning 2026-0451/ny.txt", b"x") == 403, method
        assert computer.ask("MKCOL", f"{SHARED}/Utredning 2026-0451/Ny").status_code == 403, method
        assert (files.reach(case_worker, file).version, files.names(case_worker, catalogue)) == (1, ["beslut.txt"]), (
            method
        )
        assert files.rows("SELECT 1 FROM files_locks") == [], method


def test_an_author_writes_but_does_not_delete_the_catalogue(
    connect: Connect, files: Files, case_worker: SampleUser, outsider: SampleUser, catalogue: Entry
) -> None:
    """An author's share is what it is in the pages."""
    files.share(case_worker, catalogue, outsider, AccessRole.AUTHOR)
    computer = connect(outsider)
    assert computer.put(f"{SHARED}/Utredning 2026-0451/ny.txt", b"x") == 201
    assert computer.ask("DELETE", f"{SHARED}/Utredning 2026-0451").status_code == 403
    assert computer.ask("DELETE", SHARED).status_code == 403
    assert files.names(case_worker, catalogue) == ["ny.txt"]


def test_an_ended_share_is_gone_at_once(
    connect: Connect, files: Files, case_worker: SampleUser, outsider: SampleUser, catalogue: Entry
) -> None:
    """When the time of a share has come, nothing is there any more."""
    files.file(case_worker, catalogue, "beslut.txt")
    files.share(case_worker, catalogue, outsider, AccessRole.READER, until=datetime.now(UTC) + timedelta(hours=1))
    computer, path = connect(outsider), f"{SHARED}/Utredning 2026-0451/beslut.txt"
    assert computer.ask("GET", path).status_code == 200
    with files.host.transaction(files.organisation.id) as connection:
        connection.exec_driver_sql("UPDATE files_shares SET until = now() - interval '1 second'")
    assert computer.ask("GET", path).status_code == 404


def test_mailboxes_have_folders(
    connect: Connect, files: Files, case_worker: SampleUser, colleague: SampleUser, organisation: SampleOrganisation
) -> None:
    """What belongs to a mailbox lies in a folder of its name, for all of its members."""
    mailbox = organisation.mailbox
    files.catalogue(case_worker, "Rutiner", mailbox_id=mailbox.id)
    computer = connect(colleague)
    assert computer.names("/") == {"Mina kataloger", mailbox.name}
    assert computer.names(f"/{mailbox.name}") == {"Rutiner"}
    assert computer.ask("MKCOL", f"/{mailbox.name}/Mallar").status_code == 201
    assert computer.names(f"/{mailbox.name}") == {"Mallar", "Rutiner"}


def test_what_asks_for_a_higher_level_is_not_there(
    connect: Connect, files: Files, case_worker: SampleUser, catalogue: Entry
) -> None:
    """A password of level 1 does not meet what asks for level 2: neither its name, nor its bytes, nor its end."""
    secret = files.catalogue(case_worker, "Hemligt", catalogue)
    file = files.file(case_worker, secret, "beslut.txt", b"one")
    with files.host.work(case_worker.at(Loa.TWO)) as work:
        change_settings(files.host, work, secret.id, loa=2, confidential=False)
    low, high, path = connect(case_worker, 1), connect(case_worker, 2), f"{OWN}/Utredning 2026-0451"
    assert (low.names(path), high.names(path)) == (set(), {"Hemligt"})
    assert low.ask("GET", f"{path}/Hemligt/beslut.txt").status_code == 404
    assert high.ask("GET", f"{path}/Hemligt/beslut.txt").content == b"one"
    assert low.put(f"{path}/Hemligt/beslut.txt", b"two") == 409
    assert low.ask("DELETE", f"{path}/Hemligt").status_code == 404
    assert low.ask("DELETE", path).status_code == 403
    assert low.ask("MOVE", path, headers=low.to(f"{OWN}/Annan")).status_code == 403
    assert low.ask("COPY", path, headers=low.to(f"{OWN}/Annan")).status_code == 403
    assert low.ask("MKCOL", f"{path}/Hemligt").status_code == 409
    assert files.reach(case_worker, file).version == 1


def test_the_organisation_lowers_the_level_of_all_passwords(
    connect: Connect, files: Files, case_worker: SampleUser, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """A password made at level 2 carries level 1 from the moment that the organisation allows no more."""
    with files.host.work(case_worker.at(Loa.TWO)) as work:
        change_settings(files.host, work, catalogue.id, loa=2, confidential=False)
    computer = connect(case_worker, 2)
    assert computer.names(OWN) == {"Utredning 2026-0451"}
    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"webdav_loa": 1})
    assert computer.names(OWN) == set()


def test_two_things_of_one_name_are_both_there(
    connect: Connect, files: Files, case_worker: SampleUser, colleague: SampleUser, outsider: SampleUser
) -> None:
    """What two people share under one name gets numbers, and each leads to its own."""
    for who in (case_worker, colleague):
        catalogue = files.catalogue(who, "Kartor")
        files.file(who, catalogue, f"{who.name}.txt")
        files.share(who, catalogue, outsider, AccessRole.READER)
    computer = connect(outsider)
    assert computer.names(SHARED) == {"Kartor", "Kartor (2)"}
    inside = computer.names(f"{SHARED}/Kartor") | computer.names(f"{SHARED}/Kartor (2)")
    assert inside == {f"{case_worker.name}.txt", f"{colleague.name}.txt"}
