"""Administration: the list of nodes, and taking one out of service by the page."""

import pytest

from budkavle.model.people import INSTALLATION, ActorScope, Role, SystemActor
from budkavle.operations import nodes
from budkavle.operations.nodes import Heartbeat, NodeKind, NodeState

HERE = "/administration/nodes"
ROOT = SystemActor(INSTALLATION, "Driften", frozenset({ActorScope.INSTALLATION}))


@pytest.fixture
def root(browse, other_organisation):
    """The browser of the installation's administrator."""
    return browse(other_organisation.add_user("Root Chef", Role.PLATFORM))


@pytest.mark.feature("N4")
def test_a_node_is_taken_out_of_service_put_back_and_forgotten(platform, root):
    """The list says name, kind, version, licence and what is in hand; each step is said on the page."""
    heart = Heartbeat(platform, NodeKind.WORKER, lambda: {"deliveries": 3, "jobs": 1}, address="10.0.0.7")
    heart.beat()
    name = nodes.node_name(platform.settings)
    shown = root.get(HERE).text
    for words in (name, "10.0.0.7", "MPL-2.0", "I drift", "3 försändelser, 1 jobb", nodes.version()):
        assert words in shown
    what = {"name": name, "kind": "worker"}
    assert root.post(HERE, step="out", **what).headers["location"] == f"{HERE}?said=out"
    shown = root.get(f"{HERE}?said=out").text
    assert "Ur drift" in shown
    assert "Ingen bakgrundstjänst är i drift" in shown
    assert root.post(HERE, step="in", **what).status_code == 303
    assert root.post(HERE, step="forgotten", **what).status_code == 409
    assert root.post(HERE, step="x", **what).status_code == 422
    assert root.post(HERE, step="out", name="ingen", kind="worker").status_code == 404
    assert root.post(HERE, step="out", name=name, kind="x").status_code == 404
    listed = {node.kind: node.state for node in nodes.list_nodes(platform, ROOT)}
    assert listed[NodeKind.WORKER] is NodeState.WORKING


@pytest.mark.feature("N4")
def test_the_page_for_adding_shows_commands_and_the_node_when_it_comes(platform, root):
    """What must be shared first, which file the key is, and the newest nodes."""
    shown = root.get(f"{HERE}/new").text
    assert "budkavle worker" in shown
    assert str(platform.settings.key_file) in shown
    assert "Ange storage" in shown
    heart = Heartbeat(platform, NodeKind.WORKER, address="10.0.0.7")
    heart.beat()
    assert nodes.node_name(platform.settings) in root.get(f"{HERE}/new").text
