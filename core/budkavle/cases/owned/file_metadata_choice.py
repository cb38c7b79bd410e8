"""Whether a file that somebody uploads loses what cameras and programs have written of it and of people."""

from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import file_metadata
from budkavle.model.people import CORE_NAME, Actor, ActorKind, SystemActor
from budkavle.storage.platform import Platform


def loses_metadata(platform: Platform, actor: Actor, head: bytes) -> bool:
    """Tell whether a file that begins so is kept without its metadata.

    Files of people are, where their organisation has not chosen otherwise. What a program hands over is kept as it
    came: it answers for its bytes, and may have signed them.
    """
    if actor.kind not in {ActorKind.USER, ActorKind.GUEST} or not file_metadata.may_have(head):
        return False
    with platform.work(SystemActor(actor.organisation_id, CORE_NAME)) as work:
        return not read_settings(work, FileSettings).picture_metadata
