"""What a robot sends is real WebRTC: another peer connects, decodes its pictures and hears its voice."""

import asyncio

from aiortc import RTCSessionDescription

from hearing_server.demo.camera import Camera
from hearing_server.demo.clip import load_clip
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.media_link import new_connection, until_connected
from hearing_server.demo.script import sample_hearing
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.voice import Microphone, Voice
from tests.unit.hearing_server.demo.listening_peer import ListeningPeer


async def test_a_robot_is_seen_and_heard_by_another_peer() -> None:
    clock = SteadyClock()
    voice = Voice(clock.now_ms)
    sender, listener = new_connection(), ListeningPeer()
    sender.addTransceiver(Microphone(voice), direction="sendonly")
    sender.addTransceiver(Camera(Figure("witness", 320), voice), direction="sendonly")
    await sender.setLocalDescription(await sender.createOffer())
    answer = await listener.answer(sender.localDescription.sdp)
    await sender.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await until_connected(sender)
    before_ms = clock.now_ms()
    async with asyncio.timeout(30):
        started_ms = await voice.speak(load_clip(sample_hearing()[3].path))
        await listener.heard.wait()
        await listener.seen.wait()
    assert before_ms - 20 <= started_ms <= before_ms + 500
    assert sender.localDescription.sdp.count("urn:ietf:params:rtp-hdrext:ssrc-audio-level") == 1
    picture = listener.pictures[-1]
    assert (picture.width, picture.height) == (320, 180)
    assert picture.to_ndarray(format="gray").std() > 20, "a figure in a room, not a plain colour"
    await sender.close()
    await listener.close()
