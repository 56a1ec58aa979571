"""What a refusal or goodbye says to people, in their language: what happened and what to do. Programs go by the code.

Chinese first, English second. The exact reason (``because``) has its own sentence where that helps more than the code's.
"""

from signaling.protocol.court_words import ErrorCode, Language

OF_CODE: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.MALFORMED: (
        "请求的格式不正确，请刷新页面后重试。",
        "The request is not well-formed. Reload the page and try again.",
    ),
    ErrorCode.UNKNOWN_TYPE: (
        "服务器不认识这种消息，请刷新页面。",
        "The server does not know this message. Reload the page.",
    ),
    ErrorCode.TOO_LARGE: ("内容太大，服务器不接收。", "This is larger than the server takes."),
    ErrorCode.TOO_MANY: ("操作太频繁，请稍候再试。", "Too many requests. Wait a moment and try again."),
    ErrorCode.OUT_OF_PHASE: ("现在不能进行这一步，请刷新页面。", "This cannot be said now. Reload the page."),
    ErrorCode.VERSION: (
        "页面版本与服务器不一致，请刷新页面。",
        "This page is of another version than the server. Reload it.",
    ),
    ErrorCode.TOKEN_INVALID: (
        "链接无效，请检查是否完整，或联系法院。",
        "This link is not valid. Check that it is complete, or call the court.",
    ),
    ErrorCode.TOKEN_EXPIRED: (
        "链接已过期，请向法院索取新链接。",
        "This link has expired. Ask the court for a new one.",
    ),
    ErrorCode.TOKEN_REVOKED: (
        "链接已被法院撤回，请向法院索取新链接。",
        "The court has withdrawn this link. Ask for a new one.",
    ),
    ErrorCode.NOT_SIGNED_IN: ("请先登录。", "Please sign in first."),
    ErrorCode.LOGIN_FAILED: ("用户名或密码不正确。", "The login name or the password is wrong."),
    ErrorCode.NOT_PERMITTED: (
        "您的身份不能进行此操作，已记录在案。",
        "Your role does not have this act. The attempt is on record.",
    ),
    ErrorCode.WRONG_STATE: ("庭审目前的状态下不能进行此操作。", "This cannot be done in the hearing's present state."),
    ErrorCode.NOT_FOUND: ("没有找到。", "Not found."),
    ErrorCode.CONFLICT: (
        "其他人已先行修改，请核对后再操作。",
        "Somebody else changed it first. Look at the present state and try again.",
    ),
    ErrorCode.ALREADY_CONNECTED: (
        "您已在另一台设备上进入庭审。可以选择转到本设备。",
        "You are connected from another device. You may move here.",
    ),
    ErrorCode.INVALID_VALUE: ("填写的内容不正确，请检查。", "A value is not possible. Please check it."),
    ErrorCode.SDP_INVALID: (
        "音视频连接信息无法识别，请刷新页面。",
        "The media connection could not be understood. Reload the page.",
    ),
    ErrorCode.FOREIGN_ORIGIN: ("请从法院的页面进入。", "Please enter through the court's own page."),
    ErrorCode.CODE_INVALID: (
        "号码不正确、已使用或已过期，请向工作人员索取新号码。",
        "The code is wrong, used or expired. Ask the staff for a new one.",
    ),
    ErrorCode.RECORDER_UNAVAILABLE: (
        "录音录像未就绪，暂不能开庭，请联系技术人员。",
        "The recorder is not ready, so the court cannot sit. Call the technical officer.",
    ),
    ErrorCode.NO_CAPACITY: (
        "服务器目前没有余力承载更多庭审，请稍后再试，或联系技术人员。",
        "The servers cannot take another hearing now. Try again later, or call the technical officer.",
    ),
    ErrorCode.SLOW_CLIENT: (
        "网络太慢，连接已断开，正在重新连接。",
        "The connection was too slow and was closed. Reconnecting.",
    ),
    ErrorCode.SHUTTING_DOWN: ("服务器正在重启，将自动重新连接。", "The server is restarting. You will be reconnected."),
    ErrorCode.INTERNAL: (
        "服务器出现故障，请重试；如再次出现，请告知编号 {request}。",
        "The server had a fault. Try again; if it comes back, name the number {request}.",
    ),
}

