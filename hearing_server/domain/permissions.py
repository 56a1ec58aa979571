"""The permission table, role × act, as data (domain.md, "Roles"). It is asked once, at the top of an act.

An ``Extent`` that is not plainly yes is either a condition that is looked at here, or a lesser form of the act (propose,
request, suggest …) that does not carry the act itself.
"""

from enum import StrEnum

from hearing_server.domain.role import Role


class Act(StrEnum):
    """What somebody may want to do. Where a client has a message for it, it has the message's name."""

    SCHEDULE = "schedule"
    """Put a draft on the list, send the notices."""
    OPEN_LOBBY = "open_lobby"
    """Let people in to wait before the timer does."""
    MARK_READY = "mark_ready"
    """Declare the opening checklist complete."""
    CANCEL = "cancel"
    """Cancel a hearing that has not begun."""
    SEAL = "seal"
    """归档封存."""
    OPEN_HEARING = "open_hearing"
    """宣布开庭."""
    CLOSE_HEARING = "close_hearing"
    """闭庭."""
    CALL_RECESS = "call_recess"
    """休庭."""
    RESUME_HEARING = "resume_hearing"
    """继续开庭, after a recess or an interruption."""
    INTERRUPT = "interrupt"
    """技术中断."""
    DELIBERATE = "deliberate"
    """合议, and back."""
    ADJOURN = "adjourn"
    """延期, 择日继续."""
    CONVERT_OFFLINE = "convert_offline"
    """转线下."""
    ADVANCE_STAGE = "advance_stage"
    """Go to another stage of the procedure."""
    ADMIT = "admit"
    """Bring somebody from the lobby into the courtroom."""
    SEND_TO_WAITING = "send_to_waiting"
    """Bring somebody back to the lobby."""
    CALL_WITNESS = "call_witness"
    """Bring a witness or expert in from the witness room."""
    DISMISS_WITNESS = "dismiss_witness"
    """Bring them back there."""
    PUBLISH_MEDIA = "publish_media"
    """Be heard and seen."""
    ALWAYS_HEARD = "always_heard"
    """Be heard also where only the loudest are: the bench, in a large courtroom."""
    MUTE_PARTICIPANT = "mute_participant"
    """Mute and lock somebody's microphone or camera, and unlock it."""
    ASK_TO_UNMUTE = "ask_to_unmute"
    """Ask somebody to unmute; only they can."""
    SPOTLIGHT = "spotlight"
    """Show one person large for everybody, choose the layout."""
    WARN = "warn"
    """警告, 训诫 (OPN-4)."""
    EXPEL = "expel"
    """责令退出 (OPN-4)."""
    SHOW_EXHIBIT = "show_exhibit"
    """Put an exhibit or one's screen on stage."""
    ALLOW_SHARE = "allow_share"
    """Let a party show their screen, and take that back."""
    SEE_CAPTIONS = "see_captions"
    """See captions and the transcript as it grows."""
    EDIT_UTTERANCE = "edit_utterance"
    """Correct the transcript."""
    REQUEST_CORRECTION = "request_correction"
    """Ask for a correction (TRN-3)."""
    SIGN_TRANSCRIPT = "sign_transcript"
    """Sign the transcript (TRN-5)."""
    USE_CONSULT_ROOM = "use_consult_room"
    """Talk in private (PRV-1)."""
    SUSPEND_RECORDING = "suspend_recording"
    """Suspend the recording for an allowed reason (REC 3)."""
    RESTART_RECORDING = "restart_recording"
    """Start it again after a fault."""
    CLOSE_GALLERY = "close_gallery"
    """Close or reopen the gallery, seal the span (PUB-3)."""
    VERIFY_IDENTITY = "verify_identity"
    """Confirm who somebody is at this hearing (ID-1)."""
    CLASSIFY_DEPARTURE = "classify_departure"
    """Say why somebody vanished (ABS-1)."""
    VIEW_LINES = "view_lines"
    """See how well everybody's connection is, now and afterwards."""
    CHECK_COPIES = "check_copies"
    """See whether the recording's copies are whole, and have them compared."""
    WATCH = "watch"
    """See and hear the proceedings."""
    EXPORT = "export"
    """Take a copy of the record."""
    TAKE_PART = "take_part"
    """What everybody with a seat may do for themself: raise a hand, report devices, acknowledge the rules, leave."""


