"""The walk of one claim through the API alone: said, observed, concluded, reviewed, published, read by anybody."""

from stele import RECORDER, ROOT, VERIFIERS

NO_INTEREST = {"interest": "none"}


def recorded(own, token, *records):
    answer = own.post("/api/records", {"records": list(records)}, token=token)
    assert answer.status == 201, answer.text
    return answer.json


def name(text):
    return [{"text": text, "lang": "en"}]


def test_a_claim_becomes_a_published_finding(own):
    recorder = own.token(RECORDER, "record")
    author, reviewer = (own.token(email, "verify") for email in VERIFIERS)

    said = recorded(
        own, recorder,
        {"key": "ministry", "type": "party", "data": {"kind": "state_organ", "names": name("Walked Ministry")}},
        {"key": "paper", "type": "source", "data": {"kind": "statement", "title": "Walked statement", "publisher": "@ministry", "published": "2021-05-07"}},
        {"key": "museum", "type": "site", "data": {"kind": "place", "category": "museum", "names": name("Walked Museum")}},
        {"key": "claim", "type": "claim", "data": {"party": "@ministry", "source": "@paper", "subject": {"site": "@museum"}, "predicate": "destroyed", "words": "the Walked Museum was destroyed", "stated": "2021-05-07"}},
    )["keys"]
    site = f"/api/records/{said['museum']}"
    assert own.get(site).json["record"]["status"] == "reported"

    # A file, sent and recorded; an observation by somebody else's people; a conclusion.
    sent = own.ask("POST", "/api/files", (ROOT / "docs/overview.png").read_bytes(), token=author).json
    observed = recorded(
        own, author,
        {"key": "team", "type": "party", "data": {"kind": "ngo", "names": name("Walked Observers")}},
        {"key": "image", "type": "evidence", "data": {"sha256": sent["sha256"], "size_bytes": sent["size_bytes"], "media_type": "image/png", "original_name": "after.png", "restriction": "public", "acquired": "photographed on site", "acquired_on": "2021-06-01", "captured": "2021-06-01"}},
        {"key": "seen", "type": "assessment", "data": {"site": said["museum"], "observed": "2021-06-01", "method": "on_site", "organisation": "@team", "observers": 2, "examined": "All of it, from inside and outside", "grade": "destroyed", "certainty": "high", "evidence": ["@image"]}},
        {"key": "finding", "type": "finding", "data": {"site": said["museum"], "conclusion": "damaged", "rationale": "The roof and walls are gone.", "standard": "balance_of_probabilities", "window": "2021-04-01/2021-06-01", "as_at": "2021-06-01", "assessments": ["@seen"], "claims": [said["claim"]], "interest": NO_INTEREST}},
    )["keys"]
    finding = f"/api/records/{observed['finding']}"
    assert own.get(finding).status == 404, "a draft is for members"

    # Nothing is published before a second person approved it, and nobody approves their own.
    publication = {"type": "publication", "data": {"finding": observed["finding"], "on": "2021-06-10"}}
    early = own.post("/api/records", {"records": [publication]}, token=author)
    assert early.status == 422 and "approv" in early.json["detail"], early.text
    assert own.get(f"{finding}/unmet", token=author).json["unmet"]
    review = {"type": "review", "data": {"finding": observed["finding"], "decision": "approve", "reason": "Agrees with the images.", "interest": NO_INTEREST}}
    assert own.post("/api/records", {"records": [review]}, token=author).status == 422
    recorded(own, reviewer, review)
    assert own.get(f"{finding}/unmet", token=author).json["unmet"] == []
    recorded(own, author, publication)

    assert own.get(finding).status == 200
    assert own.get(site).json["record"]["status"] == "verified"
    assert own.get(f"/api/evidence/{observed['image']}/file").status == 200
