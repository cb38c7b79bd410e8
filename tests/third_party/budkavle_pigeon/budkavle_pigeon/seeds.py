"""A malware scanner: no letter with a poisoned seed is taken."""

from collections.abc import Iterable

from budkavle import Health

POISON = b"poisoned seed"


class SeedScanner:
    """Looks for poisoned seeds."""

    name = "seeds"
    most_bytes: int | None = None

    def malware_in(self, pieces: Iterable[bytes], within: float | None) -> str | None:
        """Return what the seed is called, also where it lies across two pieces; see `MalwareScanner`."""
        del within  # it is quick
        end = b""
        for piece in pieces:
            if POISON in (end + piece):
                return "Seed.Poisoned"
            end = (end + piece)[-len(POISON) :]
        return ""

    def health(self) -> list[Health]:
        """Tell that it looks."""
        return [Health("Frön", True, "Alla brev gås igenom.")]
