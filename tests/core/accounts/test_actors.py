"""Actors and what they may: no check is passed by leaving something out."""

import inspect
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.core.accounts.face_rules import INSIDE, JUDGE_NOBODY, RULES, Scene

import budkavle
from budkavle import web
from budkavle.accounts.permissions import require_admin, require_overview, require_platform
from budkavle.approvals import ApprovalKind, Approvers, NewApproval, ask_approval
from budkavle.cases import attachments
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, StepUp
from budkavle.model.loa import Loa
from budkavle.model.messages import File
from budkavle.model.people import INSTALLATION, Actor, ActorScope, GuestActor, Role, SystemActor, UserActor
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

READ, WRITE, ADMINISTER = ActorScope.READ, ActorScope.WRITE, ActorScope.ADMINISTER


def test_nobody_is_an_actor_by_leaving_something_out() -> None:
    """Neither a user without an account nor an actor without a kind can be made."""
    make: Any = Actor
    with pytest.raises(TypeError):
        make(uuid4(), None, "Budkavle")
    user: Any = UserActor
    for arguments in ((uuid4(),), (uuid4(), uuid4())):
        with pytest.raises(TypeError):
            user(*arguments)
    system: Any = SystemActor
    with pytest.raises(TypeError):
        system(uuid4())


@pytest.mark.parametrize("require", [require_admin, require_platform, require_overview])
@pytest.mark.parametrize("make", [lambda home: SystemActor(home, "sms"), GuestActor])
def test_nothing_passes_a_check_without_a_scope(
    require: Callable[[Actor], None], make: Callable[[UUID], Actor]
) -> None:
    """A system actor has the scopes that it was made with and no others; a guest has none."""
    with pytest.raises(Forbidden):
        require(make(uuid4()))


@pytest.mark.parametrize("scope", list(ActorScope))
def test_a_scope_is_worth_itself_alone(scope: ActorScope) -> None:
    """None of them brings another with it."""
    actor = SystemActor(uuid4(), "sms", frozenset({scope}))
    assert [one for one in ActorScope if actor.may(one)] == [scope]


@pytest.mark.parametrize(
    ("role", "scopes"),
    [(Role.USER, set()), (Role.ADMIN, {ADMINISTER}), (Role.PLATFORM, {ADMINISTER, ActorScope.INSTALLATION})],
)
def test_a_role_has_its_scopes(role: Role, scopes: set[ActorScope]) -> None:
    """No role reads other people's mailboxes or confirms identities by itself."""
    actor = UserActor(uuid4(), uuid4(), "Anna", role, Loa.THREE)
    assert {one for one in ActorScope if actor.may(one)} == scopes


@pytest.fixture
def platform(open_fake: Callable[..., Platform]) -> Platform:
    """An installation with a kind of request that members of a mailbox decide."""
    kind = ApprovalKind("prove", "Prov", lambda work, request: None, Approvers.MEMBERS)
    return open_fake(approval_kinds=[kind])


@pytest.fixture
def scene(organisation: SampleOrganisation, other_administrator: SampleUser) -> Scene:
    """A case that has come in and a message that has gone out."""
    case_id = organisation.arrive(loa=Loa.TWO, files=(File("brev.txt", "text/plain", b"Hej"),))
    organisation.send(organisation.case_worker)
    upload = attachments.store(organisation.platform, organisation.case_worker, "a.txt", "text/plain", iter([b"a"]))
    with organisation.platform.database.transaction(organisation.id) as connection:
        here = {"organisation": organisation.id}
        found = "SELECT id FROM {table} WHERE organisation_id = :organisation {more}"
        delivery_id = connection.execute(text(found.format(table="deliveries", more="")), here).scalar_one()
        of_case = text(found.format(table="messages", more="AND direction = 'in'"))
        message_id = connection.execute(of_case, here).scalar_one()
        of_message = text(found.format(table="attachments", more="AND message_id IS NOT NULL"))
        attachment_id = connection.execute(of_message, here).scalar_one()
    later = datetime.now(UTC) + timedelta(days=1)
    new = NewApproval("fake.prove", "Något händer.", mailbox_id=organisation.mailbox.id)
    request = in_work(organisation.platform, organisation.colleague, ask_approval, new)
    return Scene(
        organisation, other_administrator, case_id, message_id, delivery_id, attachment_id, upload.id, later, request.id
    )


