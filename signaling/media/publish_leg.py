"""The way from a participant's browser to the server: its m-lines, its sources, and what is reported back to it."""

import asyncio
import random
import struct
import time
from collections.abc import Callable, Mapping, Sequence

from signaling.media import rtcp
from signaling.media.allowance import Allowance
from signaling.media.endpoint import MediaEndpoint
from signaling.media.errors import SdpError
from signaling.media.header_extensions import MID, REPAIRED_RID, RID, TRANSPORT_SEQUENCE, read_extensions
from signaling.media.leg import Leg
from signaling.media.library_internals import SrtpSession
from signaling.media.line_counts import NOTHING, LineCounts
from signaling.media.observer import LegCloseCause, LegObserver
from signaling.media.publication import Publication
from signaling.media.publish_answer import PublishedSection, answer_text, taken_sections
from signaling.media.reception import Reception
from signaling.media.session_description import SessionDescription, parse_session_description
from signaling.media.source import Source
from signaling.media.transport_feedback import TransportFeedback
from signaling.protocol.grants import SourceLabel

SOURCES_PER_S, SOURCES_AT_ONCE = 0.5, 24
"""Sources that may begin: each is a track of the record, with a folder and two facts. Camera and screen in layers and a voice are seven."""
PACKETS_PER_S = 4_000
OCTETS_PER_S = 3_000_000
"""More than three cameras need; who sends more for longer than a second is not sending a picture."""
SUCCESSION_NS = 2_000_000_000
"""An unannounced SSRC takes over an m-line only when the one before has been silent this long."""

_HEAD = struct.Struct("!BBHII")


