"""What the core requires of a plugin that holds messages back from destruction, or cleans up after it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from budkavle.model.destruction import Destroyed, PlannedCase, PlannedDestruction
from budkavle.operations import destruction_holds
from budkavle.plugins.registry import Plugins
from budkavle.testing.contracts.base import MAILBOX, ORGANISATION


class HoldBackContract:
    """What the core requires of `budkavle_hold_back`.

    Provide `plugins`, the plugins of an installation in which only this plugin holds back; `held`, a plan of which the
    plugin holds something back; and `free`, a plan of which it holds nothing back.
    """

    @pytest.fixture
    def plugins(self) -> Plugins:
        """Return the plugins, perhaps `platform.plugins`; to be overridden."""
        pytest.fail("a contract needs the fixture `plugins`")

    @pytest.fixture
    def held(self) -> PlannedDestruction:
        """Return a plan of which something is held back; to be overridden."""
        pytest.fail("a contract needs the fixture `held`")

    @pytest.fixture
    def free(self) -> PlannedDestruction:
        """Return a plan of which nothing is held back; to be overridden."""
        pytest.fail("a contract needs the fixture `free`")

    @staticmethod
    def plan_of(organisation_id: object = ORGANISATION) -> PlannedDestruction:
        """Return a plan of one case with one message."""
        case = PlannedCase(uuid4(), MAILBOX, (uuid4(),), is_whole=True)
        return PlannedDestruction(organisation_id, (case,), "Tiden har gått ut.")  # type: ignore[arg-type]

    def test_it_says_what_it_holds_and_why(self, plugins: Plugins, held: PlannedDestruction) -> None:
        """What it names is in the plan, and its reason is a whole sentence."""
        holds = destruction_holds.ask(plugins, held)
        assert holds, "nothing is held back"
        assert {hold.why for _, hold in holds} != {destruction_holds.NO_ANSWER}, "it fails, or names what it must not"
        assert all(hold.why.strip().endswith(".") for _, hold in holds)

    def test_it_holds_nothing_else(self, plugins: Plugins, free: PlannedDestruction) -> None:
        """What it has no reason to keep may be destroyed."""
        assert destruction_holds.ask(plugins, free) == []

    def test_it_answers_the_same_again(self, plugins: Plugins, held: PlannedDestruction) -> None:
        """It is asked each time, and asking changes nothing."""
        assert destruction_holds.ask(plugins, held) == destruction_holds.ask(plugins, held)


class CleanUpContract:
    """What the core requires of `budkavle_clean_up`.

    Provide `plugins` and `plugin`, the plugins of an installation and the plugin's name; `destroyed`, what has been
    destroyed; and `left`, which counts the plugin's rows about it. There are some at the beginning.
    """

    @pytest.fixture
    def plugins(self) -> Plugins:
        """Return the plugins, perhaps `platform.plugins`; to be overridden."""
        pytest.fail("a contract needs the fixture `plugins`")

    @pytest.fixture
    def plugin(self) -> str:
        """Return the plugin's name; to be overridden."""
        pytest.fail("a contract needs the fixture `plugin`")

    @pytest.fixture
    def destroyed(self) -> Destroyed:
        """Return what has been destroyed; to be overridden."""
        pytest.fail("a contract needs the fixture `destroyed`")

    @pytest.fixture
    def left(self) -> Callable[[], int]:
        """Return a function that counts the rows about it with content or personal data; to be overridden."""
        pytest.fail("a contract needs the fixture `left`")

    def test_nothing_is_left_of_it(
        self, plugins: Plugins, plugin: str, destroyed: Destroyed, left: Callable[[], int]
    ) -> None:
        """A second call finds nothing to do and is not an error: a worker may stop in the middle of the first."""
        assert left() > 0
        for _ in range(2):
            plugins.call_one(plugin, "budkavle_clean_up", destroyed=destroyed)
            assert left() == 0

    def test_what_else_there_is_stays(
        self, plugins: Plugins, plugin: str, destroyed: Destroyed, left: Callable[[], int]
    ) -> None:
        """Rows of another message, account or organisation are not touched."""
        before = left()
        ids = {name: (uuid4(),) for name in ("case_ids", "message_ids", "delivery_ids", "user_ids")}
        others = replace(destroyed, **ids)  # type: ignore[arg-type]
        for other in (others, replace(destroyed, organisation_id=uuid4())):
            plugins.call_one(plugin, "budkavle_clean_up", destroyed=other)
        assert left() == before