class Extent(StrEnum):
    """How far a role has an act."""

    YES = "yes"
    NO = "no"
    WITH_REASON = "with_reason"
    """Yes; the act itself asks for the reason."""
    DECIDE = "decide"
    """Yes; what others propose or explain, this role decides."""
    LOGGED = "logged"
    """Yes, and everybody sees it and the journal keeps it."""
    WHILE_CALLED = "while_called"
    """Only between call and dismissal (OLR 26)."""
    IF_PUBLIC = "if_public"
    """Only while the gallery is open."""
    WITH_PARTY = "with_party"
    """Only in the courtroom, beside their party."""
    PROPOSE = "propose"
    REQUEST = "request"
    ON_ORDER = "on_order"
    """When the judge has ordered it."""
    EXECUTE = "execute"
    """Carries out the judge's order."""
    RESTART_ONLY = "restart_only"
    """Only starting the recording again."""
    JUDGE_DECIDES = "judge_decides"
    IF_GRANTED = "if_granted"
    """When the bench has granted it."""
    MARK_ONLY = "mark_only"
    """May point and mark, not choose."""
    SCAN = "scan"
    """Scans documents in at the shared court room."""
    TEST_ONLY = "test_only"
    """Only to test the equipment."""
    SUPPORT_ROOM = "support_room"
    """Only in the support room."""
    MEDIATION_ROOM = "mediation_room"
    """Only in mediation rooms."""
    SUGGEST = "suggest"
    OWN_WORDS = "own_words"
    OWN_AND_CLIENTS = "own_and_clients"
    OWN_PART = "own_part"
    OWN_COPY = "own_copy"
    BENCH_ROOM = "bench_room"
    OWN_REPRESENTATIVE = "own_representative"
    OWN_CLIENT = "own_client"
    ITS_PARTY = "its_party"
    EXPLAIN = "explain"
    LOCAL_FACTS = "local_facts"
    TELEMETRY = "telemetry"
    VIEW = "view"


class Column(StrEnum):
    """Columns of the table: roles that have the same permissions."""

    PRESIDING = "presiding"
    PANEL = "panel"
    CLERK = "clerk"
    BAILIFF = "bailiff"
    PARTY = "party"
    COUNSEL = "counsel"
    WITNESS = "witness"
    INTERPRETER = "interpreter"
    HELPER = "helper"
    OBSERVER = "observer"
    SITE = "site"
    TECH = "tech"
    INSPECTOR = "inspector"
    MEDIATOR = "mediator"
    ADMIN = "admin"


COLUMN_OF: dict[Role, Column] = {
    Role.PRESIDING_JUDGE: Column.PRESIDING,
    Role.PANEL_MEMBER: Column.PANEL,
    Role.JUDGE_ASSISTANT: Column.CLERK,
    Role.CLERK: Column.CLERK,
    Role.BAILIFF: Column.BAILIFF,
    Role.PROSECUTOR: Column.COUNSEL,
    Role.PARTY: Column.PARTY,
    Role.REPRESENTATIVE: Column.COUNSEL,
    Role.ACCUSED: Column.PARTY,
    Role.WITNESS: Column.WITNESS,
    Role.EXPERT: Column.WITNESS,
    Role.INTERPRETER: Column.INTERPRETER,
    Role.HELPER: Column.HELPER,
    Role.MEDIATOR: Column.MEDIATOR,
    Role.OBSERVER: Column.OBSERVER,
    Role.REPORTER: Column.OBSERVER,
    Role.SITE_OPERATOR: Column.SITE,
    Role.TECH_OFFICER: Column.TECH,
    Role.INSPECTOR: Column.INSPECTOR,
    Role.ADMIN: Column.ADMIN,
}

