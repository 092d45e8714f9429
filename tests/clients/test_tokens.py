"""Tokens, keys, problems, and what other origins may read: as a program meets them."""

import re
import threading
import urllib.parse

import pytest
from stele import ADMINISTRATOR, RECORDER, ROOT


def party(name, **more):
    return {"records": [{"type": "party", "data": {"kind": "ngo", "names": [{"text": name, "lang": "en"}]} | more}]}


def counted(own, name):
    found = own.get(f"/api/search?{urllib.parse.urlencode({'q': name, 'kind': 'party'})}").json["rows"]
    return sum(row["title"] == name for row in found)


def make_on_the_page(own, name, scope="record", days="90"):
    form = urllib.parse.urlencode({"name": name, "scope": scope, "days": days}).encode()
    return own.ask("POST", "/tokens", form, account=RECORDER,
                   headers={"Content-Type": "application/x-www-form-urlencoded"})


def test_a_token_is_shown_once_used_and_revoked(own):
    page = make_on_the_page(own, "nightly <export>")
    assert page.status == 200 and page.headers["cache-control"] == "no-store"
    [token] = re.findall(r"stele_[0-9a-f]{56}", page.text)
    assert "nightly <export>" not in page.text and "nightly &lt;export&gt;" in page.text
    assert token not in own.get("/tokens", account=RECORDER).text
    me = own.get("/api/me", token=token).json
    assert (me["by"], me["account"]["email"], me["account"]["role"]) == ("token", RECORDER, "recorder")
    [listed] = [t for t in own.get("/api/tokens", token=token).json["rows"] if t["name"] == "nightly <export>"]
    days = (listed["expires_ms"] - listed["made_ms"]) / 86_400_000
    assert days == 90 and "token" not in listed
    assert own.ask("DELETE", f"/api/tokens/{listed['id']}", token=token).status == 200
    spent = own.get("/api/overview", token=token)
    assert spent.status == 401, "never taken for the public"
    assert 'error="invalid_token"' in spent.headers["www-authenticate"]
    assert spent.json["type"] == "/api#wrong-token"


def test_a_token_runs_out(own):
    token = own.token(RECORDER, "read", "short")
    assert own.get("/api/me", token=token).status == 200
    own.sql("UPDATE api_token SET expires_ms = 1 WHERE name = 'short'")
    assert own.get("/api/me", token=token).status == 401


