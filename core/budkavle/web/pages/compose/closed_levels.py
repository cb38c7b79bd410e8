"""The users of a mailbox who could not read what is sent from it at a level, nor the answers."""

from collections.abc import Iterable
from uuid import UUID

from budkavle.accounts.mailboxes import members
from budkavle.identification.account_methods import out_of_reach, reaching
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_

NAMED = 3
"""The most colleagues named; the rest are counted."""
STEP_UP = N_(
    "Du är inloggad på nivå {now}. För att läsa svaret, och det du själv har skickat, behöver du legitimera dig på "
    "nivå {loa}."
)
NO_WAY = N_(
    "Ingen av dina inloggningar når nivå {loa}. Du kan skicka, men varken läsa svaret eller det du själv har skickat. "
    "Lägg till ett sätt att logga in under Mitt konto, eller välj en lägre nivå."
)
COLLEAGUES = N_(
    "Når inte nivå {loa} och kan inte läsa det: {names}. Be dem lägga till ett sätt under Mitt konto, eller välj en "
    "lägre nivå."
)
MORE = N_("{names} och {number} till")


def warnings(visitor: Visitor, mailbox: FunctionMailbox, levels: Iterable[Loa]) -> list[tuple[int, str]]:
    """Return warnings about levels that the sender should see before sending: the level, and a sentence.

    Args:
        visitor: The sender.
        mailbox: The mailbox that it is sent from.
        levels: The levels to choose from.
    """
    sentences: list[tuple[int, str]] = []
    for level in levels:
        if not visitor.actor.loa.meets(level):
            sentences.append((int(level), _own(visitor, level)))
        if mailbox.kind is MailboxKind.FUNCTION and (names := _colleagues(visitor, mailbox.id, level)):
            sentences.append((int(level), visitor.say(COLLEAGUES, loa=int(level), names=_listed(visitor, names))))
    return sentences


def _own(visitor: Visitor, level: Loa) -> str:
    with visitor.work() as work:
        has_way = bool(reaching(work, level).linked)
    return visitor.say(STEP_UP if has_way else NO_WAY, now=int(visitor.actor.loa), loa=int(level))


def _colleagues(visitor: Visitor, mailbox_id: UUID, level: Loa) -> list[str]:
    with visitor.work() as work:
        others = {
            member.user_id: member.name
            for member in members(work, mailbox_id)
            if member.user_id != visitor.actor.user_id
        }
        below = out_of_reach(work, others, level)
    return [name for user_id, name in others.items() if user_id in below]


def _listed(visitor: Visitor, names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else visitor.say(MORE, names=shown, number=len(names) - NAMED)
