"""The pages, one file for each group; `HANDLERS` is all their routes."""

from budkavle.web.pages import (
    account,
    account_methods,
    administration,
    approvals,
    case,
    deliveries,
    drafts,
    events,
    files,
    health,
    help_pages,
    inbox,
    mailboxes,
    notice_choices,
    organisation,
    searching,
    sign_in,
    teamwork,
)
from budkavle.web.pages.compose import handlers
from budkavle.web.pages.desk import bulk, choices, chosen

HANDLERS = [
    *sign_in.HANDLERS,
    *inbox.HANDLERS,
    *searching.HANDLERS,
    *case.HANDLERS,
    *files.HANDLERS,
    *handlers.HANDLERS,
    *teamwork.HANDLERS,
    *drafts.HANDLERS,
    *approvals.HANDLERS,
    *deliveries.HANDLERS,
    *mailboxes.HANDLERS,
    *account.HANDLERS,
    *bulk.HANDLERS,
    *chosen.HANDLERS,
    *choices.HANDLERS,
    *account_methods.HANDLERS,
    *notice_choices.HANDLERS,
    *health.HANDLERS,
    *organisation.HANDLERS,
    *events.HANDLERS,
    *administration.HANDLERS,
    *help_pages.HANDLERS,
]
