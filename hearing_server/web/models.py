"""Bodies of the HTTP API, the source of the OpenAPI document and of the browser's types. No decisions here.

Answers have no default values, because a default would make the field optional in the generated TypeScript.
All times are UTC in milliseconds.
"""

from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.base import Message
from signaling.protocol.court_words import ErrorCode, Language
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import CompositeView, UtteranceView

Name = Annotated[str, Field(min_length=1, max_length=100)]
Login = Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$")]
Password = Annotated[str, Field(min_length=10, max_length=200)]


class ErrorBody(Message):
    """Every refusal over HTTP."""

    code: ErrorCode
    message: str
    request_id: str


class ServerInfo(Message):
    """``GET /api/server``: what every screen's frame shows; public."""

    court_name: str
    help_phone: str
    version: str
    protocol_version: int
    setup_needed: bool
    """True until the first administrator exists."""
    demo_model: bool
    recorder_ready: bool


class SetupRequest(Message):
    """``POST /api/setup``: the first administrator, with the one-time token the server printed at its first start."""

    token: str
    name: Name
    login: Login
    password: Password


class LoginRequest(Message):
    """``POST /api/login``: sets the session cookie; answered by ``StaffMember``. ``POST /api/logout`` ends the session."""

    login: str
    password: str


class StaffMember(Message):
    """``GET /api/me`` and rows of ``GET /api/staff``."""

    staff: str
    name: str
    login: str
    roles: list[str]
    """Any of ``admin``, ``clerk``, ``judge``."""
    may: list[Literal["view_cases", "manage_cases", "manage_kiosks", "manage_staff"]]
    """What these roles allow outside a hearing. The screen asks this and never the roles."""
    disabled: bool


class NewStaffMember(Message):
    """``POST /api/staff``; administrators only."""

    name: Name
    login: Login
    password: Password
    roles: list[Literal["admin", "clerk", "judge"]] = Field(min_length=1)


class StaffStanding(Message):
    """``PUT /api/staff/{staff}/standing``, answered by ``StaffMember``; administrators only. Sign-ins and their seats end."""

    disabled: bool


class NewPassword(Message):
    """``PUT /api/staff/{staff}/password``: for a colleague; administrators only. Sign-ins and their seats end."""

    password: Password


class OwnPassword(NewPassword):
    """``PUT /api/me/password``: for oneself; the sign-in that says it goes on, others and their seats end."""

    present: Annotated[str, Field(max_length=200)]


class StaffList(Message):
    """``GET /api/staff``: any signed-in member of staff, since a clerk gives colleagues their seats."""

    staff: list[StaffMember]


class NewCase(Message):
    """``POST /api/cases``; clerks."""

    case_number: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    procedure: Literal["civil", "criminal", "administrative"] = "civil"


class CaseView(Message):
    """``GET /api/cases/{case}``; its hearings are ``GET /api/cases/{case}/hearings``, a ``HearingList``."""

    case: str
    case_number: str
    title: str
    procedure: str
    created_at_ms: int


class CaseList(Message):
    """``GET /api/cases?query=``: newest first, 100 at most."""

    cases: list[CaseView]


class NewHearing(Message):
    """``POST /api/cases/{case}/hearings``; clerks. The hearing begins as a draft. ``PUT /api/hearings/{hearing}`` with the
    same body changes these until the hearing opens. Both are answered by ``HearingDetail``."""

    scheduled_at_ms: int
    courtroom: Annotated[str, Field(max_length=60)] = ""
    openness: Literal["public", "closed_by_law", "closed_on_application"] = "public"


class HearingStep(Message):
    """``POST /api/hearings/{hearing}/status``: the clerk's steps that need no courtroom; answered by ``HearingDetail``."""

    status: Literal["scheduled", "lobby_open", "cancelled", "sealed"]
    reason: Annotated[str, Field(max_length=500)] = ""


class NewParticipant(Message):
    """``POST /api/hearings/{hearing}/participants``; clerks; answered by ``SeatView``.
    ``DELETE /api/hearings/{hearing}/participants/{participant}`` removes one who never took part."""

    name: Name
    role: str
    side: str = ""
    staff: str | None = None
    """The staff account that takes this seat by signing in, for judges and clerks."""


class SeatView(Message):
    """A participant as the clerk's schedule shows it."""

    participant: str
    name: str
    role: str
    side: str
    staff: str | None
    presence: str
    link_issued: bool
    link_revoked: bool
    link_expires_at_ms: int | None
    """Null when none was made."""


