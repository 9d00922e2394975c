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
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.lab.asterisk_conf import MODULES

DEFAULT_CACHE = Path(__file__).resolve().parents[2] / ".cache" / "asterisk"
COMMITTED_LOCK = Path(__file__).with_name("asterisk_packages.lock")
WANTED = ("asterisk", "asterisk-core-sounds-en-gsm")
SUPPORTED_MAJORS = (20, 22)
# Debian's stable releases carry no Asterisk; every other distribution is asked for its own.
SUITE_OF = {"debian": "forky"}
COMPONENT_OF = {"debian": "main", "ubuntu": "universe"}
MARKER = "finished"


class AsteriskUnavailable(RuntimeError):
    """No Asterisk could be had; the message is one line and carries a hint."""


@dataclass(frozen=True)
class Deb:
    """One package file: `name version sha256`, the columns of the lock."""

    name: str
    version: str
    sha256: str

    @property
    def line(self) -> str:
        return f"{self.name} {self.version} {self.sha256}"


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
            shutil.rmtree(into / "apt", ignore_errors=True)
            marker.write_text(_RECIPE)
    return root


# Another module list may need other libraries: the folder is then made again.
_RECIPE = hashlib.sha256(" ".join(MODULES).encode()).hexdigest()


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
    folders = [loaders[0].parent, root / "usr/lib" / loaders[0].parent.name, root / "usr/lib"]
    return (str(loaders[0]), "--library-path", ":".join(str(f) for f in dict.fromkeys(folders)))


def _fill(into: Path) -> None:
    """Packages already here, else the locked selection, else everything apt would install."""
    debs = _cached(into)
    if debs:
        _unpack(into, debs)
        if not _missing_libraries(into / "root"):
            return
    apt = _PrivateApt(into)
    offered = apt.closure()
    locked = {deb.name for deb in read_lock(COMMITTED_LOCK)}
    for selection in ([name for name in offered if name in locked], offered):
        _unpack(into, apt.download(selection))
        missing = _missing_libraries(into / "root")
        if not missing:
            return
        _say(f"{len(missing)} libraries are not among the locked packages; taking all {len(offered)}")
    raise AsteriskUnavailable(
        f"libraries `{', '.join(missing)}` are in no package; hint: install asterisk 22"
    )


def _cached(into: Path) -> list[Path]:
    files = []
    for deb in read_lock(into / COMMITTED_LOCK.name):
        path = into / "debs" / f"{deb.name}.deb"
        if not path.exists() or _sha256(path) != deb.sha256:
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


