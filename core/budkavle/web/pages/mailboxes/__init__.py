"""Function mailboxes: the pages on which they are managed."""

from budkavle.web.pages.mailboxes import boxes, deletion, many, members, one

HANDLERS = [*boxes.HANDLERS, *deletion.HANDLERS, *one.HANDLERS, *members.HANDLERS, *many.HANDLERS]
