"""The parts that pages are made of: escaping, fields tied to their errors, and what the browser is given."""

import posixpath
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cramjam
import jinja2
import pytest
from litestar.testing import create_test_client

import budkavle
from budkavle.model.times import spoken
from budkavle.web.http.static_files import StaticFiles
from budkavle.web.views.render import breakable, size

WEB = Path(budkavle.__file__).parent / "web"
TEMPLATES = WEB / "templates"
STATIC = WEB / "static"
ROOT = Path(__file__).resolve().parents[4]
OWN_FILE_FIELD = re.compile("type=[\"']file[\"']")
PARTS = ("core", "plugins", "addressbook")
SCRIPTS = [path for path in sorted(STATIC.rglob("*.js")) if path.parent.name != "vendor"]
OURS = [*sorted(STATIC.glob("*.css")), *SCRIPTS]


@pytest.fixture(scope="module")
def render() -> Callable[..., str]:
    """Render a line of template with the Swedish sentences as they stand."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals["mark_url"] = lambda *_: ""

    def line(source: str, **values: object) -> str:
        return environment.from_string(source).render(**values)

    return line


def test_a_field_points_at_its_hint_and_its_error(render: Callable[..., str]) -> None:
    """A screen reader reads the error and the hint with the field, and the summary leads to it."""
    page = render(
        '{% from "macros/forms.html" import field, error_summary %}'
        '{{ error_summary([("subject", "Skriv ett ämne")]) }}'
        '{{ field("subject", "Ämne", typed, hint="Kort.", error="Skriv ett ämne") }}',
        typed="SIP",
    )
    assert 'aria-describedby="subject-error subject-hint"' in page
    assert 'aria-invalid="true"' in page
    assert 'value="SIP"' in page
    assert re.search(r'<a href="#subject">\s*Skriv ett ämne', page)
    assert 'id="subject-error"' in page
    assert 'id="subject-hint"' in page


@pytest.mark.parametrize("group", ["radios", "checkboxes"])
def test_a_group_of_choices_points_at_its_hint_and_its_error(render: Callable[..., str], group: str) -> None:
    """It is the group that is described, once: the summary leads to it, and its fields repeat nothing."""
    page = render(
        '{% from "macros/forms.html" import ' + group + " %}"
        "{{ " + group + '("way", "Sätt", [("a", "A", none), ("b", "B", none)], hint="Ett.", error="Välj ett sätt") }}'
    )
    head, _, choices = page.partition("</legend>")
    assert 'aria-describedby="way-error way-hint"' in head
    assert [one for one in re.findall("<input[^>]*>", choices) if "aria-" in one] == []
    assert "Välj ett sätt" in choices.partition('id="way-error"')[2]


def test_why_nothing_was_done_has_the_focus(render: Callable[..., str]) -> None:
    """What stands there when a page opens is read aloud when it is focused; `alert` alone says what comes later."""
    assert "data-focus" in render('{% from "macros/status.html" import alert %}{{ alert("Det gick inte.") }}')
    sources = [path for part in ("core", "addressbook") for path in (ROOT / part).rglob("*.html")]
    assert [path.name for path in sources if re.search('role="alert"(?!.*data-focus)', path.read_text("utf-8"))] == []


def test_what_people_wrote_is_escaped_in_every_part(render: Callable[..., str]) -> None:
    """Markup in a subject, a value or a toast reaches the page as text."""
    nasty = '"><script>alert(1)</script>'
    page = render(
        '{% from "macros/forms.html" import field, textarea, picker %}'
        '{% from "macros/buttons.html" import action %}'
        '{% from "macros/status.html" import toast, tag, empty, facts %}'
        '{{ field("a", x, x, hint=x, error=x) }}{{ textarea("b", x, x) }}{{ tag(x) }}{{ toast(x, "/undo", "t") }}'
        '{{ action(x, x, x, fields={x: x}, label=x) }}{{ empty("inbox", x, x) }}{{ facts([(x, x)]) }}'
        '{{ picker("to", x, [one], [one], x) }}',
        x=nasty,
        one={"id": nasty, "name": nasty, "detail": nasty, "favourite": True},
    )
    assert "<script" not in page


def test_an_unknown_icon_is_an_error(render: Callable[..., str]) -> None:
    """A misspelt icon is found when the page is rendered, not by somebody who misses it."""
    with pytest.raises(jinja2.UndefinedError):
        render('{% from "macros/icons.html" import icon %}{{ icon("no-such") }}')


@pytest.mark.feature("PL5")
def test_an_unknown_icon_of_a_plugin_is_a_dot(render: Callable[..., str]) -> None:
    """A plugin's mistake spoils no page of the core's: the menu, and the ways to sign in."""
    imports = '{% from "macros/rail.html" import rail %}{% from "macros/buttons.html" import way %}'
    line = {"url": "/", "text": "Duvor", "icon": "no-such", "current": False, "children": (), "count": None}
    menu = render(imports + '{{ rail([{"title": "Övrigt", "links": [line], "search_url": ""}]) }}', line=line)
    ways = render(imports + '{{ way({"name": "ring", "label": "Ring", "icon": "no-such", "level": ""}) }}')
    dot = render('{% from "macros/icons.html" import icon %}{{ icon("dot") }}')
    assert dot in menu
    assert dot in ways


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_templates_keep_to_the_strict_policy(path: Path) -> None:
    """No inline style, no inline handler, no script without a nonce: the content security policy allows none."""
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:", source)
    assert all("nonce=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.feature("U4")
def test_a_field_for_files_is_the_shared_one() -> None:
    """A browser's own button speaks the browser's language: everywhere it is `chooser` of macros/forms.html."""
    sources = {path: path.read_text("utf-8") for folder in PARTS for path in (ROOT / folder).rglob("*.html")}
    own = [path.relative_to(ROOT).as_posix() for path, text in sources.items() if OWN_FILE_FIELD.search(text)]
    assert own == ["core/budkavle/web/templates/macros/forms.html"]


def test_scripts_touch_no_sink_of_markup() -> None:
    """Trusted Types: only htmx swaps markup in, our own scripts write text. A PDF's frame sizes what it draws."""
    for path in SCRIPTS:
        source = path.read_text("utf-8")
        source = re.sub(r'swap: "(inner|outer)HTML"|"#\w+:outerHTML"', "", source)  # htmx's own swapping
        if path.parent.name == "pdf":
            source = source.replace(".style.", ".")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b", source)