OF_REASON: dict[str, tuple[str, str]] = {
    "account_unfit": ("该账号不能担任这个职务。", "This account cannot take that part."),
    "already_in_courtroom": ("此人已在法庭。", "They are in the courtroom already."),
    "already_in_stage": ("已经处于这一阶段。", "The hearing is in this stage already."),
    "already_opening": ("开庭倒计时已经开始。", "The opening countdown is running already."),
    "shares_by_role_or_never": (
        "此人无需许可即可共享屏幕，或不能共享屏幕。",
        "This person needs no leave to show a screen, or may never show one.",
    ),
    "already_so": ("已经是这个状态。", "It is so already."),
    "another_witness_in_court": (
        "已有一名证人在庭，请先请其退庭。",
        "Another witness is in court. Dismiss them first.",
    ),
    "case_number_taken": ("该案号已存在。", "This case number exists already."),
    "checklist_incomplete": (
        "开庭检查未完成：{subjects}。请补齐，或说明理由。",
        "The opening checklist is incomplete: {subjects}. Complete it, or give a reason.",
    ),
    "court_staff_stay": ("法院工作人员不能被移至候审室。", "Court staff are not sent to the lobby."),
    "deletion_began": ("删除已经开始，来不及保全了。", "The deletion has begun; a hold comes too late."),
    "empty_text": ("文字不能为空。", "The text is empty."),
    "expelled": ("您已被责令退出法庭。", "You were ordered to leave the courtroom."),
    "final_statements_not_asked": (
        "尚未进行最后陈述；如需闭庭，请说明理由。",
        "Final statements were not asked. To close nevertheless, give a reason.",
    ),
    "cancelled": ("本次庭审已取消，如有疑问请联系法院。", "This hearing was cancelled. Call the court if in doubt."),
    "hearing_fixed": ("庭审已准备就绪，不能再修改安排。", "The hearing is ready; its schedule is fixed."),
    "hearing_is_draft": ("庭审尚未排期。", "The hearing is not scheduled yet."),
    "hearing_over": ("庭审已经结束。", "The hearing is over."),
    "identity_unverified": (
        "身份尚未核验，请先核验或说明理由。",
        "The identity is not verified. Verify it first, or give a reason.",
    ),
    "kiosk": ("本设备已被法院停用，请联系工作人员。", "The court has withdrawn this device. Call the staff."),
    "login_taken": ("该用户名已被使用。", "This login name is taken."),
    "name_missing": ("请填写姓名。", "The name is missing."),
    "no_courtroom": ("法庭尚未开放或已经关闭。", "The courtroom is not open."),
    "no_link": ("还没有发出链接。", "No link was made yet."),
    "no_seats_yet": ("庭审尚未排期，还不能进入。", "The hearing is not scheduled yet; nobody can enter."),
    "not_from_this_status": ("庭审目前的状态下不能进行此操作。", "This cannot be done in the hearing's present state."),
    "not_here": ("此人目前不在线。", "They are not connected now."),
    "not_in_courtroom": ("只有在法庭内才能进行此操作。", "This is for people in the courtroom."),
    "not_in_session": ("现在不在庭审中。", "The court is not in session."),
    "no_faults": ("录制没有故障，无需说明。", "Nothing went wrong with the recording, so there is nothing to state."),
    "export_under_way": ("正在生成，请完成后再删除。", "It is being made; wait until it is done before removing it."),
    "not_sealed": ("庭审记录尚未封存。", "The record of the hearing is not sealed yet."),
    "not_listed": (
        "清单已经变化或不存在，请核对最新清单。",
        "This is not the newest list. Look at that one first.",
    ),
    "not_to_be_deleted": (
        "保管期限未到，或有保全，不能删除。",
        "Its time of keeping is not over, or something holds it.",
    ),
    "not_waiting": ("此人不在候审室。", "They are not waiting."),
    "nothing_changed": ("内容没有变化。", "Nothing was changed."),
    "nothing_to_publish_here": (
        "进入法庭后才能打开麦克风和摄像头。",
        "Microphone and camera are for the courtroom; wait to be admitted.",
    ),
    "own_account": (
        "不能这样更改自己的账号，请由另一位管理员办理；改自己的密码请用“修改我的密码”。",
        "This is not done to one's own account. Another administrator can; your own password has its own place.",
    ),
    "participant_struck": (
        "您已不在本次庭审的名单中，请联系法院。",
        "You are not on this hearing's list any more. Call the court.",
    ),
    "present_password_wrong": ("现在的密码不对。", "The present password is wrong."),
    "presiding_judge_named": ("已经指定了审判长。", "A presiding judge is named already."),
    "recording_deleted": ("录音录像已到期删除。", "The recording was deleted when its time was over."),
    "reason_missing": ("请说明理由。", "Please give a reason."),
    "role_has_no_side": ("该身份不属于任何一方。", "This role belongs to no side."),
    "setup_token": (
        "设置链接不正确或已用过，请使用服务器启动时显示的最新链接。",
        "The setup link is wrong or was used. Take the newest one the server printed when it started.",
    ),
    "staff": (
        "您的登录已经失效，请重新登录后进入。",
        "Your sign-in has ended. Sign in again and enter from there.",
    ),
    "staff_has_seat": ("该账号在本次庭审中已有席位。", "This account has a seat in this hearing already."),
    "time_past": ("时间已过。", "This time has passed."),
    "took_part": ("此人已参加过庭审，不能删除。", "They have taken part and cannot be removed."),
    "transcriber_not_ready": (
        "语音识别未就绪；确认不做实时笔录后可以开庭。",
        "Speech recognition is not ready. Acknowledge opening without it.",
    ),
    "transcript_not_filed": ("笔录尚未入卷，不能封存。", "The transcript is not filed yet, so nothing can be sealed."),
    "unknown_role": ("没有这种身份。", "There is no such role."),
    "unknown_rules": (
        "法庭纪律的文本不一致，请刷新页面。",
        "This is not the wording of the court's rules. Reload the page.",
    ),
    "unknown_side": ("没有这一方。", "There is no such side."),
    "unknown_speaker": ("发言人不在本次庭审中。", "This speaker is not part of the hearing."),
    "unknown_stage": ("没有这一阶段。", "There is no such stage."),
    "utterance_sealed": ("这段笔录已经定稿，不能修改。", "This part of the transcript is final."),
    "witness_cannot_observe": ("本案证人不得旁听。", "A witness of the case cannot observe it."),
}

