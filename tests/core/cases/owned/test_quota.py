"""How much may wait that nobody has sent yet."""

from collections.abc import Callable

import msgspec
import pytest

from budkavle.cases import attachments
from budkavle.model.errors import TooLarge
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def upload(organisation: SampleOrganisation) -> Callable[[SampleUser, int], None]:
    """Upload a text of so many bytes, where a person may have 100 waiting and an organisation 150."""
    platform = organisation.platform
    few = msgspec.structs.replace(platform.settings.uploads, waiting_bytes=100, waiting_bytes_of_all=150)
    platform.settings = msgspec.structs.replace(platform.settings, uploads=few)

    def do(user: SampleUser, size: int) -> None:
        attachments.store(platform, user, "a.txt", "text/plain", [b"x" * size])

    return do


@pytest.mark.feature("ZS1")
def test_a_person_has_room_for_so_much(
    organisation: SampleOrganisation, case_worker: SampleUser, upload: Callable[[SampleUser, int], None]
) -> None:
    """What does not fit leaves nothing; what is sent makes room."""
    upload(case_worker, 60)
    with pytest.raises(TooLarge, match="Du har laddat upp"):
        upload(case_worker, 41)
    upload(case_worker, 40)
    (waiting,) = organisation.rows("SELECT sum(size) AS bytes FROM attachments")
    assert waiting.bytes == 100
    blobs = organisation.platform.settings.data / "blobs"
    assert len([path for path in blobs.rglob("*") if path.is_file()]) == 2
    organisation.rows("UPDATE attachments SET message_id = gen_random_uuid() WHERE size = 60 RETURNING 1")
    upload(case_worker, 50)


@pytest.mark.feature("ZS1")
def test_an_organisation_has_room_for_so_much(
    case_worker: SampleUser, colleague: SampleUser, upload: Callable[[SampleUser, int], None]
) -> None:
    """Whoever comes last is told, although their own room is not used up."""
    upload(case_worker, 90)
    with pytest.raises(TooLarge, match="I organisationen"):
        upload(colleague, 61)
    upload(colleague, 60)


@pytest.mark.feature("ZS1")
def test_nothing_is_read_of_an_upload_without_room(
    organisation: SampleOrganisation, case_worker: SampleUser, upload: Callable[[SampleUser, int], None]
) -> None:
    """It is refused before its first byte."""
    upload(case_worker, 100)
    storing = attachments.storing(organisation.platform, case_worker, "b.txt", "text/plain")
    with pytest.raises(TooLarge):
        next(storing)
