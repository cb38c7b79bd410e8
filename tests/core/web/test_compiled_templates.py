"""Compiled templates are kept in files, and compiled again after any change."""

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from budkavle.web.compiled_templates import CompiledTemplates


@pytest.fixture(autouse=True)
def _python_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "page.html"
    page.write_text("one {{ word }}", "utf-8")
    return page


def rendered(page: Path, compiler: bytes = b"a") -> tuple[str, bool]:
    """Render a template as a new process does, and tell whether it was compiled."""
    compiled = []

    class Counting(Environment):
        def _generate(self, *values: object, **options: object) -> str:
            compiled.append(values)
            return super()._generate(*values, **options)  # type: ignore[arg-type]

    environment = Counting(loader=FileSystemLoader(page.parent), bytecode_cache=CompiledTemplates(compiler))
    return environment.get_template(page.name).render(word="word"), bool(compiled)


def kept(page: Path) -> list[Path]:
    return sorted((page.parent / "__pycache__").iterdir())


def test_the_next_process_does_not_compile_again(page: Path) -> None:
    """Compiling a page's templates takes longer than rendering it."""
    assert rendered(page) == ("one word", True)
    assert rendered(page) == ("one word", False)
    assert len(kept(page)) == 1


def test_each_change_compiles_again(page: Path) -> None:
    """Of the template, and of the code that decides how it is compiled."""
    rendered(page)
    page.write_text("two {{ word }}", "utf-8")
    assert rendered(page) == ("two word", True)
    assert rendered(page, b"b") == ("two word", True)
    assert rendered(page, b"b") == ("two word", False)


@pytest.mark.parametrize("left", [0, 10, 80])
def test_a_damaged_file_is_passed_over(page: Path, left: int) -> None:
    """Such as after a full disk."""
    rendered(page)
    (file,) = kept(page)
    file.write_bytes(file.read_bytes()[:left])
    assert rendered(page) == ("one word", True)
    assert rendered(page) == ("one word", False)


def test_others_read_what_they_could_read_before(page: Path) -> None:
    """The file has the template's own permissions."""
    page.chmod(0o640)
    rendered(page)
    assert [file.stat().st_mode & 0o777 for file in kept(page)] == [0o640]


def test_nothing_is_kept_where_nothing_can_be_written(page: Path) -> None:
    """As in a system where the program's folders are closed to it."""
    (page.parent / "__pycache__").write_text("a file, and no folder", "utf-8")
    assert rendered(page) == ("one word", True)
    assert rendered(page) == ("one word", True)


def test_nothing_is_kept_if_python_is_told_so(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONDONTWRITEBYTECODE holds for templates too."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    rendered(page)
    assert not (page.parent / "__pycache__").exists()


def test_the_prefix_moves_them(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONPYCACHEPREFIX, which our container sets, holds for templates too."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    assert rendered(page) == ("one word", True)
    assert rendered(page) == ("one word", False)
    assert not (page.parent / "__pycache__").exists()
