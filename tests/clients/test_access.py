"""Every operation of the API × every role: who is let in, who is sent away, and how.

The table is written by hand, so that an operation that opens up is noticed here; one that is missing
from it fails. What lets nobody in at the door is 401 for who is nobody and 403 for who is too little.
"""

import json
import re

import pytest
from contract import Contract
from stele import ADMINISTRATOR, RECORDER, VERIFIERS, stele

ANYONE, VIEWER, RECORDS, ADMINISTERS = range(4)

LEAST = {
    ANYONE: """overview me search suggest list_records get_record related_records record_history claim_lineage
        record_figures mission_board aggregate_items aggregate_overlaps aggregate_unlisted sample evidence_file
        ledger checkpoint proof""",
    VIEWER: "finding_unmet whole_record aggregate_missing list_tokens revoke_token",
    RECORDS: """record check_records revise_record withdraw_record aggregate_rule link_by_rule undo_rule
        lay_out_sample draw_sample send_file list_intakes read_in get_intake decide_intake list_imports send_list
        get_list map_list run_list refused_rows retract_import matching search_pairs next_pair get_pair decide_pair
        accept_pairs undo_pairs""",
    ADMINISTERS: "list_accounts invite",
}
LEAST = {operation: least for least, text in LEAST.items() for operation in text.split()}

# Account and scope of the token: a token is no more than the lesser of the two.
ROLES = {
    "public": (ANYONE, None, None),
    "viewer": (VIEWER, "viewer@test.example", "read"),
    "recorder": (RECORDS, RECORDER, "record"),
    "verifier": (RECORDS, VERIFIERS[0], "verify"),
    "administrator": (ADMINISTERS, ADMINISTRATOR, "administer"),
    "administrator's token to read": (VIEWER, ADMINISTRATOR, "read"),
    "administrator's token to record": (RECORDS, ADMINISTRATOR, "record"),
}
NOBODY = "01jv3z7t2kf0m8q4x5c6b7n9pd"


@pytest.fixture(scope="module")
def contract(own):
    stele("user", "--data", own.data, "add", "viewer@test.example", "--name", "Viewer", "--role", "viewer")
    return Contract(own.get("/api/openapi.json").json)


def ask(own, method, path, operation, token):
    """A request that the door lets in and that does nothing: ids of nobody, an empty body."""
    path = re.sub(r"\{kind\}", "site", path)
    path = re.sub(r"\{\w+\}", NOBODY, path)
    content = operation.get("requestBody", {}).get("content", {})
    if "application/octet-stream" in content:
        return own.ask(method, path, b"", token=token, headers={"Content-Type": "application/octet-stream"})
    return own.ask(method, path, {"no": "field"} if content else None, token=token)


def test_every_operation_is_open_to_whom_it_is_for(own, contract, subtests):
    told = {operation["operationId"] for _, _, operation in contract.operations()}
    assert told == set(LEAST), "the table and the document tell of the same operations"
    for role, (rank, account, scope) in ROLES.items():
        token = own.token(account, scope, "access") if account else None
        for method, path, operation in contract.operations():
            name = operation["operationId"]
            with subtests.test(f"{name} by {role}"):
                answer = ask(own, method.upper(), path, operation, token)
                least = LEAST[name]
                if rank >= least:
                    assert answer.status not in (401, 405), answer.text
                    # The door of `missing` and the like may still be shut inside, for a reason that is told.
                    assert answer.status != 403 or least == ANYONE, answer.text
                else:
                    assert answer.status == (401 if rank == ANYONE else 403), answer.text
                if answer.status >= 400:
                    assert answer.headers["content-type"] == "application/problem+json"
                    assert answer.json["status"] == answer.status and answer.json["detail"]
                assert ("www-authenticate" in answer.headers) == (answer.status == 401)


def test_a_recorder_judges_nothing_and_a_verifier_may(own):
    finding = own.get("/api/records?kind=finding&limit=1", token=own.token(VERIFIERS[0], "verify")).json["rows"][0]
    review = {"type": "review", "data": {
        "finding": finding["id"], "decision": "approve", "reason": "Looked at it.", "interest": {"interest": "none"},
    }}
    for account, scope, status in [
        (RECORDER, "record", 403), (VERIFIERS[0], "record", 403), (VERIFIERS[1], "verify", 200),
    ]:
        answer = own.post("/api/records/check", {"records": [review]}, token=own.token(account, scope))
        assert answer.status in ({403} if status == 403 else {200, 422}), answer.text


def coordinates(value):
    """Every pair of numbers of a geometry."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(n, (int, float)) for n in value):
        yield tuple(value)
    elif isinstance(value, list):
        for one in value:
            yield from coordinates(one)


def numbers(value):
    """Every number in an answer."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, float):
        yield value


def test_a_protected_place_is_in_no_answer_to_the_public(own, contract, subtests):
    """Everything the public may ask about protected sites, searched for their exact numbers."""
    token = own.token(RECORDER, "record")
    made = own.post("/api/records", {"records": [
        {"type": "site", "data": {
            "kind": "place", "category": "archaeological_site", "names": [{"text": f"Hidden Mound {how}", "lang": "en"}],
            "location": {"geometry": {"type": "Point", "coordinates": at}, "sensitivity": how},
            "fields": [{"name": "lon", "value": str(at[0])}],
        }}
        for how, at in [("withheld", [46.123457, 39.765433]), ("generalised", [47.345679, 40.987653])]
    ]}, token=token)
    assert made.status == 201, made.text
    secret = {46.123457, 39.765433, 47.345679, 40.987653}
    assert secret <= set(numbers(own.get(f"/api/records/{made.json['ids'][0]}/whole", token=token).json)) | set(
        numbers(own.get(f"/api/records/{made.json['ids'][1]}/whole", token=token).json)
    ), "a member sees them"
    addresses = ["/api/overview", "/api/records?kind=site&limit=1000", "/api/search?q=Hidden%20Mound",
                 "/api/search/suggest?q=hidden", "/api/ledger", "/api/search?bbox=46.1,39.7,46.2,39.8",
                 "/api/search?near=46.123457,39.765433,0.5", "/api/search?near=47.345679,40.987653,0.01"]
    for id in made.json["ids"]:
        for method, path, operation in contract.operations():
            if method == "get" and "{id}" in path and LEAST[operation["operationId"]] == ANYONE:
                addresses.append(path.replace("{id}", id).replace("{kind}", "claim"))
    for address in addresses:
        with subtests.test(address):
            answer = own.get(address)
            for number in secret:
                assert str(number) not in answer.text.replace("near=", "").replace("bbox=", ""), address
            if answer.headers["content-type"] == "application/json":
                assert not secret & set(numbers(json.loads(answer.body)))
    # A box or a distance around the exact place finds nothing that is withheld.
    for address in ["/api/search?bbox=46.1,39.7,46.2,39.8", "/api/search?near=46.123457,39.765433,0.5"]:
        found = [row["title"] for row in own.get(address).json["rows"]]
        assert "Hidden Mound withheld" not in found
