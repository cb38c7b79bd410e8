"""Our private key, read from its file at each use but loaded once: OpenSSL checks it for a tenth of a second."""

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from budkavle_eid.claims import Refused


def private_key(file: Path) -> RSAPrivateKey:
    """Return the key that is in a file (PEM) now.

    Raises:
        Refused: It is not an RSA key.
    """
    return _loaded(file.read_bytes())


@lru_cache(maxsize=16)
def _loaded(pem: bytes) -> RSAPrivateKey:
    key = load_pem_private_key(pem, None)
    if not isinstance(key, RSAPrivateKey):
        raise Refused("key-not-rsa")
    return key
