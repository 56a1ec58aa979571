"""Stages of the procedure as template data: what is read out, who must answer, what is checked, the transcript's heading.

A stage is data, not code: nothing here decides anything. Templates other than the civil one stand in ``stage_templates``.
"""

from dataclasses import dataclass

from hearing_server.domain.role import Role


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a hearing. The Chinese title is also the transcript's heading."""

    id: str
    title_zh: str
    title_en: str
    wording_zh: str = ""
    """What the judge or clerk reads out at its start; empty when nothing is prescribed."""
    wording_en: str = ""
    must_answer: tuple[Role, ...] = ()
    """Who has to say something before the stage is over."""
    checklist: tuple[str, ...] = ()
    """What the clerk ticks off."""
    part_of: str = ""
    """The stage this is a step of."""


RULES_ZH = (
    "法庭纪律：一、服从法庭指挥，遵守法庭礼仪；二、未经法庭许可，不得录音、录像、拍照或者转播庭审活动；三、发言、陈述和辩论须经审判人员许可，"
    "使用文明用语，不得攻击、辱骂他人；四、全程保持在线，不得擅自退出，镜头中不得出现与案件无关的人员；五、不得实施其他妨害诉讼的行为。"
    "违反法庭纪律的，法庭将予以警告、训诫、责令退出法庭或者依法追究责任。"
)
RULES_EN = (
    "Rules of the court: 1. Follow the court's directions and its etiquette. 2. Without the court's leave nobody records, "
    "films, photographs or relays the hearing. 3. Speak only when the court gives you the floor, civilly, without attacking "
    "or insulting anybody. 4. Stay connected throughout, do not leave on your own; nobody who is not part of the case may be "
    "in your picture. 5. Do nothing else that hinders the proceedings. The court answers a breach with a warning, "
    "admonishment, an order to leave, or liability under the law."
)
"""What is shown, read aloud and acknowledged (OPN-2)."""

_BOTH_SIDES = (Role.PARTY, Role.REPRESENTATIVE)

ATTENDANCE = Stage(
    "attendance_check",
    "核对到庭",
    "Attendance",
    "现在核对到庭人员。请各方当事人依次说明姓名、身份，并出示身份证件。",
    "We now check who is here. Each party in turn, please give your name and your part in the case and show your document.",
    _BOTH_SIDES,
    ("everybody answered", "documents shown", "absences noted"),
)
DISCIPLINE = Stage(
    "discipline",
    "宣布法庭纪律",
    "Rules of the court",
    RULES_ZH,
    RULES_EN,
    checklist=("rules read", "rules acknowledged"),
)
OPENING = Stage(
    "opening",
    "宣布开庭",
    "Opening",
    "现在开庭。当事人在诉讼中享有委托代理人、提出回避申请、收集提供证据、进行辩论、请求调解、提起上诉、申请执行等权利，"
    "并应当依法行使诉讼权利，遵守诉讼秩序，如实陈述。各方当事人是否听清？是否申请回避？",
    "The court is open. The parties may appoint representatives, ask that a judge withdraw, collect and submit evidence, "
    "argue, ask for mediation, appeal and apply for enforcement; they exercise these rights as the law says, keep order and "
    "tell the truth. Did everybody hear this? Does anybody ask that a judge withdraw?",
    _BOTH_SIDES,
    ("identities verified", "panel named", "rights and duties told", "withdrawal asked"),
)
CLAIMS = Stage(
    "claims",
    "诉辩",
    "Claims and answers",
    "请原告陈述诉讼请求、事实和理由；然后由被告答辩。",
    "The plaintiff states the claims, the facts and the reasons; then the defendant answers.",
    _BOTH_SIDES,
    ("claims stated", "defence stated"),
)
ISSUES = Stage(
    "issues",
    "归纳争议焦点",
    "Issues in dispute",
    "根据各方的诉辩意见，本庭归纳本案争议焦点如下。各方对争议焦点有无异议或者补充？",
    "From what was said the court sums up the issues in dispute. Does anybody object or add to them?",
    _BOTH_SIDES,
    ("issues named", "objections asked"),
)
INVESTIGATION = Stage(
    "investigation",
    "法庭调查",
    "Investigation",
    "现在进行法庭调查，围绕争议焦点举证、质证。",
    "The court now investigates; evidence is presented and examined issue by issue.",
)
EVIDENCE = Stage(
    "evidence",
    "举证质证",
    "Evidence",
    "请举证方说明证据的名称、来源和证明目的；对方就真实性、合法性、关联性发表质证意见。",
    "The party presenting says what the evidence is, where it comes from and what it shows; the other side comments on its "
    "authenticity, legality and relevance.",
    _BOTH_SIDES,
    ("presented", "examined"),
    "investigation",
)
WITNESS = Stage(
    "witness",
    "证人作证",
    "Witnesses",
    "请证人到庭。证人应当如实作证，作伪证须承担法律责任。请宣读保证书。",
    "The witness is called. A witness tells the truth; false testimony is punished. Please read the oath.",
    (Role.WITNESS,),
    ("identity verified", "oath signed", "oath read"),
    "investigation",
)
QUESTIONING = Stage(
    "questioning",
    "发问",
    "Questions",
    "各方当事人可以向对方发问，需经法庭许可。",
    "With the court's leave the parties may question each other.",
    part_of="investigation",
)
DEBATE = Stage(
    "debate",
    "法庭辩论",
    "Debate",
    "法庭调查结束，现在进行法庭辩论。请各方围绕争议焦点发表辩论意见。",
    "The investigation is over. The parties now argue on the issues in dispute.",
    _BOTH_SIDES,
    ("both sides argued", "further argument asked"),
)
FINAL_STATEMENT = Stage(
    "final_statement",
    "最后陈述",
    "Final statements",
    "法庭辩论结束。请各方当事人发表最后意见。",
    "The debate is over. Each party may make a final statement.",
    _BOTH_SIDES,
    ("final statements made",),
)
MEDIATION = Stage(
    "mediation",
    "调解",
    "Mediation",
    "各方当事人是否愿意在法庭主持下调解？",
    "Are the parties willing to settle with the court's help?",
    _BOTH_SIDES,
    ("willingness asked",),
)
JUDGMENT = Stage(
    "judgment",
    "宣判",
    "Judgment",
    "现在宣判，请全体起立。",
    "The court gives judgment. Please rise.",
    checklist=("read out",),
)
TRANSCRIPT_CHECK = Stage(
    "transcript_check",
    "核对笔录",
    "Checking the transcript",
    "请各方当事人核对庭审笔录，认为有遗漏或者差错的，可以申请补正，核对无误后签名。",
    "Please check the transcript. Whoever finds something missing or wrong may ask for a correction; then sign.",
    _BOTH_SIDES,
    ("corrections asked",),
)
CLOSING = Stage(
    "closing", "闭庭", "Closing", "今天的庭审到此结束，现在闭庭。", "The hearing is over. The court is closed."
)

CIVIL: tuple[Stage, ...] = (
    ATTENDANCE,
    DISCIPLINE,
    OPENING,
    CLAIMS,
    ISSUES,
    INVESTIGATION,
    EVIDENCE,
    WITNESS,
    QUESTIONING,
    DEBATE,
    FINAL_STATEMENT,
    MEDIATION,
    JUDGMENT,
    TRANSCRIPT_CHECK,
    CLOSING,
)
"""一审民事, the default."""
