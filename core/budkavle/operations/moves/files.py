"""The files of one organisation, if two installations have separate stores."""

from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from budkavle.model.errors import Unavailable
from budkavle.operations.moves.settled import find_horizon
from budkavle.operations.moves.sides import Side
from budkavle.operations.stored_files.references import list_references, names_being_written
from budkavle.settings import Settings
from budkavle.storage.blobs import Blobs
from budkavle.storage.blobs.faults import MissingFile
from budkavle.storage.outside import quarantine
from budkavle.storage.platform import Platform

_NOT_THE_SAME = "Filen {name} blev inte densamma i det andra lagret. Organisationen har inte flyttats. Försök igen."


def share_a_store(one: Platform, other: Platform, organisation_id: UUID) -> bool:
    """Tell whether two installations have the same store, so that no file is copied or deleted.

    Settings may name a store in several ways, so a file is written to one store and looked for in the other.
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


class OrganisationFiles:
    """The files of an organisation that is being moved; they are copied sealed, as they are stored.

    Files that were copied while the organisation worked are remembered. Once it is closed, only files named by rows
    written since are checked: a file is never changed, and its row is written after it.

    Args:
        here: The installation where the organisation works.
        there: The installation that it is moved to.
        organisation_id: The organisation.

    Attributes:
        are_shared: Whether both installations have the same store, so that no file is copied or deleted.
    """

    def __init__(self, here: Side, there: Side, organisation_id: UUID) -> None:
        self._here, self._there, self._id = here, there, organisation_id
        self._horizon = ""
        self._known: set[str] = set()
        self.are_shared = share_a_store(here.platform, there.platform, organisation_id)

    def copy_at_work(self) -> int:
        """Copy the files that the other store lacks; return how many.

        Raises:
            Unavailable: A copied file has another size.
        """
        self._horizon = find_horizon(self._here.raw)  # before the files are listed
        copied, there = 0, _sizes(self._target, self._id)
        for name, size in _sizes(self._source, self._id).items():
            if there.get(name) == size:
                continue
            if name in there:  # of another size: an interrupted copy
                self._target.delete(name)
            if self._copy(name):
                copied += 1
                there[name] = size
        self._known = set(there)
        return copied

    def copy_last(self) -> None:
        """Copy new files, now that nothing changes any more.

        Raises:
            Unavailable: A copied file has another size.
        """
        if self.are_shared:
            return
        if not self._horizon:
            self.copy_at_work()
        platform = self._here.platform
        named = {file.name for file in list_references(platform, self._id, written_since=self._horizon)}
        for name in sorted((named | names_being_written(platform, self._id)) - self._known):
            self._copy(name)
            self._known.add(name)

    def find_earlier(self, before: datetime) -> None:
        """Count files at the destination that are older than a given time as copied, by an earlier command."""
        self._known |= {file.name for file in self._target.all_files(str(self._id)) if file.modified < before}

    def delete_gone(self) -> None:
        """Delete copies of files that were deleted here before the organisation was closed, unless a row names them.

        Nothing is deleted if a backup has been restored at the destination: a later restore may need the files.
        """
        if self.are_shared or quarantine.find(self._there.platform.database) is not None:
            return
        if gone := self._known - _sizes(self._source, self._id).keys():
            there = self._there.platform
            gone -= {file.name for file in list_references(there, self._id)} | names_being_written(there, self._id)
            self._target.delete(*sorted(gone))

    @property
    def _source(self) -> Blobs:
        return self._here.platform.blobs

    @property
    def _target(self) -> Blobs:
        return self._there.platform.blobs

    def _copy(self, name: str) -> bool:
        try:
            self._target.put_sealed(name, self._source.sealed_pieces(name))
        except MissingFile:  # deleted meanwhile
            return False
        if self._source.size(name) not in {None, self._target.size(name)}:
            raise Unavailable(_NOT_THE_SAME, name=name)
        return True


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
