"""Routes about the integrity of the record: the court's keys and log, seals, verification, proofs of single lines."""

import asyncio
import json
from functools import partial
from typing import Any

from aiohttp import web

from hearing_server.court import integrity
from hearing_server.domain.errors import NotFound
from hearing_server.domain.job import JobState
from hearing_server.domain.seal import CheckStanding
from hearing_server.web import integrity_models as models
from hearing_server.web.rate_limits import Guarded
from hearing_server.web.route_table import Call, Route, Who
from hearing_server.web.sealed_records import SEALED_RECORDS


async def read_keys(call: Call[None]) -> models.SealKeyList:
    """Keys this court seals and sealed with."""
    keys = await asyncio.to_thread(call.request.app[SEALED_RECORDS].keys)
    views = [models.SealKey(key=key["id"], public_key=key["public_key"], current=key["current"]) for key in keys]
    return models.SealKeyList(keys=views)


async def read_verifier(call: Call[None]) -> web.StreamResponse:
    """The verifier as one Python file."""
    text = await asyncio.to_thread(call.request.app[SEALED_RECORDS].verifier)
    headers = {"Content-Disposition": 'attachment; filename="verify.py"'}
    return web.Response(text=text, content_type="text/x-python", charset="utf-8", headers=headers)


async def read_log(call: Call[None]) -> models.LogHead:
    """The court's log of roots as it stands, signed."""
    head = await asyncio.to_thread(call.request.app[SEALED_RECORDS].log_head, call.office.clock.now_ms())
    return models.LogHead(head=head["head"], signature=head["signature"])


async def read_log_growth(call: Call[models.LogSpan]) -> models.LogGrowth:
    """That the log only grew between two of its sizes."""
    span = call.body
    try:
        proof = await asyncio.to_thread(call.request.app[SEALED_RECORDS].log_growth, span.earlier, span.size)
    except IndexError:
        raise NotFound("log") from None
    return models.LogGrowth(earlier=span.earlier, size=span.size, proof=proof)


async def read_seal(call: Call[None]) -> models.IntegrityView:
    """Seals of a hearing, and its newest verification."""
    return _view(await integrity.read_integrity(call.office, call.reader, call.part("hearing")))


async def ask_seal(call: Call[None]) -> models.IntegrityView:
    """Seal what came since the last time."""
    await integrity.ask_seal(call.office, call.staff, call.part("hearing"))
    return _view(await integrity.read_integrity(call.office, call.staff, call.part("hearing")))


async def ask_check(call: Call[None]) -> models.IntegrityView:
    """Verify the sealed recording on the server."""
    await integrity.ask_check(call.office, call.reader, call.part("hearing"))
    return _view(await integrity.read_integrity(call.office, call.reader, call.part("hearing")))


async def prove_utterance(call: Call[models.ProofOfUtterance]) -> web.StreamResponse:
    """Proof that one version of an utterance stands in the sealed record; for ``verify.py``."""
    hearing, utterance = call.part("hearing"), call.part("utterance")
    make = partial(call.request.app[SEALED_RECORDS].prove_utterance, hearing, utterance, call.body.revision)
    return _proof(await integrity.give_proof(call.office, call.reader, hearing, f"utterance:{utterance}", make))


async def prove_segment(call: Call[None]) -> web.StreamResponse:
    """Proof that a recorded segment stands in the sealed record; for ``verify.py``."""
    hearing, sha256 = call.part("hearing"), call.part("sha256")
    make = partial(call.request.app[SEALED_RECORDS].prove_segment, hearing, sha256)
    return _proof(await integrity.give_proof(call.office, call.reader, hearing, f"segment:{sha256}", make))


def _proof(proof: dict[str, Any]) -> web.StreamResponse:
    text = json.dumps(proof, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    response = web.json_response(text=text + "\n")
    response.headers["Content-Disposition"] = 'attachment; filename="proof.json"'
    return response


def _view(standing: integrity.Integrity) -> models.IntegrityView:
    sealed_rows = standing.seals[-1].journal_rows if standing.seals else 0
    return models.IntegrityView(
        seals=[
            models.SealView(
                number=seal.number,
                root=seal.root,
                leaves=seal.leaves,
                sealed_at_ms=seal.sealed_at_ms,
                key=seal.key_id,
                authority=seal.authority,
                stamped_at_ms=seal.stamped_at_ms,
            )
            for seal in standing.seals
        ],
        sealing=_state(standing.sealing),
        stamping=_state(standing.stamping),
        check=_check(standing.check),
        unsealed_rows=standing.journal_rows - sealed_rows,
        may_seal=standing.may_seal,
        may_check_copies=standing.may_check_copies,
    )


def _state(state: JobState | None) -> models.WorkState:
    return "none" if state is None else state.value


def _check(check: CheckStanding | None) -> models.CheckView:
    report = json.loads(check.report) if check is not None and check.report else {}
    return models.CheckView(
        state=_state(check.state if check else None),
        progress=check.progress if check else 0.0,
        finished_at_ms=check.finished_at_ms if check else None,
        files=report.get("files", 0),
        lines=report.get("lines", 0),
        findings=[_finding(finding) for finding in report.get("findings", [])],
        notices=[_finding(notice) for notice in report.get("notices", [])],
    )


def _finding(told: dict[str, Any]) -> models.FindingView:
    return models.FindingView(
        code=told["code"],
        file=told["file"],
        line=told["line"],
        field=told["field"],
        sentence_zh=told["zh-CN"],
        sentence_en=told["en"],
    )


_SEAL = "/api/hearings/{hearing}/seal"

ROUTES = (
    Route("GET", "/api/seal/keys", read_keys, answer=models.SealKeyList, who=Who.ANYBODY, guarded=Guarded.SEAL),
    Route(
        "GET", "/api/seal/verify.py", read_verifier, who=Who.ANYBODY, guarded=Guarded.SEAL, media_type="text/x-python"
    ),
    Route("GET", "/api/seal/log", read_log, answer=models.LogHead, who=Who.ANYBODY, guarded=Guarded.SEAL),
    Route(
        "GET",
        "/api/seal/log/growth",
        read_log_growth,
        body=models.LogSpan,
        answer=models.LogGrowth,
        who=Who.ANYBODY,
        guarded=Guarded.SEAL,
    ),
    Route("GET", _SEAL, read_seal, answer=models.IntegrityView, who=Who.READER),
    Route("POST", _SEAL, ask_seal, answer=models.IntegrityView),
    Route("POST", f"{_SEAL}/check", ask_check, answer=models.IntegrityView, who=Who.READER),
    Route(
        "GET",
        f"{_SEAL}/proofs/utterances/{{utterance}}",
        prove_utterance,
        body=models.ProofOfUtterance,
        who=Who.READER,
        media_type="application/json",
    ),
    Route(
        "GET",
        f"{_SEAL}/proofs/segments/{{sha256:[0-9a-f]{{64}}}}",
        prove_segment,
        who=Who.READER,
        media_type="application/json",
    ),
)
