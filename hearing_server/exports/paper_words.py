"""Every word that stands on the court's papers, in Chinese and English."""

from hearing_server.domain.fault import FaultCause, Measure

LANGUAGES = ("zh-CN", "en")

WORDS: dict[str, tuple[str, str]] = {
    "sheet_title": ("庭审录音录像完整性确认单", "Integrity Sheet of the Hearing's Recording"),
    "statement_title": ("庭审录制故障说明", "Statement of Recording Faults"),
    "page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "foot": ("{case_number}　庭审编号 {hearing}　{at} 制作", "{case_number}   Hearing {hearing}   Made {at}"),
    "case_number": ("案号", "Case number"),
    "case_title": ("案由", "Matter"),
    "courtroom": ("法庭", "Courtroom"),
    "hearing": ("庭审编号", "Hearing"),
    "opened": ("宣布开庭", "Opened"),
    "closed": ("闭庭", "Closed"),
    "recorded": ("录制时长", "Recorded"),
    "zone": ("时间", "Times"),
    "zone_is": ("本单所列时间均为北京时间（UTC+8）", "All times are Beijing time (UTC+8)"),
    "acts": ("一、录制起止和中断情况", "1. Start, stop and interruption of the recording"),
    "acts_basis": (
        "依照《最高人民法院关于人民法院庭审录音录像的若干规定》（法释〔2017〕5号）第三条记录，附卷备查。",
        "Kept under article 3 of the Supreme People's Court's provisions on the audio and video recording of trials (Fa Shi [2017] No. 5).",
    ),
    "number": ("序号", "No."),
    "start": ("开始", "Start"),
    "start_cause": ("开始原因", "Cause of start"),
    "stop": ("停止", "Stop"),
    "stop_cause": ("停止原因", "Cause of stop"),
    "length": ("时长", "Length"),
    "no_spans": ("没有录制。", "Nothing was recorded."),
    "no_faults": (
        "除上表所列外，录制没有中断；未发现超出一般网络丢包的缺失。",
        "Apart from the above the recording was not interrupted, and nothing is missing beyond the ordinary loss of a network.",
    ),
    "some_faults": (
        "录制期间发生 {count} 起故障，逐项见《庭审录制故障说明》。",
        "There were {count} faults during the recording; each stands in the Statement of Recording Faults.",
    ),
    "tracks": ("二、各路录音录像", "2. Recorded tracks"),
    "who": ("参加人", "Who"),
    "what": ("内容", "Content"),
    "from_until": ("起止", "From and until"),
    "segments": ("文件", "Files"),
    "packets": ("数据包\n收到 / 写入 / 读回", "Packets received /\nwritten / read back"),
    "gaps": ("缺失", "Gaps"),
    "no_gaps": ("无", "none"),
    "gap": ("{cause} {count} 处，{length}", "{cause}: {count}, {length}"),
    "no_tracks": ("没有录音录像。", "There are no tracks."),
    "seal": ("三、封存", "3. Seal"),
    "root": ("根值（Merkle 树根，SHA-256）", "Root (Merkle tree, SHA-256)"),
    "key": ("法院密钥编号（Ed25519 公钥的 SHA-256）", "The court's key id (SHA-256 of the Ed25519 public key)"),
    "qr": ("根值的二维码", "QR code of the root"),
    "sealed": ("封存时间", "Sealed at"),
    "sealed_is": ("{at}，第 {number} 次封存，共 {leaves} 行记录", "{at}, seal {number}, {leaves} lines of the record"),
    "stamp": ("时间戳", "Time stamp"),
    "stamp_is": ("{at}，{authority}", "{at}, {authority}"),
    "stamp_none": ("无", "none"),
    "check": ("最近一次校验", "Newest verification"),
    "check_none": ("尚未校验", "not verified yet"),
    "check_whole": (
        "{at}，全部一致：{files} 个文件、{lines} 行记录",
        "{at}, all unchanged: {files} files, {lines} lines",
    ),
    "check_broken": ("{at}，发现 {count} 处问题", "{at}, findings: {count}"),
    "how": ("四、怎样校验", "4. How to verify"),
    "how_1": (
        "向法院索取本次庭审的资料包（bundle.zip），完整解压。",
        "Ask the court for the bundle of this hearing (bundle.zip) and unpack all of it.",
    ),
    "how_2": (
        "用浏览器打开其中的 verify.html，选择解压后的文件夹；"
        "或者运行 python3 -I verify.py --key 加上面的密钥编号。两者都不需要安装软件或联网。",
        "Open verify.html in a browser and choose the unpacked folder, or run python3 -I verify.py --key with the key id above. "
        "Neither needs anything installed, nor a network.",
    ),
    "how_3": (
        "核对显示的根值与本单所印根值（或二维码）是否相同。任何改动、缺失、调换都会使根值不同，并被逐一指出。",
        "Compare the root it shows with the one printed here, or in the QR code. Whatever is altered, missing or exchanged "
        "changes the root and is named.",
    ),
    "signing": ("五、签名确认", "5. Signatures"),
    "signing_is": (
        "签名人已知悉上列情况，并确认上列根值与其所见一致。",
        "Who signs has taken note of the above and confirms that the root above is the one they were shown.",
    ),
    "signature": ("签名 ", "Signature "),
    "date": ("日期 ", "Date "),
    "statement_basis": (
        "庭审录音录像过程中发生下列故障。已录制的内容（包括因故障不完整的部分）全部保存，未作任何删改。"
        "依照《最高人民法院关于人民法院庭审录音录像的若干规定》（法释〔2017〕5号），特此说明，附卷备查。",
        "The following faults occurred while the hearing was recorded. All that was recorded is kept, incomplete parts too, and "
        "nothing was deleted or altered. Stated for the file under the Supreme People's Court's provisions on the audio and video "
        "recording of trials (Fa Shi [2017] No. 5).",
    ),
    "faults": ("故障情况", "Faults"),
    "when": ("时间", "When"),
    "cause": ("原因", "Cause"),
    "affected": ("涉及", "What it concerns"),
    "everything": ("全部录音录像", "all tracks"),
    "done": ("处置", "What was done"),
    "nothing_done": ("自行恢复", "recovered by itself"),
    "until": ("{day}\n{start} – {end}\n（{length}）", "{day}\n{start} – {end}\n({length})"),
    "at": ("{start}", "{start}"),
    "unended": ("{start} 起\n未见恢复", "from {start};\nno end is known"),
    "packets_lost": ("缺 {count} 个数据包", "{count} packets missing"),
    "unknown": ("未知", "unknown"),
    "opinion": ("审判人员意见：", "Opinion of the court:"),
    "statement_signing": ("签名", "Signatures"),
    "signing_blank": ("审判长", "Presiding judge"),
}

