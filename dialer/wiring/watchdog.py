"""The watchdog on a real Asterisk: its own link, its own application, the site's permit keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dialer import secrets as secret_files
from dialer.ari.connection import AriConnection
from dialer.ari.watched import WatchedAsterisk, trunk_names
from dialer.core.permit import TokenRefused
from dialer.secrets import read_secret
from dialer.settings import Settings
from dialer.watchdog import Judged, watch
from dialer.wiring.site import clock_of


async def watch_over(
    settings: Settings, user: str, password_file: Path | None, application: str, say: Callable[[str], None]
) -> None:
    """Watch until cancelled; `say` hears of every leg. Without a user of its own it uses the controller's."""
    given = settings.ari
    password = read_secret(password_file or given.password_file)
    keys = secret_files.load(settings.secrets.dir).permit_keys
    clock = clock_of(settings)
    connection = AriConnection(given.url, user or given.user, password, application, subscribe_all=True)

    def told(judged: Judged) -> None:
        if isinstance(judged.found, TokenRefused):
            say(f"ended `{judged.channel}`: {judged.found.reason}")
        else:
            say(f"permit {judged.found}")

    async with connection as asterisk:
        say(f"watching {given.url} as application `{application}`")
        await watch(WatchedAsterisk(asterisk, trunk_names(given.trunk_endpoint)), keys, clock.now, told)
