"""Function mailboxes: the pages on which they are managed."""

from budkavle.web.pages.mailboxes import boxes, members

HANDLERS = [*boxes.HANDLERS, *members.HANDLERS]
