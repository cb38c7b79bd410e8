"""Tags of a mailbox: who makes them, who sets them, and how the list is filtered by one."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest

import budkavle
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.tags import COLOURS, MOST, add_tag, change_tag, list_tags, remove_tag, set_tags, tag_cases
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import CaseTag
from budkavle.operations.destruction import destroy
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work


@pytest.fixture
def sip(platform: Platform, organisation: SampleOrganisation) -> CaseTag:
    return in_work(
        platform, organisation.mailbox_administrator, add_tag, organisation.mailbox.id, "  SIP  möte ", "blue"
    )


def names(platform: Platform, reader: SampleUser, case_id: UUID) -> list[str]:
    return [tag.name for tag in in_work(platform, reader, case_item, case_id).tags]


@pytest.mark.feature("E19")
def test_a_tag_is_set_on_a_case_and_the_list_is_filtered_by_it(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, sip: CaseTag
) -> None:
    """Both logs say it; the row has the tags by name."""
    tagged, other = organisation.arrive("Med"), organisation.arrive("Utan")
    school = in_work(platform, organisation.mailbox_administrator, add_tag, organisation.mailbox.id, "Skola", "green")
    in_work(platform, case_worker, set_tags, tagged, [sip.id, school.id])
    assert names(platform, case_worker, tagged) == ["SIP möte", "Skola"]
    assert names(platform, case_worker, other) == []
    assert [case.id for case in organisation.cases(case_worker, tag=sip.id)] == [tagged]
    assert organisation.case_events(tagged)[-2:] == ["tagged", "tagged"]
    in_work(platform, case_worker, set_tags, tagged, [school.id])
    assert organisation.case_events(tagged)[-1:] == ["untagged"]
    assert organisation.last_log_facts()["tag"] == "SIP möte"
    assert organisation.cases(case_worker, tag=sip.id) == []


@pytest.mark.feature("E19")
def test_many_cases_get_a_tag_in_one(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, sip: CaseTag
) -> None:
    """Those that have it already are no change; a foreign one stops all."""
    ids = [organisation.arrive(f"Nummer {number}") for number in range(3)]
    assert in_work(platform, case_worker, tag_cases, ids[:1], sip.id) == ids[:1]
    assert sorted(in_work(platform, case_worker, tag_cases, ids, sip.id)) == sorted(ids[1:])
    assert sorted(in_work(platform, case_worker, tag_cases, ids, sip.id, tagged=False)) == sorted(ids)
    foreign = organisation.arrive(mailbox_id=organisation.other_mailbox.id)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, tag_cases, [*ids, foreign], sip.id)
    assert organisation.rows("SELECT FROM case_tags") == []


@pytest.mark.feature("E19")
def test_the_mailboxs_administrators_make_change_and_remove_tags(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, sip: CaseTag
) -> None:
    """A member does not; a removed tag leaves the cases that had it."""
    manager, mailbox_id = organisation.mailbox_administrator, organisation.mailbox.id
    case_id = organisation.arrive()
    in_work(platform, case_worker, tag_cases, [case_id], sip.id)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, add_tag, mailbox_id, "Ny", "blue")
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, remove_tag, mailbox_id, sip.id)
    in_work(platform, manager, change_tag, mailbox_id, sip.id, "SIP", "pink")
    assert names(platform, case_worker, case_id) == ["SIP"]
    in_work(platform, manager, remove_tag, mailbox_id, sip.id)
    assert names(platform, case_worker, case_id) == []
    assert [kind for kind in organisation.log_kinds() if kind.startswith("mailbox.tag")] == [
        "mailbox.tag-added",
        "mailbox.tag-changed",
        "mailbox.tag-removed",
    ]


@pytest.mark.parametrize(
    ("name", "colour", "fault"),
    [
        ("", "blue", "name"),
        ("a\x1b[31m", "blue", "name"),
        ("x" * 31, "blue", "name"),
        ("sip MÖTE", "blue", "name"),
        ("Ny", "red", "colour"),
    ],
)
def test_a_tag_that_is_wrong_is_refused_at_its_field(
    platform: Platform, organisation: SampleOrganisation, sip: CaseTag, name: str, colour: str, fault: str
) -> None:
    """Empty, with what is not seen, too long, taken in other letters, a colour that means something else."""
    with pytest.raises(Invalid) as refused:
        in_work(platform, organisation.mailbox_administrator, add_tag, organisation.mailbox.id, name, colour)
    assert set(refused.value.fields) == {fault}


def test_a_mailbox_has_so_many_tags_at_most(platform: Platform, organisation: SampleOrganisation) -> None:
    """The page stays readable."""
    organisation.rows(
        "INSERT INTO tags SELECT :organisation, gen_random_uuid(), :mailbox, 'Tagg ' || n, 'blue'"
        " FROM generate_series(1, :most) n",
        organisation=organisation.id,
        mailbox=organisation.mailbox.id,
        most=MOST,
    )
    with pytest.raises(Invalid):
        in_work(platform, organisation.mailbox_administrator, add_tag, organisation.mailbox.id, "Ny", "blue")


def test_a_tag_of_another_mailbox_is_not_found(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, sip: CaseTag
) -> None:
    """Nor one of nobody's, and strangers find no tags."""
    case_id = organisation.arrive()
    theirs = in_work(platform, organisation.administrator, add_tag, organisation.other_mailbox.id, "Bygg", "grey")
    for tag_id in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            in_work(platform, case_worker, set_tags, case_id, [tag_id])
        with pytest.raises(NotFound):
            in_work(platform, case_worker, tag_cases, [case_id], tag_id)
        with pytest.raises(NotFound):
            in_work(platform, organisation.mailbox_administrator, remove_tag, organisation.mailbox.id, tag_id)
    with pytest.raises(NotFound):
        in_work(platform, organisation.outsider, list_tags, organisation.mailbox.id)


def test_a_destroyed_case_leaves_no_tags(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, sip: CaseTag
) -> None:
    """Nor anything that somebody was to be told of it."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, tag_cases, [case_id], sip.id)
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    assert organisation.rows("SELECT FROM case_tags") == []


def test_each_colour_is_seen_on_what_it_stands_on() -> None:
    """Three to one at least (WCAG 1.4.11), and the colour is never alone: the word stands beside it."""
    folder = Path(budkavle.__file__).parent / "web/static"
    theme, style = ((folder / f"{name}.css").read_text("utf-8") for name in ("theme", "budkavle"))
    for colour in COLOURS:
        assert f".{colour} {{\n  --tag: var(--tag-{colour});" in style
        (pair,) = re.findall(rf"--tag-{colour}: light-dark\(#([0-9a-f]{{6}}), #([0-9a-f]{{6}})\);", theme)
        for background in (1.0, 0.905):  # white, and the tint of the chosen row
            assert (background + 0.05) / (_luminance(pair[0]) + 0.05) >= 3, colour
        for background in ("182127", "17353e"):  # the same in the dark
            assert (_luminance(pair[1]) + 0.05) / (_luminance(background) + 0.05) >= 3, colour


def _luminance(value: str) -> float:
    channels = [int(value[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
