"""Live recognition: how late captions are and what a microphone costs. ``python -m benchmarks.transcriber``

Several participants speak the demonstration hearing in real time, one after the other, through the transcriber process. Latency is taken on
this machine's monotonic clock, from the moment the first word begins (or the last one ends) at the microphone to the line on
stdout; it includes capture, 10 ms of network and the worker's batches of 100 ms.
"""

import json
import resource
import statistics
import threading
import time

from asr.error_rate import comparable, edit_distance
from tests.unit.asr.child import Line, TranscriberChild, transcriber
from tests.unit.asr.court_speech import ANCHOR_UTC_MS, ScriptLine, TrackSource, script, silence, start

LINES = 10
PAUSE_US = 800_000


def main() -> None:
    lines = script()[4 : 4 + LINES]
    people = list(dict.fromkeys(line.participant for line in lines))
    sources = {who: TrackSource(at + 1, who) for at, who in enumerate(people)}
    begin_us = time.monotonic_ns() // 1000 + 3_000_000
    frames: list[tuple[int, bytes]] = []
    start_us: list[int] = []
    at_us = begin_us
    speech = dict.fromkeys(people, b"")
    for line in lines:
        start_us.append(at_us)
        for who in people:
            speech[who] += (line.pcm if who == line.participant else bytes(len(line.pcm))) + silence(PAUSE_US)
        at_us += line.duration_us + PAUSE_US
    for who in people:
        frames += sources[who].batches(sources[who].packets(speech[who], begin_us))
    frames.sort(key=lambda frame: frame[0])
    used_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with transcriber() as child:
        child.wait_for(lambda line: line.get("state") == "live")
        child.send(start(begin_us) + b"".join(source.opened() for source in sources.values()))
        never = threading.Event()
        for ready_us, frame in frames:
            never.wait(max(0.0, ready_us / 1e6 - time.monotonic()))
            child.send(frame)
        child.barrier("end")
        child.finish()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - used_before.ru_utime - used_before.ru_stime
    track_hours = len(people) * (at_us - begin_us) / 3.6e9
    report(lines, start_us, begin_us, child, cpu_s / track_hours)


def report(
    lines: tuple[ScriptLine, ...], start_us: list[int], begin_us: int, child: TranscriberChild, cpu: float
) -> None:
    """Prints the table, and one JSON object as the last line."""
    first_ms, final_ms, edits = [], [], 0
    print(f"{'first partial ms':>17} {'final ms':>9}  line")
    for line, at_us in zip(lines, start_us, strict=True):
        finals = [(at, said) for at, said in child.lines if fits(said, line, at_us, begin_us)]
        ids = {said["utterance"] for _, said in finals}
        partials = [at for at, said in child.lines if said["type"] == "caption_heard" and said["utterance"] in ids]
        edits += edit_distance(comparable(line.text), comparable("".join(said["raw_text"] for _, said in finals)))
        first_ms.append((partials[0] - at_us / 1e6 - line.words[0][1]) * 1000)
        final_ms.append((finals[-1][0] - at_us / 1e6 - line.words[-1][2]) * 1000)
        print(f"{first_ms[-1]:17.0f} {final_ms[-1]:9.0f}  {line.text}")
    summary = {
        "first_partial_p50_ms": round(statistics.median(first_ms)),
        "final_p50_ms": round(statistics.median(final_ms)),
        "final_max_ms": round(max(final_ms)),
        "character_error_rate": round(edits / sum(len(line.text) for line in lines), 4),
        "cpu_s_per_track_hour": round(cpu, 1),
    }
    print(json.dumps(summary))


def fits(said: Line, line: ScriptLine, at_us: int, begin_us: int) -> bool:
    if said["type"] != "utterance_recognised" or said["participant"] != line.participant:
        return False
    into_us = (said["start_ms"] - ANCHOR_UTC_MS) * 1000 - (at_us - begin_us)
    return bool(-300_000 < into_us < line.duration_us)


if __name__ == "__main__":
    main()
