"""The tour: five steps for users who sign in for the first time; also linked from Hjälp (E29)."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle.accounts.preferences import prefer, preferences
from budkavle.model.errors import NotFound
from budkavle.web.auth import Visitor
from budkavle.web.help_texts import Audience, help_texts
from budkavle.web.views.layout import page

TOUR = "/help/tour"
PREFERENCE = "tour"
ICONS = ("inbox", "hand", "compose", "letter", "question")
"""One icon for each step."""


def is_new(visitor: Visitor) -> bool:
    """Tell whether the user should see the tour now; it is offered once, which is stored on the server."""
    user_id = visitor.session.user.id
    with visitor.work() as work:
        if PREFERENCE in preferences(work, user_id):
            return False
        prefer(work, PREFERENCE, value=True)
    return True


@get(TOUR, sync_to_thread=True)
def show_step(visitor: NamedDependency[Visitor], step: FromQuery[int] = 1) -> Response[Any]:
    """Show one step of the tour."""
    texts = help_texts(visitor.platform.plugins.folders("help"), visitor.language)
    steps = [text for text in texts if text.audience is Audience.TOUR]
    if not 1 <= step <= len(steps):
        raise NotFound("Rundturen har inget sådant steg. Börja om från Hjälp.")
    context = {
        "text": steps[step - 1],
        "icon_name": ICONS[(step - 1) % len(ICONS)],
        "step": step,
        "last": len(steps),
        "back_url": f"{TOUR}?step={step - 1}" if step > 1 else "",
        "next_url": f"{TOUR}?step={step + 1}" if step < len(steps) else "",
    }
    return page(visitor, "pages/help_tour.html", context, folder="help")


HANDLERS = [show_step]
