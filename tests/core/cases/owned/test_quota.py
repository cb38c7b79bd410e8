"""How much may wait that nobody has sent yet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from budkavle.cases import attachments
from budkavle.model.errors import Invalid, NotFound, TooLarge
from budkavle.model.messages import Attachment
from budkavle.model.people import Actor, SystemActor
from budkavle.testing.acting import in_work
from budkavle.testing.blocking import until_waiting
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def upload(organisation: SampleOrganisation) -> Callable[[Actor, int], Attachment]:
    """Upload a text of so many bytes, where a person may have 100 waiting and an organisation 150."""
    platform = organisation.platform
    few = msgspec.structs.replace(platform.settings.uploads, waiting_bytes=100, waiting_bytes_of_all=150)
    platform.settings = msgspec.structs.replace(platform.settings, uploads=few)

    def do(actor: Actor, size: int) -> Attachment:
        return attachments.store(platform, actor, "a.txt", "text/plain", [b"x" * size])

    return do


@pytest.mark.feature("ZS1")
def test_a_person_has_room_for_so_much(
    organisation: SampleOrganisation, case_worker: SampleUser, upload: Callable[[Actor, int], Attachment]
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
    case_worker: SampleUser, colleague: SampleUser, upload: Callable[[Actor, int], Attachment]
) -> None:
    """Whoever comes last is told, although their own room is not used up."""
    upload(case_worker, 90)
    with pytest.raises(TooLarge, match="I organisationen"):
        upload(colleague, 61)
    upload(colleague, 60)


@pytest.mark.feature("ZS1")
def test_nothing_is_read_of_an_upload_without_room(
    organisation: SampleOrganisation, case_worker: SampleUser, upload: Callable[[Actor, int], Attachment]
) -> None:
    """It is refused before its first byte."""
    upload(case_worker, 100)
    storing = attachments.storing(organisation.platform, case_worker, "b.txt", "text/plain")
    with pytest.raises(TooLarge):
        next(storing)


@pytest.mark.feature("ZS1")
def test_who_has_no_account_has_a_room_of_their_own(
    organisation: SampleOrganisation, upload: Callable[[Actor, int], Attachment]
) -> None:
    """A system that has filled its room keeps no other from sending, and sees nothing of what the other has."""
    platform = organisation.platform
    one, other = (SystemActor(organisation.id, name, plugin="doves") for name in ("Socialen", "Skolan"))
    theirs = upload(one, 90)
    upload(other, 50)
    with pytest.raises(TooLarge, match="Du har laddat upp"):
        upload(one, 11)
    assert in_work(platform, one, attachments.files, [theirs.id]) == [theirs]
    with pytest.raises(Invalid):
        in_work(platform, other, attachments.files, [theirs.id])
    with pytest.raises(Invalid):
        in_work(platform, other, attachments.attach, theirs.id, [theirs.id])
    with pytest.raises(NotFound):
        in_work(platform, other, attachments.discard, theirs.id)


@pytest.mark.feature("ZS1")
def test_uploads_at_the_same_moment_do_not_pass_the_room(
    organisation: SampleOrganisation, case_worker: SampleUser, upload: Callable[[Actor, int], Attachment]
) -> None:
    """Who comes second waits until the first is stored, and is told that there is no room."""
    platform = organisation.platform
    with ThreadPoolExecutor(2) as threads:
        with platform.database.owner() as engine, engine.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE attachments IN EXCLUSIVE MODE")  # nothing is stored for now
            both = [threads.submit(upload, case_worker, 60) for _ in range(2)]
            until_waiting(platform, 2)
        refused = [done.exception() for done in both if done.exception()]
    assert [type(error) for error in refused] == [TooLarge]


@pytest.mark.feature("ZO11")
def test_what_waits_from_the_release_before_is_still_sent(
    organisation: SampleOrganisation, upload: Callable[[Actor, int], Attachment]
) -> None:
    """It did not say which system had uploaded a file, and what waits for a yes has some; no person gets them."""
    platform = organisation.platform
    system = SystemActor(organisation.id, "Socialen", plugin="doves")
    file = upload(system, 10)
    organisation.rows("UPDATE attachments SET uploader = '' RETURNING 1")
    with pytest.raises(Invalid):
        in_work(platform, organisation.case_worker, attachments.files, [file.id])
    assert in_work(platform, system, attachments.files, [file.id]) == [file]
    in_work(platform, system, attachments.attach, file.id, [file.id])
