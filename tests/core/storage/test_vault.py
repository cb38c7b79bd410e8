"""What is sealed opens only where it belongs, and not at all once its key is destroyed."""

import stat
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from budkavle.model.errors import Misconfigured, NotFound
from budkavle.model.people import Organisation
from budkavle.storage.keys import decrypt, encrypt
from budkavle.storage.platform import Platform
from budkavle.storage.tables import content_keys, organisation_keys
from budkavle.storage.vault import Damaged, FileKeys, Vault


def test_parts_open_in_the_order_asked(platform: Platform, organisation: Organisation) -> None:
    """Parts of many messages open with one query, each to what was sealed."""
    owners = [uuid4() for _ in range(3)]
    with platform.database.transaction(organisation.id) as connection:
        sealed = {
            o: platform.vault.seal(connection, organisation.id, o, {"head": o.bytes, "body": b""}) for o in owners
        }
        wanted = [(o, part, sealed[o][part]) for part in ("body", "head") for o in reversed(owners)]
        opened = platform.vault.open(connection, organisation.id, wanted)
        assert platform.vault.open(connection, organisation.id, []) == []
    assert opened == [b"", b"", b"", *(o.bytes for o in reversed(owners))]


def test_a_destroyed_key_opens_nothing_for_ever(platform: Platform, organisation: Organisation) -> None:
    """After destroy the ciphertext is noise, and only that owner's."""
    gone, kept = uuid4(), uuid4()
    with platform.database.transaction(organisation.id) as connection:
        parts = {"head": b"hemligt", "body": b"mer"}
        sealed = {o: platform.vault.seal(connection, organisation.id, o, parts) for o in (gone, kept)}
        assert platform.vault.destroy(connection, organisation.id, gone) == 2
        opened = platform.vault.open(
            connection, organisation.id, [(o, "head", sealed[o]["head"]) for o in (gone, kept)]
        )
        assert platform.vault.destroy(connection, organisation.id, gone) == 0
    assert opened == [None, b"hemligt"]


def test_a_value_moved_to_another_row_does_not_open(platform: Platform, organisation: Organisation) -> None:
    """Neither a ciphertext nor a wrapped key works under another owner or part."""
    one, other = uuid4(), uuid4()
    with platform.database.transaction(organisation.id) as connection:
        sealed = platform.vault.seal(connection, organisation.id, one, {"head": b"x", "body": b"y"})
        platform.vault.seal(connection, organisation.id, other, {"head": b"z"})
        for owner, part in ((other, "head"), (one, "body")):
            with pytest.raises(Damaged):
                platform.vault.open(connection, organisation.id, [(owner, part, sealed["head"])])
        connection.execute(delete(content_keys).where(content_keys.c.owner_id == other))
        connection.execute(
            update(content_keys)
            .where(content_keys.c.owner_id == one, content_keys.c.part == "head")
            .values(owner_id=other)
        )
        with pytest.raises(Damaged):
            platform.vault.open(connection, organisation.id, [(other, "head", sealed["head"])])


def test_sealing_a_part_again_replaces_its_key(platform: Platform, organisation: Organisation) -> None:
    """A draft that is saved twice opens to the later text, and the earlier ciphertext no more."""
    owner = uuid4()
    with platform.database.transaction(organisation.id) as connection:
        first, second = (platform.vault.seal(connection, organisation.id, owner, {"b": t})["b"] for t in (b"1", b"2"))
        assert platform.vault.open(connection, organisation.id, [(owner, "b", second)]) == [b"2"]
        with pytest.raises(Damaged):
            platform.vault.open(connection, organisation.id, [(owner, "b", first)])


def test_a_new_version_of_the_key_opens_the_old(platform: Platform, organisation: Organisation) -> None:
    """After rotation old values open, new ones are under the new version, and index and signatures stay."""
    vault, tenant = platform.vault, organisation.id
    owner = uuid4()
    with platform.database.transaction(tenant) as connection:
        sealed = vault.seal(connection, tenant, owner, {"head": b"x"})["head"]
    small, words, public = (
        vault.seal_small(tenant, "l", b"y"),
        vault.word_hashes(tenant, ["hej"]),
        vault.public_key(tenant),
    )
    with platform.database.transaction(tenant) as connection:
        vault.create_organisation_key(connection, tenant)
    vault.forget()
    assert vault.open_small(tenant, "l", small) == b"y"
    assert vault.seal_small(tenant, "l", b"y")[:2] == b"\0\2"
    assert (vault.word_hashes(tenant, ["hej"]), vault.public_key(tenant)) == (words, public)
    with platform.database.transaction(tenant) as connection:
        assert vault.open(connection, tenant, [(owner, "head", sealed)]) == [b"x"]


