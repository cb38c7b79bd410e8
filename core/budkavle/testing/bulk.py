"""Many old messages at once, for benchmarks and for tests that need some hundreds."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from budkavle.cases.message_store import Body, Head, index_words, parts
from budkavle.model.messages import Address
from budkavle.model.people import SystemActor
from budkavle.storage.keys import encrypt
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.vault import part_aad

AT_ONCE = 500
OLD, LESS_OLD, YOUNG = 400, 390, 10
"""How many days ago a message was received, its answer was sent, and the answer in each tenth case."""


class _Queries(QueryFile):
    add_cases: Statement
    add_messages: Statement
    add_deliveries: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class _Batch:
    work: Work
    common: dict[str, object]

    def add(self, direction: str, ids: list[UUID], ages: list[int], plain: dict[str, bytes]) -> None:
        """Encrypt each part of each message under a key of its own, and store the rows."""
        work, organisation_id = self.work, self.work.organisation_id
        keys = [(own, part, work.vault.new_key()) for own in ids for part in plain]
        work.vault.store_keys(work.connection, organisation_id, keys)
        sealed: dict[str, list[bytes]] = {part: [] for part in plain}
        for own, part, key in keys:
            sealed[part].append(encrypt(key, plain[part], part_aad(organisation_id, own, part)))
        rows = {"ids": ids, "ages": ages, "direction": direction, "heads": sealed["head"], "bodies": sealed["body"]}
        QUERIES.add_messages.enqueue(work.connection, {**self.common, **rows})


def add_old_messages(
    platform: Platform, organisation_id: UUID, mailbox_id: UUID, count: int, *, transport: str = "fake", text: str = ""
) -> int:
    """Add old messages to a mailbox: cases with one received and one sent, with keys, search words and deliveries.

    In each tenth case the answer is ten days old; everything else is more than a year old.

    Args:
        platform: The installation.
        organisation_id: The mailbox's organisation.
        mailbox_id: The mailbox.
        count: How many messages; an even number.
        transport: Their transport.
        text: Their text.

    Returns:
        How many are more than a year old.
    """
    us, them = Address(transport, f"{transport}:vi", "Inkorg"), Address(transport, f"{transport}:de", "Kansliet")
    head, body = Head("Begäran om handlingar", (them,), (us,)), Body(text or "Hej! " * 100)
    plain, old = parts(head, body), 0
    for begun in range(0, count // 2, AT_ONCE):
        numbers = list(range(begun, min(begun + AT_ONCE, count // 2)))
        case_ids, answers = [uuid4() for _ in numbers], [uuid4() for _ in numbers]
        ages = [LESS_OLD if number % 10 else YOUNG for number in numbers]
        with platform.work(SystemActor(organisation_id, "Provet")) as work:
            common = {"organisation": organisation_id, "mailbox": mailbox_id, "transport": transport, "cases": case_ids}
            words = {"words": index_words(work, head, body), "answers": answers, "numbers": numbers}
            batch = _Batch(work, {**common, "numbers": numbers})
            QUERIES.add_cases.enqueue(work.connection, {**common, **words})
            batch.add("in", [uuid4() for _ in numbers], [OLD for _ in numbers], plain)
            batch.add("out", answers, ages, plain)
            QUERIES.add_deliveries.enqueue(work.connection, {**common, "ids": answers})
        old += len(numbers) + sum(age != YOUNG for age in ages)
    return old
