"""A plugin whose work waits for a second person, and asking for it."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.approvals import (
    ApprovalRequest,
    ApprovalState,
    Approvers,
    NewApproval,
    ask_approval,
)
from budkavle.model.loa import Loa
from budkavle.model.messages import Address
from budkavle.model.people import Actor, ActorScope, GuestActor, Role, SystemActor, UserActor
from budkavle.operations import destroy
from budkavle.storage.platform import Work
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import do_job

S = ApprovalState
SECRET = "Planen för flytten"
JOBS = ("outbox.budkavle.approved.desk", "outbox.budkavle.approved.budkavle")
TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")


class Desk:
    """What the plugin `desk` does once it is approved."""

    def __init__(self) -> None:
        self.done: list[tuple[Actor, ApprovalRequest]] = []
        self.failures: list[BaseException] = []
        self.ended: list[tuple[Actor, ApprovalRequest]] = []
        self.failed: list[tuple[Actor, ApprovalRequest]] = []

    def end(self, work: Work, request: ApprovalRequest) -> None:
        self.ended.append((work.actor, request))

    def fail(self, work: Work, request: ApprovalRequest) -> None:
        self.failed.append((work.actor, request))

    def run(self, work: Work, request: ApprovalRequest) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.done.append((work.actor, request))
        mailboxes.create_mailbox(work, f"Ny {request.id}")

    def destroy(self, work: Work, request: ApprovalRequest) -> None:
        destroy(work, request.sentence, case_ids=[UUID(request.content.decode())])
        self.done.append((work.actor, request))


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Any:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def ask(organisation: SampleOrganisation, actor: Actor, group: Approvers = Approvers.MEMBERS, **more: Any) -> UUID:
    """Ask for something that a group decides; return the request's id."""
    given = {
        "mailbox_id": organisation.mailbox.id,
        "details": (("Text", SECRET),),
        "content": b"x",
        "reason": "Det brådskar.",
    } | more
    new = NewApproval(f"desk.{group.value}", "En brevlåda skapas.", **given)
    return in_work(organisation.platform, actor, ask_approval, new).id


def state(organisation: SampleOrganisation, request_id: UUID) -> str:
    return str(rows(organisation, "SELECT state FROM approvals WHERE id = :id", id=request_id)[0].state)


def work_off(organisation: SampleOrganisation) -> None:
    """Do what has been approved, as a worker does."""
    for job in JOBS:
        do_job(organisation.platform, job)


def people(organisation: SampleOrganisation, elsewhere: Actor) -> dict[str, Actor]:
    """Everybody who might try; somebody of another organisation too."""
    home = organisation.id
    return {
        "member": organisation.colleague,
        "manager": organisation.mailbox_administrator,
        "administrator": organisation.administrator,
        "platform": UserActor(home, uuid4(), "Plattform", Role.PLATFORM, Loa.THREE),
        "colleague": organisation.outsider,
        "asker": organisation.case_worker,
        "elsewhere": elsewhere,
        "guest": GuestActor(home),
        "system": SystemActor(home, "desk", frozenset(ActorScope), "desk"),
    }