def actors(scene: Scene) -> dict[str, Actor]:
    """Return every kind of actor."""
    organisation, home = scene.organisation, scene.organisation.id
    return {
        "member": replace(organisation.case_worker, loa=Loa.THREE),
        "below the level": replace(organisation.case_worker, loa=Loa.ONE),
        "mailbox administrator": replace(organisation.mailbox_administrator, loa=Loa.THREE),
        "administrator": replace(organisation.administrator, loa=Loa.THREE),
        "platform": UserActor(home, organisation.administrator.user_id, "Root", Role.PLATFORM, Loa.THREE),
        "colleague": replace(organisation.outsider, loa=Loa.THREE),
        "no scope": SystemActor(home, "sms", plugin="sms"),
        "read": SystemActor(home, "sms", frozenset({READ}), "sms"),
        "read and write": SystemActor(home, "sms", frozenset({READ, WRITE}), "sms"),
        "administer": SystemActor(home, "sms", frozenset({ADMINISTER}), "sms"),
        "accounts": SystemActor(home, "sms", frozenset({ADMINISTER, ActorScope.ACCOUNTS}), "sms"),
        "installation": SystemActor(INSTALLATION, "sms", frozenset({ActorScope.INSTALLATION}), "sms"),
        "every scope": system_actor(home),
        "guest": GuestActor(home),
        "elsewhere": replace(scene.elsewhere, loa=Loa.THREE),
        "every scope elsewhere": system_actor(scene.elsewhere.organisation_id),
    }


def exhaust(steps: Any) -> Any:
    """Run a function that takes a file piece by piece; return what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


ROOMS = [
    import_module(f"budkavle.{room}")
    for room in (
        *("accounts", "approvals", "identification", "cases", "deliveries", "messaging"),
        *("notices", "operations", "organisation", "storage"),
    )
]


FACE: dict[str, Any] = {name: getattr(module, name) for module in (budkavle, web, *ROOMS) for name in module.__all__}


def call(name: str, scene: Scene, actor: Actor) -> None:
    """Call a function of the face as an actor, and undo what it did."""
    rule, platform = RULES[name], scene.organisation.platform
    function = INSIDE.get(name) or FACE[name]
    arguments, keywords = rule.arguments(scene), rule.keywords(scene)
    first = next(iter(inspect.signature(function).parameters))
    if first == "platform":
        function(platform, actor, *arguments, **keywords)
        return
    if first == "actor":
        function(actor, *arguments)
        return
    with suppress(Undo), platform.work(actor) as work:
        result = function(work, *arguments, **keywords)
        if inspect.isgenerator(result):
            exhaust(result)
        raise Undo


class Undo(Exception):
    """What the call did is to leave no trace."""


@pytest.mark.parametrize("name", RULES)
def test_who_may_what(scene: Scene, name: str) -> None:
    """The function works for those that the table names and for nobody else."""
    passed = set()
    for kind, actor in actors(scene).items():
        try:
            call(name, scene, actor)
        except (Forbidden, NotFound, StepUp):
            continue
        except (Conflict, Invalid):
            pass  # the actor may, but not now
        passed.add(kind)
    assert passed == RULES[name].may


def test_every_function_that_takes_an_actor_is_in_the_table() -> None:
    """A new function of the face says whom it works for."""
    taking = {
        name
        for name, function in FACE.items()
        if inspect.isfunction(function) and {"actor", "work"} & set(inspect.signature(function).parameters)
    }
    assert taking == set(RULES) - set(INSIDE) | JUDGE_NOBODY


def test_no_plugin_makes_an_actor_of_its_own() -> None:
    """A built-in plugin gets its actor from `host.system`, and a user's from the user."""
    root = Path(__file__).parents[3]
    files = [*root.glob("plugins/*/budkavle_*/**/*.py"), *root.glob("addressbook/budkavle_*/**/*.py")]
    assert len(files) > 100
    made = [path.name for path in files if re.search(r"\b(?:System|User)Actor\(", path.read_text("utf-8"))]
    assert made == []