class PublishLeg(Leg):
    """The client offers; `answer` may be called again for each new offer of the same connection."""

    direction = "publish"

    def __init__(self, endpoint: MediaEndpoint, participant: str, connection: str, observer: LegObserver) -> None:
        super().__init__(endpoint, participant, connection, observer)
        self.live: dict[int, Source] = {}
        """Sources by SSRC whose packets are forwarded. The hot path holds on to this dictionary."""
        self.transport_feedback = TransportFeedback(endpoint.hot_path.in_order)
        self._suspended: dict[int, Source] = {}
        self._publications: dict[SourceLabel, Publication] = {}
        self._repairing: dict[int, Source] = {}
        """By SSRC of the retransmissions: packets name the layer they repair only at the beginning."""
        self._sections: dict[str, PublishedSection] = {}
        self._allowed: frozenset[SourceLabel] = frozenset()
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._extensions: dict[int, str] = {}
        self._session_id = random.getrandbits(60)
        self._version = 0
        self._ended = NOTHING
        self._unmet = 0
        """Genuine packets that belong to no source."""
        now_ns = time.monotonic_ns()
        self._beginnings = Allowance(SOURCES_PER_S, SOURCES_AT_ONCE, now_ns)
        self._packets = Allowance(PACKETS_PER_S, PACKETS_PER_S, now_ns)
        self._octets = Allowance(OCTETS_PER_S, OCTETS_PER_S, now_ns)
        self._taken = (0, 0)
        self._ended_ns = 0

    @property
    def sources(self) -> tuple[Source, ...]:
        """Those that have begun and not ended, allowed at present or not."""
        return (*self.live.values(), *self._suspended.values())

    @property
    def publications(self) -> tuple[Publication, ...]:
        """Tracks with at least one source, allowed at present or not."""
        return tuple(self._publications.values())

    # ---------------------------------------------------------------- negotiation

    async def answer(self, offer_sdp: str, labels: Mapping[str, SourceLabel], allowed: frozenset[SourceLabel]) -> str:
        """``labels``: what each mid is said to be. An m-line that is undeclared or unusable is rejected, one that is not allowed is
        answered ``inactive``. Raises `SdpError`; then nothing has changed."""
        if self.ended is not None:
            raise SdpError("the leg has ended")
        offer = parse_session_description(offer_sdp)
        taken = taken_sections(offer, labels)
        server = self._check_transport(offer, taken)
        self._sections, self._allowed = taken, allowed
        self._extensions = {i: uri for section in taken.values() for i, uri in section.extensions.items()}
        self._end_sources_without_section()
        self.set_allowed(allowed)
        if taken and not self.transport.started:
            self.transport.start(server=server, fingerprints=self._fingerprints)
        self._version += 1
        return answer_text(
            offer,
            taken,
            allowed,
            self.transport,
            fingerprint=self.endpoint.fingerprint,
            candidates=self.endpoint.candidates,
            setup="passive" if server else "active",
            session_id=self._session_id,
            version=self._version,
        )

    def _check_transport(self, offer: SessionDescription, taken: Mapping[str, PublishedSection]) -> bool:
        """Whether the server is DTLS server. The first m-line taken speaks for the bundle."""
        section = next((each for each in offer.sections if each.mid in taken), None)
        if section is None:
            return True
        if not section.fingerprints or section.setup not in {"actpass", "active", "passive"}:
            raise SdpError("the offer has no fingerprint or no DTLS role")
        if self._fingerprints and section.fingerprints != self._fingerprints:
            raise SdpError("the certificate of a connection cannot change")
        self._fingerprints = section.fingerprints
        return section.setup != "passive"

    def set_allowed(self, labels: frozenset[SourceLabel]) -> None:
        """Takes effect at once: from this call on no packet of another label reaches anybody."""
        self._allowed = labels
        for source in self.sources:
            if source.label in labels and source.ssrc in self._suspended:
                self.live[source.ssrc] = self._suspended.pop(source.ssrc)
                source.resume()
            elif source.label not in labels and source.ssrc in self.live:
                self._suspended[source.ssrc] = self.live.pop(source.ssrc)
                source.suspend()

    def _section_of(self, source: Source) -> PublishedSection | None:
        """The m-line a source belongs to, if it still sends what it did."""
        for section in self._sections.values():
            if section.label is source.label and section.sends:
                same = section.codec is source.codec and section.payload_type == source.payload_type
                same = same and section.extensions == source.extensions and section.ssrc in (None, source.ssrc)
                same = same and source.publication is not None and source.publication.rids == (section.rids or ("",))
                return section if same else None
        return None

    # ---------------------------------------------------------------- sources

    def _end_sources_without_section(self) -> None:
        for source in self.sources:
            if self._section_of(source) is None:
                self._end_source(source)

    def _end_source(self, source: Source) -> None:
        self.live.pop(source.ssrc, None)
        self._suspended.pop(source.ssrc, None)
        self._ended = self._ended.plus(source.counts)
        self._ended_ns = max(self._ended_ns, source.reception.last_ns)
        self._forget_repairs(source)
        if self._strangers is not None:
            self._strangers.heard(source.ssrc)
        source.end()
        publication = self._publications[source.label]
        publication.part(source)
        if not publication.sources:
            del self._publications[source.label]
        self.observer.source_ended(self, source)

    def _forget_repairs(self, source: Source) -> None:
        self._repairing = {ssrc: repaired for ssrc, repaired in self._repairing.items() if repaired is not source}

    def _start_source(self, section: PublishedSection, rid: str, ssrc: int, sequence: int, timestamp: int) -> Source:
        source = Source(
            participant=self.participant,
            connection=self.connection,
            label=section.label,
            codec=section.codec,
            ssrc=ssrc,
            payload_type=section.payload_type,
            extensions=section.extensions,
            track=self.endpoint.next_track(),
            reception=Reception(section.codec.clock_rate_hz, sequence, timestamp),
            repairs=section.repairs,
            send_feedback=self.transport.send_rtcp,
            later=asyncio.get_running_loop().call_later,
            rid=rid,
        )
        self.live[ssrc] = source
        publication = self._publications.get(section.label)
        if publication is None:
            publication = Publication(self.participant, section.label, section.codec, section.rids or ("",))
            self._publications[section.label] = publication
        publication.join(source)
        self.observer.source_started(self, source)
        return source

    def _release(self) -> None:
        for source in self.sources:
            self._end_source(source)

    # ---------------------------------------------------------------- packets

    def _path(self, incoming: SrtpSession) -> Callable[[int], None]:
        return self.endpoint.hot_path.forwarding(self, incoming, self.endpoint.incoming, self.endpoint.row)

    def meet(self, size: int) -> tuple[Source, int] | None:
        """A decrypted packet of ``size`` bytes in the incoming memory whose SSRC is no live source.

        Returns the source it belongs to and its size, after turning a retransmission (RFC 4588) back into the original; None drops it.
        """
        view = self.endpoint.incoming.view
        _, second, sequence, timestamp, ssrc = _HEAD.unpack_from(view)
        payload_type = second & 0x7F
        values = read_extensions(view, size, self._extensions)
        section = self._recognised(ssrc, payload_type, values.get(MID, b"").decode("ascii", "replace"))
        met: tuple[Source, int] | None = None
        if section is not None and payload_type == section.rtx_payload_type:
            met = self._restored(section, _layer(section, values, REPAIRED_RID), size, ssrc)
        elif section is not None and payload_type == section.payload_type:
            source = self._successor(section, _layer(section, values, RID), ssrc, sequence, timestamp)
            met = (source, size) if source is not None else None
        if met is None:
            self._unmet += 1
            if self._strangers is not None:
                self._strangers.heard(ssrc)
            # Dropped for the room, yet it crossed the network: congestion control has to know.
            number = values.get(TRANSPORT_SEQUENCE, b"")
            if len(number) == 2:
                self.transport_feedback.arrivals.append((int.from_bytes(number, "big"), time.monotonic_ns()))
        return met

    def _recognised(self, ssrc: int, payload_type: int, mid: str) -> PublishedSection | None:
        """By announced SSRC, else by the mid the packet names, else by a payload type that only one m-line has (RFC 8843 section 9.2)."""
        for section in self._sections.values():
            if ssrc in (section.ssrc, section.rtx_ssrc):
                return section
        known = self._suspended.get(ssrc) or self._repairing.get(ssrc)
        if known is not None:
            return self._section_of(known)
        if mid:
            section_by_mid = self._sections.get(mid)
            return section_by_mid if section_by_mid is not None and section_by_mid.ssrc is None else None
        fitting = [
            section
            for section in self._sections.values()
            if section.ssrc is None and payload_type in (section.payload_type, section.rtx_payload_type)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _successor(
        self, section: PublishedSection, rid: str, ssrc: int, sequence: int, timestamp: int
    ) -> Source | None:
        """The source this packet begins; None while its label is not allowed, the layer is unknown or still has another SSRC."""
        if ssrc in self._suspended:
            self._suspended[ssrc].arrived_suspended(sequence)
            return None
        if section.label not in self._allowed or not section.sends or section.ssrc not in (None, ssrc):
            return None
        if section.rids and rid not in section.rids:
            return None
        present = next((s for s in self.sources if s.label is section.label and s.rid == rid), None)
        now_ns = time.monotonic_ns()
        if present is not None and now_ns - present.reception.last_ns < SUCCESSION_NS:
            return None
        if not self._beginnings.take(1, now_ns):
            return None
        if present is not None:
            self._end_source(present)
        return self._start_source(section, rid, ssrc, sequence, timestamp)

    def _restored(self, section: PublishedSection, rid: str, size: int, ssrc: int) -> tuple[Source, int] | None:
        """RFC 4588 section 4: the payload begins with the original sequence number. Padding alone is a probe."""
        source = self._repairing.get(ssrc) or next(
            (s for s in self.live.values() if s.label is section.label and s.rid == rid), None
        )
        if source is None or source.ssrc not in self.live:
            return None
        if self._repairing.get(ssrc) is not source:
            self._forget_repairs(source)
            self._repairing[ssrc] = source
        view = self.endpoint.incoming.view
        start, end = self._payload(size)
        if end - start <= 2:
            return None
        first, second, _, timestamp, _ = _HEAD.unpack_from(view)
        original = view[start] << 8 | view[start + 1]
        view[start : end - 2] = bytes(view[start + 2 : end])
        _HEAD.pack_into(view, 0, first & 0xDF, second & 0x80 | section.payload_type, original, timestamp, source.ssrc)
        return source, end - 2

    def _payload(self, size: int) -> tuple[int, int]:
        """Where the payload of the packet in memory begins and ends; the end is not after the beginning if there is none."""
        view = self.endpoint.incoming.view
        start = 12 + 4 * (view[0] & 15)
        if view[0] & 0x10:
            start += 4 + 4 * (view[start + 2] << 8 | view[start + 3])
        return start, size - (view[size - 1] if view[0] & 0x20 else 0)

    def only_padding(self, size: int) -> bool:
        start, end = self._payload(size)
        return end <= start

    # ---------------------------------------------------------------- feedback

    def _take_reports(self, items: Sequence[rtcp.RtcpItem]) -> None:
        now_ns = time.monotonic_ns()
        for item in items:
            if isinstance(item, rtcp.SenderReport) and item.ssrc in self.live:
                self.live[item.ssrc].take_sender_report(item, now_ns)
            elif isinstance(item, rtcp.Goodbye):
                for source in self.sources:
                    if source.ssrc in item.ssrcs:
                        self._end_source(source)

    def _knows(self, ssrc: int) -> bool:
        return ssrc in self.live or ssrc in self._suspended or ssrc in self._repairing

    def _floods(self, now_ns: int) -> bool:
        packets, octets = self._ended.packets + self._unmet, self._ended.octets
        for sources in (self.live, self._suspended):
            for source in sources.values():
                packets += source.accepted
                octets += source.octets
        (packets_before, octets_before), self._taken = self._taken, (packets, octets)
        few = self._packets.take(packets - packets_before, now_ns)
        return not (self._octets.take(octets - octets_before, now_ns) and few)

    def _tick(self) -> None:
        now_ns = time.monotonic_ns()
        if self._floods(now_ns):
            self.end(LegCloseCause.FLOODING)
            return
        sources = self.sources
        for packet in self.transport_feedback.packets(sources[0].ssrc if sources else 0):
            self.transport.send_rtcp(packet)
        for source in list(self.live.values()):
            source.tick(now_ns)
        for publication in self.publications:
            publication.tick(now_ns)

    def second(self) -> None:
        now_ns = time.monotonic_ns()
        for source in self.live.values():
            source.second(now_ns)
        reports = [source.reception.report(source.ssrc, now_ns) for source in self.sources]
        if reports:
            self.transport.send_rtcp(rtcp.receiver_report(reports))

    @property
    def counts(self) -> LineCounts:
        """Of the whole leg's life."""
        counts = self._ended
        for source in self.sources:
            counts = counts.plus(source.counts)
        return counts._replace(unsent=self.unsent)

    @property
    def jitter_ms(self) -> int | None:
        jitters = [int(each.reception.jitter * 1000) // each.clock_rate_hz for each in self.sources]
        return max(jitters, default=None)

    def _last_packet_ns(self) -> int:
        return max(self._ended_ns, *(source.reception.last_ns for source in self.sources), 0)


def _layer(section: PublishedSection, values: Mapping[str, bytes], uri: str) -> str:
    """Name of the layer a packet says it belongs to; empty without simulcast."""
    return values.get(uri, b"").decode("ascii", "replace") if section.rids else ""
