"""After a crash: what was left open is read, hashed, listed and given its final name. No byte of it is changed."""

import logging
from collections.abc import Iterator

from recorder.confined import ConfinedFolder
from recorder.errors import HearingHeldError, RecorderError
from recorder.hearing_folder import MARKER, HearingFolder
from recorder.outbox import Outbox
from recorder.sidecar import NAME, ClusterRecord, SegmentPlan, TrackLog, read_log
from recorder.track_folder import finish_segment, loose_gaps, valid_records

logger = logging.getLogger(__name__)


def recover_all(root: ConfinedFolder, outbox: Outbox) -> int:
    """Every hearing that was being recorded when the last process ended. Returns the number of segments recovered."""
    recovered = 0
    for hearing in _marked(root):
        try:
            folder = HearingFolder(root, hearing, "", outbox)
        except HearingHeldError:
            continue  # whoever holds it seals it
        except RecorderError as error:
            # Its manifest does not hold: it is evidence as it is, and nothing is added to it.
            logger.error("hearing %s cannot be recovered: %s", hearing, error)
            continue
        try:
            recovered += recover_hearing(folder)
        finally:
            folder.close()
    return recovered


def recover_hearing(hearing: HearingFolder) -> int:
    """Seals every segment of the hearing that is not sealed. Nothing may be writing there."""
    recovered = 0
    if not hearing.folder.has("tracks"):
        return 0
    with hearing.folder.below("tracks") as tracks:
        for participant in tracks.names():
            with tracks.below(participant) as own:
                for track in own.names():
                    with own.below(track) as folder:
                        recovered += _recover_track(hearing, track, folder)
    if recovered:
        logger.warning("recovered %d segments of hearing %s", recovered, hearing.hearing)
    return recovered


def _marked(root: ConfinedFolder) -> Iterator[str]:
    for name in root.names():
        try:
            with root.below(name) as folder:
                marked = folder.has(MARKER)
        except NotADirectoryError:
            continue
        if marked:
            yield name


def _recover_track(hearing: HearingFolder, track: str, folder: ConfinedFolder) -> int:
    log = read_log(folder.read(NAME)) if folder.has(NAME) else None
    if log is None:
        return 0
    hearing.room = log.opened.room
    parts = [plan for _, plan in sorted(log.plans.items()) if folder.has(plan.file_name + ".part")]
    for plan in parts:
        _recover_segment(hearing, track, folder, log, plan)
    last = max(log.plans, default=-1)
    loose = [cluster.record for cluster in log.clusters if cluster.record.segment > last]
    loose_gaps(hearing, log.opened, track, loose)
    return len(parts)


def _recover_segment(
    hearing: HearingFolder, track: str, folder: ConfinedFolder, log: TrackLog, plan: SegmentPlan
) -> None:
    records = valid_records(log, plan.index, folder)
    framed = [record for record in records if record.frames]
    if framed:
        start_ms = _start_ms(framed[-1], plan, log.opened.clock_rate_hz)
        finish_segment(hearing, log.opened, track, folder, plan, records, start_ms, recovered=True)
        return
    # Only a header was written: no media is in it.
    loose_gaps(hearing, log.opened, track, records)
    # Noted first: a crash in between notes it twice, the other way round the file would stay unexplained.
    hearing.note("segment_empty", {"participant": log.opened.participant, "track": track, "index": plan.index})
    folder.rename(plan.file_name + ".part", plan.file_name + ".empty")
    folder.sync()


def _start_ms(last: ClusterRecord, plan: SegmentPlan, clock_rate_hz: int) -> float:
    """By the clock as it was known at the last cluster."""
    return last.capture_ms + (plan.first_rtp - last.capture_rtp) * 1000 / clock_rate_hz
