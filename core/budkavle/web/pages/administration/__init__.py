"""Administration: the pages for administrators of the whole installation."""

from budkavle.web.pages.administration import overview

HANDLERS = [*overview.HANDLERS]
