"""A hearing and its state machine: the enum, the transition table and the one method that changes state.

Who may do it stands in ``permissions``; what the media layer may then carry stands in ``media_rights``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from hearing_server.domain.errors import InvalidValue, WrongState
from hearing_server.domain.permissions import Act


class HearingStatus(StrEnum):
    """Where a hearing stands."""

    DRAFT = "draft"
    """草稿: entered, nobody told yet."""
    SCHEDULED = "scheduled"
    """已排期: notices are out."""
    LOBBY_OPEN = "lobby_open"
    """候审中: people may wait and be checked."""
    READY = "ready"
    """准备就绪: the opening checklist is complete or each gap has a reason."""
    IN_SESSION = "in_session"
    """庭审中."""
    CLOSED_SESSION = "closed_session"
    """不公开审理段: the gallery sees nothing, the recording is a sealed volume."""
    RECESS = "recess"
    """休庭: the recording is suspended."""
    INTERRUPTED = "interrupted"
    """技术中断: somebody or something needed is missing; the judge decides."""
    DELIBERATION = "deliberation"
    """合议中: the bench alone, never recorded."""
    ADJOURNED = "adjourned"
    """延期 or 择日继续."""
    CONVERTED_OFFLINE = "converted_offline"
    """转线下; completed steps stay valid (CON-2)."""
    CLOSED = "closed"
    """闭庭."""
    CANCELLED = "cancelled"
    """取消, before it began."""
    SEALED = "sealed"
    """归档封存: nothing changes any more."""


class Openness(StrEnum):
    """Who may watch (PUB-1; OLR 27, CPL 137)."""

    PUBLIC = "public"
    """公开审理."""
    CLOSED_BY_LAW = "closed_by_law"
    """依法不公开审理."""
    CLOSED_ON_APPLICATION = "closed_on_application"
    """依申请不公开审理."""


class Guard(StrEnum):
    """What must hold before a transition; the act that makes it sees to it."""

    CHECKLIST = "checklist"
    """The opening checklist is complete, or its gaps have a reason (OPN-1)."""
    RECORDER_READY = "recorder_ready"
    """The recorder is there and can write (RCD-1)."""
    TRANSCRIBER_READY = "transcriber_ready"
    """Live recognition is there, or its absence acknowledged by the judge."""
    FINAL_STATEMENTS = "final_statements"
    """Final statements were asked, or a reason given."""
    REASON = "reason"
    """A reason is given; it is shown and journalled."""
    TRANSCRIPT_FILED = "transcript_filed"
    """The transcript is filed, or replaced by the recording (REC 8)."""


class Effect(StrEnum):
    """What a transition brings about besides the new status; the act that makes it sees to it."""

    SEND_NOTICES = "send_notices"
    START_RECORDING = "start_recording"
    SUSPEND_RECORDING = "suspend_recording"
    FINISH_RECORDING = "finish_recording"
    SPLIT_RECORDING = "split_recording"
    """Segments from here belong to another volume (PUB-3)."""
    CLOSE_GALLERY = "close_gallery"
    REOPEN_GALLERY = "reopen_gallery"
    CLEAR_COURTROOM = "clear_courtroom"
    """Everybody's media ends."""


@dataclass(frozen=True, slots=True)
class Transition:
    """``act`` says who may make it; ``by_itself`` that a clock or a loss may as well."""

    source: HearingStatus
    target: HearingStatus
    act: Act
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    by_itself: bool = False


_S = HearingStatus
_REASON = (Guard.REASON,)
_ENDING = (Effect.FINISH_RECORDING, Effect.CLEAR_COURTROOM)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.DRAFT, _S.SCHEDULED, Act.SCHEDULE, effects=(Effect.SEND_NOTICES,)),
    Transition(_S.SCHEDULED, _S.LOBBY_OPEN, Act.OPEN_LOBBY, by_itself=True),
    Transition(_S.LOBBY_OPEN, _S.READY, Act.MARK_READY, (Guard.CHECKLIST,)),
    Transition(
        _S.READY,
        _S.IN_SESSION,
        Act.OPEN_HEARING,
        (Guard.RECORDER_READY, Guard.TRANSCRIBER_READY),
        (Effect.START_RECORDING,),
    ),
    Transition(_S.IN_SESSION, _S.RECESS, Act.CALL_RECESS, _REASON, (Effect.SUSPEND_RECORDING,)),
    Transition(_S.RECESS, _S.IN_SESSION, Act.RESUME_HEARING, (Guard.RECORDER_READY,), (Effect.START_RECORDING,)),
    Transition(
        _S.IN_SESSION,
        _S.CLOSED_SESSION,
        Act.CLOSE_GALLERY,
        _REASON,
        (Effect.CLOSE_GALLERY, Effect.SPLIT_RECORDING),
    ),
    Transition(
        _S.CLOSED_SESSION,
        _S.IN_SESSION,
        Act.CLOSE_GALLERY,
        effects=(Effect.REOPEN_GALLERY, Effect.SPLIT_RECORDING),
    ),
    Transition(_S.IN_SESSION, _S.INTERRUPTED, Act.INTERRUPT, _REASON, by_itself=True),
    Transition(_S.INTERRUPTED, _S.IN_SESSION, Act.RESUME_HEARING, (Guard.RECORDER_READY,)),
    Transition(_S.IN_SESSION, _S.DELIBERATION, Act.DELIBERATE, effects=(Effect.SUSPEND_RECORDING,)),
    Transition(_S.DELIBERATION, _S.IN_SESSION, Act.DELIBERATE, (Guard.RECORDER_READY,), (Effect.START_RECORDING,)),
    *(
        Transition(source, target, act, _REASON, _ENDING)
        for source in (_S.IN_SESSION, _S.RECESS, _S.INTERRUPTED)
        for target, act in ((_S.ADJOURNED, Act.ADJOURN), (_S.CONVERTED_OFFLINE, Act.CONVERT_OFFLINE))
    ),
    Transition(_S.IN_SESSION, _S.CLOSED, Act.CLOSE_HEARING, (Guard.FINAL_STATEMENTS,), _ENDING),
    Transition(_S.SCHEDULED, _S.CANCELLED, Act.CANCEL, _REASON),
    Transition(_S.LOBBY_OPEN, _S.CANCELLED, Act.CANCEL, _REASON, (Effect.CLEAR_COURTROOM,)),
    *(
        Transition(source, _S.SEALED, Act.SEAL, (Guard.TRANSCRIPT_FILED,))
        for source in (_S.CLOSED, _S.ADJOURNED, _S.CONVERTED_OFFLINE)
    ),
)
"""The whole table of domain.md."""

