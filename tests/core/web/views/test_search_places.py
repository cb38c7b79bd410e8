"""Marks of a search in the text of an open case."""

import pytest

from budkavle.cases.finding.words import terms
from budkavle.web.views.searches.places import MOST, mark_places


@pytest.mark.feature("E26")
def test_each_place_leads_to_the_next_and_the_last_to_the_first() -> None:
    """In any form of the word, across messages; what is marked is text alone, and stays escaped."""
    bodies = ['<p title="möte">Ett &lt;möte&gt; till</p>', "<ul><li>mötet</li></ul>", "<p>annat</p>"]
    (first, second, third), count = mark_places(bodies, terms("möte"), "Nästa", "Första")
    assert count == 2
    assert first == (
        '<p title="möte">Ett &lt;<mark id="place-1" tabindex="-1">möte</mark>'
        '<a class="next-place" href="#place-2">Nästa</a>&gt; till</p>'
    )
    assert '<mark id="place-2" tabindex="-1">mötet</mark><a class="next-place" href="#place-1">Första</a>' in second
    assert third == bodies[2]


@pytest.mark.feature("E26")
def test_a_place_in_a_link_is_marked_and_not_numbered() -> None:
    """A link in a link is none; a single place leads nowhere; what has very many places is marked as far as it goes."""
    (text,), count = mark_places(['<p><a href="https://x.example/möte">möte</a></p>'], terms("möte"), "", "")
    assert (text, count) == ('<p><a href="https://x.example/möte"><mark>möte</mark></a></p>', 0)
    (text,), count = mark_places(["<p>möte<br></p>"], terms("möte"), "", "")
    assert (text, count) == ('<p><mark id="place-1" tabindex="-1">möte</mark><br></p>', 1)
    (text,), count = mark_places(["möte " * (MOST + 5)], terms("möte"), "", "")
    assert (count, text.count("<mark")) == (MOST, MOST)