def test_every_hook_of_the_scripts_is_in_a_template() -> None:
    """A data attribute that a script looks for is set by a template, or it is dead."""
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    wanted = set(re.findall(r"\[(data-[a-z-]+)", scripts))
    assert wanted
    assert not [name for name in wanted if name not in templates]


def test_a_page_with_a_stream_says_when_it_was_made() -> None:
    """What has changed since then is what its stream begins with."""
    templates = [path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")]
    bodies = [body for template in templates for body in re.findall(r"<body.*?>\n", template, re.DOTALL)]
    with_stream = [body for body in bodies if "data-live=" in body]
    assert len(with_stream) >= 2
    assert all('data-made="{{ made_at }}"' in body for body in with_stream)


def test_what_the_browser_fetches_is_small() -> None:
    """Styles and scripts leave 17 kB of a cold inbox to the page itself and to the heads of answers.

    What only an open case or a search asks for is left out.
    """
    elsewhere = {"looks.css", "read.css", "search.css", "viewer.js"}
    templates = "".join((TEMPLATES / name).read_text("utf-8") for name in ("layout.html", "pages/inbox.html"))
    names = set(re.findall(r"""static\(["']([\w/.-]+\.(?:js|css))["']\)""", templates)) - elsewhere
    assert {"budkavle.js", "budkavle.css"} <= names
    total, left = 0, sorted(names)
    with create_test_client([StaticFiles({"": STATIC}).handler()]) as client:
        while left:
            name = left.pop()
            answer = client.get(f"/static/x/{name}", headers={"accept-encoding": "gzip, br"})
            total += int(answer.headers["content-length"])
            text = bytes(cramjam.brotli.decompress(answer.content)).decode()
            imported = re.findall(r'^import .*"(\.\S+)";$', text, re.MULTILINE)
            more = {posixpath.normpath(f"{posixpath.dirname(name)}/{other}").lstrip("/") for other in imported} - names
            names, left = names | more, [*left, *more]
    assert not names & {"page/dom.js", "page/forms.js", "forms.css"}, "they come inside of others"
    assert total < 43_500


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, deflate, br, zstd", "br"), ("gzip;q=1.0, *;q=0.5", "gzip"), ("identity", None)]
)
def test_a_file_comes_packed_as_the_browser_takes_it(accepted: str, encoding: str | None) -> None:
    """By Brotli where it takes that, else by gzip, else as it is; never what packing makes no smaller."""
    plain = StaticFiles({"": STATIC})
    with create_test_client([plain.handler()]) as client:
        answer = client.get(plain.url("forms.css"), headers={"accept-encoding": accepted})
        as_it_is = client.get(plain.url("forms.css"), headers={"accept-encoding": "identity"}).content
        font = client.get(
            plain.url("vendor/pdfjs/standard_fonts/FoxitSerif.pfb"), headers={"accept-encoding": accepted}
        )
    assert answer.headers.get("content-encoding") == encoding
    content = bytes(cramjam.brotli.decompress(answer.content)) if encoding == "br" else answer.content
    assert content == as_it_is
    assert "content-encoding" not in font.headers


