"""The key providers of a process: the one in its settings, and those that open keys wrapped earlier or elsewhere.

Every active plugin's provider can open keys, and so can the key file if it exists. Once the keys have been moved, the
database says which provider wraps (see `keeper`); before that, the settings do.
"""

from collections.abc import Iterator
from pathlib import Path

from budkavle.model.errors import Damaged, Misconfigured
from budkavle.plugins.registry import Plugins
from budkavle.storage.key_wrapping.hybrid import PublicKey
from budkavle.storage.keys import FILE, FileKeys, GuardedKeys, KeeperUnknown, Keys, KeysUnavailable

_UNKNOWN = "Det finns ingen nyckelleverantör {name}. De som finns: {known}. Slå på tillägget, eller ändra key_provider."
_NOT_HERE = (
    "Nycklarna ligger hos nyckelleverantören {name}, som inte är påslagen här. Slå på dess tillägg, och starta om."
)
_NO_FILE = "Nycklarna är förseglade med nyckelfilen, som inte går att använda här: {error}"


class KeyRing(Keys):
    """The provider of the settings, and the others by name.

    Args:
        own: The settings' provider.
        key_file: The path of the key file, if there is one.
        plugins: The active plugins.
        recovery: The public key for which each key is wrapped once more.
    """

    def __init__(self, own: Keys, key_file: Path, plugins: Plugins, recovery: PublicKey | None = None) -> None:
        self.name = own.name
        self._own = own
        self._key_file = key_file
        self._plugins = plugins
        self.recovery = recovery

    @property
    def installation_key(self) -> bytes | None:
        """The installation's own key from the settings' provider, if none is stored."""
        return self._own.installation_key

    def of(self, name: str) -> Keys:
        """Return a provider by its name; the key file is read each time, since it may have just been created.

        Raises:
            KeeperUnknown: This process does not have it.
        """
        if name == self.name:
            return self._own
        if name == FILE:
            try:
                return FileKeys(self._key_file)
            except Misconfigured as error:
                raise KeeperUnknown(_NO_FILE, error=error) from error
        try:
            return find_provider(name, self._plugins)
        except Misconfigured as error:
            raise KeeperUnknown(_NOT_HERE, name=name) from error

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key with the settings' provider."""
        return self._own.wrap(key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap a key without a recorded provider, with the first provider that can.

        Raises:
            Damaged: All of them answer, and none can open it.
            KeysUnavailable: None can open it, and one of them does not answer.
        """
        trouble: Damaged | KeysUnavailable | None = None
        for name in self._names():
            try:
                return self.of(name).unwrap(wrapped, aad)
            except (Damaged, KeysUnavailable) as error:
                if trouble is None or isinstance(trouble, Damaged):
                    trouble = error
        raise trouble or Damaged(_NOT_HERE, name=self.name)

    def _names(self) -> Iterator[str]:
        yield self.name
        if self.name != FILE and self._key_file.exists():
            yield FILE
        yield from (name for name in self._plugins.key_providers if name != self.name)


def find_provider(name: str, plugins: Plugins) -> GuardedKeys:
    """Return a plugin's key provider, guarded.

    Raises:
        Misconfigured: No active plugin offers it.
    """
    offers = plugins.key_providers
    if name not in offers:
        raise Misconfigured(_UNKNOWN, name=name, known=", ".join([FILE, *offers]))
    return GuardedKeys(offers[name].thing, offers[name].plugin, plugins.walls)
