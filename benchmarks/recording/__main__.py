"""What the record costs. ``python -m benchmarks.recording [--people 4] [--seconds 60] [--rounds 3]`` (``make bench-record``)

Archiving: a real recorder takes prepared media of all people in real time. Composite: the same folder is rendered as the job renders it,
and shown by a browser on a virtual screen from which ffmpeg takes it, turn by turn in one run. CPU seconds are the operating system's.
The last line is one JSON object; ``composite_ratio_to_browser_capture`` is the median over rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.recording import browser_capture
from benchmarks.recording.archiving import archive
from tests.archived_hearing.scenes import PEOPLE

MINUTE_S = 60


def composite_cpu_s(folder: Path, people: Path, output: Path) -> float:
    """Rendered anew: no chunk of an earlier call is there."""
    command = [sys.executable, "-m", "recorder.composite", str(folder), "--output", str(output)]
    rendering = subprocess.Popen([*command, "--participants", str(people)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(rendering.pid, 0)
    rendering.returncode = os.waitstatus_to_exitcode(status)
    if rendering.returncode != 0:
        raise RuntimeError("the composite could not be made")
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        archived = archive(root / "recordings", options.people, options.seconds)
        print(
            f"archiving {options.people} people for {options.seconds} s, {archived.packets} packets: recorder "
            f"{archived.recorder_s:.2f} CPU s, worker's pipe {archived.worker_s:.2f} CPU s",
            flush=True,
        )
        people = root / "people.json"
        seated = zip(archived.participants, PEOPLE, strict=False)
        plates = [{"participant": id, "name": part.name, "role_title": part.role, "seat": ""} for id, part in seated]
        people.write_text(json.dumps(plates, ensure_ascii=False))
        ours, theirs = [], []
        compared = browser_capture.is_possible()
        for number in range(options.rounds):
            ours.append(composite_cpu_s(archived.folder, people, root / f"composite-{number}.mp4"))
            told = f"round {number + 1}: composite {ours[-1]:.2f} CPU s"
            if compared:
                theirs.append(browser_capture.capture(archived.folder, options.seconds))
                told += f", browser and capture of its screen {theirs[-1]:.2f} CPU s"
            print(told, flush=True)
        minutes = options.seconds / MINUTE_S
        print(
            json.dumps(
                {
                    "archive_cpu_s_per_participant_hour": round(archived.cpu_s_per_participant_hour, 2),
                    "composite_cpu_s_per_minute": round(median(ours) / minutes, 2),
                    "composite_times_real_time_per_core": round(options.seconds / median(ours), 2),
                    "browser_capture_cpu_s_per_minute": round(median(theirs) / minutes, 2) if theirs else None,
                    "composite_ratio_to_browser_capture": round(
                        median(one / other for one, other in zip(ours, theirs, strict=True)), 3
                    )
                    if theirs
                    else None,
                }
            )
        )


if __name__ == "__main__":
    main()
