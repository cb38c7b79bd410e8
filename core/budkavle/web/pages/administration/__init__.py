"""Administration: the pages for administrators of the whole installation."""

from budkavle.web.pages.administration import licences, overview

HANDLERS = [*overview.HANDLERS, *licences.HANDLERS]
