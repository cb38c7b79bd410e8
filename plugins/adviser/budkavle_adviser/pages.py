"""The address that the word list had before it became a settings section."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle.accounts import require_admin
from budkavle.web import Visitor

OLD_PATH = "/plugin/adviser/words"
PATH = "/organisation/settings/adviser.words"


def router() -> Router:
    """Return the route."""

    @get(OLD_PATH)
    async def moved(visitor: NamedDependency[Visitor]) -> Redirect:
        """Redirect administrators to the new address."""
        require_admin(visitor.actor)
        return Redirect(PATH, status_code=301)

    return Router("", route_handlers=[moved])
