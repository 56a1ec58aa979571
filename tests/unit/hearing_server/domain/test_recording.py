"""Recorded time, and the states that the wire shows."""

from hearing_server.domain.media_rights import Source
from hearing_server.domain.recording import RecordingSpan, RecordingStatus, recorded_ms
from signaling.protocol.court_words import RecordingState
from signaling.protocol.grants import SourceLabel


def test_recesses_are_not_counted() -> None:
    spans = [RecordingSpan(1_000, "opened", 4_000, "recess"), RecordingSpan(10_000, "resumed")]
    assert recorded_ms(spans, now_ms=12_000) == 5_000
    assert recorded_ms([], now_ms=12_000) == 0


def test_the_wire_has_the_states_and_sources_of_the_domain() -> None:
    assert [state.value for state in RecordingState] == [status.value for status in RecordingStatus]
    assert [label.value for label in SourceLabel] == [source.value for source in Source]
