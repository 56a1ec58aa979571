from dataclasses import fields

import pytest
from pydantic import BaseModel

from recorder import facts
from recorder.gaps import GapCause
from signaling.protocol import facts as told


@pytest.mark.parametrize("name", ["RecordingStarted", "RecordingStopped", "SegmentSealed", "RecordingGap"])
def test_a_fact_has_the_fields_the_protocol_declares(name: str) -> None:
    ours, theirs = getattr(facts, name), getattr(told, name)
    assert issubclass(theirs, BaseModel)
    assert {field.name for field in fields(ours)} | {"type", "lease"} == set(theirs.model_fields)


def test_every_cause_is_one_the_protocol_knows() -> None:
    known = told.RecordingGap.model_fields["cause"].annotation
    assert {cause.value for cause in GapCause} <= set(known.__args__)  # type: ignore[union-attr]
