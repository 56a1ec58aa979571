"""What happened to a leg or a source, as facts for the front. ``envelope``: fact, room, hearing and at_ms."""

from dataclasses import asdict
from typing import Any

from signaling.media.leg import Leg
from signaling.media.observer import LegCloseCause, LegEvidence
from signaling.media.source import Source
from signaling.protocol.facts import MediaConnected, MediaDisconnected, TrackEnded, TrackPublished


def track_name(source: Source) -> str:
    """Name of a track instance in facts and in the recording's folders."""
    return f"{source.kind}-{source.ssrc:08x}-{source.track:08x}"


def track_published(envelope: dict[str, Any], source: Source) -> TrackPublished:
    return TrackPublished(
        **envelope,
        participant=source.participant,
        track=track_name(source),
        source=source.label,
        codec=source.codec.value,
    )


def track_ended(envelope: dict[str, Any], source: Source) -> TrackEnded:
    return TrackEnded(
        **envelope,
        participant=source.participant,
        track=track_name(source),
        source=source.label,
        packets_received=source.packets_received,
        packets_lost=source.packets_lost,
    )


def media_connected(envelope: dict[str, Any], leg: Leg) -> MediaConnected:
    return MediaConnected.model_validate(
        {
            **envelope,
            "participant": leg.participant,
            "direction": leg.direction,
            "connection": leg.connection,
            "path": leg.transport.path,
            "setup_ms": round((leg.connected_s - leg.transport.began_s) * 1000),
        }
    )


def media_disconnected(
    envelope: dict[str, Any], leg: Leg, cause: LegCloseCause, evidence: LegEvidence
) -> MediaDisconnected:
    return MediaDisconnected.model_validate(
        {
            **envelope,
            "participant": leg.participant,
            "direction": leg.direction,
            "connection": leg.connection,
            "cause": cause.value,
            **asdict(evidence),
        }
    )
