"""Actors for tests."""

from uuid import UUID

from budkavle.model.people import EVERY_SCOPE, INSTALLATION, SystemActor


def system_actor(organisation_id: UUID = INSTALLATION, name: str = "Provaren") -> SystemActor:
    """Return a system actor that may do everything in one organisation, to set up a test.

    Args:
        organisation_id: The organisation; by default the installation.
        name: The actor's name in the event log.

    Example:
        organisation = create_organisation(platform, system_actor(), "Habo kommun")
        mailbox = create_mailbox(platform, system_actor(organisation.id), "Registrator")
    """
    return SystemActor(organisation_id, name, EVERY_SCOPE)
