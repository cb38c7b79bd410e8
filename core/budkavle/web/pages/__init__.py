"""The pages, one file for each group; `HANDLERS` is all their routes."""

from budkavle.web.pages import case, compose, inbox, sign_in

HANDLERS = [*sign_in.HANDLERS, *inbox.HANDLERS, *case.HANDLERS, *compose.HANDLERS]
