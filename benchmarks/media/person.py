"""One member of a room as a load: sends a microphone and a camera like a browser, and counts what comes back."""

import itertools
import struct
from collections.abc import Sequence

from benchmarks.media.client_transport import ClientTransport, answer_of, is_client, now_ns, offer_of
from benchmarks.media.media_server import MediaServer

VIDEO_PACKETS_S, FRAMES_S, AUDIO_PACKETS_S = 136, 30, 50
KEYFRAME_EACH = 300
"""Frames, and when it is asked for."""
PACKET_BYTES = 1104
"""A video packet before encryption."""

_VIDEO = struct.Struct("!BBHII HH B3s BH x")
"""RTP header, extension header, abs-send-time (2), transport sequence (3)."""
_AUDIO = struct.Struct("!BBHII HH BB B3s BH 3x")
"""The same after an audio level (1)."""
_STAMP = struct.Struct("!8sQ")
STAMP_MARK = b"sent at "
PADDED = 0x20
"""Bit of the first byte of an RTP packet."""
VP8_KEY = b"\x10\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 360)
"""Payload descriptor, frame tag, start code and size (RFC 7741 section 4.2, RFC 6386 section 9.1)."""
VP8_DELTA = b"\x10\x11".ljust(len(VP8_KEY), b"\0")
VP8_CONTINUED = b"\x00".ljust(len(VP8_KEY), b"\0")
_FILLING = bytes(PACKET_BYTES - _VIDEO.size - len(VP8_KEY) - _STAMP.size)
SPEECH_LEVEL, QUIET_LEVEL = 30, 90

_numbers = itertools.count(1)


class Person:
    """``voice``: Opus packets said again and again; no two people of a room have the same one at the same time."""

    def __init__(
        self, host: str, room: str, voice: Sequence[bytes], stamps: dict[bytes, int], *, audio: bool, video: bool
    ) -> None:
        """``stamps``: when which voice packet of the room was sent last."""
        number = next(_numbers)
        self.host, self.room, self.name = host, room, f"p{number}"
        self.audio_ssrc, self.video_ssrc = 10 * number + 100_000, 10 * number + 100_001
        self.audio, self.video = audio, video
        self.speaks = False
        self.sent = self.received = 0
        self.delays_ns: list[int] = []
        self.measures = False
        """Looks into every packet and notes how long it took."""
        self._voice, self._stamps = voice, stamps
        self._sequences = [0, 0, 0]
        self._frame = 0
        self._owed = 0.0
        self._up: tuple[ClientTransport, str] | None = None
        self._down: tuple[ClientTransport, str] | None = None

    # ---------------------------------------------------------------- joining

    async def publish(self, server: MediaServer) -> None:
        up = await ClientTransport().open(self.host)
        audio_ssrc, video_ssrc = self.audio_ssrc if self.audio else None, self.video_ssrc if self.video else None
        answer = await server.publish(self.room, self.name, offer_of(up, audio_ssrc, video_ssrc))
        await up.connect(answer, server_role=is_client(answer))
        self._up = up, answer

    async def subscribe(self, server: MediaServer) -> None:
        self._waiting = await ClientTransport().open(self.host)
        await server.subscribe(self.room, self.name, self)

    def answer(self, offer: str) -> str:
        return answer_of(self._down[0] if self._down is not None else self._waiting, offer)

    async def answered(self, offer: str) -> None:
        if self._down is None:
            self._down = self._waiting, offer
            await self._waiting.connect(offer)

    async def leave(self) -> None:
        for way in (self._up, self._down):
            if way is not None:
                await way[0].close()

    # ---------------------------------------------------------------- sending

    def send_audio(self, at_s: float) -> None:
        up = self._sending
        self._sequences[0] = sequence = (self._sequences[0] + 1) & 0xFFFF
        level = SPEECH_LEVEL if self.speaks else QUIET_LEVEL
        head = _AUDIO.pack(
            *(0x90, 111, sequence, round(at_s * 48_000) & 0xFFFFFFFF, self.audio_ssrc, 0xBEDE, 3),
            *(0x10, 0x80 | level, 0x22, b"abc", 0x31, self._next_transport_number()),
        )
        payload = self._voice[sequence % len(self._voice)]
        self._stamps[payload] = now_ns()
        up.send_fast(head + payload)
        self.sent += 1

    def send_frame(self, at_s: float) -> None:
        up = self._sending
        self._frame += 1
        self._owed += VIDEO_PACKETS_S / FRAMES_S
        timestamp = round(at_s * 90_000) & 0xFFFFFFFF
        descriptor = VP8_KEY if up.keyframe_asked or self._frame % KEYFRAME_EACH == 1 else VP8_DELTA
        up.keyframe_asked = False
        while self._owed >= 1:
            self._owed -= 1
            self._sequences[1] = sequence = (self._sequences[1] + 1) & 0xFFFF
            marker = 0x80 if self._owed < 1 else 0
            head = _VIDEO.pack(
                *(0x90, 96 | marker, sequence, timestamp, self.video_ssrc, 0xBEDE, 2),
                *(0x22, b"abc", 0x31, self._next_transport_number()),
            )
            up.send_fast(head + descriptor + _FILLING + _STAMP.pack(STAMP_MARK, now_ns()))
            self.sent += 1
            descriptor = VP8_CONTINUED

    @property
    def _sending(self) -> ClientTransport:
        assert self._up is not None, "publishes"
        return self._up[0]

    def _next_transport_number(self) -> int:
        self._sequences[2] = (self._sequences[2] + 1) & 0xFFFF
        return self._sequences[2]

    # ---------------------------------------------------------------- receiving

    def read(self) -> None:
        """Everything that came since the last time."""
        if self._up is not None:
            self._up[0].count()
        if self._down is None:
            return
        if not self.measures:
            self.received += self._down[0].count()
            return
        for packet, came_ns in self._down[0].arrivals():
            if packet[0] & PADDED:
                continue  # the server sounds the downlink (docs/decisions/0007)
            self.received += 1
            mark, sent_ns = _STAMP.unpack(packet[-_STAMP.size :])
            if mark != STAMP_MARK:
                sent_ns = self._stamps[packet[-len(self._voice[0]) :]]
            self.delays_ns.append(came_ns - sent_ns)

    def keep_alive(self) -> None:
        for way in (self._up, self._down):
            if way is not None:
                way[0].keep_alive(way[1])
