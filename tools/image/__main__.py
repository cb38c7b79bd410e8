"""Builds the image into `dist/image`: an OCI archive, and its digest in a file beside it (`make image`).

It needs buildah, and mmdebstrap where no base is given: both are Debian packages. Neither asks a registry of images.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from release.commands import ROOT, Refused, run
from release.packages import build, epoch
from release.refusals import version

from image.layers import base, product

FOLDER = ROOT / "dist/image"


def image(target: Path, layers: Path, *, base_tar: Path | None = None) -> str:
    """Build the image.

    Args:
        target: The OCI archive.
        layers: A folder for what it is made of; a layer that is there already is taken as it is.
        base_tar: A base that was made before, as a tar file.

    Returns:
        Its digest.

    Raises:
        Refused: A program is missing, or has failed.
    """
    is_made = base_tar is not None or (layers / "base.tar").is_file()
    for program in ("buildah", *(() if is_made else ("mmdebstrap",))):
        if not shutil.which(program):
            raise Refused(f"{program} is not installed (a Debian package)")
    seconds = int(epoch())
    if base_tar:
        shutil.copyfile(base_tar, layers / "base.tar")
    elif not is_made:
        base(layers / "base.tar", seconds)
    if not (layers / "budkavle.tar").is_file():
        with tempfile.TemporaryDirectory(prefix="budkavle-image-") as folder:
            build(Path(folder) / "packages")
            (wheel,) = (Path(folder) / "packages").glob("*.whl")
            product(layers / "budkavle.tar", wheel, Path(folder) / "product", seconds)
    return _assemble(target, layers, seconds)


def _assemble(target: Path, layers: Path, seconds: int) -> str:
    """Put the layers together in a store that is thrown away, so that nothing of an earlier build is in it."""
    name, digest = f"budkavle:{version()}", target.with_suffix(".digest")
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="budkavle-buildah-") as folder:
        store = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]
        words = ["--timestamp", seconds, "--format", "oci", "--isolation", "chroot", "--layers=false", "--tag", name]
        told = {"version": version(), "licenses": "MPL-2.0", "url": "https://budkavle.se"}
        labels = [f"--label=org.opencontainers.image.{name}={value}" for name, value in told.items()]
        file = ROOT / "deploy/container/Containerfile"
        run(["buildah", *store, "build", "--quiet", *words, *labels, "--file", file, layers])
        run(["buildah", *store, "push", "--quiet", "--digestfile", digest, name, f"oci-archive:{target}:{name}"])
    return digest.read_text("utf-8").strip()


def main() -> int:
    """Build it, and print the file and its digest; 1 where it cannot be built."""
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("--base", type=Path, help="a base that was made before")
    arguments = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    target = FOLDER / f"budkavle-{version()}.oci.tar"
    try:
        with tempfile.TemporaryDirectory(prefix="budkavle-layers-") as layers:
            digest = image(target, Path(layers), base_tar=arguments.base)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{target.relative_to(ROOT)}\n{digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