_C, _E = Column, Extent
_Row = dict[Column, Extent]
_LEADING: _Row = {_C.PRESIDING: _E.YES, _C.CLERK: _E.PROPOSE, _C.COUNSEL: _E.REQUEST}
_BENCH_AND_DESK: _Row = {_C.PRESIDING: _E.YES, _C.CLERK: _E.YES}
_DOOR: _Row = {_C.PRESIDING: _E.YES, _C.CLERK: _E.YES, _C.BAILIFF: _E.YES}
_WITNESSES: _Row = {_C.PRESIDING: _E.YES, _C.CLERK: _E.ON_ORDER, _C.COUNSEL: _E.REQUEST}
_FLOOR: _Row = dict.fromkeys((_C.PRESIDING, _C.PANEL, _C.CLERK, _C.BAILIFF, _C.PARTY, _C.COUNSEL), _E.YES)

TABLE: dict[Act, _Row] = {
    Act.SCHEDULE: {_C.CLERK: _E.YES},
    Act.OPEN_LOBBY: _BENCH_AND_DESK,
    Act.MARK_READY: _BENCH_AND_DESK,
    Act.CANCEL: {_C.CLERK: _E.YES},
    Act.SEAL: {_C.CLERK: _E.YES},
    Act.OPEN_HEARING: _LEADING,
    Act.CLOSE_HEARING: _LEADING,
    Act.CALL_RECESS: _LEADING,
    Act.RESUME_HEARING: _LEADING,
    Act.INTERRUPT: _LEADING,
    Act.DELIBERATE: _LEADING,
    Act.ADJOURN: _LEADING,
    Act.CONVERT_OFFLINE: _LEADING,
    Act.ADVANCE_STAGE: _BENCH_AND_DESK,
    Act.ADMIT: _DOOR,
    Act.SEND_TO_WAITING: _DOOR,
    Act.CALL_WITNESS: _WITNESSES,
    Act.DISMISS_WITNESS: _WITNESSES,
    Act.PUBLISH_MEDIA: {
        **_FLOOR,
        _C.WITNESS: _E.WHILE_CALLED,
        _C.INTERPRETER: _E.YES,
        _C.SITE: _E.TEST_ONLY,
        _C.TECH: _E.SUPPORT_ROOM,
        _C.MEDIATOR: _E.MEDIATION_ROOM,
    },
    Act.ALWAYS_HEARD: {_C.PRESIDING: _E.YES, _C.PANEL: _E.YES},
    Act.MUTE_PARTICIPANT: _DOOR,
    Act.ASK_TO_UNMUTE: _BENCH_AND_DESK,
    Act.SPOTLIGHT: _BENCH_AND_DESK,
    Act.WARN: {_C.PRESIDING: _E.YES, _C.CLERK: _E.PROPOSE, _C.BAILIFF: _E.EXECUTE},
    Act.EXPEL: {_C.PRESIDING: _E.YES, _C.CLERK: _E.PROPOSE, _C.BAILIFF: _E.EXECUTE},
    Act.SHOW_EXHIBIT: {
        _C.PRESIDING: _E.YES,
        _C.PANEL: _E.YES,
        _C.CLERK: _E.YES,
        _C.PARTY: _E.IF_GRANTED,
        _C.COUNSEL: _E.IF_GRANTED,
        _C.WITNESS: _E.MARK_ONLY,
        _C.SITE: _E.SCAN,
    },
    Act.ALLOW_SHARE: _BENCH_AND_DESK,
    Act.SEE_CAPTIONS: {
        **_FLOOR,
        _C.WITNESS: _E.WHILE_CALLED,
        _C.INTERPRETER: _E.YES,
        _C.HELPER: _E.YES,
        _C.OBSERVER: _E.JUDGE_DECIDES,
        _C.INSPECTOR: _E.YES,
    },
    Act.EDIT_UTTERANCE: {_C.PRESIDING: _E.SUGGEST, _C.PANEL: _E.SUGGEST, _C.CLERK: _E.YES},
    Act.REQUEST_CORRECTION: {
        _C.PRESIDING: _E.YES,
        _C.PANEL: _E.YES,
        _C.PARTY: _E.OWN_WORDS,
        _C.COUNSEL: _E.OWN_AND_CLIENTS,
        _C.WITNESS: _E.OWN_PART,
    },
    Act.SIGN_TRANSCRIPT: {
        _C.PRESIDING: _E.YES,
        _C.PANEL: _E.YES,
        _C.CLERK: _E.YES,
        _C.PARTY: _E.YES,
        _C.COUNSEL: _E.YES,
        _C.WITNESS: _E.OWN_PART,
        _C.INTERPRETER: _E.YES,
    },
    Act.USE_CONSULT_ROOM: {
        _C.PRESIDING: _E.BENCH_ROOM,
        _C.PANEL: _E.BENCH_ROOM,
        _C.PARTY: _E.OWN_REPRESENTATIVE,
        _C.COUNSEL: _E.OWN_CLIENT,
        _C.INTERPRETER: _E.ITS_PARTY,
        _C.HELPER: _E.ITS_PARTY,
    },
    Act.SUSPEND_RECORDING: {_C.PRESIDING: _E.WITH_REASON, _C.CLERK: _E.RESTART_ONLY, _C.TECH: _E.RESTART_ONLY},
    Act.RESTART_RECORDING: {_C.PRESIDING: _E.WITH_REASON, _C.CLERK: _E.YES, _C.TECH: _E.YES},
    Act.CLOSE_GALLERY: _WITNESSES,
    Act.VERIFY_IDENTITY: {**_DOOR, _C.SITE: _E.SCAN},
    Act.CLASSIFY_DEPARTURE: {
        _C.PRESIDING: _E.DECIDE,
        _C.CLERK: _E.PROPOSE,
        _C.PARTY: _E.EXPLAIN,
        _C.COUNSEL: _E.EXPLAIN,
        _C.SITE: _E.LOCAL_FACTS,
        _C.TECH: _E.TELEMETRY,
        _C.INSPECTOR: _E.VIEW,
    },
    Act.VIEW_LINES: dict.fromkeys((_C.PRESIDING, _C.PANEL, _C.CLERK, _C.TECH), _E.YES),
    Act.CHECK_COPIES: dict.fromkeys((_C.PRESIDING, _C.CLERK, _C.TECH), _E.YES),
    Act.WATCH: {
        **_FLOOR,
        _C.WITNESS: _E.WHILE_CALLED,
        _C.INTERPRETER: _E.YES,
        _C.HELPER: _E.WITH_PARTY,
        _C.OBSERVER: _E.IF_PUBLIC,
        _C.TECH: _E.LOGGED,
        _C.INSPECTOR: _E.LOGGED,
    },
    Act.EXPORT: {_C.PRESIDING: _E.YES, _C.CLERK: _E.YES, _C.PARTY: _E.OWN_COPY, _C.COUNSEL: _E.OWN_COPY},
    Act.TAKE_PART: dict.fromkeys((column for column in Column if column is not Column.ADMIN), _E.YES),
}

OUTRIGHT = frozenset({Extent.YES, Extent.WITH_REASON, Extent.DECIDE, Extent.LOGGED})
"""Extents that carry the act without a condition."""


def extent(role: Role, act: Act) -> Extent:
    """The cell of the table; what is not there is no."""
    return TABLE[act].get(COLUMN_OF[role], Extent.NO)
