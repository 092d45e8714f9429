"""The whole OpenAPI document, asked by schemathesis: as the public, as a member, as an administrator.

Requests are made from the document alone, so that whatever it says has to hold: no failure of the
server, only statuses, media types and bodies that it tells of.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from stele import ADMINISTRATOR, RECORDER

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Few examples each, the same every time: a run is to be short, and a failure to come again.
BOUNDED = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def document(own):
    loaded = schemathesis.openapi.from_url(f"{own.url}/api/openapi.json")
    loaded.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    # Every boundary of every parameter once over is minutes; the examples drawn reach them by chance.
    loaded.config.phases.update(phases=["examples", "fuzzing"])
    return loaded


api = schemathesis.pytest.from_fixture("document")


@api.parametrize()
@BOUNDED
def test_the_public_is_answered_as_the_document_says(case):
    case.call_and_validate(checks=CHECKS)


@api.parametrize()
@BOUNDED
def test_a_member_is_answered_as_the_document_says(case, own):
    case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {own.token(RECORDER, 'record')}"})


@api.parametrize()
@BOUNDED
def test_an_administrator_is_answered_as_the_document_says(case, own):
    case.call_and_validate(
        checks=CHECKS, headers={"Authorization": f"Bearer {own.token(ADMINISTRATOR, 'administer')}"}
    )
