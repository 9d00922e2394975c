"""Get an Asterisk 20 or 22 for the lab, without root and without touching the machine.

An installed one is used as it is. Otherwise the distribution's own packages are taken through a private apt
(own state, cache and sources, read from the machine's apt at run time) and unpacked into a folder. Standard
library only, so that scripts can run it before anything is installed:

    python -m dialer.lab.asterisk_packages --into .cache/asterisk
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from dialer.lab.asterisk_conf import MODULES
from dialer.lab.private_apt import COMMITTED_LOCK, AsteriskUnavailable, PrivateApt, read_lock, say, sha256_of

__all__ = ["DEFAULT_CACHE", "AsteriskUnavailable", "command", "installed_version", "modules_dir", "obtain"]

DEFAULT_CACHE = Path(__file__).resolve().parents[2] / ".cache" / "asterisk"
SUPPORTED_MAJORS = (20, 22)
MARKER = "finished"
# Another module list may need other libraries: the folder is then made again.
_RECIPE = hashlib.sha256(" ".join(MODULES).encode()).hexdigest()


def obtain(into: Path = DEFAULT_CACHE) -> Path:
    """Return the root below which `usr/sbin/asterisk` lies: `/` where one is installed, else `into/root`.

    Raises AsteriskUnavailable where neither the machine nor its package index has one.
    """
    version = installed_version(Path("/"))
    if version and version[0] in SUPPORTED_MAJORS:
        return Path("/")
    into = into.resolve()
    root, marker = into / "root", into / MARKER
    if _finished(marker):
        return root
    into.mkdir(parents=True, exist_ok=True)
    with (into / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _finished(marker):
            marker.unlink(missing_ok=True)
            _fill(into)
            version = installed_version(root)
            if version is None or version[0] not in SUPPORTED_MAJORS:
                raise AsteriskUnavailable(f"the packages hold asterisk `{version}`; hint: install 20 or 22")
            shutil.rmtree(into / "apt", ignore_errors=True)
            marker.write_text(_RECIPE)
    return root


def _finished(marker: Path) -> bool:
    return marker.exists() and marker.read_text() == _RECIPE


def installed_version(root: Path) -> tuple[int, int] | None:
    """Major and minor version of the Asterisk below `root`, or None."""
    if not (root / "usr/sbin/asterisk").exists():
        return None
    done = subprocess.run([*command(root), "-V"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)\.(\d+)", done.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else None


def command(root: Path) -> tuple[str, ...]:
    """The words that start Asterisk; an unpacked one runs on its own loader and libraries, not the host's."""
    binary = str(root / "usr/sbin/asterisk")
    return (binary,) if root == Path("/") else (*_loader(root), binary)


def modules_dir(root: Path) -> Path:
    """Where the modules below `root` lie."""
    for pattern in ("usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules"):
        for found in root.glob(pattern):
            return found
    raise AsteriskUnavailable(f"no asterisk modules below `{root}`; hint: remove the folder and run again")


def _loader(root: Path) -> tuple[str, ...]:
    loaders = [*root.glob("usr/lib/*/ld-linux*.so.*"), *root.glob("lib/*/ld-linux*.so.*")]
    if not loaders:
        raise AsteriskUnavailable(f"no loader below `{root}`; hint: remove the folder and run again")
    triplet = loaders[0].parent.name
    folders = [root / "usr/lib" / triplet, root / "lib" / triplet, root / "usr/lib"]
    return (str(loaders[0]), "--library-path", ":".join(str(folder) for folder in folders))


def _fill(into: Path) -> None:
    """Packages already here, else the locked selection, else everything apt would install."""
    debs = _cached(into)
    if debs:
        _unpack(into, debs)
        if not _missing_libraries(into / "root"):
            return
    apt = PrivateApt(into)
    offered = apt.closure()
    locked = {deb.name for deb in read_lock(COMMITTED_LOCK)}
    for selection in ([name for name in offered if name in locked], offered):
        _unpack(into, apt.download(selection))
        missing = _missing_libraries(into / "root")
        if not missing:
            return
        say(f"{len(missing)} libraries are not among the locked packages; taking all {len(offered)}")
    raise AsteriskUnavailable(
        f"libraries `{', '.join(missing)}` are in no package; hint: install asterisk 22"
    )


def _cached(into: Path) -> list[Path]:
    files = []
    for deb in read_lock(into / COMMITTED_LOCK.name):
        path = into / "debs" / f"{deb.name}.deb"
        if not path.exists() or sha256_of(path) != deb.sha256:
            return []
        files.append(path)
    return files


def _unpack(into: Path, debs: Iterable[Path]) -> None:
    root = into / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for deb in debs:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as content:
            options = ["--keep-directory-symlink", "--no-same-owner", "--exclude=./usr/share/doc"]
            subprocess.run(["tar", "-x", "-C", root, *options], stdin=content.stdout, check=True)
        if content.returncode:
            raise AsteriskUnavailable(f"`{deb.name}` cannot be read; hint: remove `{into}` and run again")


def libraries(root: Path) -> dict[str, str]:
    """Every shared library that the binary and the lab's modules ask for: name -> path, or `not found`."""
    folder = modules_dir(root)
    modules = [folder / f"{name}.so" for name in MODULES]
    wanted: dict[str, str] = {}
    for binary in (root / "usr/sbin/asterisk", *(m for m in modules if m.exists())):
        listed = subprocess.run(
            [*_loader(root), "--list", binary], capture_output=True, text=True, check=False
        )
        wanted |= dict(re.findall(r"^\s*(\S+) => (not found|\S+)", listed.stdout, re.M))
    return wanted


def _missing_libraries(root: Path) -> list[str]:
    return sorted(name for name, path in libraries(root).items() if path == "not found")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the root; what happened goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m dialer.lab.asterisk_packages", description=__doc__)
    parser.add_argument("--into", type=Path, default=DEFAULT_CACHE, metavar="DIR", help="cache folder")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        root = obtain(chosen.into)
    except AsteriskUnavailable as trouble:
        say(str(trouble))
        return 1
    version = ".".join(str(part) for part in installed_version(root) or ())
    say(f"asterisk {version} below `{root}` after {time.monotonic() - began:.1f} s")
    print(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
