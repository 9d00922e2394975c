"""The lab Asterisk's sound: what it plays, an agent's phone hears."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dialer.lab.asterisk import AgentPhone, LabAsterisk
from dialer.lab.peer import Peer

Factory = Callable[..., LabAsterisk]
Link = Callable[..., Any]


def write_tone(path: Path, frequency_hz: int) -> None:
    """One second of a sine, 8 kHz mono 16 bit: what `format_wav` plays."""
    step = 2 * math.pi * frequency_hz / 8000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", round(8000 * math.sin(step * n))) for n in range(8000)))


async def test_a_registered_agent_hears_approved_audio_also_after_asterisk_was_killed(
    lab_asterisk: Factory, link: Link, tmp_path: Path
) -> None:
    """A registration outlives a kill; absolute paths, the sounds folder, core sounds and tones all play."""
    write_tone(tmp_path / "absolute.wav", 500)
    (tmp_path / "approved").mkdir()
    write_tone(tmp_path / "approved" / "opening.wav", 800)
    media = [f"sound:{tmp_path}/absolute", "sound:custom/opening", "sound:beep", "tone:dial"]
    wanted = AgentPhone("7001", "secret")
    async with Peer() as phone:
        asterisk = lab_asterisk(agents=[wanted], sounds_dir=tmp_path / "approved")
        await phone.register(("127.0.0.1", asterisk.sip_port), wanted.endpoint, wanted.password)
        await asyncio.sleep(1.5)  # Asterisk writes its database once a second
        asterisk.kill()
        asterisk.restart()
        async with link(asterisk) as (http, events):
            query = {"endpoint": f"PJSIP/{wanted.endpoint}", "app": "dialer-test", "channelId": "leg-1"}
            assert (await http.post("channels/create", params=query)).status == 200
            finished: list[str] = []
            async for event in events:
                match event["type"]:
                    case "StasisStart":
                        assert (await http.post("channels/leg-1/dial")).status == 204
                    case "ChannelStateChange" if event["channel"]["state"] == "Up":
                        for uri in media:
                            played = await http.post("channels/leg-1/play", params={"media": uri})
                            assert played.status == 201
                    case "PlaybackStarted" if event["playback"]["media_uri"] == "tone:dial":
                        await asyncio.sleep(0.5)
                        await http.delete(f"playbacks/{event['playback']['id']}")
                    case "PlaybackFinished":
                        finished.append(event["playback"]["state"])
                        if len(finished) == len(media):
                            break
        heard = phone.evidence()[0].tones_heard_s
    assert finished == ["done"] * len(media)
    assert heard[500] > 0.8
    assert heard[800] > 0.8
