"""Administration: everything of an organisation in an archive that only its receiver opens, by two administrators."""

import hashlib
import io
import json
import zipfile
from contextlib import closing
from uuid import uuid4

import pyrage
import pytest
from sqlalchemy import text

from budkavle.cases import OwnedUploads, attachments
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Forbidden, Unavailable
from budkavle.model.people import INSTALLATION, Role
from budkavle.organisation import archive, export, export_requests
from budkavle.storage import audit
from budkavle.storage.tables import metadata
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job

PIGEON = OwnedUploads("pigeon")
HERE = "/administration/organisations"
PDF = b"%PDF-1." + bytes(70_000)
PIECE = 20_000
"""Bytes in each part of an upload: the file comes in four."""


@pytest.fixture
def chief(other_organisation):
    """Who administers the installation, from the other organisation."""
    return other_organisation.add_user("Root Chef", Role.PLATFORM)


@pytest.fixture
def second(other_organisation):
    """Another one."""
    return other_organisation.add_user("Andra Chefen", Role.PLATFORM)


@pytest.fixture
def receiver():
    """The receiver's key pair."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def filled(platform, organisation, other_organisation, draft):
    """An organisation with messages, files and a log, beside another with its own."""
    case_worker = organisation.case_worker
    file = attachments.store(platform, case_worker, "bilaga-å.pdf", "application/pdf", [PDF])
    in_work(platform, case_worker, sending.send, organisation.mailbox.id, draft(attachments=(file.id,)))
    upload = in_work(platform, case_worker, PIGEON.begin, uuid4(), "karta.pdf", "application/pdf", len(PDF))
    for start in range(0, len(PDF), PIECE):
        with closing(PIGEON.receiving(platform, case_worker, upload.id, start, lambda *_: None)) as taking:
            next(taking)
            taking.send(PDF[start : start + PIECE])
    in_work(platform, case_worker, PIGEON.begin, uuid4(), "halv.pdf", "application/pdf", 1000)
    for number in range(3):
        organisation.arrive(f"Ett ärende {number}")
    other_organisation.arrive("Någon annans")
    return organisation


def opened(data, identity):
    """Open an archive as its receiver does; return its parts by name."""
    plain = io.BytesIO()
    pyrage.decrypt_io(io.BytesIO(data), plain, [identity])
    with zipfile.ZipFile(plain) as found:
        return {name: found.read(name) for name in found.namelist()}


def lines(parts, table):
    """Return the rows of a table in an archive."""
    return [json.loads(line) for line in parts[f"tables/{table}.jsonl"].splitlines()]


@pytest.mark.feature("N2")
def test_it_takes_two_administrators_and_the_receiver_has_everything(
    platform, filled, chief, second, other_organisation, browse, receiver, monkeypatch
):
    """Asked for by one, approved by another, written by a job, fetched by both; only the private key opens it."""
    monkeypatch.setattr(archive, "BATCH", 2)
    one, asker, decider = f"{HERE}/{filled.id}/export", browse(chief), browse(second)
    third = browse(other_organisation.add_user("Tredje Chefen", Role.PLATFORM))
    assert asker.post(one, why="", receiver="age1nej").status_code == 422
    request = {"why": "Organisationen flyttar.", "receiver": str(receiver.to_public())}
    assert asker.post(one, **request).headers["location"] == f"{one}?said=asked"
    assert asker.post(one, **request).status_code == 409
    assert asker.post(one, answer="approve").status_code == 403
    assert do_job(platform, "core.exports") == 0
    assert asker.post(f"{one}/file").status_code == 404
    assert str(receiver.to_public()) in decider.get(one).text
    assert decider.post(one, answer="approve").status_code == 303
    assert asker.post(f"{one}/file").status_code == 404
    assert do_job(platform, "core.exports") == 1
    assert third.post(f"{one}/file").status_code == 403
    assert third.post(one, answer="end").status_code == 403
    assert decider.post(f"{one}/file").status_code == 200
    answer = asker.post(f"{one}/file")
    assert answer.headers["content-disposition"] == f'attachment; filename="{filled.slug}.zip.age"'
    assert b"Ett \xc3\xa4rende" not in answer.content
    with pytest.raises(pyrage.DecryptError):
        opened(answer.content, pyrage.x25519.Identity.generate())
    parts = opened(answer.content, receiver)
    check_manifest(parts, filled)
    check_content(platform, parts, filled, other_organisation)
    log = list(audit.entries(platform.database, INSTALLATION))
    names = {entry.kind: entry.actor for entry in log}
    assert names["organisation.export-asked"] == "Root Chef"
    assert names["organisation.export-approved"] == "Andra Chefen"
    assert filled.log_kinds()[-5:] == [
        f"organisation.export-{step}" for step in ("asked", "approved", "written", "fetched", "fetched")
    ]


def check_manifest(parts, organisation):
    """Each part is listed with its size, rows and hash; nothing else is there."""
    manifest = json.loads(parts.pop("manifest.json"))
    assert manifest["format"] == 1
    assert manifest["organisation"]["slug"] == organisation.slug
    assert (manifest["asked_by"], manifest["approved_by"]) == ("Root Chef", "Andra Chefen")
    assert {part["name"] for part in manifest["parts"]} == set(parts)
    for part in manifest["parts"]:
        assert part["sha256"] == hashlib.sha256(parts[part["name"]]).hexdigest()
        assert part["size"] == len(parts[part["name"]])
        if "rows" in part:
            assert part["rows"] == parts[part["name"]].count(b"\n")
    assert {"sessions", "users.password_hash"} <= set(manifest["left_out"])
    assert manifest["missing_files"] == []


def check_content(platform, parts, organisation, other):
    """Every message, file, user and entry is there in clear, and nothing of another organisation, no secret."""
    for table in metadata.sorted_tables:
        if "organisation_id" in table.c and table.name not in archive.LEFT_OUT_TABLES | {"audit_log", "audit_heads"}:
            assert len(lines(parts, table.name)) == organisation.rows(f"SELECT count(*) FROM {table.name}")[0][0], table
    messages = lines(parts, "messages")
    assert sum("Ett ärende" in json.dumps(row["head"], ensure_ascii=False) for row in messages) == 3
    assert all(isinstance(row["body"], dict) for row in messages)
    (file,) = [row for row in lines(parts, "attachments") if row["name"] == "bilaga-å.pdf"]
    assert parts[f"attachments/{file['id']}"] == PDF
    (owned,) = [row for row in lines(parts, "owned_files") if row["name"] == "karta.pdf"]
    assert [parts[name] for name in parts if name.startswith("owned_files/")] == [PDF]
    assert f"owned_files/{owned['id']}" in parts
    assert organisation.case_worker.name in {row["name"] for row in lines(parts, "users")}
    assert all("password_hash" not in row for row in lines(parts, "users"))
    entries = lines(parts, "audit_log")
    assert [row["number"] for row in entries] == list(range(1, len(entries) + 1))
    stored = organisation.rows("SELECT encode(hash, 'base64') FROM audit_log ORDER BY number")
    assert [row["hash"] for row in entries] == [row[0] for row in stored][: len(entries)]
    everything = b"".join(parts.values())
    assert str(other.id).encode() not in everything
    assert "Någon annans".encode() not in everything


@pytest.mark.feature("N2")
def test_every_sealed_column_of_the_core_is_opened_or_left_out():
    """A new column of bytes is thought of: it is opened, plain, or left out."""
    for table in metadata.sorted_tables:
        if "organisation_id" not in table.c or table.name in archive.LEFT_OUT_TABLES | archive.PLAIN_BYTES:
            continue
        known = {*archive.SMALL.get(table.name, ()), *archive.PARTS.get(table.name, ())}
        known |= archive.LEFT_OUT.get(table.name, set())
        assert {c.name for c in table.c if c.type.python_type is bytes} <= known, table.name


@pytest.mark.feature("N2")
def test_a_writer_that_dies_leaves_no_file_and_the_next_begins_anew(platform, filled, chief, second, receiver):
    """Half a file is never shown; the request stays approved."""
    export_requests.ask_export(platform, chief, filled.id, "Flytt", str(receiver.to_public()))
    export_requests.approve_export(platform, second, filled.id)
    before = set(platform.blobs.names(filled.id))

    def half(self):
        yield b"half"
        raise Unavailable("Borta")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive.Archive, "pieces", half)
        with pytest.raises(Unavailable):
            export.run_exports(platform)
    assert set(platform.blobs.names(filled.id)) == before
    assert export_requests.current_export(platform, chief, filled.id).file is None
    assert export.run_exports(platform) == 1
    data = b"".join(export_requests.read_export(platform, chief, filled.id))
    assert "manifest.json" in opened(data, receiver)


@pytest.mark.feature("N2")
def test_the_file_is_gone_after_seven_days_or_when_taken_away(platform, filled, chief, second, receiver):
    """A job deletes it; so does one of the two."""
    before = set(platform.blobs.names(filled.id))
    for ending in ("job", "hand"):
        export_requests.ask_export(platform, chief, filled.id, "Flytt", str(receiver.to_public()))
        with pytest.raises(Forbidden):
            export_requests.approve_export(platform, chief, filled.id)
        export_requests.approve_export(platform, second, filled.id)
        with pytest.raises(Conflict):
            export_requests.end_export(platform, second, filled.id)
        assert export.run_exports(platform) == 1
        assert len(set(platform.blobs.names(filled.id)) - before) == 1
        if ending == "job":
            with platform.database.transaction(None) as connection:
                connection.execute(text("UPDATE exports SET expires_at = now() WHERE state = 'DONE'"))
            assert export_requests.current_export(platform, chief, filled.id) is None
            assert export.run_exports(platform) == 1
        else:
            export_requests.end_export(platform, second, filled.id)
        assert set(platform.blobs.names(filled.id)) == before
        assert export_requests.current_export(platform, chief, filled.id) is None


@pytest.mark.feature("N2")
def test_nobody_else_comes_near_it(platform, filled, chief, other_organisation, browse, receiver):
    """Routes by role, and for an organisation that is not there."""
    export_requests.ask_export(platform, chief, filled.id, "Flytt", str(receiver.to_public()))
    for user in (filled.administrator, filled.case_worker, other_organisation.administrator):
        browser, one = browse(user), f"{HERE}/{filled.id}/export"
        assert browser.get(one).status_code == 403
        for form in ({"answer": "approve"}, {"answer": "end"}, {"why": "x", "receiver": str(receiver.to_public())}):
            assert browser.post(one, **form).status_code == 403
        assert browser.post(f"{one}/file").status_code == 403
    browser, nowhere = browse(chief), f"{HERE}/{uuid4()}/export"
    assert browser.get(nowhere).status_code == 404
    assert browser.post(nowhere, answer="approve").status_code == 404
    assert browser.post(f"{nowhere}/file").status_code == 404


@pytest.mark.feature("N2")
def test_an_organisation_that_is_being_removed_is_not_exported(platform, filled, chief, second, receiver):
    """What was approved before fails, leaves no file, and is not tried again."""
    export_requests.ask_export(platform, chief, filled.id, "Flytt", str(receiver.to_public()))
    export_requests.approve_export(platform, second, filled.id)
    before = set(platform.blobs.names(filled.id))
    filled.rows("UPDATE organisations SET state = 'removing' RETURNING 1")
    assert export.run_exports(platform) == 1
    assert set(platform.blobs.names(filled.id)) == before
    assert export.run_exports(platform) == 0
    assert export_requests.current_export(platform, chief, filled.id) is None


@pytest.mark.feature("N2")
@pytest.mark.parametrize("fault", [RuntimeError("odd"), Unavailable("Borta")])
def test_one_that_fails_stops_no_other(
    platform, filled, chief, second, other_organisation, receiver, monkeypatch, fault
):
    """Whatever it is, the others are written; the next run tries it again."""
    write = export.write_export
    for organisation in (filled, other_organisation):
        export_requests.ask_export(platform, chief, organisation.id, "Flytt", str(receiver.to_public()))
        export_requests.approve_export(platform, second, organisation.id)
    broken = {export_requests.approved_exports(platform)[0].organisation_id}

    def write_or_fail(platform, request):
        if request.organisation_id in broken:
            raise fault
        write(platform, request)

    monkeypatch.setattr(export, "write_export", write_or_fail)
    with pytest.raises(type(fault)):
        export.run_exports(platform)
    assert [request.organisation_id for request in export_requests.approved_exports(platform)] == [*broken]
    broken.clear()
    assert export.run_exports(platform) == 1
