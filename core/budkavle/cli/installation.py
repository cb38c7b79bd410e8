"""The installation of a command: its settings and platform, each created when first needed."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from budkavle.model.people import SystemActor
    from budkavle.settings import Settings
    from budkavle.storage.platform import Platform


@dataclass
class Installation:
    """The state that click keeps while one command runs.

    Attributes:
        path: The settings file from `--config`.
    """

    path: Path | None = None
    _opened: "list[Platform]" = field(default_factory=list)

    @cached_property
    def settings(self) -> "Settings":
        """The settings; raises Misconfigured if they are wrong."""
        from budkavle.settings import load_settings

        return load_settings(self.path)

    @property
    def platform(self) -> "Platform":
        """The platform with its plugins started; opened at the first use."""
        if not self._opened:
            from budkavle.cli.tell import learn
            from budkavle.starts import keeping

            with keeping():
                from budkavle.host import build

                self._opened.append(build(self.settings))
            learn(dict(self._opened[0].plugins.folders("locale")))
        return self._opened[0]

    def actor(self, organisation_id: UUID | None = None) -> "SystemActor":
        """Return the command line's actor: a system actor with every scope, since its user has the keys."""
        from budkavle.model.people import EVERY_SCOPE, INSTALLATION, SystemActor

        return SystemActor(organisation_id or INSTALLATION, "Kommandoraden", EVERY_SCOPE)

    def organisation(self, slug: str) -> UUID:
        """Return the id of the organisation with this slug.

        Raises:
            NotFound: There is none; the sentence names the existing ones.
        """
        from budkavle.accounts.organisations import all_organisations
        from budkavle.model.errors import NotFound

        ids = {organisation.slug: organisation.id for organisation in all_organisations(self.platform, self.actor())}
        if slug not in ids:
            names = ", ".join(sorted(ids)) or "–"
            raise NotFound("Organisationen {slug} finns inte. De som finns: {known}.", slug=slug, known=names)
        return ids[slug]

    def close(self) -> None:
        """Close the platform, if it was opened."""
        while self._opened:
            self._opened.pop().close()