SPAN_CAUSES: dict[str, tuple[str, str]] = {
    "opened": ("宣布开庭", "opening"),
    "resumed": ("继续开庭", "resumption"),
    "server_restarted": ("服务器恢复", "server back"),
    "worker_lost": ("转到另一台服务器", "moved to another server"),
    "recess": ("休庭", "recess"),
    "closed_evidence": ("不公开举证质证", "evidence in closed session"),
    "mediation": ("不宜录制的调解", "mediation"),
    "closed": ("闭庭", "closing"),
    "server_lost": ("服务器中断（故障）", "server lost (fault)"),
}

GAP_CAUSES: dict[str, tuple[str, str]] = {
    "network_loss": ("网络丢包", "network loss"),
    "recorder_lost": ("录制程序中断", "recorder lost"),
    "spill_full": ("存储已满", "storage full"),
    "paused": ("暂停时的残帧", "cut by a pause"),
    "server_lost": ("服务器中断", "server lost"),
    "undecodable": ("不能解码", "undecodable"),
}

SOURCES: dict[str, tuple[str, str]] = {
    "microphone": ("声音", "sound"),
    "camera": ("图像", "picture"),
    "screen": ("共享屏幕", "shared screen"),
}

FAULT_CAUSES: dict[FaultCause, tuple[str, str]] = {
    FaultCause.SERVER_LOST: ("服务器中断，期间没有录制", "The server was away; nothing was recorded meanwhile"),
    FaultCause.RECORDER_LOST: ("录制程序中断，期间的数据缺失", "The recorder ended; what came meanwhile is missing"),
    FaultCause.SPILL_FULL: ("内存和磁盘已满，部分数据未能写入", "Memory and disk were full; part could not be written"),
    FaultCause.LINE_LOST: (
        "参加人网络中断，法院没有收到数据",
        "The participant's line brought nothing to the court",
    ),
    FaultCause.UNDECODABLE: (
        "收到的数据残缺，不能还原声音或图像",
        "What came was too incomplete to be made into sound or picture",
    ),
    FaultCause.FILE_RESCUED: (
        "文件写入中断，已抢救保存中断前的内容",
        "Writing a file was cut off; all up to then was rescued",
    ),
    FaultCause.NOT_ENDED: ("没有录制结束的记录", "No end of the recording is on record"),
}

MEASURES: dict[Measure, tuple[str, str]] = {
    Measure.RECORDER_RESTORED: ("{at} 录制程序自动恢复", "{at} recorder restarted by itself"),
    Measure.HEARING_INTERRUPTED: ("{at} 庭审技术中断", "{at} hearing interrupted"),
    Measure.HEARING_RESUMED: ("{at} 恢复庭审", "{at} hearing resumed"),
    Measure.RECORDING_STARTED: ("{at} 恢复录制", "{at} recording went on"),
}
