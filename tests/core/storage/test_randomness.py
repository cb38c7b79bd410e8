"""What is to be different each time is different, in many threads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from budkavle.storage.keys import KEY_BYTES, NONCE_BYTES, encrypt

THREADS, EACH = 16, 500


def test_no_nonce_comes_twice_in_many_threads() -> None:
    """Under one key, where all threads begin at the same moment."""
    key, together = bytes(KEY_BYTES), threading.Barrier(THREADS)

    def seal(_: int) -> list[bytes]:
        together.wait(30)
        return [encrypt(key, b"", b"")[:NONCE_BYTES] for _ in range(EACH)]

    with ThreadPoolExecutor(THREADS) as threads:
        nonces = [nonce for each in threads.map(seal, range(THREADS)) for nonce in each]
    assert len(set(nonces)) == THREADS * EACH
