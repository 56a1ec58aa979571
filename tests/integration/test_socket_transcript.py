"""The record while it grows: recognised once, corrected with every version kept, refused when stale."""

import json
from pathlib import Path

from hearing_server.domain.transcript import text_sha256
from hearing_server.storage import utterances
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.to_client import CaptionPartial, EditingChanged, Error, Speaking, UtteranceChanged
from signaling.protocol.worker import CaptionHeard, SpeakingChanged
from tests.integration.acts import hear_utterance, open_session
from tests.integration.small_court import HEARING, held


async def test_captions_reach_the_courtroom_and_the_final_utterance_is_stored(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        parties = await open_session(court, judge, clerk)
        await court.worker.tell(SpeakingChanged(room=HEARING, participants=["plaintiff"]))
        await court.worker.tell(
            CaptionHeard(room=HEARING, hearing=HEARING, utterance="u1", participant="plaintiff", text="请求")
        )
        partial = await parties["defendant"].until(CaptionPartial)
        assert (partial.utterance, partial.participant, partial.text) == ("u1", "plaintiff", "请求")
        assert parties["defendant"].all_heard(Speaking)[-1].participants == ["plaintiff"]
        await hear_utterance(court, "u1", "plaintiff", "请求判令被告支付货款")
        final = await parties["defendant"].until(UtteranceChanged)
        assert final.utterance.text == "请求判令被告支付货款"
        assert final.utterance.status == "asr"
        assert final.utterance.words[0].end_ms == 20
        row = (await court.rows("utterance_recognised"))[0]
        assert "货款" not in row.data
        assert json.loads(row.data)["text_sha256"] == text_sha256("请求判令被告支付货款")


async def test_a_fact_that_arrives_twice_is_stored_once_and_acknowledged_twice(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        fact = await hear_utterance(court, "u1", "plaintiff", "同意")
        await court.worker.tell(fact)
        await court.worker.acknowledged(fact.fact, times=2)
        assert len(await court.rows("utterance_recognised")) == 1
        async with court.database.reading() as transaction:
            assert await utterances.count(transaction, HEARING) == 1
        assert (await court.chain()).valid


async def test_a_stale_edit_is_refused_with_the_present_text_and_every_version_is_kept(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        other = await court.enter("clerk2")
        await open_session(court, judge, clerk)
        await hear_utterance(court, "u1", "plaintiff", "被告千我三十万")
        await other.say("editing_utterance", utterance="u1")
        editing = await clerk.until(EditingChanged)
        assert (editing.participant, editing.utterance) == ("clerk2", "u1")
        edit = {"utterance": "u1", "base_revision": 0, "participant": "plaintiff"}
        await clerk.does("edit_utterance", text="被告欠我三十万", **edit)
        stale = await other.act("edit_utterance", text="被告签我三十万", **edit)
        assert isinstance(stale, Error)
        assert stale.code is ErrorCode.CONFLICT
        assert stale.utterance is not None
        assert (stale.utterance.revision, stale.utterance.text) == (1, "被告欠我三十万")
        await other.does(
            "edit_utterance", **{**edit, "base_revision": 1, "text": "被告欠我三十万元", "participant": "defendant"}
        )
        shown = await judge.until(UtteranceChanged, lambda said: said.utterance.revision == 2)
        assert (shown.utterance.participant, shown.utterance.edited_by, shown.utterance.status) == (
            "defendant",
            "clerk2",
            "edited",
        )
        async with court.database.reading() as transaction:
            versions = await utterances.revisions(transaction, "u1")
        assert [(version.text, version.edited_by) for version in versions] == [
            ("被告千我三十万", None),
            ("被告欠我三十万", "clerk"),
            ("被告欠我三十万元", "clerk2"),
        ]
        assert len(await court.rows("utterance_edited")) == 2
        assert "三十万" not in "".join(row.data for row in await court.rows())


async def test_an_editor_who_vanishes_lets_go_of_the_utterance(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, other = await court.enter("clerk"), await court.enter("clerk2")
        await other.say("editing_utterance", utterance="u1")
        await clerk.until(EditingChanged, lambda said: said.utterance == "u1")
        await other.drop()
        await clerk.until(EditingChanged, lambda said: said.utterance is None)


async def test_whoever_comes_late_is_shown_what_was_said(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        for number in range(3):
            await hear_utterance(court, f"u{number}", "plaintiff", f"第{number}句")
        late = await court.connect("clerk2")
        welcome = await late.hello()
        assert welcome.snapshot is not None
        assert [said.text for said in welcome.snapshot.utterances] == ["第0句", "第1句", "第2句"]
        assert welcome.snapshot.utterance_count == 3
