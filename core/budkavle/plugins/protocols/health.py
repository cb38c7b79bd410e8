"""The health checks of a plugin, and their results."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from budkavle.model.sentences import Sentence
from budkavle.networks import is_own_machine
from budkavle.plugins.protocols.base import MaybeAsync

PLAINTEXT = "plaintext"
"""The name of the unsafe default "a connection without encryption to another machine"."""


@dataclass(frozen=True, slots=True)
class Health:
    """The result of a health check: a sentence that an administrator understands.

    Attributes:
        sentence: In Swedish, a translation key, with `{fact}` where a fact goes in.
        remedy: What to do if something is wrong.
        notable: Whether an administrator should know of it although it is `ok`; the page marks it as information.
        default: The name of the unsafe default that the result is about, if any: see `HealthCheck.at_start`.
    """

    name: str
    ok: bool
    sentence: str
    remedy: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    notable: bool = False
    default: str = ""

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return Sentence(self.sentence, **self.facts)

    @classmethod
    def unencrypted(cls, name: str, setting: str, host: str) -> "list[Health]":
        """Return the result of an `at_start` check for a connection without encryption.

        Args:
            name: The name of the result.
            setting: The setting that names the host, such as `plugins.sms.smpp`.
            host: The host; this machine and an empty name give no result.

        Returns:
            Nothing, or one result with the default `plaintext`.
        """
        if is_own_machine(host):
            return []
        sentence = "Det som går till {host} ({setting}) är inte krypterat, och kan läsas och ändras på vägen."
        remedy = "Slå på TLS där, eller låt den andra änden vara på samma dator."
        return [cls(name, True, sentence, remedy, {"host": host, "setting": setting}, True, PLAINTEXT)]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A named health check, per organisation (None: for the installation).

    Attributes:
        name: Its name, which follows the plugin's name.
        check: Runs the check.
        at_start: Whether it runs before the start of an installation that other machines can reach. A result that
            names a `default` stops the start, unless `accepted` in the settings has it as `PLUGIN.DEFAULT`. Such a
            check calls no other system and returns immediately.
    """

    name: str
    check: Callable[[UUID | None], MaybeAsync[Iterable[Health]]]
    at_start: bool = False
