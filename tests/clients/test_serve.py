"""The harness itself: a registry is there, public without signing in, a member's with a cookie."""

from stele import RECORDER


def test_the_demo_dossier_is_served(demo):
    answer = demo.get("/ledger/checkpoint")
    assert answer.status == 200
    assert answer.text.count("\n") >= 4, "a signed note: origin, size, root, an empty line, a signature"


def test_what_is_not_there_is_an_answer_too(demo):
    assert demo.get("/no/such/page/here").status == 404


def test_a_member_is_known_by_the_cookie(demo):
    assert "Sign out" in demo.get("/about", account=RECORDER).text
    assert "Sign out" not in demo.get("/about").text
