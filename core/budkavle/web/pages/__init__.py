"""The pages, one file for each group; `HANDLERS` is all their routes."""

from budkavle.web.pages import (
    account,
    account_methods,
    approvals,
    case,
    deliveries,
    drafts,
    health,
    help_page,
    inbox,
    mailbox_members,
    mailboxes,
    organisation,
    organisation_users,
    settings_sections,
    sign_in,
)
from budkavle.web.pages.compose import handlers

HANDLERS = [
    *sign_in.HANDLERS,
    *inbox.HANDLERS,
    *case.HANDLERS,
    *handlers.HANDLERS,
    *drafts.HANDLERS,
    *approvals.HANDLERS,
    *deliveries.HANDLERS,
    *mailboxes.HANDLERS,
    *mailbox_members.HANDLERS,
    *account.HANDLERS,
    *account_methods.HANDLERS,
    *health.HANDLERS,
    *organisation.HANDLERS,
    *organisation_users.HANDLERS,
    *settings_sections.HANDLERS,
    *help_page.HANDLERS,
]
