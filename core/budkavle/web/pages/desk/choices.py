"""A user's choices for lists: the height of a row, the order, and what opens after a closed case."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle.accounts.preferences import prefer, preferences
from budkavle.identification.flow import safe_path
from budkavle.model.errors import Invalid
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_

PREFERENCE = "lists"
HEIGHTS = {"comfortable": False, "compact": True}
ORDERS = {"newest": False, "oldest": True}
NOT_OFFERED = N_("Välj ett av alternativen.")


@dataclass(frozen=True, slots=True)
class ListChoices:
    """A person's own choices for all lists of cases.

    Attributes:
        compact: Whether a row is 64 points high instead of 76.
        oldest_first: Whether the case that has waited longest comes first.
        next_case: Whether the next case of the list opens when one is closed.
    """

    compact: bool = False
    oldest_first: bool = False
    next_case: bool = True


def list_choices(work: Work) -> ListChoices:
    """Return the actor's choices for lists."""
    user_id = work.actor.user_id
    stored = preferences(work, user_id).get(PREFERENCE, {}) if user_id else {}
    field_names = {field.name for field in fields(ListChoices)}
    return ListChoices(**{name: bool(value) for name, value in stored.items() if name in field_names})


def save_choices(work: Work, form: Form) -> None:
    """Save the actor's choices for lists.

    Raises:
        Invalid: Something is not among the choices.
    """
    typed = {"height": HEIGHTS.get(form.get("height")), "order": ORDERS.get(form.get("order"))}
    if faults := {name: NOT_OFFERED for name, value in typed.items() if value is None}:
        raise Invalid("Valen kunde inte sparas.", fields=faults)
    choices = ListChoices(bool(typed["height"]), bool(typed["order"]), next_case=form.get("after") == "next")
    prefer(work, PREFERENCE, asdict(choices))


@post("/account/lists/order", sync_to_thread=True)
def choose_order(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Reverse the order of all lists, and redirect back to the list."""
    if form.get("order") not in ORDERS:
        raise Invalid(NOT_OFFERED)
    with visitor.work() as work:
        prefer(work, PREFERENCE, {**asdict(list_choices(work)), "oldest_first": ORDERS[form.get("order")]})
    return Redirect(safe_path(form.get("list")), status_code=303)


HANDLERS = [choose_order]
