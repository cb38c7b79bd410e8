"""Administration: the page that names plugins' faults."""

import pytest

from budkavle.model.people import Role
from budkavle.plugins.breakers import LIMIT, Called

HERE = "/administration/plugins"


@pytest.fixture
def root(browse, other_organisation):
    """The browser of the installation's administrator."""
    return browse(other_organisation.add_user("Root Chef", Role.PLATFORM))


def fail(platform, called, times, function=None):
    """Let a part of a plugin fail."""

    def raises():
        raise LookupError("Anna Andersson 19121212-1212")

    for _ in range(times):
        with pytest.raises(LookupError):
            platform.plugins.walls.ask(called, 5.0, function or raises)
    platform.plugins.walls.tell.__self__.store()


@pytest.mark.feature("PL5")
def test_the_page_names_plugin_hook_since_when_and_line(platform, root):
    """What is paused, what has failed once, and what works again; never what the error said."""
    assert "Inga fel" in root.get(HERE).text
    fail(platform, Called("pigeon", "panels", "nav.item"), LIMIT)
    fail(platform, Called("pigeon", "jobs", "homing"), 1)
    well = Called("loft", "directories", "loft.search")
    fail(platform, well, 1)
    platform.plugins.walls.ask(well, 5.0, int)
    platform.plugins.walls.tell.__self__.store()
    shown = root.get(HERE).text
    for words in ("En del av ett tillägg är pausad", "nav.item", "homing", "loft.search", f"{__file__}:", "12 i rad"):
        assert words in shown
    assert [shown.count(word) for word in ("Pausat", "Fungerar igen", "LookupError")] == [1, 1, 3]
    assert "Anna" not in shown


@pytest.mark.feature("PL5")
def test_every_plugin_that_is_on_is_listed(platform, root):
    """With its package and version, so that whoever reads of a fault knows which version has it."""
    shown = root.get(HERE).text
    assert platform.plugins.names
    assert all(f"<code>{name}</code>" in shown for name in platform.plugins.names)