def test_a_token_neither_makes_nor_sees_others_on_the_page(own):
    token = own.token(ADMINISTRATOR, "administer")
    assert own.get("/tokens", token=token).status == 403
    form = b"name=more&scope=administer&days=90"
    answer = own.ask("POST", "/tokens", form, token=token, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 403


@pytest.mark.parametrize("sent", ["Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer stele_" + "0" * 56, "stele_x", "Bearer a b"])
def test_what_is_no_token_is_refused_everywhere(own, sent):
    for path in ["/api/overview", "/api/nowhere", "/", "/sites.json"]:
        answer = own.get(path, headers={"Authorization": sent})
        assert answer.status == 401 and answer.headers["content-type"] == "application/problem+json", path


def test_a_bad_form_says_what_is_wrong(own):
    for name, scope, days, said in [("", "read", "90", "Is empty"), ("n", "administer", "90", "more than your account"), ("n", "read", "x", "number of days")]:
        page = make_on_the_page(own, name, scope, days)
        assert page.status == 422 and said in page.text


def test_the_same_key_records_once_and_answers_alike(own):
    token, key = own.token(), {"Idempotency-Key": "once-1"}
    first = own.post("/api/records", party("Once Society"), token=token, headers=key)
    again = own.post("/api/records", party("Once Society"), token=token, headers=key)
    assert (first.status, again.status) == (201, 201) and first.body == again.body
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    assert counted(own, "Once Society") == 1
    other = own.post("/api/records", party("Other Society"), token=token, headers=key)
    assert other.status == 422 and other.json["errors"][0]["field"] == "Idempotency-Key"
    # Another account's key of the same name is another key.
    theirs = own.post("/api/records", party("Once Society"), token=own.token(ADMINISTRATOR, "record"), headers=key)
    assert theirs.status == 201 and theirs.json["ids"] != first.json["ids"]


def test_what_was_refused_may_be_sent_again(own):
    token, key = own.token(), {"Idempotency-Key": "refused-1"}
    assert own.post("/api/records", party(""), token=token, headers=key).status == 422
    assert own.post("/api/records", party("Mended Society"), token=token, headers=key).status == 201


def test_keys_outlive_the_server(own):
    token, key = own.token(), {"Idempotency-Key": "restart-1"}
    first = own.post("/api/records", party("Lasting Society"), token=token, headers=key)
    own.restart()
    again = own.post("/api/records", party("Lasting Society"), token=token, headers=key)
    assert again.body == first.body and again.headers["idempotent-replayed"] == "true"


def test_many_at_once_under_one_key_record_once(own):
    token, answers = own.token(), []
    start = threading.Barrier(8)

    def send():
        start.wait()
        answers.append(own.post("/api/records", party("Hurried Society"), token=token, headers={"Idempotency-Key": "hurry"}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {a.status for a in answers} <= {201, 409}, [a.text for a in answers]
    assert len({a.body for a in answers if a.status == 201}) == 1
    assert counted(own, "Hurried Society") == 1


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "kind"), [
    ("GET", "/api/nowhere", None, {}, 404, "not-found"),
    ("GET", "/api/records/nobody", None, {}, 404, "not-found"),
    ("DELETE", "/api/records", None, {}, 405, "wrong-method"),
    ("PATCH", "/api/overview", None, {}, 405, "wrong-method"),
    ("POST", "/api/records", b"x", {"Content-Type": "text/plain"}, 415, "wrong-media-type"),
    ("POST", "/api/records", b"{", {"Content-Type": "application/json"}, 422, "unreadable"),
    ("POST", "/api/records", b'{"records": [{"type": "party", "data": ' + b'{"a":' * 100_000, {"Content-Type": "application/json"}, 422, "unreadable"),
    ("POST", "/api/records", b'{"records": []} {}', {"Content-Type": "application/json"}, 422, "unreadable"),
    ("POST", "/api/records", b" " * (17 << 20), {"Content-Type": "application/json"}, 413, "too-large"),
    ("POST", "/api/intakes", b"a" * (21 << 20), {"Content-Type": "text/plain"}, 413, "too-large"),
    ("GET", "/api/records?kind=site&limit=0", None, {}, 422, "wrong-fields"),
    ("GET", "/api/records?kind=site&limit=NaN", None, {}, 422, "wrong-fields"),
    ("GET", "/api/records?kind=site&after=%00", None, {}, 422, "wrong-fields"),
    ("GET", "/api/records?kind=site&nothing=1", None, {}, 422, "wrong-fields"),
    ("GET", "/api/search?near=NaN,0,1", None, {}, 422, "wrong-fields"),
    ("GET", "/api/search?bbox=1,2,3", None, {}, 422, "wrong-fields"),
], ids=lambda value: value if isinstance(value, (str, int)) else "")
def test_every_refusal_is_a_problem(own, method, path, body, headers, status, kind):
    answer = own.ask(method, path, body, token=own.token(), headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json
    assert problem["type"] == f"/api#{kind}" and problem["status"] == status and problem["title"] and problem["detail"]
    if kind == "wrong-fields":
        assert problem["errors"] and all(e["field"] and e["detail"] for e in problem["errors"])


def test_fields_are_named_by_their_path(own):
    wrong = {"records": [
        {"type": "party", "data": {"kind": "ngo", "names": [{"text": "", "lang": "e"}]}},
        {"type": "site", "data": {"kind": "place", "names": []}},
    ]}
    fields = [e["field"] for e in own.post("/api/records", wrong, token=own.token()).json["errors"]]
    assert fields == ["records[1].data"]  # what cannot be read is told first
    wrong["records"][1]["data"]["category"] = "church"
    fields = {e["field"] for e in own.post("/api/records", wrong, token=own.token()).json["errors"]}
    assert fields == {"records[0].data.names[0].text", "records[0].data.names[0].lang", "records[1].data.names"}


def test_other_origins_read_what_is_public_and_nothing_else(own):
    away = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    public = own.get("/api/overview", headers=away)
    assert public.headers["access-control-allow-origin"] == "*" and "cookie" in public.headers["vary"]
    assert "access-control-allow-credentials" not in public.headers
    before = own.ask("OPTIONS", "/api/overview", headers=away | {"Access-Control-Request-Method": "GET"})
    assert before.status == 204 and before.headers["access-control-allow-methods"] == "GET, HEAD"
    for answer in [
        own.get("/api/overview", headers=away, account=RECORDER),
        own.get("/api/overview", headers=away, token=own.token()),
        own.get("/", headers=away),
        own.get("/apiary", headers=away),
        own.post("/api/records", {}, headers=away),
    ]:
        assert "access-control-allow-origin" not in answer.headers
    # A cookie changes something only from our own pages.
    forged = own.post("/api/records", party("Forged Society"), headers=away, account=RECORDER)
    assert forged.status == 403 and forged.headers["content-type"] == "application/problem+json"
    assert own.post("/api/records/check", party("Own Society"), headers={"Sec-Fetch-Site": "same-origin"}, account=RECORDER).status == 200


def test_evidence_is_sent_recorded_and_handed_out(own):
    token, file = own.token(), (ROOT / "docs/overview.png").read_bytes()
    sent = own.ask("POST", "/api/files", file, token=token)
    assert sent.status == 201, sent.text
    evidence = {"type": "evidence", "data": {
        "sha256": sent.json["sha256"], "size_bytes": sent.json["size_bytes"], "media_type": "image/png",
        "original_name": "обзор \"1\".png", "restriction": "members",
    }}
    [id] = own.post("/api/records", {"records": [evidence]}, token=token).json["ids"]
    got = own.get(f"/api/evidence/{id}/file", token=token)
    assert got.body == file and got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment; filename=")
    assert own.get(f"/api/evidence/{id}/file").status == 404, "for members"
    # Who knows only the hash does not come to own the file.
    theirs = own.post("/api/records", {"records": [evidence]}, token=own.token(ADMINISTRATOR, "record"))
    assert theirs.status == 422 and theirs.json["errors"][0]["field"] == "records[0].data.sha256"


def test_lists_are_walked_by_their_next(own):
    seen, address = [], "/api/records?kind=site&limit=7"
    while address:
        page = own.get(address).json
        assert len(page["rows"]) <= 7
        seen += [row["id"] for row in page["rows"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) > 30
    assert set(seen) == {row["id"] for row in own.get("/api/records?kind=site&limit=1000").json["rows"]}


def test_a_correction_keeps_what_stood(own):
    token = own.token()
    [id] = own.post("/api/records", party("First Name"), token=token).json["ids"]
    whole = own.get(f"/api/records/{id}/whole", token=token).json
    whole["data"]["names"][0]["text"] = "Second Name"
    revised = own.post(f"/api/records/{id}/revisions", {"reason": "Misread", "data": whole["data"]}, token=token)
    assert revised.status == 201, revised.text
    history = own.get(f"/api/records/{id}/history").json["revisions"]
    assert [r["reason"] for r in history] == ["", "Misread"]
    assert own.get(f"/api/records/{id}").json["record"]["title"] == "Second Name"
    assert own.post(f"/api/records/{id}/withdrawal", {"reason": "Twice"}, token=token).status == 201
    assert own.get(f"/api/records/{id}").json["record"]["withdrawn"] is True
