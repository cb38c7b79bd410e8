"""The alerts, their pages and the dashboard: figures that exist, and rules that fire at what they are for."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from budkavle.measures import catalogue
from budkavle.measures.instruments import Histogram
from budkavle.operations.metrics.figures import TEXTS

LEAST_ALERTS = 15
PARTS = ("_bucket", "_count", "_sum")


@pytest.fixture
def rules(root: Path) -> list[dict[str, Any]]:
    """The alerts as they stand in the file."""
    text = (root / "deploy/prometheus/alerts.yml").read_text("utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


@pytest.fixture
def panels(root: Path) -> list[dict[str, Any]]:
    """The panels of the dashboard."""
    board: dict[str, Any] = json.loads((root / "deploy/grafana/budkavle.json").read_text("utf-8"))
    return list(board["panels"])


def known() -> set[str]:
    """The names that Prometheus stores of what we tell."""
    names = {instrument.name for instrument in catalogue.ALL if not isinstance(instrument, Histogram)} | TEXTS.keys()
    return names | {f"{one.name}{part}" for one in catalogue.ALL if isinstance(one, Histogram) for part in PARTS}


def unknown(expression: str) -> set[str]:
    """What an expression names that nobody tells: figures, and labels of them."""
    labels = {label for one in catalogue.ALL for label in one.labels}
    labels |= {label for _, of in TEXTS.values() for label in of} | {"job", "instance", "le"}
    used = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=(?!=))", expression))
    used |= {name.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for name in by.split(",")}
    return (set(re.findall(r"budkavle_\w+", expression)) - known()) | (used - labels)


@pytest.mark.feature("ZO14")
def test_alerts_and_dashboard_name_figures_that_exist(
    rules: list[dict[str, Any]], panels: list[dict[str, Any]]
) -> None:
    """A figure or a label that is renamed would leave an alert silent for ever."""
    expressions = [rule["expr"] for rule in rules] + [of["expr"] for panel in panels for of in panel["targets"]]
    assert {expression: unknown(expression) for expression in expressions if unknown(expression)} == {}


def test_the_bounds_that_alerts_ask_for_are_buckets(rules: list[dict[str, Any]]) -> None:
    """One that is none would make the alert's share empty."""
    asked = {
        (name, bound) for rule in rules for name, bound in re.findall(r'(\w+)_bucket\{le="([\d.]+)"', rule["expr"])
    }
    assert len(asked) == 2
    buckets = {(one.name, str(float(bound))) for one in catalogue.ALL for bound in one.buckets}
    assert asked <= buckets


@pytest.mark.feature("ZO14")
def test_each_alert_has_a_page_and_is_tried(root: Path, rules: list[dict[str, Any]]) -> None:
    """The page has the alert's name, what to look at, what to do, and the rule as it is."""
    names = [rule["alert"] for rule in rules]
    assert len(set(names)) == len(names) >= LEAST_ALERTS
    for rule in rules:
        page = (root / rule["annotations"]["runbook"]).read_text("utf-8")
        assert page.startswith(f"# {rule['alert']}\n")
        assert all(part in page for part in ("## Look", "## Do", rule["expr"]))
    pages = {path.name for path in (root / "docs/runbooks").glob("*.md")} - {"README.md"}
    assert pages == {Path(rule["annotations"]["runbook"]).name for rule in rules}
    tried = yaml.safe_load((root / "deploy/prometheus/alerts_test.yml").read_text("utf-8"))["tests"]
    firing = {of["alertname"] for test in tried for of in test["alert_rule_test"] if of.get("exp_alerts")}
    quiet = {of["alertname"] for test in tried for of in test["alert_rule_test"] if not of.get("exp_alerts")}
    assert firing == quiet == set(names)


def test_prometheus_takes_the_rules(root: Path, program: Callable[..., str], panels: list[dict[str, Any]]) -> None:
    """Prometheus' own tool checks them, runs their tests, and reads every expression of the dashboard."""
    promtool, folder = program("promtool"), root / "deploy/prometheus"
    ran = [[promtool, "check", "rules", "alerts.yml"], [promtool, "test", "rules", "alerts_test.yml"]]
    expressions = [of["expr"] for panel in panels for of in panel["targets"]]
    ran += [[promtool, "--experimental", "promql", "format", expression] for expression in expressions]
    for command in ran:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, (command[-1], done.stdout, done.stderr)
