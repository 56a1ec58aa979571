"""Every table, with a comment on every column. Queries live in the modules beside this one, named after the nouns.

Identifiers are opaque text, times are UTC in milliseconds, closed sets are the identifiers of ``hearing_server.domain``.
A change here needs a migration in ``storage/migrations/versions``; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

FACT_LENGTH = 400
"""A recorder's fact is named after what it tells of, up to hearing and path of a file."""

# ------------------------------------------------------------------ the court's people and devices

server_secrets = Table(
    "server_secrets",
    metadata,
    Column("name", String(64), primary_key=True, comment="what it is for: tokens, codes, setup_token"),
    Column("value", Text, nullable=False, comment="the secret itself, or its hash where only a check is needed"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when it was made"),
)

staff = Table(
    "staff",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("name", String(100), nullable=False, comment="name as shown in court"),
    Column("login", String(64), nullable=False, unique=True, comment="sign-in name, lower case"),
    Column("password_hash", Text, nullable=False, comment="argon2id, encoded with its parameters"),
    Column("password_generation", Integer, nullable=False, comment="what was begun with an older password has ended"),
    Column("roles", String(100), nullable=False, comment="any of admin, clerk, judge; separated by commas"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when the account was made"),
    Column("disabled_at_ms", BigInteger, comment="when the account was closed; null while it may sign in"),
)

sign_in_sessions = Table(
    "sign_in_sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True, comment="hash of the cookie; the cookie itself is not kept"),
    Column("staff_id", String(64), ForeignKey("staff.id"), nullable=False, index=True, comment="who signed in"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when"),
    Column("expires_at_ms", BigInteger, nullable=False, comment="after this the cookie is worth nothing"),
    Column("ended_at_ms", BigInteger, comment="when they signed out or were signed out"),
)

kiosks = Table(
    "kiosks",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("name", String(100), nullable=False, comment="where it stands, as staff named it"),
    Column("device_token_sha256", String(64), nullable=False, unique=True, comment="hash of the device token"),
    Column("paired_by", String(64), comment="staff id of whoever made the pairing code"),
    Column("paired_at_ms", BigInteger, nullable=False, comment="when it was enrolled"),
    Column("last_seen_ms", BigInteger, comment="last time it spoke to the server"),
    Column("revoked_at_ms", BigInteger, comment="when the court withdrew it; null while it is enrolled"),
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_sha256", String(64), primary_key=True, comment="keyed hash of the eight digits"),
    Column("created_by", String(64), ForeignKey("staff.id"), nullable=False, comment="staff id"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when it was made"),
    Column("expires_at_ms", BigInteger, nullable=False, comment="after this it pairs nothing"),
    Column("used_at_ms", BigInteger, comment="when a kiosk used it; a code works once"),
)

# ------------------------------------------------------------------ cases and hearings

cases = Table(
    "cases",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("case_number", String(60), nullable=False, unique=True, comment="the court's own number, 案号"),
    Column("title", String(200), nullable=False, comment="案由 and parties, as on the cause list"),
    Column("procedure", String(32), nullable=False, comment="civil, criminal or administrative"),
    Column("created_by", String(64), comment="staff id"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when it was entered"),
)

hearings = Table(
    "hearings",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("case_id", String(64), ForeignKey("cases.id"), nullable=False, index=True, comment="the case it belongs to"),
    Column("template", String(32), nullable=False, comment="stage template, such as civil"),
    Column("openness", String(32), nullable=False, comment="public, closed_by_law or closed_on_application (OLR 27)"),
    Column("courtroom", String(60), nullable=False, comment="courtroom named on the notice; may be empty"),
    Column("scheduled_at_ms", BigInteger, nullable=False, index=True, comment="time on the notice"),
    Column("status", String(32), nullable=False, index=True, comment="HearingStatus"),
    Column("stage", String(64), comment="present stage of the template; null before opening"),
    Column("reason", Text, nullable=False, comment="reason of the present recess or interruption, or of the ending"),
    Column("gap_reason", Text, nullable=False, comment="why the opening checklist may have gaps (OPN-1); mostly empty"),
    Column("opens_at_ms", BigInteger, comment="end of the opening countdown while it runs"),
    Column("opened_at_ms", BigInteger, comment="first moment in session"),
    Column("resumes_at_ms", BigInteger, comment="expected end of the present recess"),
    Column("closed_at_ms", BigInteger, comment="moment of 闭庭"),
    Column("created_by", String(64), comment="staff id of the clerk who entered it"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when it was entered"),
)

participants = Table(
    "participants",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id; also the member id in the room"),
    Column(
        "hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="one row per hearing and person"
    ),
    Column("seat", Integer, nullable=False, comment="fixed seat number, ordered by role; never moves"),
    Column("name", String(100), nullable=False, comment="name as shown"),
    Column("role", String(32), nullable=False, comment="Role"),
    Column("side", String(32), nullable=False, comment="plaintiff, defendant, third_party …; empty for the court"),
    Column("staff_id", String(64), ForeignKey("staff.id"), index=True, comment="account that takes this seat"),
    Column("place", String(32), nullable=False, comment="Place they are in, or return to on rejoining (ABS-4)"),
    Column("presence", String(32), nullable=False, comment="Presence"),
    Column("witness_status", String(32), comment="WitnessStatus; null for everybody else"),
    Column("identity_method", String(32), comment="how identity was verified at this hearing (ID-1)"),
    Column("identity_verified_by", String(64), comment="participant id of whoever verified it"),
    Column("identity_verified_at_ms", BigInteger, comment="when; null while unverified"),
    Column("muted_by_court", Boolean, nullable=False, comment="microphone locked by the bench"),
    Column("camera_locked", Boolean, nullable=False, comment="camera locked by the bench"),
    Column("share_allowed", Boolean, nullable=False, comment="the bench lets them show their screen"),
    Column("hand_raised_at_ms", BigInteger, comment="since when the hand is up; null when down"),
    Column("link_generation", Integer, nullable=False, comment="a join link of an older generation is revoked"),
    Column("link_issued_at_ms", BigInteger, comment="when the newest link was made; null when none was"),
    Column("link_revoked_at_ms", BigInteger, comment="when the newest link was withdrawn"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when they were named"),
    UniqueConstraint("hearing_id", "seat"),
)

join_links = Table(
    "join_links",
    metadata,
    Column("token_sha256", String(64), primary_key=True, comment="hash of the token; the token itself is not kept"),
    Column("participant_id", String(64), nullable=False, comment="whose seat; they may have been struck since"),
    Column("generation", Integer, nullable=False, comment="older than the participant's: the link was replaced"),
)

kiosk_codes = Table(
    "kiosk_codes",
    metadata,
    Column("code_sha256", String(64), primary_key=True, comment="keyed hash of the six digits"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing it leads to"),
    Column(
        "participant_id", String(64), ForeignKey("participants.id"), nullable=False, index=True, comment="whose seat"
    ),
    Column("created_by", String(64), ForeignKey("staff.id"), nullable=False, comment="staff id"),
    Column("created_at_ms", BigInteger, nullable=False, comment="when it was made"),
    Column("expires_at_ms", BigInteger, nullable=False, comment="after this it opens nothing"),
    Column("used_at_ms", BigInteger, comment="when it was used; a code works once"),
    Column("used_on_kiosk", String(64), ForeignKey("kiosks.id"), comment="the kiosk it was typed on"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("participant_id", String(64), ForeignKey("participants.id"), nullable=False, index=True, comment="who"),
    Column("stage", String(64), nullable=False, comment="stage it covers; one never implies another (CON-1, OLR 4)"),
    Column("given", Boolean, nullable=False, comment="true for consent, false for refusal or withdrawal"),
    Column("notice_sha256", String(64), nullable=False, comment="hash of the notice that was shown"),
    Column("at_ms", BigInteger, nullable=False, comment="when"),
)

discipline_acknowledgements = Table(
    "discipline_acknowledgements",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("participant_id", String(64), ForeignKey("participants.id"), nullable=False, index=True, comment="who"),
    Column("text_sha256", String(64), nullable=False, comment="hash of the court rules that were shown (OPN-2)"),
    Column("at_ms", BigInteger, nullable=False, comment="when"),
)

# ------------------------------------------------------------------ the record

utterances = Table(
    "utterances",
    metadata,
    Column("id", String(64), primary_key=True, comment="made by the recogniser"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("revision", Integer, nullable=False, comment="newest revision; 0 is the recogniser's original"),
    Column("participant_id", String(64), ForeignKey("participants.id"), nullable=False, comment="speaker as of newest"),
    Column("text", Text, nullable=False, comment="text as of the newest revision"),
    Column("status", String(32), nullable=False, comment="UtteranceStatus"),
    Column("edited_by", String(64), comment="participant id of the newest revision's author; null for the recogniser"),
    Column("start_ms", BigInteger, nullable=False, comment="begin of speech on the hearing clock"),
    Column("end_ms", BigInteger, nullable=False, comment="end of speech on the hearing clock"),
    Column("words", Text, nullable=False, comment="JSON list of [text, start_ms, end_ms, confidence], the original's"),
    Column("raw_text", Text, nullable=False, comment="the recogniser's own tokens, separated by spaces"),
    Column("model", String(100), nullable=False, comment="speech model that recognised it"),
)
Index("ix_utterances_hearing_id_start_ms", utterances.c.hearing_id, utterances.c.start_ms, utterances.c.id)

utterance_revisions = Table(
    "utterance_revisions",
    metadata,
    Column("utterance_id", String(64), ForeignKey("utterances.id"), nullable=False, comment="utterance"),
    Column("revision", Integer, nullable=False, comment="0 is the recogniser's original; never changed or removed"),
    Column("participant_id", String(64), ForeignKey("participants.id"), nullable=False, comment="speaker as of it"),
    Column("text", Text, nullable=False, comment="text as of it"),
    Column("text_sha256", String(64), nullable=False, comment="hash of the text, also in the journal"),
    Column("edited_by", String(64), comment="participant id of the author; null for the recogniser"),
    Column("edited_at_ms", BigInteger, nullable=False, comment="when"),
    PrimaryKeyConstraint("utterance_id", "revision"),
)

journal = Table(
    "journal",
    metadata,
    Column("chain", String(64), nullable=False, comment="hearing id, or 'court' for acts outside any hearing"),
    Column("number", Integer, nullable=False, comment="1, 2, 3 … without a hole"),
    Column("at_ms", BigInteger, nullable=False, comment="when it happened"),
    Column("type", String(64), nullable=False, comment="what happened, a past participle such as hearing_opened"),
    Column("actor", String(80), nullable=False, comment="participant:id, staff:id, kiosk:id, worker or server"),
    Column("data", Text, nullable=False, comment="canonical JSON; no speech, names or tokens"),
    Column("previous_hash", String(64), nullable=False, comment="hash of the row before; zeros for the first"),
    Column("hash", String(64), nullable=False, comment="SHA-256 over previous_hash and this row"),
    Column(
        "fact", String(FACT_LENGTH), unique=True, comment="id of the worker's fact; unique, so a fact is stored once"
    ),
    PrimaryKeyConstraint("chain", "number"),
)
Index("ix_journal_chain_type", journal.c.chain, journal.c.type)

# ------------------------------------------------------------------ views of the journal that the archive reads

stage_marks = Table(
    "stage_marks",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("number", Integer, nullable=False, comment="journal row that advanced the stage"),
    Column("stage", String(64), nullable=False, comment="stage that began"),
    Column("at_ms", BigInteger, nullable=False, comment="when"),
    PrimaryKeyConstraint("hearing_id", "number"),
)

recording_spans = Table(
    "recording_spans",
    metadata,
    Column("fact", String(FACT_LENGTH), primary_key=True, comment="id of the fact that told of its start"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, index=True, comment="hearing"),
    Column("start_ms", BigInteger, nullable=False, comment="recording started or went on"),
    Column("start_cause", String(32), nullable=False, comment="opened, resumed or server_restarted"),
    Column("end_ms", BigInteger, comment="recording suspended or ended; null while it runs"),
    Column("end_cause", String(32), comment="recess, closed, closed_evidence, mediation or server_lost"),
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", String(64), nullable=False, comment="made by the worker, unique for the participant"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("participant_id", String(64), ForeignKey("participants.id"), nullable=False, comment="who published it"),
    Column("source", String(32), nullable=False, comment="SourceLabel: microphone, camera or screen"),
    Column("codec", String(32), nullable=False, comment="such as opus, VP8, H264"),
    Column("published_at_ms", BigInteger, nullable=False, comment="when the first packet was expected"),
    Column("ended_at_ms", BigInteger, comment="when it ended; null while it lives"),
    Column("packets_received", BigInteger, comment="at its end"),
    Column("packets_lost", BigInteger, comment="at its end"),
    PrimaryKeyConstraint("hearing_id", "participant_id", "id"),
)

segments = Table(
    "segments",
    metadata,
    Column("fact", String(FACT_LENGTH), primary_key=True, comment="id of the fact that told of it"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("participant_id", String(64), ForeignKey("participants.id"), nullable=False, comment="who is in it"),
    Column("track", String(64), nullable=False, comment="track id"),
    Column("source", String(32), nullable=False, comment="SourceLabel"),
    Column("path", String(300), nullable=False, comment="relative to the hearing's recordings folder"),
    Column("start_ms", BigInteger, nullable=False, comment="first frame on the hearing clock"),
    Column("end_ms", BigInteger, nullable=False, comment="end on the hearing clock"),
    Column("size_bytes", BigInteger, nullable=False, comment="file size when it was sealed"),
    Column("sha256", String(64), nullable=False, comment="hash of the file when it was sealed"),
    Column("packets_received", BigInteger, nullable=False, comment="packets of its span that reached the recorder"),
    Column("packets_written", BigInteger, nullable=False, comment="packets in it"),
    Column("packets_read_back", BigInteger, nullable=False, comment="packets found on reading it again"),
    Column("recovered", Boolean, nullable=False, comment="true when it was rescued after a crash"),
)
Index("ix_segments_hearing_id_start_ms", segments.c.hearing_id, segments.c.start_ms)

recording_gaps = Table(
    "recording_gaps",
    metadata,
    Column("fact", String(FACT_LENGTH), primary_key=True, comment="id of the fact that told of it"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, index=True, comment="hearing"),
    Column("participant_id", String(64), nullable=False, comment="whose track; empty when it concerns all"),
    Column("track", String(64), nullable=False, comment="track id; empty when it concerns all"),
    Column("start_ms", BigInteger, nullable=False, comment="on the hearing clock"),
    Column("end_ms", BigInteger, nullable=False, comment="on the hearing clock"),
    Column("packets", BigInteger, nullable=False, comment="how many packets are missing"),
    Column("cause", String(32), nullable=False, comment="network_loss, recorder_lost, spill_full, paused …"),
)

# ------------------------------------------------------------------ beside the record

line_minutes = Table(
    "line_minutes",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("minute_ms", BigInteger, nullable=False, comment="beginning of the minute on the hearing clock"),
    Column(
        "figures", LargeBinary, nullable=False, comment="everybody's line, packed by domain.line_quality.LineMinute"
    ),
    PrimaryKeyConstraint("hearing_id", "minute_ms"),
)

composites = Table(
    "composites",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), primary_key=True, comment="one per hearing"),
    Column("state", String(16), nullable=False, comment="queued, running, done or failed"),
    Column("progress", Float, nullable=False, comment="0 to 1"),
    Column("remaining_s", Float, comment="estimate while running"),
    Column("path", String(300), comment="relative to the recordings folder, when done"),
    Column("duration_s", Float, comment="length of the video, when done"),
    Column("size_bytes", BigInteger, comment="size of the file, when done"),
    Column("sha256", String(64), comment="hash of the file, when done"),
    Column("error", Text, comment="what went wrong, when failed"),
    Column("queued_at_ms", BigInteger, nullable=False, comment="when it was asked for"),
    Column("finished_at_ms", BigInteger, comment="when it was done or failed"),
)

seals = Table(
    "seals",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("number", Integer, nullable=False, comment="1, 2, 3 …; each covers what the one before does"),
    Column("root", String(64), nullable=False, comment="Merkle root over every line that is sealed"),
    Column("leaves", Integer, nullable=False, comment="how many lines that are"),
    Column("journal_rows", Integer, nullable=False, comment="how many of them are rows of the journal"),
    Column("key_id", String(64), nullable=False, comment="SHA-256 of the public key that signed"),
    Column("sealed_at_ms", BigInteger, nullable=False, comment="when, by the server's clock"),
    Column("authority", Text, comment="address of the time stamp authority, once stamped"),
    Column("stamped_at_ms", BigInteger, comment="when, by the authority's clock"),
    PrimaryKeyConstraint("hearing_id", "number"),
)

integrity_checks = Table(
    "integrity_checks",
    metadata,
    Column(
        "hearing_id", String(64), ForeignKey("hearings.id"), primary_key=True, comment="one per hearing, the newest"
    ),
    Column("state", String(16), nullable=False, comment="queued, running, done or failed"),
    Column("progress", Float, nullable=False, comment="0 to 1"),
    Column("remaining_s", Float, comment="estimate while running"),
    Column("report", Text, comment="findings and notices as JSON, when done"),
    Column("error", Text, comment="what went wrong, when failed"),
    Column("queued_at_ms", BigInteger, nullable=False, comment="when it was asked for"),
    Column("finished_at_ms", BigInteger, comment="when it was done or failed"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("kind", String(32), nullable=False, comment="JobKind, such as composite"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, index=True, comment="hearing"),
    Column("state", String(16), nullable=False, index=True, comment="queued, running, done or failed"),
    Column("attempt", Integer, nullable=False, comment="fencing token: writes of an older attempt are refused"),
    Column("runner", String(64), comment="process that holds it; null before the first attempt"),
    Column(
        "lease_until_ms", BigInteger, comment="running: free for another runner after this; queued: not begun before"
    ),
    Column("error", Text, nullable=False, comment="what went wrong in the last attempt; empty when nothing did"),
    Column("queued_at_ms", BigInteger, nullable=False, comment="when it was asked for"),
    Column("finished_at_ms", BigInteger, comment="when it was done or failed for good"),
)
