import pytest
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from signaling.media import rtcp

REPORT = rtcp.SenderReport(ssrc=7, ntp=0x1122334455667788, rtp=99, packets=5, octets=600)
BLOCK = rtcp.ReceptionReport(7, fraction_lost=64, lost=-3, highest_sequence=70_000, jitter=12, last_report=5, delay=6)


def test_an_independent_reader_understands_what_is_written() -> None:
    sent = (
        rtcp.sender_report(REPORT) + rtcp.receiver_report([BLOCK]) + rtcp.nack(7, [5, 6, 21, 30]) + rtcp.picture_loss(7)
    )
    sender, receiver, nack, pli = RtcpPacket.parse(sent)
    assert isinstance(sender, RtcpSrPacket) and sender.sender_info.ntp_timestamp == REPORT.ntp
    assert isinstance(receiver, RtcpRrPacket)
    block = receiver.reports[0]
    assert (block.fraction_lost, block.packets_lost, block.highest_sequence) == (64, -3, 70_000)
    assert isinstance(nack, RtcpRtpfbPacket) and nack.lost == [5, 6, 21, 30]
    assert isinstance(pli, RtcpPsfbPacket) and (pli.fmt, pli.media_ssrc) == (1, 7)


def test_what_is_written_is_read_back() -> None:
    goodbye = b"\x81\xcb\x00\x01\x00\x00\x00\x07"
    sent = rtcp.sender_report(REPORT) + rtcp.receiver_report([BLOCK]) + rtcp.nack(7, [65_535, 65_536]) + goodbye
    assert rtcp.read(sent) == [REPORT, BLOCK, rtcp.Nack(7, (65_535, 0)), rtcp.Goodbye((7,))]


def test_a_full_intra_request_names_its_stream_in_the_entry() -> None:
    fir = bytes(RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=b"\x00\x00\x00\x09\x01\x00\x00\x00"))
    assert rtcp.read(fir) == [rtcp.KeyframeRequest(9)]


def test_unknown_packets_are_passed_over() -> None:
    other_application = bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=b"ABCD\x00\x00\x00\x01"))
    extended_report = b"\x80\xcf\x00\x01\x00\x00\x00\x01"
    assert rtcp.read(other_application + extended_report + rtcp.picture_loss(3)) == [rtcp.KeyframeRequest(3)]


@pytest.mark.parametrize("bitrate_bps", [0, 1, 262_143, 300_000, 1_700_000, 30_000_000])
def test_a_bandwidth_estimate_is_read_as_an_independent_writer_means_it(bitrate_bps: int) -> None:
    remb = bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=pack_remb_fci(bitrate_bps, [5, 6])))
    (estimate,) = rtcp.read(remb)
    assert isinstance(estimate, rtcp.ReceiverEstimate)
    assert bitrate_bps * 0.9999 <= estimate.bitrate_bps <= bitrate_bps
    (packet,) = RtcpPacket.parse(rtcp.receiver_estimate(bitrate_bps))
    assert isinstance(packet, RtcpPsfbPacket) and unpack_remb_fci(packet.fci) == (estimate.bitrate_bps, [])


def test_what_stands_before_a_truncation_counts() -> None:
    assert rtcp.read(rtcp.picture_loss(3) + rtcp.nack(3, [1])[:-1]) == [rtcp.KeyframeRequest(3)]


def test_a_flood_of_nacked_numbers_is_cut() -> None:
    (nack,) = rtcp.read(rtcp.nack(3, range(5_000)))
    assert isinstance(nack, rtcp.Nack) and len(nack.sequences) == rtcp.MAX_NACKED


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(packet: bytes) -> None:
    rtcp.read(packet)


@given(st.sampled_from([200, 201, 203, 205, 206]), st.integers(0, 31), st.binary(max_size=80), st.booleans())
def test_no_body_makes_the_reader_raise(kind: int, count: int, body: bytes, padded: bool) -> None:
    body += bytes(-len(body) % 4)
    rtcp.read(bytes((0x80 | (0x20 if padded else 0) | count, kind)) + (len(body) // 4).to_bytes(2, "big") + body)


@pytest.mark.parametrize("lost", [-(1 << 30), -1, 0, 1, 1 << 30])
def test_a_loss_count_out_of_range_is_clamped(lost: int) -> None:
    (report,) = rtcp.read(rtcp.receiver_report([rtcp.ReceptionReport(1, 0, lost, 0, 0, 0, 0)]))
    assert isinstance(report, rtcp.ReceptionReport) and report.lost == max(-0x800000, min(lost, 0x7FFFFF))
