"""A real browser, driven over its own debugging protocol: open a page, fill in, press, look."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

NAMES = ("chromium", "chromium-browser", "google-chrome")
WAIT_S = 30.0


class Browser:
    """One tab."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(WAIT_S):
            while True:
                told = json.loads((await self._socket.receive()).data)
                if told.get("id") == self._number:
                    assert "error" not in told, told
                    found: dict[str, Any] = told["result"]
                    return found

    async def evaluate(self, script: str) -> Any:
        """The value of a script in the page."""
        told = await self.command(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def open(self, address: str) -> None:
        """Go there and wait until it is shown."""
        await self.command("Page.navigate", url=address)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def until(self, script: str) -> None:
        """Wait until a script is true in whatever page is shown then."""
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    if await self.evaluate(script):
                        return
                except AssertionError:
                    pass  # the page is being replaced
                await asyncio.sleep(0.05)

    async def fill(self, selector: str, text: str) -> None:
        """Type into a field as a person does."""
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        await self.command("Input.insertText", text=text)

    async def press(self, selector: str) -> None:
        """Press what stands there, and wait until another page is shown."""
        await self.evaluate("window.before = true")
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        await self.until("window.before !== true && document.readyState === 'complete'")

    async def text(self) -> str:
        """What a person reads on the page."""
        return str(await self.evaluate("document.body.innerText"))

    async def picture(self, path: Path) -> None:
        """The whole page as a picture."""
        size = (await self.command("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        told = await self.command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(told["data"]))


@asynccontextmanager
async def browser(width: int = 390, height: int = 844, lang: str = "zh-CN") -> AsyncIterator[Browser]:
    """A browser without a window, as wide as a phone; it ends with the block."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program is not None, "no chromium: scripts/setup installs it"
    # Its helpers may still write for a moment after it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        words = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-port=0",
            "--no-first-run",
        )
        more = (f"--user-data-dir={folder}", "--disable-dev-shm-usage", f"--lang={lang}", "about:blank")
        child = await asyncio.create_subprocess_exec(
            program,
            *words,
            *more,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            port = await _port(Path(folder) / "DevToolsActivePort")
            async with ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    tabs = await answer.json()
                address = next(one["webSocketDebuggerUrl"] for one in tabs if one["type"] == "page")
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    tab = Browser(socket)
                    await tab.command("Page.enable")
                    await tab.command("Network.enable")
                    await tab.command(
                        "Emulation.setDeviceMetricsOverride",
                        width=width,
                        height=height,
                        deviceScaleFactor=2,
                        mobile=True,
                    )
                    await tab.command("Emulation.setLocaleOverride", locale=lang)
                    await tab.command("Network.setExtraHTTPHeaders", headers={"Accept-Language": lang})
                    yield tab
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def _port(file: Path) -> str:
    async with asyncio.timeout(WAIT_S):
        while True:
            if file.exists() and "\n" in (text := file.read_text()):
                return text.split("\n", 1)[0]
            await asyncio.sleep(0.05)
