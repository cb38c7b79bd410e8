"""The hooks that the address book offers to other plugins. Implement one with `@hookimpl(optionalhook=True)`."""

from collections.abc import Iterable
from uuid import UUID

from budkavle import Health, Host, hookspec


@hookspec
def addressbook_certificates(host: Host, organisation_id: UUID | None) -> Iterable[Health]:  # type: ignore[empty-body]
    """Tell which certificates run out, for the page Adressbokens status.

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


@hookspec
def addressbook_contact_action(host: Host) -> tuple[str, str]:  # type: ignore[empty-body]
    """Give something that is done with a contact: a link beside each in the list of contacts.

    Called each time somebody opens the list. One that raises, or takes more than 5 seconds, is logged and passed over.

    Args:
        host: The host of the plugin that implements it.

    Returns:
        What the link says, in Swedish and a key of your translations, and the path of a page of yours. The page gets
        the contact's e-mail address as `to`, and in a function mailbox's book its id as `mailbox`.

    Example:
        @hookimpl(optionalhook=True)
        def addressbook_contact_action() -> tuple[str, str]:
            return "Skicka en duva", "/plugin/pigeon/new"
    """
