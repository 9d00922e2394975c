"""Speaking to the owner of the record: HTTP over its unix socket, with the standard library only."""

from __future__ import annotations

import http.client
import json
import os
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode

from dialer.core.errors import BadInput, DialerError, InputFault, Place

# An attempt lasts as long as people talk; the controller bounds it, so only a dead socket ends the wait.
LONG_S = 4 * 3600.0
SHORT_S = 60.0


class NoController(DialerError):
    """Nobody listens on the socket."""


class Refused(DialerError):
    """The controller answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.status = status
        self.problem = problem

    @property
    def exit_code(self) -> int:
        """2 where what was sent is at fault, else 1."""
        return 2 if 400 <= self.status < 500 and self.status != 401 else 1


@dataclass(frozen=True)
class Answered:
    """What the controller answered. `zones`: where the callee may be, then where the site is."""

    raw: bytes
    zones: tuple[str, ...] = ()

    @cached_property
    def document(self) -> Any:
        """The answer as JSON's own types."""
        return json.loads(self.raw)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Open the unix socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


class Client:
    """One controller, found by its settings."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self._settings = _read(config)

    @property
    def socket(self) -> Path:
        """The controller's socket."""
        return self.data_dir / "dialer.sock"

    @property
    def data_dir(self) -> Path:
        """Where the record lives. Only as much of the settings is read as a client needs; `serve` checks them all."""
        try:
            return self.config.resolve().parent / Path(self._settings["site"]["data_dir"]).expanduser()
        except (KeyError, TypeError):
            raise _bad(
                self.config, "no site.data_dir", "it names the folder where the record lives"
            ) from None

    def get(self, path: str, **query: str | None) -> Answered:
        """GET; None in the query is left out."""
        return self.send("GET", path, None, query)

    def post(
        self, path: str, body: Any = None, *, timeout_s: float = SHORT_S, **query: str | None
    ) -> Answered:
        """POST as JSON."""
        return self.send("POST", path, body if body is not None else {}, query, timeout_s)

    def put(self, path: str, body: Any) -> Answered:
        """PUT as JSON."""
        return self.send("PUT", path, body, {})

    def send(
        self, method: str, path: str, body: Any, query: Mapping[str, str | None], timeout_s: float = SHORT_S
    ) -> Answered:
        """One request. Raises NoController, Refused."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self._exchange(method, _target(path, query), content, "application/json", timeout_s)

    def upload(self, path: str, file: Path, query: Mapping[str, str | None], timeout_s: float) -> Answered:
        """PUT the bytes of a file as they are, in parts. Raises NoController, Refused, BadInput."""
        try:
            with file.open("rb") as body:
                return self._exchange(
                    "PUT", _target(path, query), body, "application/octet-stream", timeout_s
                )
        except OSError as trouble:
            raise _bad(file, f"cannot be read: {trouble.strerror}", "") from None

    def _exchange(
        self, method: str, target: str, content: bytes | IO[bytes] | None, kind: str, timeout_s: float
    ) -> Answered:
        connection = _Connection(self.socket, timeout_s)
        try:
            connection.request(method, target, content, {"Content-Type": kind, **_lab_person()})
            answer = connection.getresponse()
            raw = answer.read()
        except PermissionError:
            raise NoController(
                f"the socket `{self.socket}` belongs to another user\n  hint: run as the user of the controller"
            ) from None
        except TimeoutError:
            raise NoController(
                f"no answer within {timeout_s:g} s on `{self.socket}`\n  hint: dialer doctor"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._nobody(error) from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, _problem(raw, answer.reason))
        zones = tuple(filter(None, (answer.getheader("Dialer-Zones") or "").split(",")))
        return Answered(raw, zones)

    def _nobody(self, error: Exception) -> NoController:
        if isinstance(error, ConnectionResetError | http.client.HTTPException):
            return NoController(
                "the controller went away before it answered\n"
                "  hint: send the same again once it is back: the same key is the same call"
            )
        return NoController(
            f"no controller is running on `{self.socket}`\n  hint: dialer serve --config {self.config}"
        )


def _lab_person() -> Mapping[str, str]:
    """Whom the one user of a lab speaks for; a controller that is no lab's refuses it."""
    name = os.environ.get("DIALER_LAB_PERSON", "")
    return {"Dialer-Lab-Person": name} if name else {}


def _target(path: str, query: Mapping[str, str | None]) -> str:
    asked = {name: value for name, value in query.items() if value is not None}
    return path + (f"?{urlencode(asked)}" if asked else "")


def segment(name: str) -> str:
    """`name` as one segment of a path."""
    return quote(name, safe="")


def _problem(raw: bytes, reason: str) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {"detail": reason.lower()}
    return found if isinstance(found, dict) else {"detail": reason.lower()}


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text("utf-8"))
    except FileNotFoundError:
        raise _bad(config, "no such file", "name it with --config or DIALER_CONFIG") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad(config, f"cannot be read: {error}", "") from None


def _bad(config: Path, reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(str(config)), reason, hint=hint)])