def test_every_class_of_a_style_is_in_a_template(root: Path) -> None:
    """What no template, script or function of ours names is dead, and every page would carry it all the same."""
    folders = [STATIC.parents[1], root / "addressbook", root / "plugins"]
    sources = [path for folder in folders for kind in ("html", "js", "py") for path in folder.rglob(f"*.{kind}")]
    words = {word for path in sources for word in re.findall(r"[\w-]+", path.read_text("utf-8"))}
    beginnings = tuple(word for word in words if word.endswith("-") and len(word) > 2)
    for path in sorted(STATIC.glob("*.css")):
        selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        classes = set(re.findall(r"\.([a-z][\w-]*)", selectors)) - {"css"}
        assert not [name for name in classes - words if not name.startswith(beginnings)], path.name


def test_comments_stay_at_home() -> None:
    """What is served has no lines of comment of ours, keeps all else, and leaves alone what others have licensed."""
    with create_test_client([StaticFiles({"": STATIC}).handler()]) as client:
        script = client.get("/static/x/page/ticks.js").text
        styles = client.get("/static/x/budkavle.css").text
        vendor = client.get("/static/x/vendor/designsystemet.css").text
    assert "// Rows that are ticked" in (STATIC / "page/ticks.js").read_text("utf-8")
    assert "//" not in script
    assert "export const ticked = () => ticks().filter((tick) => tick.checked);" in script
    assert "/*" not in styles
    sources = "".join((STATIC / name).read_text("utf-8") for name in ("budkavle.css", "forms.css"))
    assert styles.count("{") == re.sub(r"/\*.*?\*/", "", sources, flags=re.DOTALL).count("{")
    assert styles.index(".column {") < styles.index("html {"), "the fitting to small screens comes last"
    assert vendor == (STATIC / "vendor/designsystemet.css").read_text("utf-8")


def test_scripts_that_import_each_other_share_an_address(tmp_path: Path) -> None:
    """A relative import has the version of the script that imports: a change in one gives all a new address."""
    core, plugin = tmp_path / "core", tmp_path / "plugin"
    for path in (core / "page", plugin):
        path.mkdir(parents=True)
    (core / "main.js").write_text('import "./page/part.js";')
    (core / "page" / "part.js").write_text("// first")
    (core / "main.css").write_text("p {}")
    (plugin / "main.js").write_text("// alone")

    def urls() -> dict[str, str]:
        files = StaticFiles({"": core, "plugin/alone/": plugin})  # read anew where a file has changed
        return {name: files.url(name) for name in ("main.js", "page/part.js", "main.css", "plugin/alone/main.js")}

    before = urls()
    assert before["page/part.js"] == before["main.js"].replace("main.js", "page/part.js")
    (core / "page" / "part.js").write_text("// second")
    changed = {name for name, url in urls().items() if url != before[name]}
    assert changed == {"main.js", "page/part.js"}


@pytest.mark.parametrize(
    ("at", "language", "said"),
    [
        (datetime(2026, 6, 16, 14, 6, tzinfo=UTC), "sv", "kl.\N{NO-BREAK SPACE}16.06"),
        (datetime(2026, 6, 16, 14, 6, tzinfo=UTC), "en", "at\N{NO-BREAK SPACE}16:06"),
        (datetime(2026, 6, 15, 14, 6, tzinfo=UTC), "sv", "i går"),
        (datetime(2026, 2, 3, 14, 6, tzinfo=UTC), "sv", "3 feb."),
    ],
)
def test_a_time_in_a_sentence_is_not_taken_for_a_day(at: datetime, language: str, said: str) -> None:
    """On the 16th of June, "Senast aktivt 16.06" would say both; in a list, where times stand below each other, not."""
    now = datetime(2026, 6, 16, 20, 0, tzinfo=UTC)
    assert spoken(at, language, now) == said


@pytest.mark.parametrize(
    ("count", "swedish", "english"),
    [(30_000_000, "30 MB", "30 MB"), (22_400_000, "22,4 MB", "22.4 MB"), (1_500, "2 kB", "2 kB"), (7, "7 B", "7 B")],
)
def test_sizes_are_written_as_each_language_writes_them(count: int, swedish: str, english: str) -> None:
    """A comma in Swedish, a point in English, and no decimals that say nothing."""
    assert (size(count, "sv"), size(count, "en")) == (swedish, english)


def test_an_address_breaks_between_its_parts() -> None:
    """Before `@` and points, and what somebody has typed is still escaped."""
    assert breakable("anna.lind@habo.example") == "anna<wbr>.lind<wbr>@habo<wbr>.example"
    assert breakable("<b>@habo") == "&lt;b&gt;<wbr>@habo"
