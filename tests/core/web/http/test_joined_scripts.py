"""Modules that are joined do as the browser would have them do apart, which Node shows."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from budkavle.web.http.joined_scripts import Scripts

MODULES = {
    "main.js": """\
// The page.
import "./page/first.js";
import { count, Counter } from "./page/counter.js";
import * as words from "./page/words.js";
import { twice } from "./page/functions.js";

const list = "the page's own";
count();
console.log("main", words.greet("Bo"), list, new Counter() instanceof Counter, twice(1));
""",
    "other.js": """\
import { shared } from "./page/shared.js";
import { twice } from "./page/functions.js";
console.log("other", twice(shared()));
""",
    "page/first.js": """\
import { count as more } from "./counter.js";
import {
  shared,
} from "./shared.js";
const list = "first's own";
console.log("first", list, shared());
more();
""",
    "page/counter.js": """\
let times = 0;
export class Counter {}
export function count() {
  times += 1;
  console.log("counted", times);
}
""",
    "page/words.js": """\
export const greet = (name) =>
  `Hej ${name}`;
export async function wait() {}""",
    "page/functions.js": """\
// What remembers nothing.
export const twice = (number, by = 2) => number * by;
export function thrice(number) {
  return number * 3;
}
""",
    "page/shared.js": """\
import { twice } from "./functions.js";

let times = 0;
export const shared = () => twice(++times) / 2;
""",
}


def run(folder: Path, files: Mapping[str, str], node: Path, *names: str) -> list[str]:
    """Run scripts in one process, as one page does, and return what they write."""
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source, "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    page = "".join(f'await import("./{name}");' for name in names)
    command = [str(node), "--input-type=module", "--eval", page]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


def test_joined_modules_do_the_same(tmp_path: Path, node: Path | None, missing: Callable[[str], NoReturn]) -> None:
    """Each keeps its names to itself, runs once, in the order of the imports, and what it remembers is there once."""
    node = node or missing("Node is not installed (make peers)")
    joined = Scripts(MODULES).joined()
    assert "import" not in joined["page/shared.js"]
    assert set(joined) == {"main.js", "other.js", "page/shared.js"}
    apart = run(tmp_path / "apart", MODULES, node, "main.js", "other.js")
    assert apart == [
        "first first's own 1",
        "counted 1",
        "counted 2",
        "main Hej Bo the page's own true 2",
        "other 4",
    ]
    assert run(tmp_path / "joined", joined, node, "main.js", "other.js") == apart


@pytest.mark.parametrize("line", ['const lazy = () => import("./late.js");', "console.log(import.meta.url);"])
def test_a_module_that_needs_its_own_address_stays_apart(line: str) -> None:
    """What such a module imports comes with it."""
    sources = {
        "main.js": 'import "./page/own.js";\n',
        "page/own.js": f'import "./part.js";\n{line}\n',
        "page/part.js": "console.log(1);\n",
        "page/late.js": "",
    }
    joined = Scripts(sources).joined()
    assert joined["main.js"] == sources["main.js"]
    assert "console.log(1);" in joined["page/own.js"]
    assert "page/part.js" not in joined


def test_a_circle_is_refused() -> None:
    """The names say where to look."""
    with pytest.raises(ValueError, match=r"a\.js, b\.js, a\.js"):
        Scripts({"main.js": 'import "./a.js";', "a.js": 'import "./b.js";', "b.js": 'import "./a.js";'}).joined()
