"""`dialer doctor`."""

from __future__ import annotations

from dialer.commands.options import CONFIG, DENIED, AsJson, Config, fail, say, say_json
from dialer.core.errors import DialerError


def doctor(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Look at settings, secrets, policy, record, Asterisk; say what is wrong and what to do. Changes nothing."""
    import asyncio
    import logging

    from dialer.settings import load_settings
    from dialer.wiring.doctor import examine

    # What is wrong is told once, below.
    logging.disable(logging.CRITICAL)
    try:
        looks = asyncio.run(examine(load_settings(config)))
    except DialerError as error:
        fail(error)
    finally:
        logging.disable(logging.NOTSET)
    if as_json:
        say_json([{"name": one.name, "well": one.well, "seen": one.seen} for one in looks])
    else:
        say(f"✓ {'settings':<12} {config}")
        for one in looks:
            say(f"{'✓' if one.well else '✗'} {one.name:<12} " + one.seen.replace("\n", f"\n{'':15}"))
    raise SystemExit(0 if all(one.well for one in looks) else DENIED)
