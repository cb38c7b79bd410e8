"""Links from a case to the pages for teamwork."""

from dataclasses import dataclass

from budkavle.messaging.case_view import CaseView
from budkavle.model.states import CaseState
from budkavle.web.auth import Visitor


@dataclass(frozen=True, slots=True)
class TeamLink:
    """A link in the menu Mer; `key` is its keyboard shortcut."""

    url: str
    text: str
    icon: str
    key: str = ""


def team_links(visitor: Visitor, view: CaseView, query: str, *, shared: bool) -> list[TeamLink]:
    """Return links to the actions on a case; none in a personal inbox.

    Args:
        visitor: The reader.
        view: The case.
        query: The query that keeps the list next to the case.
        shared: Whether it is a function mailbox.
    """
    if not shared or view.case.state is CaseState.BINNED:
        return []
    base, say = f"/c/{view.case.id}", visitor.say
    links: list[TeamLink] = []
    if view.case.state is CaseState.OPEN:
        links.append(TeamLink(f"{base}/assign{query}", say("Tilldela en kollega"), "assign", "a"))
        links.append(TeamLink(f"{base}/due{query}", say("Sätt svarsdatum"), "calendar"))
    links.append(TeamLink(f"{base}/tags{query}", say("Taggar"), "tag", "g"))
    text = say("Ändra begränsningen") if view.case.restricted else say("Begränsa ärendet")
    links.append(TeamLink(f"{base}/restrict{query}", text, "lock"))
    links.append(TeamLink(f"{base}/move{query}", say("Flytta till en annan brevlåda"), "move"))
    return links
