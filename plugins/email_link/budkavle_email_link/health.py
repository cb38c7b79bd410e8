"""The plugin's checks for the health page."""

from collections.abc import Iterable
from uuid import UUID

from budkavle import Health, Host, Temporary, call
from budkavle_email_link.mail.smtp import Mailer
from budkavle_email_link.settings import EmailLinkSettings

NAME = "E-post"


def check(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """Check that the mail server answers and that bounces can be received; only for the installation."""
    settings: EmailLinkSettings = host.settings
    if organisation_id is not None:
        return []
    return [_server(settings), *_bounces(settings)]


def plaintext(settings: EmailLinkSettings, organisation_id: UUID | None) -> list[Health]:
    """Report a connection without encryption to a mail server on another machine."""
    if organisation_id is not None or settings.tls != "none" or settings.shows_outbox:
        return []
    return Health.unencrypted(NAME, "plugins.email_link.host", settings.host)


def _server(settings: EmailLinkSettings) -> Health:
    if settings.shows_outbox:
        return Health(NAME, True, "Mejl visas i testutkorgen och skickas inte.")
    if not settings.host:
        remedy = "Ange e-postservern i plugins.email_link.host."
        return Health(NAME, False, "Ingen e-postserver är vald, så inga mejl skickas; de väntar.", remedy)
    try:
        call(_ask, settings)
    except Temporary as error:
        return Health(NAME, False, error.message, "Kontrollera plugins.email_link och nätet dit.", error.facts)
    return Health(NAME, True, "E-postservern svarar.")


def _bounces(settings: EmailLinkSettings) -> Iterable[Health]:
    if settings.bounces is not None and not (settings.bounces / "new").is_dir():
        remedy = "Låt e-postsystemet lägga studsar i den mapp som plugins.email_link.bounces pekar på."
        yield Health(NAME, False, "Mappen för studsar finns inte, så felaktiga adresser märks inte.", remedy)


async def _ask(settings: EmailLinkSettings) -> None:
    mailer = Mailer(settings)
    try:
        await mailer.ask()
    finally:
        await mailer.close()
