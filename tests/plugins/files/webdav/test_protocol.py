"""What each method of WebDAV does to the tree, and what it refuses."""

from typing import Any

from tests.plugins.files.conftest import Files
from tests.plugins.files.webdav.conftest import OWN, Computer

from budkavle import Host, UserActor
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle_files.notes.content import read_note
from budkavle_files.tree.binning import list_bin
from budkavle_files.tree.entries import find_named
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import Entry, EntryKind
from budkavle_files.tree.versions import FILES, find_version, list_versions
from budkavle_files.webdav.server import PATH

CATALOGUE = f"{OWN}/Utredning 2026-0451"


def content(files: Files, who: UserActor, catalogue: Entry, name: str) -> bytes:
    """Return the bytes of a file of a catalogue."""
    with files.host.work(who) as work:
        entry = find_named(files.host, work, catalogue, name)
        assert entry is not None
        chunks = FILES.open(work, find_version(files.host, work, entry).file_id)
    return b"".join(chunks)


def test_a_file_comes_in_and_is_read_again(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """PUT puts a file into the catalogue; GET gives its bytes, whole and in part, to be stored and never shown."""
    assert computer.put(f"{CATALOGUE}/Bygglov å 50%.html", b"0123456789") == 201
    assert files.names(case_worker, catalogue) == ["Bygglov å 50%.html"]
    answer = computer.ask("GET", f"{CATALOGUE}/Bygglov å 50%.html")
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "application/octet-stream"
    part = computer.ask("GET", f"{CATALOGUE}/Bygglov å 50%.html", headers={"range": "bytes=4-6"})
    assert (part.status_code, part.content) == (206, b"456")
    assert computer.names(CATALOGUE) == {"Bygglov å 50%.html"}


def test_reading_is_noted(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """Who reads a file by WebDAV stands in the log of reading, also who reads its end alone."""
    files.file(case_worker, catalogue, "beslut.txt")
    before = organisation.log_kinds().count("files.opened")
    computer.ask("GET", f"{CATALOGUE}/beslut.txt", headers={"range": "bytes=3-"})
    assert organisation.log_kinds().count("files.opened") == before + 1


def test_a_second_put_is_a_new_version(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """What was there stays as the version before."""
    entry = files.file(case_worker, catalogue, "beslut.txt", b"one")
    assert computer.put(f"{CATALOGUE}/beslut.txt", b"two") == 204
    versions = files.do(case_worker, list_versions, files.reach(case_worker, entry))
    assert [version.number for version in versions] == [2, 1]
    assert content(files, case_worker, catalogue, "beslut.txt") == b"two"


def test_the_empty_file_before_the_bytes_is_no_version(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """Windows makes an empty file and sends the bytes then; what others made empty is a version."""
    assert computer.put(f"{CATALOGUE}/karta.txt", b"") == 201
    assert computer.put(f"{CATALOGUE}/karta.txt", b"karta") == 204
    with files.host.work(case_worker) as work:
        entry = find_named(files.host, work, catalogue, "karta.txt")
        assert entry is not None
        assert (entry.version, entry.size, entry.stored) == (1, 5, 5)
    assert computer.put(f"{CATALOGUE}/karta.txt", b"karta 2") == 204
    assert files.reach(case_worker, entry).version == 2


def test_the_size_may_be_unknown_before(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """Finder sends files in chunks without their length."""
    assert computer.put(f"{CATALOGUE}/bild.bin", iter([b"a" * 100_000, b"b" * 100_000])) == 201
    assert content(files, case_worker, catalogue, "bild.bin") == b"a" * 100_000 + b"b" * 100_000


def test_deleting_lays_into_the_bin(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """DELETE destroys nothing."""
    files.file(case_worker, catalogue, "beslut.txt")
    assert computer.ask("DELETE", f"{CATALOGUE}/beslut.txt").status_code == 204
    assert files.names(case_worker, catalogue) == []
    assert [entry.name for entry in files.do(case_worker, list_bin)[0]] == ["beslut.txt"]
    assert "files.deleted" in organisation.log_kinds()
    assert computer.ask("DELETE", f"{CATALOGUE}/beslut.txt").status_code == 404


def test_catalogues_are_made_at_the_top_and_below(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """MKCOL makes a catalogue; no file lies outside of one."""
    assert computer.ask("MKCOL", f"{OWN}/Ny").status_code == 201
    assert computer.ask("MKCOL", f"{CATALOGUE}/Under").status_code == 201
    assert computer.names(OWN) == {"Ny", "Utredning 2026-0451"}
    assert files.names(case_worker, catalogue) == ["Under"]
    assert computer.ask("MKCOL", f"{CATALOGUE}/Under").status_code == 405
    assert computer.ask("MKCOL", "/Ny hylla").status_code == 403
    assert computer.put(f"{OWN}/fil.txt", b"x") == 403
    assert computer.put("/fil.txt", b"x") == 403


def test_moving_renames_and_moves(computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry) -> None:
    """MOVE gives another name, another catalogue, or both; the file, its versions and shares stay the same."""
    entry = files.file(case_worker, catalogue, "beslut.txt", b"one")
    below = files.catalogue(case_worker, "Under", catalogue)
    moved = computer.ask("MOVE", f"{CATALOGUE}/beslut.txt", headers=computer.to(f"{CATALOGUE}/Under/Beslut å.txt"))
    assert moved.status_code == 201
    assert files.names(case_worker, below) == ["Beslut å.txt"]
    assert files.reach(case_worker, entry).parent_id == below.id
    same = computer.to(f"{CATALOGUE}/Under/BESLUT Å.txt")
    assert computer.ask("MOVE", f"{CATALOGUE}/Under/Beslut å.txt", headers=same).status_code == 204
    assert files.names(case_worker, below) == ["BESLUT Å.txt"]
    into_itself = computer.to(f"{CATALOGUE}/Under/Under")
    assert computer.ask("MOVE", f"{CATALOGUE}/Under", headers=into_itself).status_code == 403
    elsewhere = {"destination": f"http://example.org{PATH}/x"}
    odd = computer.to(f"{CATALOGUE}/a; b#c%2F.txt")
    assert computer.ask("MOVE", f"{CATALOGUE}/Under/BESLUT Å.txt", headers=odd).status_code == 201
    assert files.reach(case_worker, entry).name == "a; b#c%2F.txt"
    for raw in ("/Mina%20kataloger%2Fx", "/Mina%20kataloger/a%3Fb", "/../../x"):
        refused = {"destination": f"{PATH}{raw}"}
        assert computer.ask("MOVE", f"{CATALOGUE}/Under", headers=refused).status_code in {400, 502}, raw
    assert computer.ask("MOVE", f"{CATALOGUE}/Under", headers=elsewhere).status_code == 502


def test_moving_onto_a_file_makes_a_new_version(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """Programs save by writing another file and moving it over the old one, which keeps its versions and shares."""
    kept = files.file(case_worker, catalogue, "beslut.txt", b"one")
    files.file(case_worker, catalogue, "~tmp", b"two")
    refused = computer.to(f"{CATALOGUE}/beslut.txt", overwrite="F")
    assert computer.ask("MOVE", f"{CATALOGUE}/~tmp", headers=refused).status_code == 412
    headers = computer.to(f"{CATALOGUE}/beslut.txt")
    assert computer.ask("MOVE", f"{CATALOGUE}/~tmp", headers=headers).status_code == 204
    assert files.reach(case_worker, kept).version == 2
    assert files.names(case_worker, catalogue) == ["beslut.txt"]
    assert content(files, case_worker, catalogue, "beslut.txt") == b"two"


def test_copying(computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry) -> None:
    """COPY copies a catalogue with all that lies in it, and a file onto another as a new version."""
    below = files.catalogue(case_worker, "Under", catalogue)
    files.file(case_worker, below, "karta.txt", b"karta")
    kept = files.file(case_worker, catalogue, "gammal.txt", b"gammal")
    headers = computer.to(f"{CATALOGUE}/Kopia")
    assert computer.ask("COPY", f"{CATALOGUE}/Under", headers=headers).status_code == 201
    assert computer.names(f"{CATALOGUE}/Kopia") == {"karta.txt"}
    headers = computer.to(f"{CATALOGUE}/gammal.txt")
    assert computer.ask("COPY", f"{CATALOGUE}/Under/karta.txt", headers=headers).status_code == 204
    assert files.reach(case_worker, kept).version == 2
    assert content(files, case_worker, catalogue, "gammal.txt") == b"karta"


def test_the_whole_tree_is_never_listed_at_once(computer: Computer, catalogue: Entry) -> None:
    """A PROPFIND without a depth would read everything."""
    del catalogue
    for headers in ({}, {"depth": "infinity"}):
        answer = computer.ask("PROPFIND", OWN, headers=headers)
        assert (answer.status_code, b"propfind-finite-depth" in answer.content) == (403, True)


def test_notes_are_text_files(computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry) -> None:
    """A note is read and written as NAME.md; it stays a note, and takes no bytes that are no text."""
    note = files.file(case_worker, catalogue, "Möte", "# Möte".encode(), kind=EntryKind.NOTE)
    assert computer.names(CATALOGUE) == {"Möte.md"}
    assert computer.ask("GET", f"{CATALOGUE}/Möte.md").text == "# Möte"
    assert computer.put(f"{CATALOGUE}/Möte.md", "# Möte 2".encode()) == 204
    saved = files.do(case_worker, read_note, files.reach(case_worker, note))
    assert (saved.text, saved.entry.kind) == ("# Möte 2", EntryKind.NOTE)
    assert computer.put(f"{CATALOGUE}/Möte.md", b"\xff\xfe") == 400
    assert computer.put(f"{CATALOGUE}/Möte.md", b"x" * 400_001) == 413
    assert computer.put(f"{CATALOGUE}/Möte.md", b"x" * 100_001) == 400
    renamed = computer.to(f"{CATALOGUE}/Samråd.md")
    assert computer.ask("MOVE", f"{CATALOGUE}/Möte.md", headers=renamed).status_code == 201
    assert files.reach(case_worker, note).name == "Samråd"
    no_note = computer.to(f"{CATALOGUE}/Samråd.txt")
    assert computer.ask("MOVE", f"{CATALOGUE}/Samråd.md", headers=no_note).status_code == 403


def test_a_letter_is_one_letter_however_it_is_sent(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """A Mac sends å as a and a ring: it is the same name."""
    assert computer.put(f"{CATALOGUE}/A\u030arsredovisning.txt", b"one") == 201
    assert files.names(case_worker, catalogue) == ["Årsredovisning.txt"]
    assert computer.put(f"{CATALOGUE}/Årsredovisning.txt", b"two") == 204
    assert computer.ask("GET", f"{CATALOGUE}/A\u030arsredovisning.txt").content == b"two"


def test_names_are_decoded_once(computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry) -> None:
    """A name with %2F in it is a name; a slash within a name is none, and leads nowhere else."""
    assert computer.put(f"{CATALOGUE}/50%2F60.txt", b"x") == 201
    assert files.names(case_worker, catalogue) == ["50%2F60.txt"]
    assert computer.ask("GET", f"{CATALOGUE}/50%2F60.txt").content == b"x"
    for raw in ("/Mina%20kataloger%2FUtredning%202026-0451", "/..%2f..%2fx", "/a%5Cb", "/%ff"):
        answer = computer.http.request(
            "PROPFIND", PATH + raw, auth=(computer.user_name, computer.secret), headers={"depth": "0"}
        )
        assert answer.status_code == 400, raw


def test_what_there_is_no_room_for_is_refused(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """The quota holds for what comes with its size and for what comes without; nothing of it is left."""
    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"quota": 1})
    sizes = "UPDATE files_entries SET stored = 999999000 WHERE id = :id"
    with files.host.transaction(organisation.id) as connection:
        connection.exec_driver_sql(sizes.replace(":id", "%(id)s"), {"id": catalogue.id})
    assert computer.put(f"{CATALOGUE}/stor.bin", b"x" * 2000) == 507
    assert computer.put(f"{CATALOGUE}/stor.bin", iter([b"x" * 900, b"x" * 900])) == 507
    assert computer.put(f"{CATALOGUE}/liten.bin", b"x" * 900) == 201
    assert files.names(case_worker, catalogue) == ["liten.bin"]
    assert files.rows("SELECT 1 FROM files_uploads") == []
    available = b'<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/></D:prop></D:propfind>'
    answer = computer.ask("PROPFIND", CATALOGUE, content=available, headers={"depth": "0"})
    assert b"quota-available-bytes>100<" in answer.content


def test_a_body_that_is_shorter_than_it_says_is_not_kept(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """Half a file is no file."""
    assert computer.put(f"{CATALOGUE}/halv.bin", b"x" * 10, headers={"content-length": "20"}) == 400
    assert files.names(case_worker, catalogue) == []


def test_windows_times_are_answered_and_not_kept(computer: Computer, files: Files, case_worker: UserActor) -> None:
    """It insists on a yes; when something was changed, the server knows."""
    catalogue = files.catalogue(case_worker, "Tider")
    files.file(case_worker, catalogue, "a.txt")
    time = "<Z:Win32LastModifiedTime>Sat, 28 Nov 2026 01:00:00 GMT</Z:Win32LastModifiedTime>"
    answer = computer.ask("PROPPATCH", f"{OWN}/Tider/a.txt", content=proppatch(time, "urn:schemas-microsoft-com:"))
    assert (answer.status_code, b"200 OK" in answer.content) == (207, True)
    assert files.rows("SELECT * FROM files_properties") == []


def proppatch(properties: str, namespace: str = "urn:x", what: str = "set") -> bytes:
    """Return the body of a PROPPATCH."""
    inside = f"<D:{what}><D:prop>{properties}</D:prop></D:{what}>"
    return f'<D:propertyupdate xmlns:D="DAV:" xmlns:Z="{namespace}">{inside}</D:propertyupdate>'.encode()


def test_properties_of_ones_own_are_kept_sealed(computer: Computer, files: Files, case_worker: UserActor) -> None:
    """They come back as they were, also in a list, and are forgotten one by one; no row has them in clear."""
    catalogue = files.catalogue(case_worker, "Tider")
    entry = files.file(case_worker, catalogue, "a.txt")
    path = f"{OWN}/Tider/a.txt"
    both = "<Z:colour>åkergrön</Z:colour><Z:shape><Z:part>rund</Z:part></Z:shape>"
    assert b"200 OK" in computer.ask("PROPPATCH", path, content=proppatch(both)).content
    for place in (path, f"{OWN}/Tider"):
        found = computer.ask("PROPFIND", place, headers={"depth": "1"}).text
        assert "åkergrön" in found
        assert "rund" in found
    (row,) = files.rows("SELECT * FROM files_properties")
    assert row.entry_id == entry.id
    assert "åkergrön".encode() not in row.properties
    computer.ask("PROPPATCH", path, content=proppatch("<Z:colour/>", what="remove"))
    found = computer.ask("PROPFIND", path, headers={"depth": "0"}).text
    assert "åkergrön" not in found
    assert "rund" in found
    assert len(files.organisation.log_entries("files.properties-changed")) == 3


def test_there_is_an_end_to_properties(computer: Computer, files: Files, case_worker: UserActor) -> None:
    """An entry keeps a little of them, a folder at the top none, and DAV's own cannot be set."""
    files.file(case_worker, files.catalogue(case_worker, "Tider"), "a.txt")
    path, much = f"{OWN}/Tider/a.txt", f"<Z:colour>{'x' * 21_000}</Z:colour>"
    assert b"507" in computer.ask("PROPPATCH", path, content=proppatch(much)).content
    assert b"403" in computer.ask("PROPPATCH", OWN, content=proppatch("<Z:colour>grön</Z:colour>")).content
    assert b"403" in computer.ask("PROPPATCH", path, content=proppatch("<D:getetag>x</D:getetag>")).content
    assert files.rows("SELECT * FROM files_properties") == []


def test_an_xml_bomb_is_refused(computer: Computer, catalogue: Entry) -> None:
    """Entities are not filled in."""
    del catalogue
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>'
    assert computer.ask("PROPFIND", OWN, content=bomb, headers={"depth": "0"}).status_code == 400
    assert computer.ask("PROPFIND", OWN, content=b"<propfind", headers={"depth": "0"}).status_code == 400
    noted = b'<propfind xmlns="DAV:"><!-- all --><prop><!-- one --><displayname/></prop></propfind>'
    assert computer.ask("PROPFIND", OWN, content=noted, headers={"depth": "0"}).status_code == 207
    assert computer.ask("PROPFIND", OWN, content=b"x" * 1_100_000, headers={"depth": "0"}).status_code == 413


def test_many_names_are_listed_with_few_statements(
    computer: Computer, files: Files, host: Host, case_worker: UserActor, catalogue: Entry, statements: Any
) -> None:
    """A listing asks no more of the database for thirty files than for three."""
    del host
    counts = []
    computer.names(CATALOGUE)  # notes that the password is used
    for count in (3, 30):
        for number in range(count):
            files.file(case_worker, catalogue, f"{count}-{number}.txt")
        with statements() as counted:
            assert len(computer.names(CATALOGUE)) >= count
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_dates_and_marks_follow_the_content(
    computer: Computer, files: Files, case_worker: UserActor, catalogue: Entry
) -> None:
    """The mark of a file changes with its version, and a condition on an old one is refused."""
    files.file(case_worker, catalogue, "a.txt", b"one")
    mark = computer.ask("HEAD", f"{CATALOGUE}/a.txt").headers["etag"]
    assert computer.put(f"{CATALOGUE}/a.txt", b"two", headers={"if-match": mark}) == 204
    assert computer.put(f"{CATALOGUE}/a.txt", b"three", headers={"if-match": mark}) == 412
    assert content(files, case_worker, catalogue, "a.txt") == b"two"
    with files.host.work(case_worker) as work:
        entry = find_named(files.host, work, catalogue, "a.txt")
        assert entry is not None
        assert find_entry(files.host, work, entry.id).version == 2
