"""A user's choices for lists: the height of a row, the order, and what opens after a closed case."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle.accounts.preferences import prefer, preferences
from budkavle.identification.flow import safe_path
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form

PREFERENCE = "lists"
ORDERS = {"newest": False, "oldest": True}


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
    known = {field.name for field in fields(ListChoices)}
    return ListChoices(**{name: bool(value) for name, value in stored.items() if name in known})


@post("/account/lists", sync_to_thread=True)
def choose_lists(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Save the user's choices for lists."""
    choices = ListChoices(
        compact=form.get("height") == "compact",
        oldest_first=ORDERS.get(form.get("order"), False),
        next_case=form.get("after") == "next",
    )
    with visitor.work() as work:
        prefer(work, PREFERENCE, asdict(choices))
    return Redirect("/account?said=saved", status_code=303)


@post("/account/lists/order", sync_to_thread=True)
def choose_order(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Reverse the order of all lists, and redirect back to the list."""
    with visitor.work() as work:
        oldest_first = ORDERS.get(form.get("order"), False)
        prefer(work, PREFERENCE, {**asdict(list_choices(work)), "oldest_first": oldest_first})
    return Redirect(safe_path(form.get("list")), status_code=303)


HANDLERS = [choose_lists, choose_order]
