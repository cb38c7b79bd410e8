"""A delivery proof in which anything at all has been altered is found out."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from budkavle import DeliveryState
from budkavle_proof.verify_proof import Report, digest, fingerprint, lines, verify, written


def judged(content: bytes) -> Report:
    return verify(content)[0]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON document where something stands."""
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def altered(proof: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any], Any]) -> dict[str, Any]:
    made = copy.deepcopy(proof)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = change(place[path[-1]])
    return made


def without(proof: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    made = copy.deepcopy(proof)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return made


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return None if value is not None else "x"


@pytest.mark.feature("Z1")
def test_every_altered_field_is_found(proofs: Any) -> None:
    """Each value changed, and each taken away, however deep it lies, in a file that is well written."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED)
    proof = json.loads(proofs.proof(message))
    tried = 0
    for path in places(proof):
        assert not judged(written(altered(proof, path, other))).genuine, path
        if isinstance(path[-1], str):
            gone = without(proof, path)
            assert not judged(written(gone)).genuine, path
        tried += 1
    assert tried > 60


def test_every_altered_byte_is_found(proofs: Any) -> None:
    """Also white space, the order of keys, a key twice, and what stands after the end."""
    content = proofs.proof(proofs.send())
    step = max(1, len(content) // 400)
    for place in range(0, len(content), step):
        for bit in (1, 0x20):
            changed = bytes([content[place] ^ bit])
            assert not judged(content[:place] + changed + content[place + 1 :]).genuine, place
    for odd in (content + b" ", content[:-1], b" " + content, json.dumps(json.loads(content)).encode(), b"", b"[]"):
        assert not judged(odd).genuine
    twice = content.replace(b'{\n "format"', b'{\n "format": "x",\n "format"', 1)
    assert twice != content
    assert not judged(twice).genuine


@pytest.mark.parametrize("odd", [b"\xff", b"null", b'"x"', b"{}", b"[" * 5000, b'{"format": 1}', b"1e999"])
def test_what_is_no_proof_is_told_in_a_line(odd: bytes) -> None:
    """No traceback, whatever the file holds."""
    (line,) = lines(judged(odd), "en")
    assert line.startswith("NOT GENUINE. ")


def test_another_key_is_found(proofs: Any) -> None:
    """A forger may sign all of it with a key of his own: it fits itself, and not the fingerprint that was told."""
    proof = json.loads(proofs.proof(proofs.send()))
    real = fingerprint(proof["statement"]["key"])
    forged = forge(proof)
    report, _ = verify(written(forged))
    assert report.genuine
    assert any("Vems nyckeln är" in one[0] for one in report.unproven)
    wrong, nothing = verify(written(forged), key=real)
    assert not wrong.genuine
    assert nothing == {}
    assert "en annan än den du angav" in lines(wrong, "sv")[0]


def forge(proof: dict[str, Any]) -> dict[str, Any]:
    """Sign a proof anew with another key, all hashes right."""
    made, key = copy.deepcopy(proof), Ed25519PrivateKey.generate()
    organisation = made["statement"]["organisation"]["id"]
    made["statement"]["key"] = key.public_key().public_bytes_raw().hex()

    def sign(row: dict[str, Any]) -> None:
        number = str(row["number"]).encode()
        head = hashlib.sha256(bytes.fromhex(row["before"]) + number + row["entry"].encode()).digest()
        row["hash"] = head.hex()
        row["signature"] = key.sign(b"|".join((b"budkavle-audit-1", organisation.encode(), number, head))).hex()

    for row in made["log"]:
        sign(row)
    entry = json.loads(made["head"]["entry"])
    entry["facts"]["sha256"] = digest(made)
    made["head"]["entry"] = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    made["head"]["before"] = (
        made["log"][-1]["hash"] if made["head"]["number"] == made["log"][-1]["number"] + 1 else made["head"]["before"]
    )
    sign(made["head"])
    return made


def test_rows_of_another_message_do_not_pass(proofs: Any) -> None:
    """A genuine row of the same log, about something else, has no place in the proof."""
    one, two = proofs.send(), proofs.send()
    first, second = json.loads(proofs.proof(one)), json.loads(proofs.proof(two))
    first["log"] = sorted([*first["log"], *second["log"]], key=lambda row: int(row["number"]))
    assert not judged(written(first)).genuine
