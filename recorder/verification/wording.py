"""A sentence for every finding and notice, in Chinese and English. The page that verifies in a browser has the same ones: they are
generated from here."""

from __future__ import annotations

from typing import Any

from recorder.verification.findings import Finding, Report

SENTENCES: dict[str, tuple[str, str]] = {
    # findings: lines
    "manifest_missing": (
        "缺少 {where}，这个文件夹里的任何内容都无法证明。",
        "{where} is missing, so nothing in this folder can be proven.",
    ),
    "manifest_empty": ("{where} 没有可读的行。", "{where} has no lines that can be read."),
    "line_cut_off": ("{where} 被截断，没有写完。", "{where} was cut off."),
    "line_unreadable": ("{where} 无法读取。", "{where} cannot be read."),
    "chain_broken": ("{where} 之前有缺失，或者顺序不对。", "{where}: what came before is missing or out of order."),
    "chain_altered": ("{where} 被改动：与它自己的校验值不符。", "{where} was altered: it does not fit its own hash."),
    "line_altered": ("{where} 被改动，与封存时不同。", "{where} was altered: it is not the line that was sealed."),
    "line_missing": ("封存时的 {where} 被删除。", "{where}, as it was sealed, was removed."),
    "line_added": (
        "{where} 是后来添加的，封存时没有。",
        "{where} was added: it was not there when the file was sealed.",
    ),
    "line_moved": (
        "{where} 被移动：封存时它是第 {before} 行。",
        "{where} was moved: it was line {before} when the file was sealed.",
    ),
    "lines_rechained": (
        "{where} 至第 {last} 行，有 {count} 行的序号或校验值被重新计算，内容没有变。",
        "{where} to line {last}: numbers or chained hashes of {count} lines were computed anew; what they say is unchanged.",
    ),
    "lines_cut": (
        "{where} 起缺少内容：封存了 {sealed} 行，现在只有 {found} 行。",
        "{where} onwards is missing: {sealed} lines were sealed, {found} are there.",
    ),
    "lines_appended": (
        "{where} 起多出内容：封存了 {sealed} 行，现在有 {found} 行。",
        "{where} onwards was added: {sealed} lines were sealed, {found} are there.",
    ),
    "foreign_line": (
        "{where} 属于庭审 {hearing}，不属于 {expected}。",
        "{where} belongs to hearing {hearing}, not to {expected}.",
    ),
    # findings: files
    "file_missing": ("{where} 不见了。", "{where} is missing."),
    "file_renamed": ("{where} 被改名：它现在是 {other}。", "{where} was renamed: it now lies at {other}."),
    "file_swapped": (
        "{where} 被调换：里面是记录为 {other} 的内容。",
        "{where} was exchanged: it holds what was recorded as {other}.",
    ),
    "file_copied": (
        "{where} 不在清单里：它是 {other} 的副本。",
        "{where} is not in the manifest: it is a copy of {other}.",
    ),
    "file_unlisted": ("{where} 不在清单里，也没有封存。", "{where} is not in the manifest, nor was it sealed."),
    "file_changed": ("{where} 被改动：校验值与记录的不同。", "{where} was changed: its hash is not the one recorded."),
    "bag_file_missing": ("资料包里缺少 {where}。", "{where} is missing from the bag."),
    "bag_file_changed": (
        "资料包里的 {where} 与装包时不同。",
        "{where} is not what was packed into the bag.",
    ),
    "bag_file_unlisted": ("{where} 不在资料包的清单里。", "{where} is not in the bag's list."),
    "sm3_differs": ("{where} 的 SM3 校验值与记录的不同。", "{where}: its SM3 hash is not the one recorded."),
    "size_differs": (
        "{where} 现在有 {found} 字节，记录的是 {recorded} 字节。",
        "{where} has {found} bytes; {recorded} were recorded.",
    ),
    "segment_changed": (
        "{where} 被改动：{frames} 帧中有 {changed} 帧不同，从第 {first} 帧开始，庭审时间 {at} 至 {until}，"
        "文件第 {from_byte} 至 {to_byte} 字节。",
        "{where} was changed: {changed} of its {frames} frames are other ones, from frame {first} on, hearing time {at} to "
        "{until}, bytes {from_byte} to {to_byte} of the file.",
    ),
    "frame_changed": (
        "{where} 被改动：{frames} 帧中的第 {first} 帧不同，庭审时间 {at}，文件第 {from_byte} 至 {to_byte} 字节。",
        "{where} was changed: frame {first} of {frames} is another one, hearing time {at}, bytes {from_byte} to {to_byte} of the file.",
    ),
    "segment_structure_changed": (
        "{where} 被改动：改动在文件结构里，没有画面或声音被改。",
        "{where} was changed in its structure; no picture or sound of it is another one.",
    ),
    "segment_foreign": (
        "{where} 被换掉：记录的 {frames} 帧一帧也不在里面，它来自别的录像。",
        "{where} was replaced: none of the {frames} recorded frames is in it; it comes from another recording.",
    ),
    "segment_open": (
        "{where} 还没有封存；请启动一次录制程序来恢复。",
        "{where} was not sealed; start the recorder once to recover it.",
    ),
    "path_outside": ("{where} 指向文件夹之外。", "{where} leads out of the folder."),
    "packets_unexplained": (
        "{where}：轨道 {track} 有 {packets} 个数据包不在文件里，缺口只说明了 {explained} 个。",
        "{where}: {packets} packets of track {track} are not in the files, but gaps explain only {explained}.",
    ),
    # findings: what the files say of each other
    "fact_untold": ("{where} 在庭审日志里没有对应记录（{fact}）。", "{where} is not in the journal ({fact})."),
    "fact_unwritten": (
        "{where} 说的分段不在录制清单里（{fact}）。",
        "{where} tells of a segment that the manifest lacks ({fact}).",
    ),
    "told_otherwise": (
        "{where} 与庭审日志第 {row} 行矛盾：{path} 的校验值不同。",
        "{where} contradicts the journal's line {row}: the hash of {path} is another one.",
    ),
    "text_altered": (
        "{where} 被改动：这句话（{utterance}，第 {revision} 版）与庭审日志里的校验值不符。",
        "{where} was altered: utterance {utterance}, version {revision}, does not fit its hash in the journal.",
    ),
    "utterance_unknown": (
        "{where} 的这句话（{utterance}，第 {revision} 版）在庭审日志里没有记录。",
        "{where}: utterance {utterance}, version {revision}, is not in the journal.",
    ),
    # findings: the seal
    "seal_missing": (
        "缺少 {where}：没有封存，或者封存被删除，只能检查录制清单。",
        "{where} is missing: the folder was not sealed, or the seal was removed; only the manifest could be checked.",
    ),
    "seal_unreadable": ("{where} 无法读取，封存不成立。", "{where} cannot be read; there is no seal."),
    "seal_of_another_hearing": (
        "{where} 是庭审 {hearing} 的封存，不是 {expected} 的。",
        "{where} is the seal of hearing {hearing}, not of {expected}.",
    ),
    "seal_out_of_order": (
        "{where}：第 {number} 次封存的顺序不对，或者之前的封存被删改。",
        "{where}: seal {number} is out of order, or one before it was removed or changed.",
    ),
    "signature_wrong": (
        "{where}：第 {number} 次封存的签名不成立，封存的内容或签名被改动。",
        "{where}: the signature of seal {number} does not hold; what was signed or the signature was changed.",
    ),
    "key_misnamed": (
        "{where}：第 {number} 次封存的公钥被换掉，与密钥编号不符。",
        "{where}: the public key of seal {number} was replaced; it does not fit the key's id.",
    ),
    "key_foreign": (
        "{where}：第 {number} 次封存是用另一把密钥签的（{key}），不是您给出的法院密钥。",
        "{where}: seal {number} was signed with another key ({key}), not with the court's key that you gave.",
    ),
    "leaves_unreadable": (
        "{where} 无法读取，因此说不出哪一行被改。",
        "{where} cannot be read, so changed lines cannot be named by it.",
    ),
    "leaves_altered": (
        "{where} 被改动：它得不出第 {number} 次封存的根值。",
        "{where} was altered: it does not give the root of seal {number}.",
    ),
    "leaves_short": (
        "{where} 被截短：第 {number} 次封存有 {sealed} 行，现在只有 {found} 行。",
        "{where} was cut short: seal {number} covers {sealed} lines, {found} are there.",
    ),
    "leaves_long": (
        "{where} 多出内容：封存了 {sealed} 行，现在有 {found} 行。",
        "{where} has more than was sealed: {sealed} lines were sealed, {found} are there.",
    ),
    "hints_altered": (
        "{where} 的提示部分被改动；封存的校验值没有变。",
        "{where}: the hints were altered; the sealed hash beside them is unchanged.",
    ),
    "stamp_unreadable": (
        "{where}：第 {number} 次封存的时间戳无法读取。",
        "{where}: the time stamp of seal {number} cannot be read.",
    ),
    "stamp_of_something_else": (
        "{where}：第 {number} 次封存的时间戳（{at}）盖的是别的内容。",
        "{where}: the time stamp of seal {number} ({at}) was given for something else.",
    ),
    "stamp_of_another_authority": (
        "{where}：第 {number} 次封存的时间戳（{at}）不是您给出的时间戳机构签的，或者被改动。",
        "{where}: the time stamp of seal {number} ({at}) was not signed by the authority you gave, or was changed.",
    ),
    "anchor_wrong": (
        "{where}：第 {number} 次封存的公开登记回执不成立。",
        "{where}: the receipt of seal {number} from the public log does not hold.",
    ),
    "proof_unreadable": ("{where} 不是可以读取的证明。", "{where} is no proof that can be read."),
    "proof_wrong": (
        "{where}：这一行不在封存的记录里，或者证明被改动。",
        "{where}: this line does not stand in the sealed record, or the proof was changed.",
    ),
    "database_differs": (
        "{where} 与服务器数据库里的记录不同。",
        "{where} is not what the server's database has now.",
    ),
    "and_more": ("{where}：同样的问题还有 {count} 处。", "{where}: {count} more of the same kind."),
    # notices
    "unsealed": ("{where} 还没有：庭审尚未封存。", "{where} is not there yet: the hearing is not sealed."),
    "key_unchecked": (
        "第 {number} 次封存由密钥 {key} 签名。请与法院公布的密钥编号核对。",
        "Seal {number} is signed with key {key}. Compare it with the key that the court publishes.",
    ),
    "key_trusted": (
        "第 {number} 次封存由您给出的法院密钥 {key} 签名。",
        "Seal {number} is signed with the court's key that you gave, {key}.",
    ),
    "stamp_none": ("第 {number} 次封存没有时间戳。", "Seal {number} has no time stamp."),
    "stamp_good": (
        "第 {number} 次封存的时间戳成立：{at} 之前已经封存。",
        "The time stamp of seal {number} holds: it was sealed before {at}.",
    ),
    "stamp_without_authority": (
        "第 {number} 次封存的时间戳（{at}）没有核验：没有给出时间戳机构的证书。",
        "The time stamp of seal {number} ({at}) was not checked: no certificate of its authority was given.",
    ),
    "stamp_needs_openssl": (
        "第 {number} 次封存的时间戳（{at}）没有核验：需要 openssl。",
        "The time stamp of seal {number} ({at}) was not checked: it needs openssl.",
    ),
    "stamp_unknown_method": (
        "第 {number} 次封存的时间戳（{at}）没有核验：浏览器不支持它的签名方法，请用 verify.py 核验。",
        "The time stamp of seal {number} ({at}) was not checked: the browser does not know its method; check it with verify.py.",
    ),
    "proof_good": (
        "这一行在封存的 {of} 里（庭审 {hearing}，第 {number} 次封存，{at}）：{text}",
        "This line stands in the sealed {of} (hearing {hearing}, seal {number}, {at}): {text}",
    ),
}

