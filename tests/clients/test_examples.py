"""Every example of the document is run as it is printed, and answered as the document says."""

import os
import subprocess
import time

import pytest
from contract import Contract
from stele import ADMINISTRATOR, ROOT, VERIFIERS

VERIFIER = VERIFIERS[0]


@pytest.fixture(scope="module")
def contract(own):
    return Contract(own.get("/api/openapi.json").json)


def first(own, kind, token):
    rows = own.get(f"/api/records?kind={kind}&limit=1", token=token).json["rows"]
    assert rows, f"the demo dossier has no {kind}"
    return rows[0]["id"]


def done(own, path, token, state):
    """Asks until what runs in the background has come to a state."""
    for _ in range(600):
        seen = own.get(path, token=token).json
        if state(seen):
            return seen
        time.sleep(0.1)
    raise AssertionError(f"{path} did not get there: {seen}")


def recorded(own, token, *records):
    answer = own.post("/api/records", {"records": list(records)}, token=token)
    assert answer.status == 201, answer.text
    return answer.json


def name(text):
    return [{"text": text, "lang": "en"}]


@pytest.fixture(scope="module")
def names(own):
    """What the names in examples stand for; what an example changes is made for it."""
    token = own.token(VERIFIER, "verify")
    env = {"STELE": own.url, "TOKEN": token, "ADMIN_TOKEN": own.token(ADMINISTRATOR, "administer")}
    for variable, kind in [
        ("SITE", "site"), ("CLAIM", "claim"), ("MISSION", "mission"), ("FINDING", "finding"),
        ("AGGREGATE", "aggregate"), ("EVIDENCE", "evidence"),
    ]:
        env[variable] = first(own, kind, token)
    # Something of our own to correct, sites in an area for the rule, two of one name to match.
    made = recorded(
        own, token,
        {"key": "party", "type": "party", "data": {"kind": "ngo", "names": name("Own party")}},
        {"key": "area", "type": "area", "data": {"kind": "zone", "names": name("Own zone")}},
        {"key": "some", "type": "aggregate", "data": {"category": "theatre", "count": {"value": 3, "qualifier": "about"}, "areas": ["@area"]}},
        {"key": "a", "type": "site", "data": {"kind": "place", "category": "theatre", "names": name("Old Theatre"), "areas": ["@area"]}},
        {"key": "b", "type": "site", "data": {"kind": "place", "category": "theatre", "names": name("Old Theatre"), "areas": ["@area"]}},
        {"key": "c", "type": "site", "data": {"kind": "place", "category": "theatre", "names": name("New Theatre"), "areas": ["@area"]}},
        {"key": "item-a", "type": "link", "data": {"kind": "item_of", "from": "@a", "to": "@some"}},
    )["keys"]
    env |= {"OWN_PARTY": made["party"], "PAIR_A": made["a"], "PAIR_B": made["b"], "AGGREGATE": made["some"]}
    theatres = {"type": "aggregate", "data": {"category": "theatre", "count": {"value": 9, "qualifier": "about"}, "areas": [made["area"]]}}
    env["RULED"], env["LINKED"] = recorded(own, token, theatres, theatres)["ids"]
    env["RULE_ACT"] = own.post(f"/api/aggregates/{env['LINKED']}/by-rule", token=token).json["stamp"]
    # A plan, a text, lists: one to try, two that were read in, of which one is taken back.
    drawn = own.post("/api/samples", {"aggregate": made["some"], "size": 1}, token=token)
    assert drawn.status == 201, drawn.text
    env["PLAN"] = drawn.json["id"]
    text = b"Museums hit\n\nThe Example Ministry said on 7 May 2021 that 12 museums were destroyed."
    intake = own.ask("POST", "/api/intakes?publisher=Example%20News&published=2021-05-08", text, token=token)
    assert intake.status == 201, intake.text
    env["INTAKE"] = intake.json["id"]
    mapping = 'category = "museum"\n[columns]\nName = "name en"\nLatitude = "latitude"\nLongitude = "longitude"\n'
    for variable in ["LIST", "KEPT", "IMPORT"]:
        table = f"Name,Latitude,Longitude\nMuseum {variable},39.76,46.75\n".encode()
        sent = own.ask(
            "POST", f"/api/imports?party=Example%20Ministry&rows_are=sites&name={variable}.csv", table, token=token
        )
        assert sent.status == 201, sent.text
        env[variable] = sent.json["id"]
        if variable != "LIST":
            here = f"/api/imports/{sent.json['id']}"
            assert own.ask("PUT", f"{here}/mapping", {"mapping": mapping}, token=token).status == 200
            assert own.post(f"{here}/run", {"trial": False}, token=token).status == 202
            seen = done(own, here, token, lambda seen: seen["state"] not in ("running", "waiting"))
            assert seen["state"] == "done", seen
            env[variable] = seen["report"]["import"]
    # An act of matching, a token to revoke.
    pair = own.post(f"/api/matching/pairs/{made['a']}/{made['c']}", {"decision": "different"}, token=token)
    assert pair.status == 200, pair.text
    env["ACT"] = pair.json["act"]
    own.token(VERIFIER, "read", "to be revoked")
    tokens = own.get("/api/tokens", token=token).json["rows"]
    env["OTHER_TOKEN"] = next(t["id"] for t in tokens if t["name"] == "to be revoked")
    return env


