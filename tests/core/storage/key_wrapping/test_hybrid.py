"""Wrapping for a recovery key: the private half alone opens it, untouched, and both of its kinds are needed."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from budkavle.model.errors import Damaged, Misconfigured
from budkavle.storage.key_wrapping import hybrid
from budkavle.storage.key_wrapping.hybrid import PrivateKey, PublicKey

VECTOR = Path(__file__).with_name("xwing_vector.txt")
KEY = b"k" * 32
HKDF_SHA256, AES_256_GCM, CHACHA20_POLY1305 = 1, 2, 3


def vector() -> dict[str, bytes]:
    """The published example, by the names that it has there."""
    text = VECTOR.read_text("ascii").split("\n\n", 1)[1].replace("\n ", "")
    return {name: bytes.fromhex(value) for name, value in (line.split() for line in text.splitlines())}


def xwing(private: bytes, enc: bytes) -> bytes:
    """Decapsulate by the draft's own words, from the two algorithms and SHA-3."""
    classical = X25519PrivateKey.from_private_bytes(private[64:])
    of_mlkem = MLKEM768PrivateKey.from_seed_bytes(private[:64]).decapsulate(enc[:1088])
    of_x25519 = classical.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    own = classical.public_key().public_bytes_raw()
    return hashlib.sha3_256(of_mlkem + of_x25519 + enc[1088:] + own + rb"\.//^" + b"\\").digest()


def schedule(secret: bytes, aead: int, info: bytes) -> tuple[bytes, bytes]:
    """Return key and nonce of the first message (RFC 9180, section 5.1)."""
    suite = b"HPKE" + (0x647A).to_bytes(2, "big") + HKDF_SHA256.to_bytes(2, "big") + aead.to_bytes(2, "big")

    def extract(salt: bytes, label: bytes, value: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + suite + label + value, "sha256")

    def expand(key: bytes, label: bytes, value: bytes, length: int) -> bytes:
        whole = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + value
        return hmac.digest(key, whole + b"\x01", "sha256")[:length]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    shared = extract(secret, b"secret", b"")
    return expand(shared, b"key", context, 32), expand(shared, b"base_nonce", context, 12)


def raw(private: PrivateKey) -> bytes:
    return private._raw


def test_our_reading_of_the_drafts_opens_their_own_example() -> None:
    """The combiner and the key schedule as they are written down, from the primitives."""
    example = vector()
    private = hashlib.shake_256(example["skRm"]).digest(96)
    secret = xwing(private, example["enc"])
    assert secret == example["shared_secret"]
    key, nonce = schedule(secret, CHACHA20_POLY1305, example["info"])
    assert ChaCha20Poly1305(key).decrypt(nonce, example["ct"], example["aad"]) == example["pt"]


def test_what_we_wrap_opens_by_that_reading() -> None:
    """So the stored format is RFC 9180 with X-Wing and no dialect of a library; its head and the purpose are bound."""
    private = PrivateKey.make()
    wrapped = private.public.wrap(KEY, b"purpose")
    head, enc, sealed = wrapped[:9], wrapped[9:1129], wrapped[1129:]
    public = private.public._raw
    assert head == b"\x01" + hashlib.sha256(public).digest()[:8]
    key, nonce = schedule(xwing(raw(private), enc), AES_256_GCM, b"budkavle/recovery/1|" + head + b"purpose")
    assert AESGCM(key).decrypt(nonce, sealed, b"") == KEY


@pytest.mark.feature("ZS8")
def test_the_private_half_alone_opens_it_and_for_its_purpose_alone() -> None:
    """Twice the same key does not look the same; another pair, another purpose and another suite are refused."""
    private, other = PrivateKey.make(), PrivateKey.make()
    wrapped = private.public.wrap(KEY, b"a")
    assert private.unwrap(wrapped, b"a") == KEY
    assert wrapped != private.public.wrap(KEY, b"a")
    assert KEY not in wrapped
    for opens, value, aad in (
        (private, wrapped, b"b"),
        (other, wrapped, b"a"),
        (other, other.public.head + wrapped[9:], b"a"),
        (private, b"\x02" + wrapped[1:], b"a"),
        (private, b"", b"a"),
    ):
        with pytest.raises(Damaged, match="inte gjord för den här"):
            opens.unwrap(value, aad)


def test_any_changed_byte_and_any_cut_is_refused() -> None:
    """Each of its bytes, and each length that it might be cut to."""
    private = PrivateKey.make()
    wrapped = private.public.wrap(KEY, b"a")
    for place in range(len(wrapped)):
        changed = wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]
        for value in (changed, wrapped[:place]):
            with pytest.raises(Damaged):
                private.unwrap(value, b"a")
    with pytest.raises(Damaged):
        private.unwrap(wrapped + b"\x00", b"a")


@pytest.mark.parametrize("half", [slice(0, 64), slice(64, 96)])
def test_both_kinds_of_key_are_needed(half: slice) -> None:
    """Who has the X25519 half and guesses the other opens nothing, and the other way round."""
    private = PrivateKey.make()
    wrapped = private.public.wrap(KEY, b"a")
    broken = bytearray(raw(private))
    broken[half] = os.urandom(len(broken[half]))
    guess = PrivateKey(bytes(broken))
    guess.public = private.public  # the head is no secret
    with pytest.raises(Damaged):
        guess.unwrap(wrapped, b"a")


def test_keys_are_read_as_they_were_written(tmp_path: Path) -> None:
    """The private one for its owner alone; neither replaces a file, and neither is taken for the other."""
    private, path, public = PrivateKey.make(), tmp_path / "private", tmp_path / "public"
    private.write(path)
    private.public.write(public)
    assert path.stat().st_mode & 0o077 == 0
    assert PrivateKey.read(path).unwrap(PublicKey.read(public).wrap(KEY, b"a"), b"a") == KEY
    with pytest.raises(FileExistsError):
        private.write(path)
    word = base64.b64encode(b"x" * 10).decode()
    (tmp_path / "short").write_text(f"budkavle-recovery-public-1 {word}\n")
    (tmp_path / "words").write_text("budkavle-recovery-public-1 å\n")
    for wrong in (path, tmp_path / "short", tmp_path / "words", tmp_path / "none"):
        with pytest.raises(Misconfigured, match="ingen återställningsnyckel"):
            PublicKey.read(wrong)
    with pytest.raises(Misconfigured, match="make-recovery"):
        PrivateKey.read(public)


@pytest.mark.parametrize("fault", [ImportError, AttributeError])
def test_a_library_without_it_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, fault: type[Exception]) -> None:
    """As older versions of it are, and those that were built with an older OpenSSL."""

    def missing(seed: bytes) -> None:
        raise fault

    monkeypatch.setattr(MLKEM768PrivateKey, "from_seed_bytes", missing)
    with pytest.raises(Misconfigured, match=r"version 48 med OpenSSL 3\.5"):
        hybrid.PrivateKey.make()
