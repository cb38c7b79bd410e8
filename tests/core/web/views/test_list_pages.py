"""The address of a list page says search, filters, order and place, and nothing of the rows."""

from uuid import UUID

from litestar.testing import RequestFactory

from budkavle.storage.paging import FIRST_PAGE, Place, RowPage
from budkavle.storage.platform import Platform
from budkavle.web.views.paging import ListAddress, paging
from budkavle.web.views.render import Pages, grouped

FILTERS = {"role": ("user", "admin"), "way": ()}
ROW = UUID(int=5)


def address(query: dict[str, str]) -> ListAddress:
    request = RequestFactory().get("/organisation/users", query_params={**query})
    return ListAddress.read(request, ("name", "last"), FILTERS, default="name")


def rows(count: int, place: Place = FIRST_PAGE, *, more: bool = True) -> RowPage:
    return RowPage([{"id": ROW, "name": "Eva Holm"}] * count, place, place != FIRST_PAGE, more)  # type: ignore[list-item]


def test_an_address_is_read_and_written_alike() -> None:
    whole = {"q": "eva å", "role": "admin", "way": "totp", "sort": "-last", "after": str(ROW), "from": "51"}
    here = address(whole)
    assert (here.words, here.sort, here.descending, here.place) == ("eva å", "last", True, Place(str(ROW), "", 51))
    assert address({}).url() == "/organisation/users"
    assert here.here() == (
        "/organisation/users?q=eva+%C3%A5&role=admin&way=totp&sort=-last&after=00000000-0000-0000-0000-000000000005&from=51"
    )
    assert here.url(role="") == "/organisation/users?q=eva+%C3%A5&way=totp&sort=-last"


def test_what_an_address_says_wrongly_is_left_out() -> None:
    wrong = address({"role": "king", "sort": "password_hash", "from": "1e9", "q": "x" * 900})
    assert (wrong.filters, wrong.order, wrong.place, len(wrong.words)) == ({}, "name", FIRST_PAGE, 200)


def test_a_form_keeps_what_it_has_no_fields_for() -> None:
    here = address({"role": "admin", "way": "totp", "sort": "-last"})
    assert here.hidden("role") == [("way", "totp"), ("sort", "-last")]


def test_a_column_sorts_the_other_way_at_the_second_press() -> None:
    name, last = (address({}).column(column, "", falling=column == "last") for column in ("name", "last"))
    assert (name.current, name.descending, name.url) == (True, False, "/organisation/users?sort=-name")
    assert (last.current, last.url) == (False, "/organisation/users?sort=-last")
    assert address({"sort": "-name"}).column("name", "").url == "/organisation/users"


def test_the_pages_beside_are_named_by_a_key_alone() -> None:
    first = paging(address({}), rows(50), 1248)
    assert (first.first, first.last, first.previous_url) == (1, 50, None)
    assert first.next_url == f"/organisation/users?after={ROW}&from=51"
    third = paging(address({}), rows(50, Place(after=str(ROW), position=101)), 1248)
    assert third.previous_url == f"/organisation/users?before={ROW}&from=51"
    assert paging(address({}), rows(8, Place(after=str(ROW), position=1201), more=False), 1208).next_url is None


def test_the_foot_of_a_list_in_both_languages(budkavle_platform: Platform) -> None:
    pages = Pages.of(budkavle_platform)
    template = '{% from "macros/paging.html" import pages %}{{ pages(paging) }}'
    shown = {"paging": paging(address({}), rows(50), 1248)}
    swedish, english = (pages.environments[lang].from_string(template).render(shown) for lang in ("sv", "en"))
    assert "1 till 50 av 1\u00a0248" in swedish
    assert "Nästa" in swedish
    assert "Föregående" not in swedish
    assert "1 to 50 of 1,248" in english
    assert "Next" in english
    assert grouped(999) == "999"
    whole = {"paging": paging(address({}), rows(4, more=False), 4)}
    assert pages.environments["sv"].from_string(template).render(whole) == ""  # all of it is there to be seen
