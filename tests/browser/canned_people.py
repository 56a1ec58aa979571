"""Who comes to the canned court, and what each may do."""

PEOPLE = {
    "judge": ("张明", "presiding_judge", "", 1),
    "clerk": ("陈静", "clerk", "", 301),
    "plaintiff": ("李秀英", "party", "plaintiff", 601),
    "defendant": ("王建国", "party", "defendant", 1101),
    "observer": ("赵磊", "observer", "", 9001),
    "technician": ("孙工", "tech_officer", "", 9301),
}
ACTS = {
    "judge": "open_hearing close_hearing call_recess resume_hearing advance_stage admit send_to_waiting publish_media "
    "mute_participant ask_to_unmute see_captions verify_identity view_lines watch take_part",
    "clerk": "open_lobby mark_ready advance_stage admit send_to_waiting publish_media mute_participant ask_to_unmute "
    "see_captions edit_utterance verify_identity view_lines watch take_part",
    "plaintiff": "publish_media see_captions watch take_part",
    "defendant": "publish_media see_captions watch take_part",
    "observer": "see_captions watch take_part",
    "technician": "view_lines watch take_part",
}
CROWD = {
    f"party{n}": (
        f"{'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨'[n % 16]}{'一二三四五六七八九十'[n % 10]}",
        "representative" if n % 3 == 2 else "party",
        "plaintiff" if n < 14 else "defendant",
        602 + n if n < 14 else 1102 + n,
    )
    for n in range(28)
}
"""More parties than fit on one stage, in the scene ``crowd``."""
