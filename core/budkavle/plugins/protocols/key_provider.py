"""The Protocol of a key provider, which wraps and unwraps the keys of organisations."""

from typing import Protocol, runtime_checkable

from budkavle.plugins.protocols.base import MaybeAsync


@runtime_checkable
class KeyProvider(Protocol):
    """Keeps the master key, in a PKCS#11 module, a key service or a file, and wraps other keys with it.

    The installation has one, chosen by `key_provider` in the settings. It wraps the key of each organisation, and one
    of the installation itself; everything else is sealed under those. A process unwraps each of them once and keeps it
    in memory. The core calls it in a thread of the plugin's own, with a timeout of 10 seconds. An error or a
    timeout becomes `Unavailable` for the read or write: nothing is sealed with another key, and the health page says
    so.

    Attributes:
        name: Its name in the settings.
    """

    name: str

    def wrap(self, key: bytes, aad: bytes) -> MaybeAsync[bytes]:
        """Wrap a key so that only this provider can unwrap it.

        Args:
            key: 32 bytes; must never appear in a log or an error.
            aad: What the key belongs to. It is authenticated with the key and need not be stored.

        Returns:
            The wrapped key, which `unwrap` must accept for the installation's whole lifetime. The core stores it in the
            database.

        Raises:
            Unavailable: The provider cannot do it now. A sentence may say why.
        """
        ...

    def unwrap(self, wrapped: bytes, aad: bytes) -> MaybeAsync[bytes]:
        """Unwrap a key that `wrap` wrapped.

        Args:
            wrapped: What `wrap` returned.
            aad: The same as for `wrap`.

        Raises:
            Damaged: It was altered, wrapped under another key, or belongs to something else. Raise it only if that is
                certain: it says that the stored bytes or the chosen key are wrong.
            Unavailable: The provider cannot do it now.
        """
        ...
