"""What a plugin tells of its health."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from budkavle.model.sentences import Sentence
from budkavle.networks import is_own_machine
from budkavle.plugins.protocols.base import MaybeAsync

PLAINTEXT = "plaintext"
"""The open default of a connection without encryption to another machine."""


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of a health check: a sentence that an administrator understands."""

    name: str
    ok: bool
    sentence: str
    """In Swedish, a translation key, with `{fact}` where a fact goes in."""
    remedy: str = ""
    """What to do when it is not well."""
    facts: Mapping[str, object] = field(default_factory=dict)
    notable: bool = False
    """Whether somebody should know of it although it is `ok`; it is not shown as well then."""
    default: str = ""
    """Names what the settings leave open, where the answer is about that: see `HealthCheck.at_start`."""

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return Sentence(self.sentence, **self.facts)

    @classmethod
    def unencrypted(cls, name: str, setting: str, host: str) -> "list[Health]":
        """Return what a check `at_start` says of a connection that has no encryption.

        Args:
            name: What the answer is called.
            setting: The setting that says where it goes, such as `plugins.sms.smpp`.
            host: Where it goes; nothing is said of this machine itself, nor of nowhere.

        Returns:
            Nothing, or one answer with the default `plaintext`.
        """
        if is_own_machine(host):
            return []
        sentence = "Det som går till {host} ({setting}) är inte krypterat, och kan läsas och ändras på vägen."
        remedy = "Slå på TLS där, eller låt den andra änden vara på samma dator."
        return [cls(name, True, sentence, remedy, {"host": host, "setting": setting}, True, PLAINTEXT)]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A named question about health, per organisation (None: about the installation).

    Attributes:
        name: What it is called, after the plugin's name.
        check: Answers it.
        at_start: Whether it is asked before an installation starts that others than its own machine reach. An answer
            that names a `default` stops the start, unless `accepted` in the settings has it as
            `PLUGIN.DEFAULT`. Such a check asks nobody else and takes no time.
    """

    name: str
    check: Callable[[UUID | None], MaybeAsync[Iterable[Health]]]
    at_start: bool = False
