"""What docs/api.md prints is run as it stands."""

import os
import subprocess
import sys

import pytest
from stele import ROOT, code_blocks


@pytest.fixture
def env(own):
    return os.environ | {"STELE": own.url, "STELE_TOKEN": own.token()}


def test_the_client_has_20_lines_records_a_claim_and_reads_it_back(own, env):
    [client] = code_blocks("api.md", "python")
    assert len(client.splitlines()) <= 20
    # Twice: a request under a key is carried out once.
    for _ in range(2):
        run = subprocess.run([sys.executable, "-c", client], env=env, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        assert run.stdout == "Example Ministry of Culture says: the Old Town Museum was destroyed\n"
    found = own.get("/api/search?q=Old%20Town%20Museum&kind=site").json["rows"]
    assert [row["title"] for row in found].count("Old Town Museum") == 1
    [claim] = [row for row in own.get("/api/records?kind=claim&limit=1000").json["rows"] if "Old Town Museum was" in row["data"]["words"]]
    assert claim["data"]["predicate"] == "destroyed"


def test_commands_for_the_shell_run(env):
    blocks = code_blocks("api.md", "sh")
    assert blocks
    for block in blocks:
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.replace("curl ", "curl --silent --show-error --fail-with-body ")],
            env=env, cwd=ROOT, capture_output=True, text=True, timeout=60,
        )
        assert run.returncode == 0, run.stdout + run.stderr


def test_every_operation_has_an_example_and_every_problem_its_place_on_the_page(own):
    page = own.get("/api").text
    document = own.get("/api/openapi.json").json
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page, path
            assert operation["x-codeSamples"][0]["source"].startswith("curl "), path
    problem = own.get("/api/nowhere").json
    assert f'id="{problem["type"].removeprefix("/api#")}"' in page
