"""Work that is finished although its waiter is cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


async def unbroken(work: Awaitable[T]) -> T:
    """Finish `work` even where the waiter is cancelled meanwhile; the cancellation is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:  # it is the task's own, and taken from its result below
            break
    if cancelled is not None:
        if not task.cancelled() and task.exception() is not None:
            log.error("work of a cancelled call failed: %s", task.exception())
        raise cancelled
    return task.result()
