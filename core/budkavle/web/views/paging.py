"""List pages: search, filters, order and position are in the URL, and every list has 50 rows per page.

`ListAddress` parses the URL and builds related URLs. `paging` returns what the macros of `macros/paging.html` show.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from budkavle.storage.paging import FIRST_PAGE, PAGE_SIZE, Place, RowPage
from budkavle.web.http.forms import WebRequest

LONGEST_WORD = 200
LARGEST_POSITION = 10**9


@dataclass(frozen=True, slots=True)
class ListAddress:
    """The parsed URL of a list page.

    Attributes:
        path: The path of the page.
        words: The search words.
        sort: The column that the list is sorted by, one of those that the page allows.
        descending: Whether the greatest comes first.
        filters: The chosen value of each filter; those without a choice are left out.
        place: Where in the list the page begins.
        default: The order if the URL has none.
    """

    path: str
    words: str = ""
    sort: str = ""
    descending: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)
    place: Place = FIRST_PAGE
    default: str = ""

    @classmethod
    def read(
        cls,
        request: WebRequest,
        sorts: Sequence[str] = (),
        filters: Mapping[str, Collection[str]] | None = None,
        *,
        default: str = "",
    ) -> "ListAddress":
        """Parse the URL of a request; invalid values are ignored.

        Args:
            request: The request for the list page.
            sorts: The columns by which the list can be sorted.
            filters: The values of each filter, by the filter's name. A filter without values takes any text.
            default: The order if the URL has none, such as `name`, or `-last` for the greatest first.

        Example:
            address = ListAddress.read(request, ("name", "last"), {"role": ("user", "admin")}, default="name")
        """
        parameters = request.query_params
        requested_order = parameters.get("sort", "")
        order = requested_order if requested_order.removeprefix("-") in sorts else default
        chosen = {name: parameters.get(name, "")[:LONGEST_WORD] for name in filters or {}}
        position = parameters.get("from", "1")
        return cls(
            request.url.path,
            parameters.get("q", "").strip()[:LONGEST_WORD],
            order.removeprefix("-"),
            order.startswith("-"),
            {
                name: value
                for name, value in chosen.items()
                if value and (not (values := (filters or {})[name]) or value in values)
            },
            Place(parameters.get("after", ""), parameters.get("before", ""), _position(position)),
            default,
        )

    @property
    def order(self) -> str:
        """The order as written in the URL."""
        return f"-{self.sort}" if self.descending else self.sort

    def url(self, place: Place = FIRST_PAGE, **changes: str) -> str:
        """Return a URL of the same list.

        Args:
            place: Where the page begins; by default the first page.
            changes: New values for filters, `q` or `sort`; an empty value removes a filter.
        """
        values = {"q": self.words, **self.filters, "sort": self.order, "after": place.after, "before": place.before}
        values |= {"from": str(place.position) if place.position > 1 else ""} | changes
        if values["sort"] == self.default:
            values["sort"] = ""
        filled = {name: value for name, value in values.items() if value}
        return f"{self.path}?{urlencode(filled)}" if filled else self.path

    def here(self, **changes: str) -> str:
        """Return the URL of the same page of the same list, such as one with a row opened next to it."""
        return self.url(self.place, **changes)

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """Return the hidden fields of a form that searches the list.

        Args:
            without: The filters that the form has fields for.
        """
        values = {**self.filters, "sort": "" if self.order == self.default else self.order}
        return [(name, value) for name, value in values.items() if value and name not in without]

    def column(self, name: str, text: str, *, falling: bool = False) -> "SortColumn":
        """Return the header of a column by which the list can be sorted.

        Args:
            name: The column.
            text: Its label.
            falling: Whether the first press puts the greatest first, as for times and counts.
        """
        current = self.sort == name
        descending = not self.descending if current else falling
        return SortColumn(text, self.url(sort=f"-{name}" if descending else name), current, self.descending)

    def at(self, page: RowPage) -> "ListAddress":
        """Return the address of the page that was found; that is the first one if the requested place is gone."""
        return replace(self, place=page.place)


@dataclass(frozen=True, slots=True)
class SortColumn:
    """The header of a column by which a list can be sorted.

    Attributes:
        text: The column's label.
        url: The list sorted by it, or in reverse if it already is.
        current: Whether the list is sorted by it.
        descending: Whether the list is sorted with the greatest first.
    """

    text: str
    url: str
    current: bool
    descending: bool


@dataclass(frozen=True, slots=True)
class Paging:
    """The line below a list: "1 till 50 av 1 248", and links to the previous and next pages.

    Attributes:
        first: The position of the first row shown.
        last: The position of the last row shown.
        total: The number of rows of the whole list; None if not counted.
        previous_url: The previous page; None on the first one.
        next_url: The next page; None on the last one.
    """

    first: int
    last: int
    total: int | None
    previous_url: str | None
    next_url: str | None


def paging(address: ListAddress, page: RowPage, total: int | None, key: str = "id") -> Paging:
    """Return the line below a list.

    Args:
        address: The address of the list.
        page: The shown page.
        total: The number of rows of the whole list; None if counting takes too long.
        key: The name of the column that identifies a row.

    Example:
        {{ pages(paging) }}, where the context has {"paging": paging(address, page, total)}
    """
    if not page.rows:
        return Paging(0, 0, total, None, None)
    first, shown = page.place.position, len(page.rows)
    previous = Place(before=str(page.rows[0][key]), position=max(first - PAGE_SIZE, 1))
    following = Place(after=str(page.rows[-1][key]), position=first + shown)
    return Paging(
        first,
        first + shown - 1,
        total,
        address.url(previous) if page.more_before else None,
        address.url(following) if page.more_after else None,
    )


def _position(text: str) -> int:
    return (
        max(1, min(int(text), LARGEST_POSITION)) if text.isdecimal() and len(text) <= len(str(LARGEST_POSITION)) else 1
    )
