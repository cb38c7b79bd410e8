"""An installation with the plugin records, and an imported schedule."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle import Address, Host, Loa, Platform, Role
from budkavle.approvals import approve
from budkavle.approvals.running import core_outboxes
from budkavle.cases.actions import close, take
from budkavle.operations import outboxes
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_records.disposal.runs import Run, ask_run, begin_run, find_run
from budkavle_records.disposal.working import work_on_runs
from budkavle_records.schedule.assignment import set_case_kind
from budkavle_records.schedule.kinds import Kind, list_kinds
from budkavle_records.schedule.plan_files import import_plan

HEAD = (
    "klass;handlingstyp;registrering;forvaring;gallringsfrist;frist_fran;frist_dagar;bevaras;till_arkiv_efter;"
    "sekretess;lagrum;beslut;anmarkning"
)
ROWS = (
    "1.3.2;Ringa betydelse;hålls ordnad;Budkavle;90 dagar;inkommen;90;nej;;;arkivlagen 10 §;KS 2025-03-12 § 41;",
    "1.3.3;Begäran om allmän handling;hålls ordnad;Budkavle;2 år;avslutat;730;nej;;;arkivlagen 10 §;KS 2025 § 41;",
    "1.3.4;Avslag;diarieförs;diarium;bevaras;;;ja;5;enligt prövningen;OSL 6 kap. 3 §;KS 2025-03-12 § 41;",
    "3.7.1;Underlag om ett barn;personakt;Budkavle;18 år;födelse;6575;nej;;OSL 26 kap. 1 §;;SN 2025-05-20 § 63;",
)


def plan_csv(*rows: str, encoding: str = "utf-8") -> bytes:
    """Return a schedule as a file."""
    return "\r\n".join([HEAD, *(rows or ROWS), ""]).encode(encoding)


@dataclass
class Records:
    """An organisation with a schedule."""

    host: Host
    organisation: SampleOrganisation
    administrator: SampleUser
    second: SampleUser

    def plan(self, *rows: str) -> list[Kind]:
        """Import a schedule and return its kinds."""
        content = plan_csv(*rows)
        with self.host.work(self.administrator) as work:
            import_plan(self.host, work, content, hashlib.sha256(content).hexdigest())
            return list_kinds(self.host, work)

    def case(self, age: int, kind: Kind | None = None, *, closed: bool = True, said: str = "") -> UUID:
        """Create a case of a kind that is some days old, closed at that time unless it is to be open."""
        case_id = self.organisation.arrive()
        worker, platform = self.organisation.case_worker, self.organisation.platform
        if closed:
            in_work(platform, worker, take, case_id)
            in_work(platform, worker, close, case_id)
        self.age(case_id, age)
        if kind is not None:
            with self.host.work(worker) as work:
                set_case_kind(self.host, work, case_id, kind.id, said)
        return case_id

    def answered_case(self, age: int, kind: Kind) -> UUID:
        """Create an open case of a kind that is some days old; its last message is answered and acknowledged."""
        case_id, house = self.case(0, kind, closed=False), self.organisation
        (row,) = house.rows("SELECT id FROM messages WHERE case_id = :case", case=case_id)
        to = Address("local", str(house.other_mailbox.id), organisation_value=str(house.id))
        house.send(house.case_worker, reply_to=row.id, recipients=(to,), loa=Loa.ONE)
        with house.platform.database.transaction(house.id) as connection:
            connection.execute(text("UPDATE deliveries SET state = 'ACKNOWLEDGED', lease_until = NULL"))
        self.age(case_id, age)
        return case_id

    def age(self, case_id: UUID, days: int) -> None:
        """Shift all times of a case into the past."""
        back = {"back": timedelta(days=days), "case": case_id}
        with self.organisation.platform.database.transaction(self.organisation.id) as connection:
            connection.execute(text("UPDATE messages SET created_at = created_at - :back WHERE case_id = :case"), back)
            connection.execute(
                text(
                    "UPDATE cases SET opened_at = opened_at - :back, active_at = active_at - :back,"
                    " closed_at = closed_at - :back, binned_at = binned_at - :back WHERE id = :case"
                ),
                back,
            )

    def listed(self) -> Run:
        """Start a run, and let its list be made."""
        with self.host.work(self.administrator) as work:
            run_id = begin_run(self.host, work)
        self.work()
        return self.run(run_id)

    def run(self, run_id: UUID) -> Run:
        """Return a run in its present state."""
        with self.host.work(self.administrator) as work:
            return find_run(self.host, work, run_id)

    def ask(self, run: Run) -> UUID:
        """Request a run's approval, and return the request's id."""
        with self.host.work(self.administrator) as work:
            return ask_run(self.host, work, run.id, "Tiden har gått ut.").id

    def approve(self, request_id: UUID) -> None:
        """Approve as the second person, and let the worker begin."""
        with self.host.work(self.second) as work:
            approve(work, request_id)
        self.begin_approved()

    def begin_approved(self) -> None:
        """Let a worker carry out what has been approved."""
        platform = self.organisation.platform
        for queue, outbox in core_outboxes(platform, platform.plugins.approval_kinds).items():
            outboxes.run(platform, queue, outbox)

    def work(self) -> None:
        """Let the worker continue until nothing is left to do."""
        while work_on_runs(self.host):
            pass

    def destroyed(self, case_id: UUID) -> bool:
        """Tell whether nothing is left of a case."""
        (row,) = self.organisation.rows("SELECT messages FROM cases WHERE id = :id", id=case_id)
        return row.messages == 0


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("records",))


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("records")
    return made


@pytest.fixture
def records(host: Host, organisation: SampleOrganisation, administrator: SampleUser) -> Records:
    """An organisation with a second administrator."""
    return Records(host, organisation, administrator, organisation.add_user("Sigrid Andra", Role.ADMIN))
