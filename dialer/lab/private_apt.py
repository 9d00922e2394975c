"""The distribution's Asterisk packages through an apt of our own, held to a lock. Standard library only."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMITTED_LOCK = Path(__file__).with_name("asterisk_packages.lock")
WANTED = ("asterisk", "asterisk-core-sounds-en-gsm")
# Debian's stable releases carry no Asterisk; every other distribution is asked for its own.
SUITE_OF = {"debian": "forky"}
COMPONENT_OF = {"debian": "main", "ubuntu": "universe"}


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


class PrivateApt:
    """apt with its own state, cache and one source line; the machine's package state is left alone."""

    def __init__(self, into: Path) -> None:
        self.into, self.home = into, into / "apt"
        for folder in ("state/lists/partial", "cache/archives/partial", "parts"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "status").touch()
        (self.home / "apt.conf").write_text(_APT_CONF.replace("HOME", str(self.home)))
        *others, last = source_lines(Path("/etc/os-release").read_text(), own_sources())
        for line in others:
            try:
                self._update(line)
                return
            except AsteriskUnavailable as trouble:
                say(str(trouble))
        self._update(last)

    def _update(self, line: str) -> None:
        (self.home / "sources.list").write_text(line)
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
            debs.append(Deb(name, version.replace("%3a", ":"), sha256_of(path)))
            path.rename(path.with_name(f"{name}.deb"))
        debs.sort(key=lambda deb: deb.name)
        hold_to_lock(debs)
        (self.into / COMMITTED_LOCK.name).write_text(lock_text(debs))
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
Dir::State::lists "HOME/state/lists";
Dir::Cache "HOME/cache";
Dir::Cache::archives "HOME/cache/archives";
Dir::Etc::sourcelist "HOME/sources.list";
Dir::Etc::sourceparts "HOME/parts";
Dir::Etc::preferences "HOME/none";
Dir::Etc::preferencesparts "HOME/parts";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
"""


def source_lines(os_release_text: str, sources: Iterable[tuple[str, str, str]]) -> list[str]:
    """The machine's mirrors with the suite that has Asterisk, likeliest first; at least one.

    `sources` are (mirror, release, component) of the machine's own apt. Another vendor's repository may look
    like the distribution's; it is without that suite or its signature, so the next one is tried. The
    signature is checked, the index's date is not.
    """
    os_release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', os_release_text, re.M))
    system, own_suite = os_release.get("ID", ""), os_release.get("VERSION_CODENAME", "")
    component = COMPONENT_OF.get(system, "main")
    keyrings = sorted(Path("/usr/share/keyrings").glob(f"{system}-archive-keyring.[gp][pg][gp]"))
    signed_by = f"signed-by={keyrings[0]} " if keyrings else ""
    fitting = [(uri, suite) for uri, suite, offered in sources if offered == component and "-" not in suite]
    if not fitting:
        raise AsteriskUnavailable(
            f"apt's sources have no `{component}` of `{own_suite or system}`; hint: install asterisk 20 or 22"
        )
    fitting.sort(key=lambda row: row[1] != own_suite)
    components = " ".join(dict.fromkeys(("main", component)))
    lines = [
        f"deb [{signed_by}check-valid-until=no] {uri} {SUITE_OF.get(system, suite)} {components}\n"
        for uri, suite in fitting
    ]
    return list(dict.fromkeys(lines))


def own_sources() -> list[tuple[str, str, str]]:
    """Mirror address, release and component of each package index that the machine's apt reads."""
    form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    try:
        listed = subprocess.run(
            ["apt-get", "indextargets", "--no-release-info", "--format", form, "Created-By: Packages"],
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


def lock_text(debs: Iterable[Deb]) -> str:
    """A lock as text; the architecture in its first line says where the hashes bind."""
    return "\n".join([f"# name version sha256, {_architecture()}", *(deb.line for deb in debs), ""])


def hold_to_lock(debs: Iterable[Deb]) -> None:
    """The same version must be the same bytes; another version comes from the signed index and is said."""
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
        say(f"the index has other versions than the lock of {len(moved)} packages: {', '.join(moved)}")


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(line: str) -> None:
    """A line about the work; standard output is for the result."""
    print(line, file=sys.stderr)
