"""Who asks: the user at the other end of the unix socket, or the holder of the token on TCP."""

from __future__ import annotations

import hmac
import pwd
import socket
import struct
from http import HTTPStatus

from aiohttp import web

from dialer.api.problems import Problem
from dialer.core.admission import Actor

_UCRED = struct.Struct("3i")
TOKEN: web.AppKey[str] = web.AppKey("token", str)
# In a lab one user plays several people, so that one approves what another one put forward.
LAB_PEOPLE: web.AppKey[tuple[str, ...]] = web.AppKey("lab_people", tuple)
LAB_PERSON = "Dialer-Lab-Person"


def actor_of(request: web.Request) -> Actor:
    """The actor of a request. Raises Problem 401 where nobody can be told from it."""
    end: socket.socket | None = request.get_extra_info("socket")
    if end is not None and end.family == socket.AF_UNIX:
        # The kernel says who connected; nothing that the peer sends can change it.
        credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        _, uid, _ = _UCRED.unpack(credentials)
        if LAB_PERSON in request.headers:
            return _lab_person(request.headers[LAB_PERSON], request.app.get(LAB_PEOPLE, ()))
        return Actor(id=_user(uid), roles=frozenset({"operator"}), authenticated_by="socket_peer")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    token = request.app.get(TOKEN, "").encode()
    if token and hmac.compare_digest(given, token):
        return Actor(id="token", roles=frozenset({"operator"}), authenticated_by="key")
    raise Problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        "no valid token",
        "send `Authorization: Bearer …` from [api] token_file",
    )


def _lab_person(name: str, people: tuple[str, ...]) -> Actor:
    if name not in people:
        hint = "only a lab's own [lab] people can be spoken for"
        raise Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", f"no such person of a lab: `{name}`", hint)
    return Actor(id=name, roles=frozenset({"operator"}), authenticated_by="lab_person")


def _user(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name}({uid})"
    except KeyError:
        return f"uid({uid})"
