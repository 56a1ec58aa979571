from pathlib import Path

from signaling.bus.spool import FactSpool
from signaling.protocol.facts import RecordingStarted


def fact(name: str) -> RecordingStarted:
    return RecordingStarted(fact=name, room="r", hearing="h", at_ms=1, cause="opened")


def test_what_was_not_acknowledged_is_there_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    spool = FactSpool(path)
    spool.add(fact("a"))
    spool.add(fact("b"))
    spool.acknowledge(["a"])
    spool.close()
    with path.open("ab") as file:
        file.write(b'{"type":"recording_sta')  # the process died in mid-write
    again = FactSpool(path)
    assert fact("b") in again.outstanding()
    again.close()


def test_an_acknowledged_spool_takes_no_space(tmp_path: Path) -> None:
    spool = FactSpool(tmp_path / "facts.jsonl")
    for n in range(100):
        spool.add(fact(str(n)))
    spool.acknowledge([str(n) for n in range(100)])
    assert spool.outstanding() == [] and (tmp_path / "facts.jsonl").stat().st_size == 0
    spool.close()
    spool.close()
