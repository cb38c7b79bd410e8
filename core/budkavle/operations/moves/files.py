"""The files of one organisation, where two installations have stores of their own."""

from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from budkavle.model.errors import Unavailable
from budkavle.settings import Settings
from budkavle.storage.blobs import Blobs, MissingFile
from budkavle.storage.platform import Platform

_NOT_THE_SAME = "Filen {name} blev inte densamma i det andra lagret. Organisationen har inte flyttats. Försök igen."


def share_a_store(one: Platform, other: Platform, organisation_id: UUID) -> bool:
    """Tell whether two installations have the same store, so that no file is copied or deleted.

    Settings may name a store in several ways, so a file is written to the one and looked for in the other.
    """
    if _place(one.settings) == _place(other.settings):
        return True
    name = one.blobs.new_name(organisation_id)
    one.blobs.put_sealed(name, [b"which store this is"])
    try:
        list(other.blobs.sealed_pieces(name))
    except MissingFile:
        return False
    finally:
        one.blobs.delete(name)
    return True


def copy_files(source: Blobs, target: Blobs, organisation_id: UUID) -> int:
    """Copy the files that the other store has not, as they lie, sealed; return how many."""
    copied, there = 0, _sizes(target, organisation_id)
    for name, size in _sizes(source, organisation_id).items():
        if there.get(name) == size:
            continue
        if name in there:  # of another size: a copy that was cut short
            target.delete(name)
        try:
            target.put_sealed(name, source.sealed_pieces(name))
        except MissingFile:  # deleted meanwhile
            continue
        copied += 1
    return copied


def copy_last_files(source: Blobs, target: Blobs, organisation_id: UUID) -> None:
    """Copy the rest and delete what is gone here, now that nothing changes any more.

    Raises:
        Unavailable: A file did not become the same.
    """
    copy_files(source, target, organisation_id)
    ours, theirs = _sizes(source, organisation_id), _sizes(target, organisation_id)
    target.delete(*(theirs.keys() - ours.keys()))
    for name, size in ours.items():
        if theirs.get(name) != size:
            raise Unavailable(_NOT_THE_SAME, name=name)


def delete_files(blobs: Blobs, organisation_id: UUID) -> None:
    """Delete all files of the organisation."""
    blobs.delete(*blobs.names(organisation_id))


def _sizes(blobs: Blobs, organisation_id: UUID) -> dict[str, int]:
    return {file.name: file.size for file in blobs.all_files(str(organisation_id))}


def _place(settings: Settings) -> str:
    place = urlsplit(settings.storage or "")
    if len(place.scheme) > 1 and place.scheme != "file":
        return settings.storage or ""
    folder = Path(unquote(place.path)) if settings.storage else settings.blob_folder
    return str(folder.resolve())
