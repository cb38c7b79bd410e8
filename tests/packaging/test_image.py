"""The container image, put together by buildah from small layers; `make image` puts Debian and the product there."""

import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from image.__main__ import image
from image.layers import LEFT_OUT, PACKAGES, product
from release.commands import Refused

pytestmark = pytest.mark.xdist_group("image")


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """A base and a product of a file each, with times and owners of their own."""
    folder = tmp_path / "layers"
    folder.mkdir()
    for name, file in (("base.tar", "etc/debian_version"), ("budkavle.tar", "opt/budkavle/budkavle/__init__.py")):
        with tarfile.open(folder / name, "w") as tar:
            entry = tarfile.TarInfo(file)
            entry.size, entry.mtime = 5, 1_600_000_000
            tar.addfile(entry, io.BytesIO(b"trial"))
    return folder


@pytest.mark.slow
@pytest.mark.feature("ZO15", "ZS10")
def test_the_image_is_the_same_each_time_and_runs_as_nobody(
    program: Callable[..., str], layers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One digest for the same layers and SOURCE_DATE_EPOCH; a user without rights, the command, and both layers."""
    monkeypatch.setenv("PATH", f"{Path(program('buildah')).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = (image(tmp_path / f"{name}.oci.tar", layers) for name in ("first", "second"))
    assert first == second
    assert first.startswith("sha256:")
    settings, files = _read(tmp_path / "first.oci.tar")
    assert settings["config"]["User"] == "10001:10001"
    assert settings["config"]["Entrypoint"] == ["budkavle"]
    assert settings["created"] == "2023-11-14T22:13:20Z"
    assert {"etc/debian_version", "opt/budkavle/budkavle/__init__.py"} <= files
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000001")
    assert image(tmp_path / "third.oci.tar", layers) != first


def test_a_program_that_is_missing_is_named(layers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="buildah is not installed"):
        image(tmp_path / "first.oci.tar", layers)


def test_the_base_has_python_and_what_the_product_needs_of_debian() -> None:
    """Roots for TLS, zones, types of files; copyrights stay, as their licences ask."""
    assert set(PACKAGES) == {"ca-certificates", "media-types", "python3", "tzdata"}
    assert "--dpkgopt=path-include=/usr/share/doc/*/copyright" in LEFT_OUT


def test_the_layer_of_the_product_is_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the installer leaves behind: its locks, times and scripts for this machine's Python are not in it."""
    wheel = tmp_path / "budkavle.whl"
    shutil.make_archive(str(tmp_path / "budkavle"), "zip", _folder(tmp_path / "wheel", {"budkavle/__init__.py": "1"}))
    (tmp_path / "budkavle.zip").rename(wheel)
    made = []
    for time in (1_500_000_000, 1_600_000_000):
        folder = tmp_path / str(time)

        def install(command: list[Any], folder: Path = folder, time: int = time) -> str:
            _folder(folder, {"bin/alembic": "here", "alembic/__init__.py": "2", ".lock": str(time)})
            _folder(folder, {"alembic.dist-info/uv_cache.json": str(time), "alembic/__pycache__/x.pyc": str(time)})
            os.utime(folder / "alembic/__init__.py", (time, time))
            return ""

        monkeypatch.setattr("image.layers.run", install)
        product(tmp_path / f"{time}.tar", wheel, folder, 1_700_000_000)
        made.append((tmp_path / f"{time}.tar").read_bytes())
    assert made[0] == made[1]
    with tarfile.open(fileobj=io.BytesIO(made[0])) as tar:
        modes = {entry.name: (entry.mode, entry.uid) for entry in tar}
    assert modes == {
        "usr/local/bin/budkavle": (0o755, 0),
        "opt/budkavle/alembic/__init__.py": (0o644, 0),
        "opt/budkavle/budkavle/__init__.py": (0o644, 0),
        "etc/budkavle": (0o750, 10001),
        "var/lib/budkavle": (0o750, 10001),
    }


def _folder(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _read(archive: Path) -> tuple[dict[str, Any], set[str]]:
    """The settings of an image, and the files of its layers (OCI image specification, image-layout and manifest)."""
    with tarfile.open(archive) as tar:
        parts = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}  # type: ignore[union-attr]

    def blob(digest: str) -> bytes:
        return parts[f"blobs/{digest.replace(':', '/')}"]

    index = json.loads(parts["index.json"])
    manifest = json.loads(blob(index["manifests"][0]["digest"]))
    files = set()
    for layer in manifest["layers"]:
        with tarfile.open(fileobj=io.BytesIO(blob(layer["digest"]))) as tar:
            files |= set(tar.getnames())
    return json.loads(blob(manifest["config"]["digest"])), files
