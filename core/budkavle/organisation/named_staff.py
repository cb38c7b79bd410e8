"""Tasks restricted to a few people of an organisation: its administrators, and the accounts named in a setting."""

import re
from dataclasses import dataclass
from typing import Any

from budkavle.accounts.stored_settings import read_settings
from budkavle.accounts.users import user
from budkavle.model.errors import Forbidden
from budkavle.model.people import Actor, refuse_barred
from budkavle.model.sentences import Sentence
from budkavle.storage.platform import Platform

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class NamedStaff:
    """The people who may do a task: the organisation's administrators, and the accounts named in a setting.

    Attributes:
        section: The type of the settings section.
        field: Its field of e-mail addresses, one on each line.
        refusal: The error message for anybody else.

    Example:
        DESK = NamedStaff(DisclosureSettings, "desk", "Det här får bara organisationens handläggare göra.")
        DESK.require(host.platform, actor)
    """

    section: type[Any]
    field: str
    refusal: str

    def names(self, platform: Platform, actor: Actor) -> bool:
        """Tell whether the setting names the actor's account."""
        if actor.user_id is None:
            return False
        with platform.work(actor) as work:
            addresses = _lines(getattr(read_settings(work, self.section), self.field))
            return bool(addresses) and user(work, actor.user_id).email.lower() in addresses

    def require(self, platform: Platform, actor: Actor) -> None:
        """Require an actor who may do the task.

        Raises:
            Forbidden: The actor is neither an administrator of the organisation nor named in the setting.
        """
        if not (actor.is_admin or self.names(platform, actor)):
            refuse_barred(actor)
            raise Forbidden(self.refusal)

    def faults(self, values: object) -> dict[str, str]:
        """Return the error in the field's lines, by field, before a section is stored."""
        wrong = [line for line in _lines(getattr(values, self.field)) if not _ADDRESS.fullmatch(line)]
        return {self.field: Sentence("{line} är ingen e-postadress. Rätta den.", line=wrong[0])} if wrong else {}


def _lines(text: str) -> list[str]:
    return [line.strip().lower() for line in text.splitlines() if line.strip()]