class _PrivateApt:
    """apt with its own state, cache and one source line; the machine's package state is not read or written."""

    def __init__(self, into: Path) -> None:
        self.into, self.home = into, into / "apt"
        for folder in ("state/lists/partial", "cache/archives/partial", "parts"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "status").touch()
        (self.home / "sources.list").write_text(_source_line())
        (self.home / "apt.conf").write_text(_APT_CONF.replace("HOME", str(self.home)))
        self._run("update", hint="is the machine's own `apt-get update` working?")

    def closure(self) -> list[str]:
        """Names of all packages that apt would install on an empty machine."""
        listed = self._run("install", "--print-uris", "-y", *WANTED, hint="install asterisk 20 or 22 by hand")
        return [line.split()[1].split("_")[0] for line in listed.splitlines() if line.startswith("'")]

    def download(self, names: Sequence[str]) -> list[Path]:
        """Fetch packages (apt checks each against the signed index), hold them to the lock, keep them."""
        shutil.rmtree(self.into / "debs", ignore_errors=True)
        (self.into / "debs").mkdir()
        self._run("download", *names, cwd=self.into / "debs", hint="the mirror may be in motion: run again")
        debs = []
        for path in (self.into / "debs").glob("*.deb"):
            name, version, _ = path.name.removesuffix(".deb").split("_")
            debs.append(Deb(name, version.replace("%3a", ":"), _sha256(path)))
            path.rename(path.with_name(f"{name}.deb"))
        debs.sort(key=lambda deb: deb.name)
        _hold_to_lock(debs)
        (self.into / COMMITTED_LOCK.name).write_text(_lock_text(debs))
        return [self.into / "debs" / f"{deb.name}.deb" for deb in debs]

    def _run(self, *words: str, hint: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["apt-get", "-q", "-c", str(self.home / "apt.conf"), *words],
            capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise AsteriskUnavailable(f"apt-get {words[0]} failed: `{last}`; hint: {hint}")
        return done.stdout


# The machine's own hooks (container images delete packages after each run) must not act on the private cache.
_APT_CONF = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Dir::State "HOME/state";
Dir::State::status "HOME/status";
Dir::Cache "HOME/cache";
Dir::Etc::sourcelist "HOME/sources.list";
Dir::Etc::sourceparts "HOME/parts";
Dir::Etc::preferences "HOME/none";
Dir::Etc::preferencesparts "HOME/parts";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
"""


def _source_line() -> str:
    """The machine's own mirror, with the suite that has Asterisk; the signature is checked, the date is not."""
    os_release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', Path("/etc/os-release").read_text(), re.M))
    system, own_suite = os_release.get("ID", ""), os_release.get("VERSION_CODENAME", "")
    component = COMPONENT_OF.get(system, "main")
    keyrings = sorted(Path("/usr/share/keyrings").glob(f"{system}-archive-keyring.[gp][pg][gp]"))
    signed_by = f"signed-by={keyrings[0]} " if keyrings else ""
    fitting = [
        (uri, suite) for uri, suite, offered in _own_sources() if offered == component and "-" not in suite
    ]
    fitting.sort(key=lambda row: row[1] != own_suite)
    if fitting:
        uri, suite = fitting[0]
        components = " ".join(dict.fromkeys(("main", component)))
        return f"deb [{signed_by}check-valid-until=no] {uri} {SUITE_OF.get(system, suite)} {components}\n"
    raise AsteriskUnavailable(
        f"apt's sources have no `{component}` of `{own_suite or system}`; hint: install asterisk 20 or 22"
    )


def _own_sources() -> list[tuple[str, str, str]]:
    """Mirror address, release and component of each package index that the machine's apt reads."""
    form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    try:
        listed = subprocess.run(
            ["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as trouble:
        raise AsteriskUnavailable("this machine has no apt; hint: install asterisk 20 or 22") from trouble
    rows = (line.split("|") for line in listed.stdout.splitlines())
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3]


def read_lock(path: Path) -> list[Deb]:
    """Rows of a lock; an absent file has none."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [Deb(*line.split()) for line in lines if line and not line.startswith("#")]


def _architecture() -> str:
    words = ["dpkg", "--print-architecture"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _lock_text(debs: Iterable[Deb]) -> str:
    return "\n".join([f"# name version sha256, {_architecture()}", *(deb.line for deb in debs), ""])


def _hold_to_lock(debs: Iterable[Deb]) -> None:
    """The same version must be the same bytes; another version is what the signed index offers, and is said."""
    if f", {_architecture()}\n" not in (COMMITTED_LOCK.read_text() if COMMITTED_LOCK.exists() else ""):
        return
    locked = {deb.name: deb for deb in read_lock(COMMITTED_LOCK)}
    moved = []
    for deb in debs:
        lock = locked.get(deb.name, deb)
        if lock.version != deb.version:
            moved.append(deb.name)
        elif lock.sha256 != deb.sha256:
            raise AsteriskUnavailable(
                f"`{deb.name} {deb.version}` differs from the lock; hint: do not use this mirror"
            )
    if moved:
        _say(f"the index has other versions than the lock of {len(moved)} packages: {', '.join(moved)}")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the root; what happened goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m dialer.lab.asterisk_packages", description=__doc__)
    parser.add_argument("--into", type=Path, default=DEFAULT_CACHE, metavar="DIR", help="cache folder")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        root = obtain(chosen.into)
    except AsteriskUnavailable as trouble:
        _say(str(trouble))
        return 1
    version = ".".join(str(part) for part in installed_version(root) or ())
    _say(f"asterisk {version} below `{root}` after {time.monotonic() - began:.1f} s")
    print(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
