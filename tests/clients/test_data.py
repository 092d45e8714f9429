"""Whole collections, snapshots and the feed of changes, through GDAL, pyarrow and a mirror from the docs."""

import hashlib
import json
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.parse

import pytest
from stele import RECORDER, code_blocks, stele

COLLECTIONS = ("sites", "claims", "findings", "assessments", "areas", "missions")
BY_GDAL = ("gpkg", "fgb", "geojson", "geojsons", "csv")


def saved(folder, served, name, **more):
    answer = served.get(f"/data/{name}", **more)
    assert answer.status == 200, answer.text
    path = folder / name
    path.write_bytes(answer.body)
    return path


def count_by_gdal(path):
    if shutil.which("ogrinfo") is None:
        pytest.skip("ogrinfo is not here (apt install gdal-bin)")
    told = subprocess.run(["ogrinfo", "-ro", "-so", "-al", str(path)], capture_output=True, text=True, check=True)
    assert "ERROR" not in told.stderr, told.stderr
    return int(told.stdout.split("Feature Count: ")[1].split()[0])


def table(path):
    parquet = pytest.importorskip("pyarrow.parquet")
    return parquet.read_table(path)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_client_reads_the_same_features(demo, tmp_path, collection):
    whole = json.loads(saved(tmp_path, demo, f"{collection}.geojson").read_text())
    expected = len(whole["features"])
    assert expected > 0
    for ending in BY_GDAL:
        assert count_by_gdal(saved(tmp_path, demo, f"{collection}.{ending}")) == expected, ending
    rows = table(saved(tmp_path, demo, f"{collection}.parquet"))
    assert rows.num_rows == expected
    assert sorted(rows["id"].to_pylist()) == sorted(feature["id"] for feature in whole["features"])
    titles = dict(zip(rows["id"].to_pylist(), rows["title"].to_pylist()))
    for feature in whole["features"]:
        assert titles[feature["id"]] == feature["properties"]["title"]


