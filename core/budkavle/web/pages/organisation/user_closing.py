"""Closing an account: the successor in each mailbox, and who may then read the personal inbox (features O2, OX5)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.accounts import mailboxes, user_list, users
from budkavle.accounts.closed_accounts.due import last_day
from budkavle.accounts.closed_accounts.settings import ClosedAccountSettings
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import read_settings
from budkavle.identification import administration, succession
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.times import day_in_words
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.organisation.user_changes import own_rights, require_authority
from budkavle.web.pages.organisation.users import HERE, may_change, step_up_to
from budkavle.web.views.layout import page

EVERY = "successor"
"""The field for the successor in all mailboxes; for a single mailbox its id follows after a dot."""


@get(f"{HERE}/{{user_id:uuid}}/close", sync_to_thread=True)
def show_closing(visitor: NamedDependency[Visitor], user_id: FromPath[UUID]) -> Response[str]:
    """Show what closing an account means, and ask for successors."""
    require_admin(visitor.actor)
    return _page(visitor, user_id)


@post(f"{HERE}/{{user_id:uuid}}/close", sync_to_thread=True)
def close(visitor: NamedDependency[Visitor], form: NamedDependency[Form], user_id: FromPath[UUID]) -> Response[Any]:
    """Close an account, and hand over its mailboxes."""
    require_authority(visitor)
    typed = {name: form.get(name) for name in form.values if name.partition(".")[0] == EVERY and form.get(name)}
    is_own = user_id == visitor.actor.user_id
    if is_own and not form.get("sure") and (question := own_rights(visitor, "close", typed)) is not None:
        return question
    try:
        with visitor.work() as work:
            successors = _successors(work, user_id, typed)
            administration.close(work, user_id, successors)
    except Invalid as error:
        faults = {name: visitor.say(sentence) for name, sentence in error.fields.items()}
        return _page(visitor, user_id, typed, faults, status=422)
    return Redirect("/" if is_own else f"{HERE}/{user_id}?said=closed", status_code=303)


@post(f"{HERE}/{{user_id:uuid}}/successor", sync_to_thread=True)
def ask_for_successor(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], user_id: FromPath[UUID]
) -> Response[Any]:
    """Request another administrator's approval for somebody to read a closed account's personal inbox."""
    require_authority(visitor)
    try:
        with visitor.work() as work:
            administration.require_authority(work, user_id)
            successor_id = succession.find_successor(work, form.get("reader"), user_id)
            succession.ask_to_succeed(work, user_id, successor_id, form.get("reason"))
    except (Invalid, Conflict) as error:
        fault = visitor.say(next(iter(error.fields.values()), error.sentence))
        typed = {"reader": form.get("reader"), "reason": form.get("reason")}
        return _page(visitor, user_id, typed, {"reader": fault}, status=422)
    return Redirect(f"{HERE}/{user_id}?said=asked", status_code=303)


def _successors(work: Work, user_id: UUID, typed: Mapping[str, str]) -> dict[UUID, UUID]:
    """Return the successor for each mailbox; a mailbox's own field overrides the one for all."""
    chosen: dict[UUID, UUID] = {}
    for box in user_list.mailboxes_of(work, user_id):
        name = f"{EVERY}.{box.id}" if typed.get(f"{EVERY}.{box.id}") else EVERY
        if not typed.get(name):
            continue
        try:
            chosen[box.id] = succession.find_successor(work, typed[name], user_id)
        except Invalid as error:
            raise Invalid(error.sentence, fields={name: error.sentence}) from error
    return chosen


def _page(
    visitor: Visitor,
    user_id: UUID,
    typed: Mapping[str, str] = MappingProxyType({}),
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    status: int = 200,
) -> Response[str]:
    with visitor.work() as work:
        person = users.user(work, user_id)
        boxes = user_list.mailboxes_of(work, user_id)
        sizes = mailboxes.sizes(work)
        days = read_settings(work, ClosedAccountSettings).retention_days
    context = {
        "person": person,
        "own": user_id == visitor.actor.user_id,
        "boxes": [{"id": box.id, "name": box.name, "alone": sizes.get(box.id, 0) == 1} for box in boxes],
        "typed": typed,
        "faults": list(faults.items()),
        "fault": faults,
        "may": may_change(visitor),
        "step_up": step_up_to(visitor, f"{HERE}/{user_id}/close"),
        "days": succession.LASTS.days,
        "open_until": day_in_words(last_day(datetime.now(UTC), days), visitor.language),
    }
    return page(visitor, "pages/organisation_user_close.html", context, folder="organisation", status=status)


HANDLERS = [show_closing, close, ask_for_successor]
