"""Who reaches what: owners, mailboxes, and those with whom something is shared."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.plugins.files.conftest import Files

from budkavle import Forbidden, Invalid, NotFound
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.tree import binning, entries, moving, sharing, versions
from budkavle_files.tree.things import AccessRole

READER, AUTHOR, ADMINISTRATOR = AccessRole


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_only_the_owner_reaches_what_is_not_shared(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, other_administrator: SampleUser
) -> None:
    """Neither colleagues, nor administrators, nor other organisations."""
    top = files.catalogue(case_worker, "Mitt")
    for other in (organisation.colleague, organisation.administrator, other_administrator):
        with pytest.raises(NotFound):
            files.reach(other, top)
    with pytest.raises(NotFound):
        files.do(case_worker, versions.find_version, files.reach(case_worker, top), 1)


def test_a_share_is_inherited_and_says_so(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """What is shared above is reached below, and the list of who reaches it says where it comes from."""
    top = files.catalogue(case_worker, "Barn och unga")
    below = files.catalogue(case_worker, "Utredning", top)
    file = files.file(case_worker, below, "Plan.pdf")
    colleague = organisation.colleague
    files.share(case_worker, top, colleague, READER)
    assert files.reach(colleague, file).name == "Plan.pdf"
    with pytest.raises(Forbidden):
        files.reach(colleague, file, AUTHOR)
    files.share(case_worker, below, colleague, AUTHOR)
    files.reach(colleague, file, AUTHOR)
    files.share(case_worker, top, organisation.mailbox.id, READER)
    access = files.do(case_worker, sharing.list_access, file)
    listed = [(each.name, each.role, each.inherited_from and each.inherited_from.name) for each in access]
    assert listed == [
        (case_worker.name, ADMINISTRATOR, None),
        ("Socialnämnden", READER, "Barn och unga"),
        (colleague.name, AUTHOR, "Utredning"),
    ]


def test_a_share_ends(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """By its time and at once; the end must lie ahead."""
    top = files.catalogue(case_worker, "Barn och unga")
    outsider = organisation.outsider
    with pytest.raises(Invalid):
        files.share(case_worker, top, outsider, READER, until=datetime.now(UTC))
    files.share(case_worker, top, outsider, READER, until=soon())
    assert files.reach(outsider, top)
    files.rows("UPDATE files_shares SET until = now() RETURNING 1")
    with pytest.raises(NotFound):
        files.reach(outsider, top)
    assert files.do(case_worker, sharing.drop_ended) == 1
    files.share(case_worker, top, outsider, READER)
    (_, access) = files.do(case_worker, sharing.list_access, top)
    files.do(case_worker, sharing.end_share, access.share.id)
    with pytest.raises(NotFound):
        files.reach(outsider, top)


def test_only_administrators_share(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """An author may not, and whoever is shared with as administrator may, also from above."""
    top = files.catalogue(case_worker, "Barn och unga")
    below = files.catalogue(case_worker, "Utredning", top)
    files.share(case_worker, top, organisation.colleague, AUTHOR)
    with pytest.raises(Forbidden):
        files.share(organisation.colleague, below, organisation.outsider, READER)
    files.share(case_worker, top, organisation.colleague, ADMINISTRATOR)
    files.share(organisation.colleague, below, organisation.outsider, READER)
    assert files.reach(organisation.outsider, below)


def test_nothing_is_shared_with_an_inbox_or_a_stranger(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser, other_administrator: SampleUser
) -> None:
    top = files.catalogue(case_worker, "Barn och unga")
    for unknown in (organisation.colleague.personal_id, uuid4()):
        with pytest.raises(Invalid):
            files.share(case_worker, top, unknown, READER)
    for person in (other_administrator, case_worker):
        with pytest.raises(Invalid):
            files.share(case_worker, top, person, READER)


def test_what_a_mailbox_owns(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Its members write in it, its administrators administer it, others see nothing."""
    top = files.catalogue(case_worker, "Nämnden", mailbox_id=organisation.mailbox.id)
    files.file(organisation.colleague, top, "Plan.pdf")
    with pytest.raises(Forbidden):
        files.do(organisation.colleague, entries.rename_entry, top.id, "Annat")
    files.do(organisation.mailbox_administrator, entries.rename_entry, top.id, "Annat")
    for stranger in (organisation.outsider, organisation.administrator):
        with pytest.raises(NotFound):
            files.reach(stranger, top)
    with pytest.raises(Forbidden):
        files.catalogue(organisation.outsider, "Mitt", mailbox_id=organisation.mailbox.id)


def test_shared_with_me(files: Files, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """The uppermost of what is shared, with the role; not what one owns."""
    top = files.catalogue(case_worker, "Barn och unga")
    below = files.catalogue(case_worker, "Utredning", top)
    other = files.catalogue(case_worker, "Annat")
    files.share(case_worker, top, organisation.colleague, READER)
    files.share(case_worker, below, organisation.colleague, AUTHOR)
    files.share(case_worker, other, organisation.mailbox.id, AUTHOR)
    seen = files.do(organisation.colleague, sharing.shared_with_me)
    assert [(entry.name, role) for entry, role in seen] == [("Annat", AUTHOR), ("Barn och unga", READER)]
    assert files.do(case_worker, sharing.shared_with_me) == []


def test_a_reader_neither_moves_nor_deletes(
    files: Files, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    top = files.catalogue(case_worker, "Ett")
    file = files.file(case_worker, top, "Plan.pdf")
    mine = files.catalogue(organisation.colleague, "Mitt")
    files.share(case_worker, top, organisation.colleague, READER)
    for function in (binning.bin_entry, entries.require_to_change):
        with pytest.raises(Forbidden):
            files.do(organisation.colleague, function, file.id)
    with pytest.raises(Forbidden):
        files.do(organisation.colleague, moving.move_entry, file.id, mine.id)
    files.do(organisation.colleague, moving.copy_entry, file.id, mine.id)
    assert files.names(organisation.colleague, mine) == ["Plan.pdf"]
