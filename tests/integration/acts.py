"""Steps that many tests take."""

from hearing_server.domain.discipline import rules_sha256
from signaling.protocol.facts import UtteranceRecognised
from signaling.protocol.snapshot import WordView
from signaling.protocol.to_client import HearingChanged
from tests.integration.court_client import CourtClient
from tests.integration.small_court import HEARING, SmallCourt


async def admit(clerk: CourtClient, participant: str) -> None:
    await clerk.does("verify_identity", participant=participant)
    await clerk.does("admit", participant=participant)


async def admit_parties(court: SmallCourt, clerk: CourtClient) -> dict[str, CourtClient]:
    """Plaintiff and defendant come, accept the rules, are verified and admitted."""
    parties = {name: await court.enter(name) for name in ("plaintiff", "defendant")}
    for name, party in parties.items():
        await party.does("acknowledge_discipline", text_sha256=rules_sha256())
        await admit(clerk, name)
    return parties


async def open_session(court: SmallCourt, judge: CourtClient, clerk: CourtClient) -> dict[str, CourtClient]:
    """From an open lobby to a court in session."""
    parties = await admit_parties(court, clerk)
    await clerk.does("mark_ready")
    await judge.does("open_hearing")
    await judge.until(HearingChanged, lambda said: said.hearing.status == "in_session")
    return parties


async def hear_utterance(court: SmallCourt, utterance: str, participant: str, text: str) -> UtteranceRecognised:
    """The recogniser tells of a final utterance, and the front has stored it."""
    fact = UtteranceRecognised(
        fact=court.worker.next_fact(),
        room=HEARING,
        hearing=HEARING,
        at_ms=next(court.worker.clock_ms),
        utterance=utterance,
        participant=participant,
        text=text,
        raw_text=" ".join(text),
        words=[WordView(text=text, start_ms=10, end_ms=20, confidence=0.9)],
        start_ms=10,
        end_ms=20,
        model="twin",
    )
    await court.worker.tell(fact)
    await court.worker.acknowledged(fact.fact)
    return fact
