"""What `make check` holds about the core: it names no plugin."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def words(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return import_module("house_words")


def test_the_core_names_no_plugin(words: ModuleType, root: Path) -> None:
    """Neither its code nor its pages, styles, scripts and SQL."""
    assert list(words.plugins_in_core(root / "core" / "budkavle")) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("post.py", 'icon = "fax"\n'),
        ("post.py", "# an SMS is short\n"),
        ("post.py", 'transport == "local"\n'),
        ("post.py", "from budkavle_password.provider import it\n"),
        ("post.py", "isinstance(provider, PasswordProvider)\n"),
        ("post.py", 'known = provider.name == "password"\n'),
        ("post.py", 'way = identity_providers.get("password")\n'),
        ("post.py", 'known = method.provider in ("password", "x")\n'),
        ("post.py", 'SignedIn(user, Loa.TWO, "password", "/")\n'),
        ("post.html", "<p>BankID</p>\n"),
        ("post.css", ".sdk { margin: 0 }\n"),
        ("post.js", "const domibus = 1\n"),
        ("post.sql", "SELECT * FROM fax_numbers\n"),
    ],
)
def test_a_plugin_that_the_core_names_is_told(words: ModuleType, tmp_path: Path, name: str, text: str) -> None:
    """In every kind of file, whatever the case of its letters."""
    (tmp_path / "budkavle").mkdir()
    (tmp_path / "budkavle" / name).write_text(text, "utf-8")
    (fault,) = words.plugins_in_core(tmp_path / "budkavle")
    assert fault.startswith(f"budkavle/{name}:1 names a plugin")


def test_a_way_of_a_notice_is_no_plugin(words: ModuleType, tmp_path: Path) -> None:
    """SMS is a way that notices travel, where the kinds of notice are named; a plugin's name is told there too."""
    (tmp_path / "budkavle" / "model").mkdir(parents=True)
    (tmp_path / "budkavle" / "model" / "notices.py").write_text('SMS = "sms"\nFAX = "fax"\n', "utf-8")
    (fault,) = words.plugins_in_core(tmp_path / "budkavle")
    assert fault.startswith("budkavle/model/notices.py:2 names a plugin, FAX")


def test_docstrings_may_name_one_and_vendor_is_not_ours(words: ModuleType, tmp_path: Path) -> None:
    """A docstring explains by examples; what others wrote has words of its own, and so has time."""
    (tmp_path / "time.py").write_text('local = "SET LOCAL ROLE"\n', "utf-8")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "post.js").write_text("sms\n", "utf-8")
    (tmp_path / "post.py").write_text('"""A transport,\nsuch as SDK."""\nname = "x"\n"""Such as `sdk`."""\n', "utf-8")
    (tmp_path / "form.py").write_text('fields = {"password": fault}\nhas_password = True\n', "utf-8")
    (tmp_path / "form.html").write_text('{{ field("password", _("Nytt lösenord"), "", "password") }}\n', "utf-8")
    assert list(words.plugins_in_core(tmp_path)) == []
