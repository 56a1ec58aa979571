"""First schema. There is no way back: a journal that can be dropped by a command is no journal; restore a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal", "utterance_revisions")
"""Tables whose rows are never changed or removed (RCD-6, TRN-6)."""


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("case_number", sa.String(length=60), nullable=False, comment="the court's own number, 案号"),
        sa.Column("title", sa.String(length=200), nullable=False, comment="案由 and parties, as on the cause list"),
        sa.Column("procedure", sa.String(length=32), nullable=False, comment="civil, criminal or administrative"),
        sa.Column("created_by", sa.String(length=64), nullable=True, comment="staff id"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when it was entered"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("case_number", name=op.f("uq_cases_case_number")),
    )
    op.create_table(
        "journal",
        sa.Column(
            "chain", sa.String(length=64), nullable=False, comment="hearing id, or 'court' for acts outside any hearing"
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, 3 … without a hole"),
        sa.Column("at_ms", sa.BigInteger(), nullable=False, comment="when it happened"),
        sa.Column(
            "type",
            sa.String(length=64),
            nullable=False,
            comment="what happened, a past participle such as hearing_opened",
        ),
        sa.Column(
            "actor",
            sa.String(length=80),
            nullable=False,
            comment="participant:id, staff:id, kiosk:id, worker or server",
        ),
        sa.Column("data", sa.Text(), nullable=False, comment="canonical JSON; no speech, names or tokens"),
        sa.Column(
            "previous_hash", sa.String(length=64), nullable=False, comment="hash of the row before; zeros for the first"
        ),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="SHA-256 over previous_hash and this row"),
        sa.Column(
            "fact",
            sa.String(length=400),
            nullable=True,
            comment="id of the worker's fact; unique, so a fact is stored once",
        ),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_journal")),
        sa.UniqueConstraint("fact", name=op.f("uq_journal_fact")),
    )
    op.create_index("ix_journal_chain_type", "journal", ["chain", "type"], unique=False)
    op.create_table(
        "join_links",
        sa.Column(
            "token_sha256",
            sa.String(length=64),
            nullable=False,
            comment="hash of the token; the token itself is not kept",
        ),
        sa.Column(
            "participant_id",
            sa.String(length=64),
            nullable=False,
            comment="whose seat; they may have been struck since",
        ),
        sa.Column(
            "generation",
            sa.Integer(),
            nullable=False,
            comment="older than the participant's: the link was replaced",
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_join_links")),
    )
    op.create_table(
        "kiosks",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("name", sa.String(length=100), nullable=False, comment="where it stands, as staff named it"),
        sa.Column("device_token_sha256", sa.String(length=64), nullable=False, comment="hash of the device token"),
        sa.Column(
            "paired_by", sa.String(length=64), nullable=True, comment="staff id of whoever made the pairing code"
        ),
        sa.Column("paired_at_ms", sa.BigInteger(), nullable=False, comment="when it was enrolled"),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=True, comment="last time it spoke to the server"),
        sa.Column(
            "revoked_at_ms",
            sa.BigInteger(),
            nullable=True,
            comment="when the court withdrew it; null while it is enrolled",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
        sa.UniqueConstraint("device_token_sha256", name=op.f("uq_kiosks_device_token_sha256")),
    )
    op.create_table(
        "server_secrets",
        sa.Column(
            "name",
            sa.String(length=64),
            nullable=False,
            comment="what it is for: tokens, codes, setup_token",
        ),
        sa.Column(
            "value", sa.Text(), nullable=False, comment="the secret itself, or its hash where only a check is needed"
        ),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when it was made"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_server_secrets")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("name", sa.String(length=100), nullable=False, comment="name as shown in court"),
        sa.Column("login", sa.String(length=64), nullable=False, comment="sign-in name, lower case"),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id, encoded with its parameters"),
        sa.Column(
            "password_generation",
            sa.Integer(),
            nullable=False,
            comment="what was begun with an older password has ended",
        ),
        sa.Column(
            "roles", sa.String(length=100), nullable=False, comment="any of admin, clerk, judge; separated by commas"
        ),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when the account was made"),
        sa.Column(
            "disabled_at_ms",
            sa.BigInteger(),
            nullable=True,
            comment="when the account was closed; null while it may sign in",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "hearings",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("case_id", sa.String(length=64), nullable=False, comment="the case it belongs to"),
        sa.Column("template", sa.String(length=32), nullable=False, comment="stage template, such as civil"),
        sa.Column(
            "openness",
            sa.String(length=32),
            nullable=False,
            comment="public, closed_by_law or closed_on_application (OLR 27)",
        ),
        sa.Column(
            "courtroom", sa.String(length=60), nullable=False, comment="courtroom named on the notice; may be empty"
        ),
        sa.Column("scheduled_at_ms", sa.BigInteger(), nullable=False, comment="time on the notice"),
        sa.Column("status", sa.String(length=32), nullable=False, comment="HearingStatus"),
        sa.Column(
            "stage", sa.String(length=64), nullable=True, comment="present stage of the template; null before opening"
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="reason of the present recess or interruption, or of the ending",
        ),
        sa.Column(
            "gap_reason",
            sa.Text(),
            nullable=False,
            comment="why the opening checklist may have gaps (OPN-1); mostly empty",
        ),
        sa.Column("opens_at_ms", sa.BigInteger(), nullable=True, comment="end of the opening countdown while it runs"),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=True, comment="first moment in session"),
        sa.Column("resumes_at_ms", sa.BigInteger(), nullable=True, comment="expected end of the present recess"),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True, comment="moment of 闭庭"),
        sa.Column("created_by", sa.String(length=64), nullable=True, comment="staff id of the clerk who entered it"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when it was entered"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hearings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearings")),
    )
    op.create_index(op.f("ix_hearings_case_id"), "hearings", ["case_id"], unique=False)
    op.create_index(op.f("ix_hearings_scheduled_at_ms"), "hearings", ["scheduled_at_ms"], unique=False)
    op.create_index(op.f("ix_hearings_status"), "hearings", ["status"], unique=False)
    op.create_table(
        "pairing_codes",
        sa.Column("code_sha256", sa.String(length=64), nullable=False, comment="keyed hash of the eight digits"),
        sa.Column("created_by", sa.String(length=64), nullable=False, comment="staff id"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when it was made"),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False, comment="after this it pairs nothing"),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True, comment="when a kiosk used it; a code works once"),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_pairing_codes_created_by")),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_pairing_codes")),
    )
    op.create_table(
        "sign_in_sessions",
        sa.Column(
            "token_sha256",
            sa.String(length=64),
            nullable=False,
            comment="hash of the cookie; the cookie itself is not kept",
        ),
        sa.Column("staff_id", sa.String(length=64), nullable=False, comment="who signed in"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False, comment="after this the cookie is worth nothing"),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True, comment="when they signed out or were signed out"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_in_sessions_staff_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_in_sessions")),
    )
    op.create_index(op.f("ix_sign_in_sessions_staff_id"), "sign_in_sessions", ["staff_id"], unique=False)
    op.create_table(
        "composites",
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="one per hearing"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="queued, running, done or failed"),
        sa.Column("progress", sa.Float(), nullable=False, comment="0 to 1"),
        sa.Column("remaining_s", sa.Float(), nullable=True, comment="estimate while running"),
        sa.Column("path", sa.String(length=300), nullable=True, comment="relative to the recordings folder, when done"),
        sa.Column("duration_s", sa.Float(), nullable=True, comment="length of the video, when done"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True, comment="size of the file, when done"),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="hash of the file, when done"),
        sa.Column("error", sa.Text(), nullable=True, comment="what went wrong, when failed"),
        sa.Column("queued_at_ms", sa.BigInteger(), nullable=False, comment="when it was asked for"),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True, comment="when it was done or failed"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_composites_hearing_id")),
        sa.PrimaryKeyConstraint("hearing_id", name=op.f("pk_composites")),
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id; also the member id in the room"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="one row per hearing and person"),
        sa.Column("seat", sa.Integer(), nullable=False, comment="fixed seat number, ordered by role; never moves"),
        sa.Column("name", sa.String(length=100), nullable=False, comment="name as shown"),
        sa.Column("role", sa.String(length=32), nullable=False, comment="Role"),
        sa.Column(
            "side",
            sa.String(length=32),
            nullable=False,
            comment="plaintiff, defendant, third_party …; empty for the court",
        ),
        sa.Column("staff_id", sa.String(length=64), nullable=True, comment="account that takes this seat"),
        sa.Column(
            "place",
            sa.String(length=32),
            nullable=False,
            comment="Place they are in, or return to on rejoining (ABS-4)",
        ),
        sa.Column("presence", sa.String(length=32), nullable=False, comment="Presence"),
        sa.Column(
            "witness_status", sa.String(length=32), nullable=True, comment="WitnessStatus; null for everybody else"
        ),
        sa.Column(
            "identity_method",
            sa.String(length=32),
            nullable=True,
            comment="how identity was verified at this hearing (ID-1)",
        ),
        sa.Column(
            "identity_verified_by", sa.String(length=64), nullable=True, comment="participant id of whoever verified it"
        ),
        sa.Column("identity_verified_at_ms", sa.BigInteger(), nullable=True, comment="when; null while unverified"),
        sa.Column("muted_by_court", sa.Boolean(), nullable=False, comment="microphone locked by the bench"),
        sa.Column(
            "hand_raised_at_ms", sa.BigInteger(), nullable=True, comment="since when the hand is up; null when down"
        ),
        sa.Column(
            "link_generation", sa.Integer(), nullable=False, comment="a join link of an older generation is revoked"
        ),
        sa.Column(
            "link_issued_at_ms",
            sa.BigInteger(),
            nullable=True,
            comment="when the newest link was made; null when none was",
        ),
        sa.Column("link_revoked_at_ms", sa.BigInteger(), nullable=True, comment="when the newest link was withdrawn"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when they were named"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_participants_hearing_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_participants_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participants")),
        sa.UniqueConstraint("hearing_id", "seat", name=op.f("uq_participants_hearing_id")),
    )
    op.create_index(op.f("ix_participants_staff_id"), "participants", ["staff_id"], unique=False)
    op.create_table(
        "recording_gaps",
        sa.Column("fact", sa.String(length=400), nullable=False, comment="id of the fact that told of it"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column(
            "participant_id", sa.String(length=64), nullable=False, comment="whose track; empty when it concerns all"
        ),
        sa.Column("track", sa.String(length=64), nullable=False, comment="track id; empty when it concerns all"),
        sa.Column("start_ms", sa.BigInteger(), nullable=False, comment="on the hearing clock"),
        sa.Column("end_ms", sa.BigInteger(), nullable=False, comment="on the hearing clock"),
        sa.Column("packets", sa.BigInteger(), nullable=False, comment="how many packets are missing"),
        sa.Column(
            "cause", sa.String(length=32), nullable=False, comment="network_loss, recorder_lost, spill_full, paused …"
        ),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_recording_gaps_hearing_id")),
        sa.PrimaryKeyConstraint("fact", name=op.f("pk_recording_gaps")),
    )
    op.create_index(op.f("ix_recording_gaps_hearing_id"), "recording_gaps", ["hearing_id"], unique=False)
    op.create_table(
        "recording_spans",
        sa.Column("fact", sa.String(length=400), nullable=False, comment="id of the fact that told of its start"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("start_ms", sa.BigInteger(), nullable=False, comment="recording started or went on"),
        sa.Column("start_cause", sa.String(length=32), nullable=False, comment="opened, resumed or server_restarted"),
        sa.Column("end_ms", sa.BigInteger(), nullable=True, comment="recording suspended or ended; null while it runs"),
        sa.Column(
            "end_cause",
            sa.String(length=32),
            nullable=True,
            comment="recess, closed, closed_evidence, mediation or server_lost",
        ),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_recording_spans_hearing_id")),
        sa.PrimaryKeyConstraint("fact", name=op.f("pk_recording_spans")),
    )
    op.create_index(op.f("ix_recording_spans_hearing_id"), "recording_spans", ["hearing_id"], unique=False)
    op.create_table(
        "stage_marks",
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("number", sa.Integer(), nullable=False, comment="journal row that advanced the stage"),
        sa.Column("stage", sa.String(length=64), nullable=False, comment="stage that began"),
        sa.Column("at_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_stage_marks_hearing_id")),
        sa.PrimaryKeyConstraint("hearing_id", "number", name=op.f("pk_stage_marks")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="who"),
        sa.Column(
            "stage",
            sa.String(length=64),
            nullable=False,
            comment="stage it covers; one never implies another (CON-1, OLR 4)",
        ),
        sa.Column("given", sa.Boolean(), nullable=False, comment="true for consent, false for refusal or withdrawal"),
        sa.Column("notice_sha256", sa.String(length=64), nullable=False, comment="hash of the notice that was shown"),
        sa.Column("at_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_consents_hearing_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_consents_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_participant_id"), "consents", ["participant_id"], unique=False)
    op.create_table(
        "discipline_acknowledgements",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="who"),
        sa.Column(
            "text_sha256",
            sa.String(length=64),
            nullable=False,
            comment="hash of the court rules that were shown (OPN-2)",
        ),
        sa.Column("at_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.ForeignKeyConstraint(
            ["hearing_id"], ["hearings.id"], name=op.f("fk_discipline_acknowledgements_hearing_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_discipline_acknowledgements_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discipline_acknowledgements")),
    )
    op.create_index(
        op.f("ix_discipline_acknowledgements_participant_id"),
        "discipline_acknowledgements",
        ["participant_id"],
        unique=False,
    )
    op.create_table(
        "kiosk_codes",
        sa.Column("code_sha256", sa.String(length=64), nullable=False, comment="keyed hash of the six digits"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing it leads to"),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="whose seat"),
        sa.Column("created_by", sa.String(length=64), nullable=False, comment="staff id"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False, comment="when it was made"),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False, comment="after this it opens nothing"),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True, comment="when it was used; a code works once"),
        sa.Column("used_on_kiosk", sa.String(length=64), nullable=True, comment="the kiosk it was typed on"),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_kiosk_codes_created_by")),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_kiosk_codes_hearing_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_kiosk_codes_participant_id")),
        sa.ForeignKeyConstraint(["used_on_kiosk"], ["kiosks.id"], name=op.f("fk_kiosk_codes_used_on_kiosk")),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_kiosk_codes")),
    )
    op.create_index(op.f("ix_kiosk_codes_participant_id"), "kiosk_codes", ["participant_id"], unique=False)
    op.create_table(
        "segments",
        sa.Column("fact", sa.String(length=400), nullable=False, comment="id of the fact that told of it"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="who is in it"),
        sa.Column("track", sa.String(length=64), nullable=False, comment="track id"),
        sa.Column("source", sa.String(length=32), nullable=False, comment="SourceLabel"),
        sa.Column("path", sa.String(length=300), nullable=False, comment="relative to the hearing's recordings folder"),
        sa.Column("start_ms", sa.BigInteger(), nullable=False, comment="first frame on the hearing clock"),
        sa.Column("end_ms", sa.BigInteger(), nullable=False, comment="end on the hearing clock"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="file size when it was sealed"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="hash of the file when it was sealed"),
        sa.Column(
            "packets_received", sa.BigInteger(), nullable=False, comment="packets of its span that reached the recorder"
        ),
        sa.Column("packets_written", sa.BigInteger(), nullable=False, comment="packets in it"),
        sa.Column("packets_read_back", sa.BigInteger(), nullable=False, comment="packets found on reading it again"),
        sa.Column("recovered", sa.Boolean(), nullable=False, comment="true when it was rescued after a crash"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_segments_hearing_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_segments_participant_id")),
        sa.PrimaryKeyConstraint("fact", name=op.f("pk_segments")),
    )
    op.create_index("ix_segments_hearing_id_start_ms", "segments", ["hearing_id", "start_ms"], unique=False)
    op.create_table(
        "tracks",
        sa.Column("id", sa.String(length=64), nullable=False, comment="made by the worker, unique for the participant"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="who published it"),
        sa.Column("source", sa.String(length=32), nullable=False, comment="SourceLabel: microphone, camera or screen"),
        sa.Column("codec", sa.String(length=32), nullable=False, comment="such as opus, VP8, H264"),
        sa.Column("published_at_ms", sa.BigInteger(), nullable=False, comment="when the first packet was expected"),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True, comment="when it ended; null while it lives"),
        sa.Column("packets_received", sa.BigInteger(), nullable=True, comment="at its end"),
        sa.Column("packets_lost", sa.BigInteger(), nullable=True, comment="at its end"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_tracks_hearing_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_tracks_participant_id")),
        sa.PrimaryKeyConstraint("hearing_id", "participant_id", "id", name=op.f("pk_tracks")),
    )
    op.create_table(
        "utterances",
        sa.Column("id", sa.String(length=64), nullable=False, comment="made by the recogniser"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="newest revision; 0 is the recogniser's original"),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="speaker as of newest"),
        sa.Column("text", sa.Text(), nullable=False, comment="text as of the newest revision"),
        sa.Column("status", sa.String(length=32), nullable=False, comment="UtteranceStatus"),
        sa.Column(
            "edited_by",
            sa.String(length=64),
            nullable=True,
            comment="participant id of the newest revision's author; null for the recogniser",
        ),
        sa.Column("start_ms", sa.BigInteger(), nullable=False, comment="begin of speech on the hearing clock"),
        sa.Column("end_ms", sa.BigInteger(), nullable=False, comment="end of speech on the hearing clock"),
        sa.Column(
            "words",
            sa.Text(),
            nullable=False,
            comment="JSON list of [text, start_ms, end_ms, confidence], the original's",
        ),
        sa.Column("raw_text", sa.Text(), nullable=False, comment="the recogniser's own tokens, separated by spaces"),
        sa.Column("model", sa.String(length=100), nullable=False, comment="speech model that recognised it"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_utterances_hearing_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_utterances_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_utterances")),
    )
    op.create_index("ix_utterances_hearing_id_start_ms", "utterances", ["hearing_id", "start_ms", "id"], unique=False)
    op.create_table(
        "utterance_revisions",
        sa.Column("utterance_id", sa.String(length=64), nullable=False, comment="utterance"),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="0 is the recogniser's original; never changed or removed"
        ),
        sa.Column("participant_id", sa.String(length=64), nullable=False, comment="speaker as of it"),
        sa.Column("text", sa.Text(), nullable=False, comment="text as of it"),
        sa.Column("text_sha256", sa.String(length=64), nullable=False, comment="hash of the text, also in the journal"),
        sa.Column(
            "edited_by",
            sa.String(length=64),
            nullable=True,
            comment="participant id of the author; null for the recogniser",
        ),
        sa.Column("edited_at_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_utterance_revisions_participant_id")
        ),
        sa.ForeignKeyConstraint(["utterance_id"], ["utterances.id"], name=op.f("fk_utterance_revisions_utterance_id")),
        sa.PrimaryKeyConstraint("utterance_id", "revision", name=op.f("pk_utterance_revisions")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=64), nullable=False, comment="opaque id"),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="JobKind, such as composite"),
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="queued, running, done or failed"),
        sa.Column(
            "attempt",
            sa.Integer(),
            nullable=False,
            comment="fencing token: writes of an older attempt are refused",
        ),
        sa.Column(
            "runner",
            sa.String(length=64),
            nullable=True,
            comment="process that holds it; null before the first attempt",
        ),
        sa.Column(
            "lease_until_ms",
            sa.BigInteger(),
            nullable=True,
            comment="running: free for another runner after this; queued: not begun before",
        ),
        sa.Column(
            "error",
            sa.Text(),
            nullable=False,
            comment="what went wrong in the last attempt; empty when nothing did",
        ),
        sa.Column("queued_at_ms", sa.BigInteger(), nullable=False, comment="when it was asked for"),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True, comment="when it was done or failed for good"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_jobs_hearing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_hearing_id"), "jobs", ["hearing_id"], unique=False)
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"], unique=False)
    for table in APPEND_ONLY:
        _make_append_only(table)


def _make_append_only(table: str) -> None:
    """A guard against mistakes; against a database administrator the hash chain stands."""
    refusal = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
    else:
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )
