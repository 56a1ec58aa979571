"""A voice is silence until it speaks, and knows when it began."""

import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from hearing_server.demo.clip import BLOCK, make_clip
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.voice import Microphone, Voice

CLIP = make_clip((np.sin(np.arange(1_600) / 3) * 9_000).astype(np.int16))


async def test_a_clip_starts_at_a_block_and_its_instant_is_that_blocks() -> None:
    voice = Voice(lambda: 0.0)
    assert not voice.next_block(1_000.0).any()
    speech = asyncio.ensure_future(voice.speak(CLIP))
    await asyncio.sleep(0)
    sent = [voice.next_block(1_020.0 + 20 * block) for block in range(CLIP.blocks)]
    assert await speech == 1_020.0
    np.testing.assert_array_equal(np.concatenate(sent), CLIP.samples)
    assert not voice.next_block(5_000.0).any()


async def test_clips_wait_for_each_other() -> None:
    voice = Voice(lambda: 0.0)
    first, second = asyncio.ensure_future(voice.speak(CLIP)), asyncio.ensure_future(voice.speak(CLIP))
    await asyncio.sleep(0)
    for block in range(2 * CLIP.blocks):
        voice.next_block(20.0 * block)
    assert (await first, await second) == (0.0, 20.0 * CLIP.blocks)


async def test_a_clip_whose_speaker_gives_up_is_not_said() -> None:
    voice = Voice(lambda: 0.0)
    speech = asyncio.ensure_future(voice.speak(CLIP))
    await asyncio.sleep(0)
    speech.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speech
    assert not voice.next_block(0.0).any()


async def test_a_microphone_keeps_its_schedule() -> None:
    clock = SteadyClock()
    microphone = Microphone(Voice(clock.now_ms))
    started_ms = clock.now_ms()
    frames = [await microphone.recv() for _ in range(10)]
    assert [frame.pts for frame in frames] == [BLOCK * index for index in range(10)]
    assert clock.now_ms() - started_ms >= 9 * 20 - 2
    microphone.stop()
    with pytest.raises(MediaStreamError):
        await microphone.recv()