SUMMARIES: dict[str, tuple[str, str]] = {
    "whole": (
        "全部内容都在，没有改动。核对了 {files} 个文件、{lines} 行记录。",
        "All of it is there and unchanged: {files} files and {lines} lines of the record were checked.",
    ),
    "whole_unknown_key": (
        "内容与封存一致：核对了 {files} 个文件、{lines} 行记录。封存用的密钥还没有核对，请给出法院公布的密钥。",
        "Everything agrees with its seal: {files} files and {lines} lines of the record were checked. Whose key sealed it was not "
        "checked: give the key that the court publishes.",
    ),
    "whole_unsealed": (
        "录制的内容都在，没有改动。核对了 {files} 个文件。",
        "All of the recording is there and unchanged: {files} files were checked.",
    ),
    "broken": ("没有通过：发现 {count} 处问题。", "It does not hold. Findings: {count}."),
    "seal": (
        "第 {number} 次封存：{court}，{case_number}，{at} 封存 {leaves} 行，根值 {root}。",
        "Seal {number}: {court}, {case_number}, {leaves} lines sealed at {at}, root {root}.",
    ),
}

CHINESE_NAMES = {
    "journal.jsonl": "庭审日志",
    "manifest.jsonl": "录制清单",
    "transcript.jsonl": "笔录",
    "participants.jsonl": "参加人名单",
    "files.jsonl": "文件清单",
    "leaves.txt": "逐行校验值",
    "seal.json": "封存文件",
    "manifest-sha256.txt": "资料包清单",
    "tagmanifest-sha256.txt": "资料包附件清单",
}
"""What the files hold; their English names say it themselves."""

