"""The hooks that the address book offers to other plugins. Implement one with `@hookimpl(optionalhook=True)`."""

from collections.abc import Iterable
from uuid import UUID

from budkavle import Health, Host, hookspec


@hookspec
def addressbook_certificates(host: Host, organisation_id: UUID | None) -> Iterable[Health]:  # type: ignore[empty-body]
    """Tell which certificates run out, for the page Adressbokens hälsa.

    Called each time an administrator opens the page or the card that leads to it, in the web process, in a thread of
    the plugin's own. One that raises, or takes longer than 5 seconds, is logged and passed over.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: Whose certificates; None means those of the installation, shown to its operators.

    Returns:
        One answer for each certificate, or one that says that all is well; nothing where the organisation has none.

    Example:
        @hookimpl(optionalhook=True)
        def addressbook_certificates(host: Host, organisation_id: UUID | None) -> list[Health]:
            return [Health("Underskriften", False, "Certifikatet går ut om 9 dagar.", "Förnya det.")]
    """
