"""Plugins that tests write, as their installation would leave them."""

from pathlib import Path


def describe_plugin(folder: Path, name: str, module: str) -> None:
    """Write what a package's installation leaves beside it, with an entry point.

    Args:
        folder: Where packages are found; it is made.
        name: The plugin's name.
        module: The module that has its hooks, such as `budkavle_pigeon.plugin`.
    """
    info = folder / f"budkavle_{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: budkavle-{name}\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[budkavle]\n{name} = {module}\n", "utf-8")


def write_plugin(folder: Path, name: str, source: str) -> None:
    """Write a plugin of one module, `budkavle_NAME`.

    Args:
        folder: Where packages are found; it is made.
        name: The plugin's name.
        source: The module's source.
    """
    describe_plugin(folder, name, f"budkavle_{name}")
    (folder / f"budkavle_{name}.py").write_text(source, "utf-8")
