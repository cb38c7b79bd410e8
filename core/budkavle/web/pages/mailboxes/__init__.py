"""Function mailboxes: the pages for managing them."""

from budkavle.web.pages.mailboxes import boxes, deletion, many, members, one

HANDLERS = [*boxes.HANDLERS, *deletion.HANDLERS, *one.HANDLERS, *members.HANDLERS, *many.HANDLERS]
