"""The root of the key store: the list of blocks with the key of each, sealed as a whole.

A block whose slots are all destroyed stays in the root without a key, so that destroyed and lost slots can be told
apart.
"""

import os
import struct
from dataclasses import dataclass, field

from budkavle.model.errors import Damaged
from budkavle.storage.keys import KEY_BYTES, decrypt, encrypt

NO_KEY = bytes(KEY_BYTES)
"""The key of a block whose slots are all destroyed."""
_AAD = b"budkavle|key-store|root|1"
_HEAD = struct.Struct(">16sQ")
_ENTRY = struct.Struct(">q32s")


@dataclass(frozen=True, slots=True, repr=False)
class Root:
    """The content of the root.

    Attributes:
        store: The id of this key store.
        generation: How often the root has been replaced.
        keys: The key of each block, by the block's number.
    """

    store: bytes = field(default_factory=lambda: os.urandom(16))
    generation: int = 0
    keys: dict[int, bytes] = field(default_factory=dict)

    def seal(self, key: bytes) -> bytes:
        """Return the root sealed, for writing."""
        entries = b"".join(_ENTRY.pack(number, block_key) for number, block_key in self.keys.items())
        return encrypt(key, _HEAD.pack(self.store, self.generation) + entries, _AAD)

    @classmethod
    def open(cls, key: bytes, sealed: bytes) -> "Root":
        """Read what `seal` wrote.

        Raises:
            Damaged: It was sealed under another key, or altered.
        """
        plain = decrypt(key, sealed, _AAD)
        try:
            store, generation = _HEAD.unpack_from(plain)
            return cls(store, generation, dict(_ENTRY.iter_unpack(plain[_HEAD.size :])))
        except struct.error as error:
            raise Damaged("Nyckellagrets rot går inte att läsa.") from error
