"""The API as an aiohttp application, and the sockets it listens on."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from dialer.api import (
    calls,
    campaigns,
    cases,
    changes,
    contacts,
    control,
    health,
    number_list,
    people,
    registers,
    ways_in,
    willing,
)
from dialer.api.house import House
from dialer.api.openapi import document
from dialer.api.operations import Answer, Asked, Operation, bind
from dialer.api.peer import LAB_PEOPLE, TOKEN
from dialer.api.problems import problems
from dialer.core.errors import BadInput, InputFault, Place

# What Linux takes for a unix socket (sun_path less its end).
LONGEST_PATH = 107

OPERATIONS: tuple[Operation, ...] = (
    *calls.OPERATIONS,
    *registers.OPERATIONS,
    *changes.OPERATIONS,
    *campaigns.OPERATIONS,
    *cases.OPERATIONS,
    *contacts.OPERATIONS,
    *control.OPERATIONS,
    *health.OPERATIONS,
    *number_list.OPERATIONS,
    *people.OPERATIONS,
    *willing.OPERATIONS,
    *ways_in.OPERATIONS,
)


def make_app(
    house: House, version: str, token: str = "", lab_people: tuple[str, ...] = ()
) -> web.Application:
    """All operations. `token` is what TCP asks for; empty: nobody gets in over TCP."""
    described = document(OPERATIONS, version)

    async def openapi(asked: Asked) -> Answer:
        return described

    about = Operation("openapi", "GET", "/v1/openapi.json", "This API as OpenAPI 3.1", openapi, open=True)
    app = web.Application(middlewares=[problems])
    app[TOKEN] = token
    app[LAB_PEOPLE] = lab_people
    for operation in (*OPERATIONS, about):
        app.router.add_route(operation.method, operation.path, bind(operation, house))
    return app


@asynccontextmanager
async def listening(app: web.Application, path: Path, tcp: str = "", group: str = "") -> AsyncIterator[None]:
    """Answer on the unix socket `path`, which its owner and `group` may open, and on `tcp` (host:port) if given."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.SockSite(runner, _unix_socket(path, group)).start()
        if tcp:
            host, _, port = tcp.rpartition(":")
            await web.TCPSite(runner, host, int(port)).start()
        yield
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


def _unix_socket(path: Path, group: str) -> socket.socket:
    # The record's lock is ours by now, so a socket file that is still there belonged to a process that died.
    if len(os.fsencode(path)) > LONGEST_PATH:
        hint = f"choose a shorter site.data_dir: a socket's path has at most {LONGEST_PATH} bytes"
        raise BadInput(
            [InputFault(Place("dialer.toml", path="site.data_dir"), "too long a path:", str(path), hint)]
        )
    path.unlink(missing_ok=True)
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        end.bind(str(path))
    finally:
        os.umask(before)
    if group:
        _open_to(path, group)
    return end


def _open_to(path: Path, group: str) -> None:
    """Let a group through the folder to the socket; every other file in it stays its owner's."""
    try:
        shutil.chown(path, group=group)
        shutil.chown(path.parent, group=group)
    except (LookupError, OSError) as error:
        hint = "name a group that the user of the controller belongs to"
        place = Place("dialer.toml", path="api.group")
        raise BadInput([InputFault(place, f"cannot be given the socket ({error}):", group, hint)]) from None
    path.chmod(0o660)
    path.parent.chmod(0o710)