LIVE = frozenset(
    {
        _S.LOBBY_OPEN,
        _S.READY,
        _S.IN_SESSION,
        _S.CLOSED_SESSION,
        _S.RECESS,
        _S.INTERRUPTED,
        _S.DELIBERATION,
    }
)
"""Statuses in which the hearing has a room."""

RECORDED = frozenset({_S.IN_SESSION, _S.CLOSED_SESSION, _S.INTERRUPTED})
"""Statuses in which the recording runs; an interruption is no reason to suspend it (REC 3)."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """One sitting of the court in a case. Times are UTC in milliseconds."""

    id: str
    case_id: str
    template: str
    openness: Openness
    courtroom: str
    scheduled_at_ms: int
    status: HearingStatus = HearingStatus.DRAFT
    stage: str | None = None
    reason: str = ""
    gap_reason: str = ""
    opens_at_ms: int | None = None
    """End of the opening countdown while it runs."""
    opened_at_ms: int | None = None
    resumes_at_ms: int | None = None
    closed_at_ms: int | None = None
    created_by: str | None = None
    created_at_ms: int = 0

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_recorded(self) -> bool:
        return self.status in RECORDED

    @property
    def gallery_is_open(self) -> bool:
        """Observers receive the courtroom only while a public hearing is in session (PUB-1, PUB-3)."""
        return self.openness is Openness.PUBLIC and self.status is HearingStatus.IN_SESSION

    def allowed(self) -> tuple[HearingStatus, ...]:
        """Statuses this hearing can go to next, whoever may do it."""
        return tuple(transition.target for transition in TRANSITIONS if transition.source is self.status)

    def transition(self, act: Act, target: HearingStatus | None = None) -> Transition:
        """The row of the table for ``act`` now. Raises ``WrongState`` when there is none."""
        for row in TRANSITIONS:
            if row.source is self.status and row.act is act and target in (None, row.target):
                return row
        raise WrongState("not_from_this_status", (self.status, act))

    def change(self, act: Act, now_ms: int, *, reason: str = "", resumes_at_ms: int | None = None) -> "Hearing":
        """The only way a hearing changes status. Raises ``WrongState``, or ``InvalidValue`` when a reason is missing."""
        row = self.transition(act)
        reason = reason.strip()
        if Guard.REASON in row.guards and not reason:
            raise InvalidValue("reason_missing")
        return replace(
            self,
            status=row.target,
            reason="" if row.target is HearingStatus.IN_SESSION else reason,
            opens_at_ms=None,
            opened_at_ms=self.opened_at_ms or (now_ms if row.target is HearingStatus.IN_SESSION else None),
            resumes_at_ms=resumes_at_ms if row.target is HearingStatus.RECESS else None,
            closed_at_ms=now_ms if Effect.FINISH_RECORDING in row.effects else self.closed_at_ms,
        )

    def announce_opening(self, opens_at_ms: int) -> "Hearing":
        """Start the countdown of 宣布开庭. Raises ``WrongState`` when it already runs."""
        self.transition(Act.OPEN_HEARING)
        if self.opens_at_ms is not None:
            raise WrongState("already_opening")
        return replace(self, opens_at_ms=opens_at_ms)

    def call_off_opening(self) -> "Hearing":
        """The countdown ends without opening, as when the recorder was lost meanwhile."""
        return replace(self, opens_at_ms=None)

    def advance(self, stage: str) -> "Hearing":
        """Go to another stage of the procedure; only while the court sits."""
        if self.status not in (HearingStatus.IN_SESSION, HearingStatus.CLOSED_SESSION):
            raise WrongState("not_in_session", (self.status,))
        if stage == self.stage:
            raise WrongState("already_in_stage", (stage,))
        return replace(self, stage=stage)

    def explain_gaps(self, gap_reason: str) -> "Hearing":
        """Why the hearing may open with an incomplete checklist (OPN-1)."""
        return replace(self, gap_reason=gap_reason.strip())
