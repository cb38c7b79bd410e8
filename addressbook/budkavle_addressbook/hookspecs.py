"""The hooks that the address book offers to other plugins. Implement one with `@hookimpl(optionalhook=True)`."""

from collections.abc import Iterable
from uuid import UUID

from budkavle import Health, Host, hookspec


@hookspec
def addressbook_certificates(host: Host, organisation_id: UUID | None) -> Iterable[Health]:  # type: ignore[empty-body]
    """Report on certificates that expire, for the page Adressbokens status.

    Called each time an administrator opens the page or the card that links to it, in the web process, in a separate
    thread. If an implementation raises, or takes longer than 5 seconds, it is logged and omitted.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: The organisation of the certificates. None means the installation, shown to its operators.

    Returns:
        One report for each certificate, or one that says that all is well. Nothing if the organisation has none.

    Example:
        @hookimpl(optionalhook=True)
        def addressbook_certificates(host: Host, organisation_id: UUID | None) -> list[Health]:
            return [Health("Underskriften", False, "Certifikatet går ut om 9 dagar.", "Förnya det.")]
    """


@hookspec
def addressbook_contact_action(host: Host) -> tuple[str, str]:  # type: ignore[empty-body]
    """Give an action for a contact, as a link beside each in the list of contacts.

    Called each time a person opens the list. If it raises, or takes longer than 5 seconds, it is logged and omitted.

    Args:
        host: The host of the plugin that implements it.

    Returns:
        The text of the link, in Swedish and a key of your translations, and the path of a page of yours. The page gets
        the contact's e-mail address as `to`, and in the book of a function mailbox its id as `mailbox`.

    Example:
        @hookimpl(optionalhook=True)
        def addressbook_contact_action() -> tuple[str, str]:
            return "Skicka en duva", "/plugin/pigeon/new"
    """