def test_every_example_runs_and_is_answered_as_told(own, contract, names, subtests):
    for method, path, operation in contract.operations():
        with subtests.test(f"{method} {path}"):
            [sample] = operation["x-codeSamples"]
            asked = subprocess.run(
                ["bash", "-euc", sample["source"] + ' --silent --show-error --write-out "\\n%{http_code} %{content_type}"'],
                env=os.environ | names, cwd=ROOT, capture_output=True, timeout=60,
            )
            assert asked.returncode == 0, f"{sample['source']}\n{asked.stderr.decode()}"
            body, _, outcome = asked.stdout.rpartition(b"\n")
            status, media_type = outcome.decode().split(" ", 1)
            assert status.startswith("2"), f"{sample['source']}\n{status} {body.decode()[:2000]}"
            if "--output" not in sample["source"]:
                assert contract.wrong(operation, status, media_type, body) is None, sample["source"]


def test_what_runs_in_the_background_comes_to_its_end(own, names):
    tried = done(own, f"/api/imports/{names['LIST']}", names["TOKEN"], lambda seen: seen["state"] != "running")
    assert tried["state"] in ("tried", "waiting"), tried
    desk = done(own, "/api/matching", names["TOKEN"], lambda seen: not seen["running"])
    assert desk["failed"] is None


def test_a_record_of_every_kind_is_as_its_schema_says(own, contract, names, subtests):
    """The demo dossier and what the examples made hold every kind there is."""
    shown, whole = contract.named("ShownRecord"), contract.named("Record")
    kinds = [one["properties"]["type"]["const"] for one in contract.document["components"]["schemas"]["Record"]["oneOf"]]
    assert len(kinds) == 23
    for kind in kinds:
        with subtests.test(kind):
            rows = own.get(f"/api/records?kind={kind}&limit=1000", token=names["TOKEN"]).json["rows"]
            assert rows, f"no {kind} to try"
            for row in rows:
                errors = [f"{list(e.instance_path)}: {e.message[:300]}" for e in shown.iter_errors(row)]
                assert not errors, errors[:3]
            record = own.get(f"/api/records/{rows[0]['id']}/whole", token=names["TOKEN"]).json
            assert whole.is_valid(record), next(whole.iter_errors(record)).message[:500]
            # A schema that takes everything says nothing.
            record["data"]["no_such_field"] = 1
            assert not whole.is_valid(record)