def test_a_geoparquet_file_is_one(demo, tmp_path):
    rows = table(saved(tmp_path, demo, "sites.parquet"))
    told = rows.schema.metadata
    geo = json.loads(told[b"geo"])
    assert geo["version"] == "1.1.0" and geo["primary_column"] == "geometry"
    column = geo["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    west, south, east, north = column["bbox"]
    boxes = rows["bbox"].to_pylist()
    for wkb, box, place in zip(rows["geometry"].to_pylist(), boxes, rows["place"].to_pylist()):
        assert (wkb is None) == (box is None) == (place in ("withheld", "not_known"))
        if wkb is not None and wkb[1:5] == b"\x01\0\0\0":
            lon, lat = struct.unpack("<dd", wkb[5:])
            assert box == {"xmin": lon, "ymin": lat, "xmax": lon, "ymax": lat}
            assert west <= lon <= east and south <= lat <= north
    assert str(rows.schema.field("recorded").type) == "timestamp[ms, tz=UTC]"
    assert str(rows.schema.field("claimed_since").type) == "date32[day]"
    assert told[b"checkpoint"].decode().count("\n") >= 4


def test_a_member_gets_what_members_see_under_a_name_that_says_so(demo):
    public, member = demo.get("/data/findings.csv"), demo.get("/data/findings.csv", account=RECORDER)
    assert "members" in member.headers["content-disposition"]
    assert "members" not in public.headers["content-disposition"]
    assert len(member.text.splitlines()) >= len(public.text.splitlines())
    assert "draft" not in public.text


def test_the_demo_tells_no_protected_place(own, tmp_path):
    hidden = [45.318273645, 41.273849502]
    site = {
        "type": "site",
        "data": {
            "kind": "place",
            "category": "church",
            "names": [{"text": "Hidden", "lang": "en", "kind": "official"}],
            "location": {"geometry": {"type": "Point", "coordinates": hidden}, "sensitivity": "withheld"},
        },
    }
    file = tmp_path / "site.json"
    file.write_text(json.dumps(site))
    stele("record", "--data", own.data, file)
    doubles = [struct.pack(form, n) for n in hidden for form in ("<d", ">d", "<f", ">f")]
    texts = [f"{n:.3f}".encode()[:-1] for n in hidden]
    for ending in (*BY_GDAL, "parquet"):
        body = saved(tmp_path, own, f"sites.{ending}").read_bytes()
        for trace in doubles + texts:
            assert trace not in body, ending
    rows = table(tmp_path / "sites.parquet").to_pylist()
    (row,) = [row for row in rows if row["title"] == "Hidden"]
    assert row["geometry"] is None and row["bbox"] is None and row["place"] == "withheld"
    assert texts[0] not in own.get("/changes?limit=10000").body
    assert texts[0] in own.get("/changes?limit=10000", account=RECORDER).body


def test_a_snapshot_can_be_checked_and_gone_on_with(own):
    empty = own.get("/data")
    assert "No snapshot was made yet" in empty.text and "stele snapshot" in empty.text
    made = stele("snapshot", "--data", own.data)
    assert "No snapshot" not in own.get("/data").text
    listed = own.get("/data.json").json["snapshots"]
    assert [s["name"] for s in listed] == [made["name"]]
    latest = own.get("/data/snapshots/latest/sites.fgb")
    assert latest.status == 307
    address = latest.headers["location"]
    whole = own.get(address)
    (told,) = [f for f in made["files"] if f["name"] == "sites.fgb"]
    assert hashlib.sha256(whole.body).hexdigest() == told["sha256"]
    assert len(whole.body) == told["size_bytes"] == int(whole.headers["content-length"])
    etag = whole.headers["etag"]
    half = len(whole.body) // 2
    rest = own.get(address, headers={"Range": f"bytes={half}-", "If-Range": etag})
    assert rest.status == 206 and rest.body == whole.body[half:]
    assert own.get(address, headers={"If-None-Match": etag}).status == 304
    other = own.get(address, headers={"Range": f"bytes={half}-", "If-Range": '"another"'})
    assert other.status == 200 and other.body == whole.body
    assert own.get(address, headers={"Range": f"bytes={len(whole.body)}-"}).status == 416
    packed = own.get(address.replace(".fgb", ".csv"), headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in packed.headers, "what can be gone on with is not packed on its way"
    for wrong in ("..%2f..%2fnode.key", "lock", "manifest.json%00"):
        assert own.get(f"/data/snapshots/{made['name']}/{wrong}").status in (400, 404)
    assert own.get("/data/snapshots/..%2f..%2f/node.key").status == 404


def test_a_client_that_goes_away_leaves_nothing(own):
    host = urllib.parse.urlsplit(own.url)
    for _ in range(20):
        with socket.create_connection((host.hostname, host.port), timeout=30) as connection:
            connection.sendall(b"GET /data/sites.gpkg HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(1)
    # Each notices by itself; the next is made when there is room again.
    deadline = time.monotonic() + 60
    while left := [f.name for f in (own.data / "tmp").rglob("*") if f.is_file() and f.name != "lock"]:
        assert time.monotonic() < deadline, left
    assert own.get("/data/sites.csv").status == 200


def test_wrong_names_and_positions_are_told(demo):
    wrong = demo.get("/data/sites.shp")
    assert wrong.status == 404 and "gpkg, fgb, parquet" in wrong.text
    assert demo.get("/data/secrets.csv").status == 404
    for query in ("since=nonsense", "since=other:3", "limit=0", "limit=-1", "limit=many", "f=xml", "since=a:99999999999999999999"):
        answer = demo.get(f"/changes?{query}")
        assert answer.status == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["detail"]


def test_changes_as_lines_say_the_same(demo):
    page = demo.get("/changes?limit=50").json
    lines = [json.loads(line) for line in demo.get("/changes?limit=50&f=jsonl").text.splitlines()]
    assert lines[:-1] == page["changes"]
    assert lines[-1]["next"] == page["next"] and lines[-1]["more"] == page["more"]
    by_accept = demo.get("/changes?limit=50", headers={"Accept": "application/jsonl"})
    assert by_accept.headers["content-type"] == "application/jsonl"
    assert page["next"] in urllib.parse.unquote(by_accept.headers["link"])


def test_the_mirror_of_the_docs_follows(own, tmp_path):
    (script,) = code_blocks("data.md", "python")
    assert len(script.splitlines()) <= 22
    program, folder = tmp_path / "mirror.py", tmp_path / "mirror"
    program.write_text(script)

    def follow():
        subprocess.run([sys.executable, str(program), own.url, str(folder)], check=True, timeout=120)
        return {f.stem: json.loads(f.read_text(encoding="utf-8")) for f in (folder / "records").iterdir()}

    held = follow()
    sites = {site["id"] for site in json.loads(own.get("/data/sites.geojson").text)["features"]}
    assert sites <= held.keys()
    assert {id for id, record in held.items() if record["type"] == "site"} == sites
    assert all("status" not in record or record["status"] != "draft" for record in held.values())
    site = {
        "type": "site",
        "data": {"kind": "place", "category": "church", "names": [{"text": "Новая", "lang": "ru", "kind": "official"}]},
    }
    file = tmp_path / "site.json"
    file.write_text(json.dumps(site))
    (id,) = stele("record", "--data", own.data, file)["recorded"][0]["ids"]
    assert follow()[id]["title"] == "Новая"
    site |= {"id": id, "revision": {"reason": "recorded by mistake", "withdrawn": True}}
    file.write_text(json.dumps(site))
    stele("record", "--data", own.data, file)
    assert id not in follow()


def test_a_filtered_question_is_answered_as_a_file_too(demo, tmp_path):
    where = "/ogc/collections/sites/items?category=library&limit=5"
    page = demo.get(f"{where}&f=json").json
    ids = [feature["id"] for feature in page["features"]]
    assert len(ids) == 5
    for ending in (*BY_GDAL[:2], "csv", "geojsons"):
        answer = demo.get(f"{where}&f={ending}")
        assert answer.status == 200 and 'rel="next"' in answer.headers["link"]
        path = tmp_path / f"part.{ending}"
        path.write_bytes(answer.body)
        assert count_by_gdal(path) == 5
    path = tmp_path / "part.parquet"
    path.write_bytes(demo.get(f"{where}&f=parquet&properties=title").body)
    rows = table(path)
    assert rows["id"].to_pylist() == ids
    assert rows.column_names == ["id", "geometry", "bbox", "title"]
    assert demo.get(f"{where}&f=shp").status == 400
    assert demo.get(f"{where}&f=gpkg&crs=http://www.opengis.net/def/crs/EPSG/0/3857").status == 400
    assert demo.get("/ogc/collections/sites?f=gpkg").status == 400
    links = demo.get("/ogc/collections/sites?f=json").json["links"]
    assert {link["href"].rsplit(".", 1)[1] for link in links if link["rel"] == "enclosure"} == {*BY_GDAL, "parquet"}
