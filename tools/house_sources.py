"""Modules that carry messages read time, ids and randomness only from `budkavle.model.sources` (ADR 119)."""

import ast
from pathlib import Path

FOLDERS = ("deliveries", "messaging", "operations/batches", "operations/lanes.py", "operations/leases.py")
"""The parts of the core that the simulator drives."""
PROCESSES = frozenset({"operations/batches/alone.py"})
"""Modules that wait for a real process, which has the machine's time."""
CALLS = frozenset({"now", "utcnow", "today"})
NAMES = frozenset({"uuid1", "uuid4", "uuid7", "monotonic", "perf_counter", "SystemRandom", "clock_gettime"})


def other_sources(core: Path) -> list[str]:
    """Return a fault for each direct use of the machine's clock, ids or randomness.

    Args:
        core: The folder of the package `budkavle`.
    """
    paths = (core / name for name in FOLDERS)
    modules = sorted(module for path in paths for module in (path.rglob("*.py") if path.is_dir() else [path]))
    return [
        f"{name}:{line}: {what} is read from budkavle.model.sources (ADR 119)"
        for module in modules
        if (name := module.relative_to(core).as_posix()) not in PROCESSES
        for line, what in _readings(ast.parse(module.read_text("utf-8")))
    ]


def _readings(tree: ast.Module) -> list[tuple[int, str]]:
    readings = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"uuid", "time", "random"}:
            readings += [(node.lineno, name.name) for name in node.names if name.name in NAMES]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = node.value.id
            if (owner in {"datetime", "date"} and node.attr in CALLS) or (
                owner in {"uuid", "time", "random"} and node.attr in NAMES | {"time"}
            ):
                readings.append((node.lineno, f"{owner}.{node.attr}"))
    return readings
