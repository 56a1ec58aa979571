"""The stage templates by name. The civil one stands whole in ``stages``; the others are made of its stages and their own."""

from collections.abc import Collection

from hearing_server.domain.errors import InvalidValue
from hearing_server.domain.role import Role
from hearing_server.domain.stages import (
    ATTENDANCE,
    CIVIL,
    CLOSING,
    DEBATE,
    DISCIPLINE,
    EVIDENCE,
    FINAL_STATEMENT,
    INVESTIGATION,
    ISSUES,
    JUDGMENT,
    OPENING,
    QUESTIONING,
    TRANSCRIPT_CHECK,
    WITNESS,
    Stage,
)

_CRIMINAL_FAST_TRACK = (
    ATTENDANCE,
    DISCIPLINE,
    Stage(
        "opening",
        "宣布开庭",
        "Opening",
        "现在开庭。核对被告人身份，告知诉讼权利。被告人是否自愿认罪认罚，是否同意适用速裁程序？",
        "The court is open. The accused is identified and told of their rights. Does the accused plead guilty of their own "
        "will and agree to the fast track?",
        (Role.ACCUSED,),
        ("identity verified", "rights told", "plea voluntary", "fast track agreed"),
    ),
    Stage(
        "indictment",
        "宣读起诉书",
        "Indictment",
        "请公诉人简要宣读起诉书。",
        "The prosecutor reads the indictment in short.",
        (Role.PROSECUTOR,),
    ),
    Stage(
        "plea",
        "认罪认罚审查",
        "Plea",
        "被告人对指控的犯罪事实、罪名和量刑建议有无意见？",
        "Does the accused object to the facts, the charge or the sentence proposed?",
        (Role.ACCUSED, Role.REPRESENTATIVE),
    ),
    FINAL_STATEMENT,
    JUDGMENT,
    TRANSCRIPT_CHECK,
    CLOSING,
)
_ADMINISTRATIVE = (
    ATTENDANCE,
    DISCIPLINE,
    OPENING,
    Stage(
        "claims",
        "诉辩",
        "Claims and answers",
        "请原告陈述诉讼请求和理由；请被告说明被诉行政行为的内容、依据和程序。",
        "The plaintiff states the claims; the authority explains the act complained of, its basis and procedure.",
        (Role.PARTY, Role.REPRESENTATIVE),
    ),
    ISSUES,
    Stage(
        "legality",
        "合法性审查",
        "Legality",
        "现在围绕被诉行政行为的职权、事实、法律适用和程序进行调查，由被告举证。",
        "The court examines competence, facts, law and procedure of the act; the authority bears the burden of proof.",
        (Role.PARTY, Role.REPRESENTATIVE),
    ),
    EVIDENCE,
    WITNESS,
    QUESTIONING,
    DEBATE,
    FINAL_STATEMENT,
    JUDGMENT,
    TRANSCRIPT_CHECK,
    CLOSING,
)
_INFORMAL_HEARING = (ATTENDANCE, DISCIPLINE, OPENING, ISSUES, INVESTIGATION, QUESTIONING, FINAL_STATEMENT, CLOSING)
_INQUIRY = (ATTENDANCE, OPENING, QUESTIONING, TRANSCRIPT_CHECK, CLOSING)
_EVIDENCE_EXCHANGE = (ATTENDANCE, DISCIPLINE, EVIDENCE, ISSUES, TRANSCRIPT_CHECK, CLOSING)
_MEDIATION = (
    ATTENDANCE,
    Stage(
        "mediation",
        "调解",
        "Mediation",
        "调解不公开进行。各方为达成调解所作的让步，不得在后续诉讼中作为对其不利的证据。",
        "Mediation is not public. What a party concedes to reach a settlement is no evidence against it later.",
        (Role.PARTY, Role.REPRESENTATIVE),
    ),
    Stage(
        "agreement",
        "确认调解协议",
        "Agreement",
        "请各方当事人确认调解协议的内容。",
        "The parties confirm the text of the agreement.",
        (Role.PARTY, Role.REPRESENTATIVE),
    ),
    CLOSING,
)

TEMPLATES: dict[str, tuple[Stage, ...]] = {
    "civil": CIVIL,
    "criminal": _CRIMINAL_FAST_TRACK,
    "administrative": _ADMINISTRATIVE,
    "informal_hearing": _INFORMAL_HEARING,
    "inquiry": _INQUIRY,
    "evidence_exchange": _EVIDENCE_EXCHANGE,
    "mediation": _MEDIATION,
}
"""听证 is ``informal_hearing``, 询问 ``inquiry``, 证据交换 ``evidence_exchange``; ``criminal`` is 速裁."""


def stages_of(template: str) -> tuple[Stage, ...]:
    """Raises ``InvalidValue`` for a template that does not exist."""
    try:
        return TEMPLATES[template]
    except KeyError:
        raise InvalidValue("unknown_template", (template,)) from None


def require_stage(template: str, stage: str) -> None:
    """Raises ``InvalidValue`` when the template has no such stage."""
    if stage not in {each.id for each in stages_of(template)}:
        raise InvalidValue("unknown_stage", (stage,))


def final_statements_asked(template: str, held: Collection[str]) -> bool:
    """Whether the stage of final statements was held, or the template has none."""
    has_them = FINAL_STATEMENT.id in {stage.id for stage in stages_of(template)}
    return not has_them or FINAL_STATEMENT.id in held
