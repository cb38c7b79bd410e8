"""Teamwork on a case: each action has its own page, which returns to the case."""

from budkavle.web.pages.teamwork import assigning, due_pages, moving, restricted_cases, restricting, tag_pages

HANDLERS = [
    *assigning.HANDLERS,
    *due_pages.HANDLERS,
    *moving.HANDLERS,
    *restricting.HANDLERS,
    *restricted_cases.HANDLERS,
    *tag_pages.HANDLERS,
]