OF_FAREWELL: dict[str, tuple[str, str]] = {
    "left": ("您已退出庭审。", "You have left the hearing."),
    "removed": ("您已被请出法庭。", "You were asked to leave the courtroom."),
    "replaced": ("您已在另一页面或设备上进入庭审。", "You have entered the hearing on another page or device."),
    "hearing_ended": ("庭审已经结束。", "The hearing is over."),
}

CHECKLIST_ITEMS: dict[str, tuple[str, str]] = {
    "judge_present": ("审判长未到庭", "the presiding judge is absent"),
    "clerk_present": ("书记员未到庭", "the clerk is absent"),
    "side_present": ("有当事人未到庭", "a party is absent"),
    "identity_verified": ("有人身份未核验", "an identity is not verified"),
    "rules_acknowledged": ("有人未确认法庭纪律", "the court's rules are not acknowledged by all"),
}


def sentence(
    code: ErrorCode, language: Language, because: str = "", request: str = "", subjects: tuple[str, ...] = ()
) -> str:
    """``request`` is the id under which a fault is logged; ``subjects`` are named where the sentence asks for them."""
    words = OF_REASON.get(because, OF_CODE[code])
    named = [_in(CHECKLIST_ITEMS[subject], language) for subject in subjects if subject in CHECKLIST_ITEMS]
    joined = ("; " if language is Language.ENGLISH else "、").join(named)
    return _in(words, language).format(request=request, subjects=joined)


def farewell(code: str, language: Language) -> str:
    """Why a socket ends: one of the goodbye codes, or an error code."""
    return _in(OF_FAREWELL[code] if code in OF_FAREWELL else OF_CODE[ErrorCode(code)], language)


def _in(words: tuple[str, str], language: Language) -> str:
    return words[1] if language is Language.ENGLISH else words[0]
