"""Stage templates are whole, and the court's rules have a hash."""

import pytest

from hearing_server.domain.discipline import is_known, rules, rules_sha256
from hearing_server.domain.errors import InvalidValue
from hearing_server.domain.stage_templates import TEMPLATES, final_statements_asked, require_stage, stages_of
from hearing_server.domain.stages import CIVIL


def test_the_civil_template_is_the_one_of_the_design() -> None:
    assert " ".join(stage.id for stage in CIVIL) == (
        "attendance_check discipline opening claims issues investigation evidence witness questioning debate "
        "final_statement mediation judgment transcript_check closing"
    )
    assert {stage.id for stage in CIVIL if stage.part_of == "investigation"} == {"evidence", "witness", "questioning"}
    assert all(stage.wording_zh and stage.wording_en for stage in CIVIL)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_stage_has_a_name_of_its_own_in_both_languages(template: str) -> None:
    stages = stages_of(template)
    assert len({stage.id for stage in stages}) == len(stages)
    assert all(stage.title_zh and stage.title_en for stage in stages)


def test_unknown_templates_and_stages_are_refused() -> None:
    with pytest.raises(InvalidValue):
        stages_of("dancing")
    with pytest.raises(InvalidValue):
        require_stage("mediation", "debate")
    require_stage("civil", "debate")


def test_final_statements_are_asked_for_where_the_procedure_has_them() -> None:
    assert not final_statements_asked("civil", {"debate"})
    assert final_statements_asked("civil", {"debate", "final_statement"})
    assert final_statements_asked("mediation", set())


def test_only_a_wording_that_is_shown_counts_as_acknowledged() -> None:
    assert is_known(rules_sha256())
    assert is_known(rules_sha256(english=True))
    assert not is_known("0" * 64)
    assert rules() != rules(english=True)
