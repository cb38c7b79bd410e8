"""What a key provider promises: it wraps and opens the keys of organisations."""

from typing import Protocol, runtime_checkable

from budkavle.plugins.protocols.base import MaybeAsync


@runtime_checkable
class KeyProvider(Protocol):
    """Keeps the key above all others, in a PKCS#11 module, a key service or a file, and wraps other keys with it.

    The installation has one, chosen by `key_provider` in the settings. It wraps the key of each organisation, and one
    of the installation itself; everything else is sealed under those. A process unwraps each of them once and keeps it
    in memory. The core calls it in a thread of the plugin's own, and waits 10 seconds. What it then raises, or does not
    answer, is `Unavailable` to whoever reads or writes: nothing is sealed with another key, and the health page says
    so.

    Attributes:
        name: What the settings call it.
    """

    name: str

    def wrap(self, key: bytes, aad: bytes) -> MaybeAsync[bytes]:
        """Seal a key so that only this provider opens it.

        Args:
            key: 32 bytes; never in a log or an error.
            aad: What the key belongs to. It is authenticated with the key and need not be kept.

        Returns:
            What `unwrap` opens, for as long as the installation lives. It is stored in the database.

        Raises:
            Unavailable: It cannot be done now. A sentence may say why.
        """
        ...

    def unwrap(self, wrapped: bytes, aad: bytes) -> MaybeAsync[bytes]:
        """Open what `wrap` sealed.

        Args:
            wrapped: What `wrap` returned.
            aad: The same as then.

        Raises:
            Damaged: It was altered, sealed under another key, or belongs to something else. Raise it only where that is
                certain: it says that the stored bytes or the chosen key are wrong.
            Unavailable: It cannot be done now.
        """
        ...