class HearingSummary(Message):
    """Row of the day's list."""

    hearing: str
    case: str
    case_number: str
    case_title: str
    status: str
    scheduled_at_ms: int
    courtroom: str
    my_participant: str | None
    """The seat of the signed-in person, if they have one."""
    present: int
    expected: int


class HearingList(Message):
    """``GET /api/hearings?from_ms=&to_ms=``: those the signed-in person may see, in order of time."""

    hearings: list[HearingSummary]


class HearingDetail(Message):
    """``GET /api/hearings/{hearing}``; staff."""

    hearing: str
    case: CaseView
    status: str
    allowed_steps: list[str]
    """The ``HearingStep`` statuses that the signed-in person may take now."""
    scheduled_at_ms: int
    courtroom: str
    openness: str
    seats: list[SeatView]
    my_participant: str | None
    transcript_count: int
    composite: CompositeView
    may_read_archive: bool
    may_read_journal: bool


class JoinLink(Message):
    """``POST /api/hearings/{hearing}/participants/{participant}/link``: a fresh link; earlier ones of this participant stop
    working. The token stands in the fragment, which browsers never send to a server; it may be typed in any case, without
    hyphens. ``DELETE`` of the same path withdraws the participant's link without a new one."""

    url: str
    qr_svg: str
    """The same link as a QR code, an SVG document."""
    expires_at_ms: int


class KioskCode(Message):
    """``POST /api/hearings/{hearing}/participants/{participant}/code``: six digits for a kiosk, once, for a short time."""

    code: str
    expires_at_ms: int


class JoinRequest(Message):
    """``POST /api/join``: what a join link stands for."""

    token: str
    language: Language = Language.CHINESE


class Seat(Message):
    """A place in a hearing: answer of ``POST /api/join``, ``POST /api/hearings/{hearing}/seat`` (signed-in staff) and
    ``POST /api/kiosk/join``. ``session_token`` goes into ``hello``."""

    session_token: str
    expires_at_ms: int
    hearing: str
    participant: str
    name: str
    role: str
    case_number: str
    case_title: str
    status: str
    scheduled_at_ms: int
    discipline_text: str
    """Court rules to show, read aloud and acknowledge (OPN-2)."""
    discipline_sha256: str
    may_publish: list[SourceLabel]
    """What this participant will be able to send once in place; empty for observers, who are asked for no device."""


class PairingCode(Message):
    """``POST /api/kiosks/pairing``; administrators and clerks. Typed once on the kiosk's screen."""

    code: str
    expires_at_ms: int


class PairRequest(Message):
    """``POST /api/kiosk/pair``."""

    code: Annotated[str, Field(pattern="^[0-9]{8}$")]
    name: Name


class PairedKiosk(Message):
    """The device token is kept by the browser of the kiosk; it alone lets nobody into a hearing."""

    kiosk: str
    name: str
    device_token: str


class KioskView(Message):
    kiosk: str
    name: str
    paired_at_ms: int
    last_seen_ms: int | None
    revoked: bool


class KioskList(Message):
    """``GET /api/kiosks``; ``DELETE /api/kiosks/{kiosk}`` withdraws one."""

    kiosks: list[KioskView]


class KioskJoinRequest(Message):
    """``POST /api/kiosk/join``: the device token, and the six digits the court gave."""

    device_token: str
    code: Annotated[str, Field(pattern="^[0-9]{6}$")]
    language: Language = Language.CHINESE


class KioskHello(Message):
    """``POST /api/kiosk/hello``: is this device still enrolled? Answered by ``PairedKiosk`` or ``token_revoked``."""

    device_token: str


# ------------------------------------------------------------------ record


class UtterancePage(Message):
    """``GET /api/hearings/{hearing}/transcript?before_ms=&limit=``: newest page first, oldest first inside a page."""

    utterances: list[UtteranceView]
    total: int


class RevisionView(Message):
    revision: int
    participant: str
    text: str
    edited_by: str | None
    edited_by_name: str | None
    edited_at_ms: int


class RevisionList(Message):
    """``GET /api/hearings/{hearing}/transcript/{utterance}/revisions``: the recogniser's original first."""

    revisions: list[RevisionView]


class JournalRow(Message):
    number: int
    at_ms: int
    type: str
    actor: str
    data: dict[str, object]
    hash: str


class JournalPage(Message):
    """``GET /api/hearings/{hearing}/journal?after=&limit=``; staff of the hearing."""

    rows: list[JournalRow]
    valid: bool
    """Whether the whole chain up to now was recomputed and matches."""
    total: int
