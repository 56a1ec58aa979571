"""Routes of the record: archive, its files, transcript, journal."""

from aiohttp import web

from hearing_server.court import archive
from hearing_server.court.ports import SessionClaims
from hearing_server.court.views import utterance_view
from hearing_server.domain.transcript import Revision
from hearing_server.web import archive_bodies, bodies, models
from hearing_server.web.answering import bearer, json_answer
from hearing_server.web.archive_models import Archive
from hearing_server.web.line_bodies import line_quality
from hearing_server.web.line_models import LineQuality
from hearing_server.web.queries import JournalSpan, LineSpan, SegmentPlace, TranscriptPage
from hearing_server.web.recording_files import RECORDING_FILES
from hearing_server.web.route_table import Call, Route, Who
from hearing_server.web.sign_in_cookie import COOKIES


async def view_archive(call: Call[None]) -> web.StreamResponse:
    """What playback needs; the view is journalled. Also lets this browser's media elements fetch the files."""
    hearing = call.part("hearing")
    response = json_answer(archive_bodies.archive(await archive.view_archive(call.office, call.reader, hearing)))
    response.enable_compression()
    token = bearer(call.request)
    if token and isinstance(call.reader, SessionClaims) and call.reader.kiosk is None:
        call.request.app[COOKIES].set_seat(response, hearing, token)
    return response


async def fetch_composite(call: Call[None]) -> web.StreamResponse:
    """The combined video."""
    hearing = call.part("hearing")
    composite = await archive.find_composite(call.office, call.reader, hearing)
    files = call.request.app[RECORDING_FILES]
    return await files.answer(call.request, hearing, composite.path, "video/mp4", composite.sha256)


async def fetch_segment(call: Call[SegmentPlace]) -> web.StreamResponse:
    """One sealed file of a track, by its hash."""
    hearing = call.part("hearing")
    segment, codec = await archive.find_segment(
        call.office, call.reader, hearing, call.part("sha256"), call.body.start_ms
    )
    content_type = archive_bodies.mime_type(codec).partition(";")[0]
    files = call.request.app[RECORDING_FILES]
    return await files.answer(call.request, hearing, segment.path, content_type, segment.sha256)


async def read_transcript(call: Call[TranscriptPage]) -> models.UtterancePage:
    """A page of the transcript: the newest first, oldest first inside a page."""
    utterances, total = await archive.read_transcript(
        call.office, call.reader, call.part("hearing"), call.body.before_ms, call.body.limit
    )
    return models.UtterancePage(utterances=[utterance_view(utterance) for utterance in utterances], total=total)


async def read_revisions(call: Call[None]) -> models.RevisionList:
    """Every version of an utterance, the recogniser's original first."""
    revisions, names = await archive.read_revisions(
        call.office, call.reader, call.part("hearing"), call.part("utterance")
    )
    return models.RevisionList(revisions=[_revision(revision, names) for revision in revisions])


async def read_journal(call: Call[JournalSpan]) -> models.JournalPage:
    """A page of the hearing's journal, and whether the whole chain holds."""
    rows, check = await archive.read_journal(
        call.office, call.staff, call.part("hearing"), call.body.after, call.body.limit
    )
    return bodies.journal_page(rows, check)


async def read_lines(call: Call[LineSpan]) -> LineQuality:
    """How well everybody's line was, by the minute."""
    after_ms = call.body.after_ms
    kept = await archive.read_lines(call.office, call.reader, call.part("hearing"), after_ms, call.body.minutes)
    return line_quality(kept, after_ms or 0)


def _revision(revision: Revision, names: dict[str, str]) -> models.RevisionView:
    return models.RevisionView(
        revision=revision.revision,
        participant=revision.participant_id,
        text=revision.text,
        edited_by=revision.edited_by,
        edited_by_name=names.get(revision.edited_by) if revision.edited_by else None,
        edited_at_ms=revision.edited_at_ms,
    )


_HEARING = "/api/hearings/{hearing}"

ROUTES = (
    Route("GET", f"{_HEARING}/archive", view_archive, answer=Archive, who=Who.READER),
    Route("GET", f"{_HEARING}/files/composite", fetch_composite, who=Who.READER, media_type="video/mp4"),
    Route(
        "GET",
        f"{_HEARING}/files/{{sha256:[0-9a-f]{{64}}}}",
        fetch_segment,
        body=SegmentPlace,
        who=Who.READER,
        media_type="video/webm",
    ),
    Route(
        "GET",
        f"{_HEARING}/transcript",
        read_transcript,
        body=TranscriptPage,
        answer=models.UtterancePage,
        who=Who.READER,
    ),
    Route(
        "GET",
        f"{_HEARING}/transcript/{{utterance}}/revisions",
        read_revisions,
        answer=models.RevisionList,
        who=Who.READER,
    ),
    Route("GET", f"{_HEARING}/quality", read_lines, body=LineSpan, answer=LineQuality, who=Who.READER),
    Route("GET", f"{_HEARING}/journal", read_journal, body=JournalSpan, answer=models.JournalPage),
)
