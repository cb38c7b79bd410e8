"""The schema: users with the enterprise extension, groups, and how tolerantly requests are read."""

import unicodedata
from functools import cache
from typing import Annotated, Any, Final, TypeAlias

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    EnterpriseUser,
    ETag,
    Filter,
    GroupMember,
    Mutability,
    Pagination,
    Patch,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)
from scim2_models import Group as StandardGroup

MOST: Final = 200
"""Resources on a page."""
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DirectoryUser: TypeAlias = User[EnterpriseUser]


class Member(GroupMember):
    """A member of a group, by id only; a name sent by the directory is not stored."""

    display: Annotated[str | None, Mutability.read_only] = None


class Group(StandardGroup):
    """A group; its members are stored as rows, not in a document."""

    members: list[Member] | None = None  # type: ignore[assignment] # nothing else is put into it


# Entra's deviations from the standard: its own attributes, a value instead of a filter, and paths into entries that do
# not exist yet.
POLICY: Final = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
CONFIG: Final = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    pagination=Pagination(
        cursor=True,
        index=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=MOST,
        max_page_size=MOST,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="A token that an administrator has made.",
        )
    ],
)
PROVIDER: Final = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[ResourceType.from_resource(DirectoryUser), ResourceType.from_resource(Group)],
    config=CONFIG,
    policy=POLICY,
)


def type_of(message: Any, model: Any) -> Any:
    """Return the type of a message about a kind of resource, such as a list of users.

    It is cached: the library creates the type at each use, which takes longer than the rest of a request.
    """
    return _made_type(message, model)


@cache
def _made_type(message: Any, model: Any) -> Any:
    return message[model]


def compared(text: str) -> str:
    """Return a text normalised for case-insensitive comparison in SCIM."""
    return unicodedata.normalize("NFC", text).lower()
