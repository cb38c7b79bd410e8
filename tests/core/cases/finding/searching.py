"""A search as somebody makes it, and the index brought up to date."""

from uuid import UUID

from budkavle.cases import search
from budkavle.cases.finding import index
from budkavle.model.people import Actor
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation


def found(organisation: SampleOrganisation, words: str, actor: Actor | None = None) -> list[UUID]:
    return [case.id for case in in_work(organisation.platform, actor or organisation.case_worker, search.search, words)]


def indexed(organisation: SampleOrganisation) -> int:
    """Do the job until nothing waits, and count the words of the table."""
    while index.index_cases(organisation.platform):
        pass
    (row,) = organisation.rows("SELECT count(*) AS words FROM search_words")
    return int(row.words)
