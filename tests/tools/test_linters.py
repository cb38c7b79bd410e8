"""The shape of templates, and the lock that the linters of CSS and JavaScript come by."""

import importlib
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

UNSHAPED = """\
<ul>
{% for name in names %}
<li>{{ card(name,
label="a heron",
) }}</li>
{% endfor %}
</ul>
"""
SHAPED = """\
<ul>
  {% for name in names %}
    <li>{{ card(name,
        label="a heron",
    ) }}</li>
  {% endfor %}
</ul>
"""


@pytest.fixture
def template_shape(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return importlib.import_module("template_shape")


def test_what_continues_a_tag_hangs_below_it(template_shape: ModuleType) -> None:
    """Blocks are indented by two columns, what continues a tag by four, and what closes it stands where it does."""
    assert template_shape.shape(UNSHAPED) == SHAPED
    assert template_shape.shape(SHAPED) == SHAPED


def test_a_template_out_of_shape_is_told_and_mended(
    template_shape: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` says which and writes nothing; without it the shape is written."""
    page = tmp_path / "page.html"
    page.write_text(UNSHAPED, "utf-8")
    assert template_shape.main(["--check", str(page)]) == 1
    assert "page.html is not in shape" in capsys.readouterr().out
    assert page.read_text("utf-8") == UNSHAPED
    assert template_shape.main([str(page)]) == 0
    assert page.read_text("utf-8") == SHAPED
    assert template_shape.main(["--check", str(page)]) == 0


def test_the_lock_of_the_linters_pins_by_hash_and_names_no_address(root: Path) -> None:
    """Every package is pinned by version and hash, and fetched from whatever registry npm is set up with."""
    lock = (root / "tools/linters/package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert "node_modules/@biomejs/biome" in packages
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", entry["version"]) for entry in packages.values())
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in lock
