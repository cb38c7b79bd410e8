"""Changing an account from its sheet: number, sign-in methods, role, one-time password (features O2, OX5)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.accounts import passwords, user_list, users
from budkavle.accounts.permissions import require_admin
from budkavle.identification import account_methods, administration
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.people import Role
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.organisation.users import HERE, Refused, sheet_page
from budkavle.web.views.layout import page

AGAIN = "Visa vem du är igen, innan du ändrar någon annans konto."


@post(f"{HERE}/{{user_id:uuid}}/personnummer", sync_to_thread=True)
def set_personnummer(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Set the account's personal identity number, with a reason, so that an e-identification opens it."""
    require_authority(visitor)
    set_number = partial(administration.set_personnummer, reason=form.get("reason"))
    refused = _change_field(request, visitor, user_id, ("personnummer", form), set_number)
    return refused or done(request, user_id, "saved")


@post(f"{HERE}/{{user_id:uuid}}/role", sync_to_thread=True)
def change_role(
    request: WebRequest,
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Change a user's role."""
    require_authority(visitor)
    gives_up = user_id == visitor.actor.user_id and form.get("role") == Role.USER
    if gives_up and not form.get("sure") and (question := own_rights(visitor, "role", {"role": Role.USER.value})):
        return question
    refused = _change_field(request, visitor, user_id, ("role", form), administration.change_role)
    return refused or (Redirect("/", status_code=303) if gives_up else done(request, user_id, "role"))


@post(f"{HERE}/{{user_id:uuid}}/password", sync_to_thread=True)
def reset_password(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
    user_id: FromPath[UUID],
) -> Response[Any]:
    """Send a link to choose a password; if mail cannot be sent, show a one-time password once."""
    require_authority(visitor)
    with visitor.work() as work:
        password = administration.reset_password(work, user_id)
        person = users.user(work, user_id)
    context = {"person": person, "given": password, "hours": passwords.ONCE_FOR.total_seconds() // 3600}
    return page(visitor, "pages/organisation_password.html", context, folder="organisation")


def _account_button(word: str, said: str, deed: Callable[[Work, UUID], object]) -> HTTPRouteHandler:
    @post(f"{HERE}/{{user_id:uuid}}/{word}", sync_to_thread=True)
    def change_account(
        request: WebRequest,
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token
        user_id: FromPath[UUID],
    ) -> Response[Any]:
        """Do what the button says, and redirect back to the sheet with a confirmation."""
        require_authority(visitor)
        with visitor.work() as work:
            deed(work, user_id)
        return done(request, user_id, said)

    return change_account


def _method_button(word: str, said: str, deed: Callable[[Work, UUID, UUID], object]) -> HTTPRouteHandler:
    @post(f"{HERE}/{{user_id:uuid}}/methods/{{identity_id:uuid}}/{word}", sync_to_thread=True)
    def change_method(
        request: WebRequest,
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token
        user_id: FromPath[UUID],
        identity_id: FromPath[UUID],
    ) -> Response[Any]:
        """Remove a sign-in method, or confirm that it belongs to the account's owner."""
        require_authority(visitor)
        with visitor.work() as work:
            deed(work, user_id, identity_id)
        return done(request, user_id, said)

    return change_method


def _change_field(
    request: WebRequest,
    visitor: Visitor,
    user_id: UUID,
    typed: tuple[str, Form],
    change: Callable[[Work, UUID, str], object],
) -> Response[str] | None:
    """Change a field of the sheet; if that fails, return the sheet with the error at the field."""
    field, form = typed
    try:
        with visitor.work() as work:
            change(work, user_id, form.get(field))
    except (Invalid, Conflict) as error:
        faults = visitor.say_all(error.fields or {field: error.sentence})
        fields: tuple[str, ...] = ("personnummer", "reason", "role")
        typed_values = {name: form.get(name) for name in fields if name in form.values}
        return sheet_page(request, visitor, user_id, refused=Refused(faults, typed_values, error.status))
    return None


def require_authority(visitor: Visitor) -> None:
    """Require an administrator of the organisation who has identified recently.

    Raises:
        Forbidden: The visitor is not an administrator of the organisation.
        StepUp: It was too long ago.
    """
    require_admin(visitor.actor)
    with visitor.work() as work:
        require_fresh(visitor, AGAIN, account_methods.required_loa(work))


def own_rights(visitor: Visitor, deed: str, fields: Mapping[str, str]) -> Response[str] | None:
    """Ask administrators who remove their own rights to confirm it, and say what they lose.

    Args:
        visitor: The administrator.
        deed: `role` or `close`.
        fields: The values of the form so far.

    Returns:
        The page; None for the last administrator, whose rights cannot be removed.
    """
    with visitor.work() as work:
        if user_list.count_users(work).administrators == 1:
            return None
    context = {"deed": deed, "fields": fields, "person": visitor.session.user}
    return page(visitor, "pages/organisation_user_own.html", context, folder="organisation")


def done(request: WebRequest, user_id: UUID, code: str) -> Response[Any]:
    """Redirect back to the sheet, with the list next to it as it was."""
    query = request.url.query
    return Redirect(f"{HERE}/{user_id}?said={code}" + (f"&{query}" if query else ""), status_code=303)


HANDLERS = [
    set_personnummer,
    change_role,
    reset_password,
    _account_button("end-sessions", "ended", administration.end_sessions),
    _account_button("open", "opened", administration.reopen),
    _account_button("invite", "invited", administration.invite_again),
    _account_button("withdraw", "withdrawn", administration.withdraw_invitation),
    _account_button("reset", "reset", administration.reset_methods),
    _method_button("remove", "removed", administration.remove_method),
    _method_button("confirm", "confirmed", administration.confirm),
]
