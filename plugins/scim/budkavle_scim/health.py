"""Whether a directory's token expires soon; otherwise a refused directory would stop silently."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from budkavle import Health, Host
from budkavle_scim import tokens

NAME = "Katalog (SCIM)"
WELL = "Nyckeln {name} gäller i {days} dagar till."
SOON = "Nyckeln {name} slutar gälla om {days} dagar. Sedan kan katalogen inte ändra något här."
OVER = "Nyckeln {name} har slutat gälla. Katalogen kan inte ändra något här."
REMEDY = "Skapa en ny nyckel under Min organisation, Katalog, lägg in den i katalogen och avsluta den gamla."


def check(host: Host, organisation_id: UUID | None) -> Iterator[Health]:
    """Report on one organisation, by the token that is valid the longest; nothing if it has none."""
    if organisation_id is None:
        return
    now = datetime.now(UTC)
    newest = max(tokens.of_organisation(host, organisation_id), key=lambda token: token.expires_at, default=None)
    if newest is None:
        return
    details: dict[str, str | int] = {"name": newest.name, "days": max(0, newest.left(now).days)}
    if not newest.ends_soon(now):
        yield Health(NAME, True, WELL, facts=details)
    elif newest.expires_at > now:
        yield Health(NAME, True, SOON, REMEDY, details, notable=True)
    else:
        yield Health(NAME, False, OVER, REMEDY, details)
