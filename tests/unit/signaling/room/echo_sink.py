"""A sink process for tests: says what it was told, and deals with packets only when it is asked to."""

import json
import os
import sys

from signaling.sink_stream.frames import FrameReader, PacketBatch, SenderReport


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(acknowledge: bool) -> None:
    reader = FrameReader()
    say(type="echo_ready")
    while chunk := os.read(0, 65536):
        for frame in reader.feed(chunk):
            match frame:
                case PacketBatch(track, packets):
                    sequences = [packet.sequence for packet in packets]
                    say(type="echo_packets", track=track, sequences=sequences)
                    if acknowledge:
                        say(type="durable", track=track, sequence=max(sequences))
                case SenderReport():
                    say(type="echo_report", track=frame.track, rtp=frame.rtp)
                case dict():
                    say(**{**frame, "type": f"echo_{frame['type']}"})
                    if frame["type"] == "barrier":
                        say(type="barrier", token=frame["token"])
                    if frame["type"] == "stop":
                        say(type="recording_stopped", hearing=frame["hearing"])
    say(type="echo_end")


if __name__ == "__main__":
    main(acknowledge=sys.argv[1] == "acknowledge")