LANGUAGES = ("zh-CN", "en")
TIMES = ("at", "until")


def sentence(finding: Finding, language: str) -> str:
    """For people; ``language`` is one of `LANGUAGES`."""
    at = LANGUAGES.index(language)
    where, template = finding.file, SENTENCES[finding.code][at]
    if language == "zh-CN" and where in CHINESE_NAMES:
        where = f"{CHINESE_NAMES[where]} {where}"
    if "person" in finding.values:
        where += (f"（{finding.values['person']}）", f" ({finding.values['person']})")[at]
    if finding.line is not None:
        where += (f" 第 {finding.line} 行", f", line {finding.line}")[at]
    if finding.field is not None:
        where += (f"（字段 {finding.field}）", f" (field {finding.field})")[at]
    if where.endswith(("行", "）")):
        template = template.replace("{where} ", "{where}")
    return template.format(where=where, **_readable(finding.values))


def summary(code: str, language: str, **values: Any) -> str:
    return SUMMARIES[code][LANGUAGES.index(language)].format(**_readable(values))


def verdict(report: Report, language: str) -> str:
    """The whole report in one sentence; empty when it is about one line only."""
    if report.findings:
        return summary("broken", language, count=len(report.findings))
    if report.lines:
        known = any(notice.code == "key_trusted" for notice in report.notices)
        return summary("whole" if known else "whole_unknown_key", language, files=report.files, lines=report.lines)
    return summary("whole_unsealed", language, files=report.files) if report.files else ""


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    """Times as people write them."""
    return {name: _clock(value) if name in TIMES else value for name, value in values.items()}


def _clock(time: str) -> str:
    """``2029-03-01 02:03:04.567 UTC`` of ``2029-03-01T02:03:04.567Z``."""
    return time.replace("T", " ").replace("Z", " UTC")