def test_small_things_open_under_their_label_only(platform: Platform, organisation: Organisation) -> None:
    """A sealed name is bound to what it is."""
    sealed = platform.vault.seal_small(organisation.id, "file-name", b"brev.pdf")
    assert platform.vault.open_small(organisation.id, "file-name", sealed) == b"brev.pdf"
    with pytest.raises(Damaged):
        platform.vault.open_small(organisation.id, "recipient", sealed)
    sealed = platform.vault.seal_installation("flow", b"x")
    assert platform.vault.open_installation("flow", sealed) == b"x"
    with pytest.raises(Damaged):
        platform.vault.open_installation("other", sealed)


@pytest.mark.feature("Z12")
def test_word_hashes_differ_between_organisations(platform: Platform, organisation: Organisation) -> None:
    """The blind index is keyed: the same word gives another number elsewhere, and all fit a bigint."""
    other = uuid4()
    with platform.database.transaction(other) as connection:
        platform.vault.create_organisation_key(connection, other)
    mine, theirs = (platform.vault.word_hashes(tenant, ["vård", "ärende"]) for tenant in (organisation.id, other))
    assert not set(mine) & set(theirs)
    assert all(0 <= number < 2**63 for number in (*mine, *theirs))


def test_without_the_master_key_nothing_opens(platform: Platform, organisation: Organisation, tmp_path: Path) -> None:
    """Another master key, as of a thief of the database, opens no organisation's key."""
    stranger = Vault(FileKeys.make(tmp_path / "other.key"), platform.database)
    with pytest.raises(Damaged):
        stranger.public_key(organisation.id)


def test_an_organisation_without_a_key_is_not_found(platform: Platform) -> None:
    """The error says what is missing."""
    with pytest.raises(NotFound, match="nyckel"):
        platform.vault.seal_small(uuid4(), "l", b"x")


def test_no_key_lies_open_in_the_database(platform: Platform, organisation: Organisation) -> None:
    """The organisation's key is wrapped: 32 bytes, nonce and tag."""
    with platform.database.transaction(organisation.id) as connection:
        (wrapped,) = connection.execute(organisation_keys.select()).all()
    assert len(wrapped.wrapped) == 12 + 32 + 16


def test_the_master_key_is_made_once_by_two_processes(tmp_path: Path) -> None:
    """However many start at once, all read the same file, which only its owner can read."""
    path = tmp_path / "keys" / "master.key"
    code = "import sys; from pathlib import Path; from budkavle.storage.keys import FileKeys;"
    code += "print(FileKeys.make(Path(sys.argv[1])).wrap(b'x' * 32, b'').hex())"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    wrapped = [process.communicate(timeout=60)[0].strip() for process in processes]
    keys = FileKeys(path)
    assert {keys.unwrap(bytes.fromhex(one), b"") for one in wrapped} == {b"x" * 32}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_a_wrong_key_file_is_refused(tmp_path: Path) -> None:
    """What is no key, or may be written by others, is told with the file's name."""
    path = tmp_path / "master.key"
    path.write_text("abc")
    with pytest.raises(Misconfigured, match=r"master\.key ska innehålla 64"):
        FileKeys(path)
    path.write_text("00" * 32)
    path.chmod(0o666)
    with pytest.raises(Misconfigured, match="chmod 600"):
        FileKeys(path)


@given(st.binary(max_size=200), st.binary(max_size=20), st.data())
@settings(max_examples=50)
def test_any_changed_bit_is_found(plain: bytes, aad: bytes, data: st.DataObject) -> None:
    """Whatever byte of a sealed value is changed or cut off, it does not open."""
    key = b"k" * 32
    sealed = encrypt(key, plain, aad)
    assert decrypt(key, sealed, aad) == plain
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(changed), sealed[:place], sealed + b"\0"):
        with pytest.raises(Damaged):
            decrypt(key, bad, aad)


def test_a_subject_is_hashed_with_the_master_key(tmp_path: Path) -> None:
    """The same for the same words, in all organisations; different words, and another installation, differ."""
    one, other = (Vault(FileKeys.make(tmp_path / name)) for name in ("a.key", "b.key"))
    known = one.subject_hash("personnummer", "199001012385")
    assert known == Vault(FileKeys(tmp_path / "a.key")).subject_hash("personnummer", "199001012385")
    others = [one.subject_hash("bankid", "199001012385"), one.subject_hash("personnummer1", "99001012385")]
    assert len({known, *others}) == 3
    assert known != other.subject_hash("personnummer", "199001012385")
