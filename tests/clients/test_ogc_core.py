"""The abstract tests of OGC API – Features Part 1 (17-069), as ours over HTTP; each test is named after
the requirement it checks. Expected features are worked out here from the whole collection."""

import datetime
import http.client
import json
import re
import urllib.parse
from html.parser import HTMLParser

import jsonschema_rs
import pytest
from stele import SHARED

COLLECTIONS = ["sites", "claims", "findings", "assessments", "areas", "missions"]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LINK = {
    "type": "object",
    "required": ["href", "rel", "type"],
    "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
}
POSITION = {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number"}}
FEATURE = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": ["string", "integer"]},
        "properties": {"type": ["object", "null"]},
        "geometry": {
            "oneOf": [
                {"type": "null"},
                {"type": "object", "properties": {"type": {"const": "Point"}, "coordinates": POSITION}},
                {"type": "object", "properties": {"type": {"enum": ["LineString", "MultiPoint"]}, "coordinates": {"type": "array", "items": POSITION}}},
                {"type": "object", "properties": {"type": {"enum": ["Polygon", "MultiLineString"]}, "coordinates": {"type": "array", "items": {"type": "array", "items": POSITION}}}},
                {"type": "object", "properties": {"type": {"const": "MultiPolygon"}, "coordinates": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": POSITION}}}}},
            ]
        },
        "links": {"type": "array", "items": LINK},
    },
}
PAGE = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": FEATURE},
        "links": {"type": "array", "items": LINK},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "timeStamp": {"type": "string"},
    },
}
COLLECTION = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {"id": {"type": "string"}, "links": {"type": "array", "items": LINK}, "itemType": {"const": "feature"}},
}


def items(demo, collection="sites", **parameters):
    query = urllib.parse.urlencode({name.replace("_", "-") if name in ("bbox_crs", "filter_crs", "filter_lang") else name: value for name, value in parameters.items()})
    return demo.get(f"/ogc/collections/{collection}/items?{query}")


def page(demo, collection="sites", **parameters):
    answer = items(demo, collection, **parameters)
    assert answer.status == 200, answer.text
    return answer.json


def ids(found):
    return [feature["id"] for feature in found["features"]]


def positions(geometry):
    def flat(value):
        if value and isinstance(value[0], (int, float)):
            yield value
        else:
            for part in value:
                yield from flat(part)

    return list(flat(geometry["coordinates"])) if geometry else []


def links(document, rel):
    return [link for link in document["links"] if link["rel"] == rel]


def is_complete(document):
    """Part 1, /req/core/fc-links and alike: self, alternate, each with rel and type."""
    assert all(link.get("rel") and link.get("type") and link.get("href") for link in document["links"])
    assert len(links(document, "self")) == 1
    assert {link["type"] for link in links(document, "alternate")} == {"text/html"}


def test_req_core_root_op_and_root_success(demo):
    answer = demo.get("/ogc")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    is_complete(answer.json)
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        for link in links(answer.json, rel):
            followed = demo.get(link["href"])
            assert followed.status == 200, link
            assert followed.headers["content-type"].startswith(link["type"].split(";")[0]), link
        assert links(answer.json, rel), rel


def test_req_core_api_definition_op_and_success(demo):
    landing = demo.get("/ogc").json
    description = demo.get(links(landing, "service-desc")[0]["href"])
    assert description.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert description.json["openapi"].startswith("3.0.")
    page = demo.get(links(landing, "service-doc")[0]["href"])
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")


def test_req_core_conformance_op_and_success(demo):
    declared = demo.get("/ogc/conformance").json["conformsTo"]
    for conformance_class in ("core", "oas30", "html", "geojson"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{conformance_class}" in declared
    assert len(declared) == len(set(declared))


def test_req_core_http(demo):
    head = demo.ask("HEAD", "/ogc/collections/sites/items?limit=1")
    assert head.status == 200 and not head.body
    assert head.headers["content-type"] == "application/geo+json"
    options = demo.ask("OPTIONS", "/ogc/collections/sites/items")
    assert options.status == 204 and "GET" in options.headers["allow"]
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = demo.ask(method, "/ogc/collections/sites/items", {})
        assert refused.status == 405 and "GET" in refused.headers["allow"], method
        assert refused.headers["content-type"] == "application/problem+json"


def test_req_core_query_param_unknown(demo):
    paths = ["/ogc", "/ogc/conformance", "/ogc/api", "/ogc/collections", "/ogc/collections/sites", "/ogc/collections/sites/items",
             "/ogc/collections/sites/queryables", "/ogc/collections/sites/sortables", "/ogc/collections/sites/schema"]
    for path in paths:
        answer = demo.get(f"{path}?nonsense=1")
        assert answer.status == 400, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert "nonsense" in answer.json["detail"] and answer.json["code"]


@pytest.mark.parametrize("query", [
    "limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=NaN", "limit=1&limit=2",
    "bbox=", "bbox=1", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=1,2,3,4,5,6,7", "bbox=a,b,c,d", "bbox=NaN,0,1,1", "bbox=inf,0,1,1",
    "bbox=-181,0,1,1", "bbox=0,-91,1,1", "bbox=0,0,1,91", "bbox=0,10,1,5", "bbox=0,0,9,1,1,5", "bbox=1e400,0,1,1", "bbox=0,0,1,1,",
    "datetime=x", "datetime=2021-13-01", "datetime=2021-02-30T00:00:00Z", "datetime=2021-01-02/2021-01-01", "datetime=a/b", "datetime=2021-01-01/2021-01-02/x", "datetime=..",
    "after=x", "after=AAAA", "f=xml", "f=", "crs=EPSG:999999", "bbox=0,0,1,1&bbox-crs=x", "bbox-crs=EPSG:3857", "properties=nothing", "skipGeometry=maybe",
    "sortby=names", "sortby=-title", "filter=)", "filter=nothing=1", "filter-lang=cql2-text", "filter=TRUE&filter-lang=sql", "filter-crs=EPSG:4326",
    "category=bank", "category=", "datetime=", "sortby=", "grid_m=many", "recorded=yesterday",
])
def test_req_core_query_param_invalid(demo, query):
    answer = demo.get(f"/ogc/collections/sites/items?{query}")
    assert answer.status == 400, query
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == 400 and len(answer.json["detail"]) > 20


def test_req_core_crs84(demo):
    for feature in page(demo)["features"]:
        for lon, lat in positions(feature["geometry"]):
            assert -180 <= lon <= 180 and -90 <= lat <= 90


def test_req_core_fc_md_op_and_success(demo):
    answer = demo.get("/ogc/collections")
    assert answer.status == 200
    is_complete(answer.json)
    assert answer.json["crs"][0] == CRS84


def test_req_core_fc_md_items_and_items_links(demo):
    found = demo.get("/ogc/collections").json["collections"]
    assert [c["id"] for c in found] == COLLECTIONS
    for collection in found:
        jsonschema_rs.validate(COLLECTION, collection)
        assert collection["title"] and collection["description"]
        assert {link["type"] for link in links(collection, "items")} == {"application/geo+json", "text/html"}
        for link in collection["links"]:
            assert demo.get(link["href"]).status == 200, link


def test_req_core_sfc_md_op_and_success(demo):
    for collection in demo.get("/ogc/collections").json["collections"]:
        alone = demo.get(f"/ogc/collections/{collection['id']}")
        assert alone.status == 200
        is_complete(alone.json)
        for member in ("id", "title", "description", "extent", "crs", "storageCrs", "itemType"):
            assert alone.json[member] == collection[member]
    missing = demo.get("/ogc/collections/nothing")
    assert missing.status == 404 and "sites" in missing.json["detail"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_req_core_fc_md_extent(demo, collection):
    extent = demo.get(f"/ogc/collections/{collection}").json["extent"]
    found = [position for feature in page(demo, collection)["features"] for position in positions(feature["geometry"])]
    # Where nothing is shown there is no box to give.
    assert ("spatial" in extent) == bool(found) or collection not in ("sites", "areas")
    if "spatial" in extent:
        west, south, east, north = extent["spatial"]["bbox"][0]
        assert extent["spatial"]["crs"] == CRS84 and east - west < 360, "of the places, not of the world"
        assert all(west <= lon <= east and south <= lat <= north for lon, lat in found)
    [[since, until]] = extent["temporal"]["interval"]
    assert until is None and (since is None or since.endswith("T00:00:00Z"))
    assert (since is not None) == (collection == "findings"), "known of what anybody may see"


def test_conditional_by_date(demo):
    """RFC 9110, 8.8.2 and 13.1.3: a date beside the tag, once the second of the last change is over."""
    for path in ("/ogc/collections/sites/items?limit=2", "/ogc/collections/sites", "/data/sites.geojson"):
        while "last-modified" not in (answer := demo.get(path)).headers:
            assert answer.status == 200
        date = answer.headers["last-modified"]
        assert demo.get(path, headers={"If-Modified-Since": date}).status == 304, path
        assert demo.get(path, headers={"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}).status == 200, path
        # A tag that came along decides alone.
        assert demo.get(path, headers={"If-Modified-Since": date, "If-None-Match": '"other"'}).status == 200, path


def test_what_arcgis_asks_for(demo):
    """What the documentation of ArcGIS (OGCFeatureLayer, ArcGIS Online) says that a layer needs."""
    landing = demo.get("/ogc?f=json").json
    rels = {link["rel"]: link for link in landing["links"]}
    assert {"service-desc", "conformance", "data"} <= set(rels)
    conforms = demo.get("/ogc/conformance?f=json").json["conformsTo"]
    assert any(uri.endswith("ogcapi-features-1/1.0/conf/geojson") for uri in conforms)
    described = demo.get(rels["service-desc"]["href"]).json
    assert described["openapi"].startswith("3.0")
    parameters = described["paths"]["/collections/sites/items"]["get"]["parameters"]
    limit = next(p for p in (described["components"]["parameters"].get(p.get("$ref", "").split("/")[-1], p) for p in parameters) if p["name"] == "limit")
    assert limit["schema"]["maximum"] == 10_000
    collection = demo.get("/ogc/collections/sites?f=json").json
    assert CRS84 in collection["crs"]
    items = demo.get("/ogc/collections/sites/items?f=json&limit=10000", headers={"Origin": "https://www.arcgis.com"})
    assert items.headers["content-type"] == "application/geo+json" and items.headers["access-control-allow-origin"] == "*"
    assert items.json["features"], "a collection without features is not taken"


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_req_core_fc_op_and_fc_response(demo, collection):
    answer = items(demo, collection)
    assert answer.status == 200 and answer.headers["content-type"] == "application/geo+json"
    jsonschema_rs.validate(PAGE, answer.json)
    is_complete(answer.json)
    assert answer.json["features"], "the demo dossier has some of everything"


def test_req_core_fc_limit_definition(demo):
    parameters = demo.get("/ogc/api").json["components"]["parameters"]
    limit = parameters["limit"]
    assert (limit["name"], limit["in"], limit["required"], limit["style"], limit["explode"]) == ("limit", "query", False, "form", False)
    assert limit["schema"]["type"] == "integer" and limit["schema"]["minimum"] == 1
    assert limit["schema"]["default"] >= 1000 and limit["schema"]["maximum"] == 10000


def test_req_core_fc_limit_response(demo):
    for limit in (1, 7, 10000, 10001, 10**30):
        found = page(demo, limit=limit)
        assert len(found["features"]) == min(limit, len(page(demo)["features"]))


def test_req_core_fc_bbox_definition(demo):
    bbox = demo.get("/ogc/api").json["components"]["parameters"]["bbox"]
    assert bbox["schema"]["type"] == "array" and bbox["schema"]["items"]["type"] == "number"
    assert {(o["minItems"], o["maxItems"]) for o in bbox["schema"]["oneOf"]} == {(4, 4), (6, 6)}
    assert (bbox["in"], bbox["style"], bbox["explode"]) == ("query", "form", False)


def touches(geometry, west, south, east, north):
    """Whether the box of a geometry touches a box."""
    at = positions(geometry)
    if not at:
        return False
    lons, lats = [p[0] for p in at], [p[1] for p in at]
    across = max(lons) >= west and min(lons) <= east if west <= east else max(lons) >= west or min(lons) <= east
    return across and max(lats) >= south and min(lats) <= north


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("box", [
    (44, 38, 48, 41), (-180, -90, 180, 90), (0, 0, 0, 0), (30, 44, 40, 53), (170, -90, -170, 90), (40, -90, -100, 90), (46.7473, 39.7589, 46.7473, 39.7589), (-180, 89, 180, 90),
])
def test_req_core_fc_bbox_response(demo, collection, box):
    everything = page(demo, collection)["features"]
    expected = {f["id"] for f in everything if touches(f["geometry"], *box)}
    found = page(demo, collection, bbox=",".join(map(str, box)))
    assert set(ids(found)) == expected and len(ids(found)) == len(expected)
    west, south, east, north = box
    assert set(ids(page(demo, collection, bbox=f"{west},{south},-100,{east},{north},9000"))) == expected


def test_req_core_fc_bbox_response_of_what_has_no_place(demo):
    """The abstract test wants features without a geometry in every box; we leave them out, and say so: a
    map would get every unplaced site with each move. `bbox` left out gives them."""
    unplaced = {f["id"] for f in page(demo)["features"] if f["geometry"] is None}
    assert unplaced and not unplaced & set(ids(page(demo, bbox="-180,-90,180,90")))
    assert "in no box" in demo.get("/ogc/api").json["components"]["parameters"]["bbox"]["description"]


def test_req_core_fc_time_definition(demo):
    time = demo.get("/ogc/api").json["components"]["parameters"]["datetime"]
    assert (time["name"], time["in"], time["required"], time["schema"]["type"], time["style"], time["explode"]) == ("datetime", "query", False, "string", "form", False)


@pytest.mark.parametrize("datetime_, first, last", [
    ("2020-10-01", "2020-10-01", "2020-10-01"),
    ("2020-10-01T12:00:00Z", "2020-10-01", "2020-10-01"),
    ("2020-09-27T00:00:00Z/2020-11-10T23:59:59Z", "2020-09-27", "2020-11-10"),
    ("2022-01-01/..", "2022-01-01", "9999-12-31"),
    ("2022-01-01T00:00:00Z/", "2022-01-01", "9999-12-31"),
    ("../2021-01-01", "0000-01-01", "2021-01-01"),
    ("/2021-01-01T00:00:00Z", "0000-01-01", "2021-01-01"),
    ("../..", "0000-01-01", "9999-12-31"),
])
def test_req_core_fc_time_response(demo, datetime_, first, last):
    """Claims are bound to when it happened, else to when it was said; only plain days and months are
    worked out here, everything else must not be missing wrongly."""
    found = set(ids(page(demo, "claims", datetime=datetime_)))
    looked_at = 0
    for claim in page(demo, "claims")["features"]:
        text = claim["properties"]["event"] or claim["properties"]["stated"]
        if text is None:
            assert claim["id"] in found, "what is bound to no time is always there"
        elif re.fullmatch(r"\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?", text):
            begin, end = (text.split("/") * 2)[:2] if "/" not in text else text.split("/")
            assert (claim["id"] in found) == (begin <= last and end >= first), text
            looked_at += 1
    assert looked_at > 5
    sites = page(demo, "sites")
    assert set(ids(page(demo, "sites", datetime=datetime_))) == set(ids(sites)), "sites are bound to no time"


def test_req_core_fc_op_bbox_and_datetime_together(demo):
    box, time = "44,38,48,41", "2020-09-27/2020-11-10"
    both = set(ids(page(demo, "claims", bbox=box, datetime=time)))
    assert both == set(ids(page(demo, "claims", bbox=box))) & set(ids(page(demo, "claims", datetime=time)))


def test_req_core_fc_links_and_paging(demo):
    for collection in ("sites", "claims"):
        for more in ({}, {"bbox": "-180,-90,180,90"}, {"sortby": "title"}, {"sortby": "-recorded"}, {"filter": "place = 'exact'"}):
            whole = page(demo, collection, **more)
            url, seen = items_url(collection, limit=7, **more), []
            while url:
                found = demo.get(url).json
                assert len(found["features"]) <= 7
                seen += ids(found)
                url = links(found, "next")[0]["href"] if links(found, "next") else None
            assert len(seen) == len(set(seen)), "nothing comes twice"
            assert seen == ids(whole), (collection, more)


def items_url(collection, **parameters):
    return f"/ogc/collections/{collection}/items?{urllib.parse.urlencode(parameters)}"


def test_req_core_fc_timeStamp(demo):
    before = datetime.datetime.now(datetime.timezone.utc)
    stamp = datetime.datetime.fromisoformat(page(demo, limit=1)["timeStamp"].replace("Z", "+00:00"))
    assert before - datetime.timedelta(seconds=2) <= stamp <= datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)


def test_req_core_fc_numberMatched_and_numberReturned(demo):
    for collection in COLLECTIONS:
        whole = page(demo, collection)
        assert whole["numberReturned"] == len(whole["features"]) == whole["numberMatched"]
        for parameters in ({"limit": 2}, {"limit": 2, "bbox": "44,38,48,41"}, {"limit": 1, "filter": "title LIKE '%a%'"}):
            part = page(demo, collection, **parameters)
            assert part["numberReturned"] == len(part["features"])
            if "numberMatched" in part:
                assert part["numberMatched"] == len(ids(page(demo, collection, **{**parameters, "limit": 10000})))


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_req_core_f_op_success_and_links(demo, collection):
    for feature in page(demo, collection, limit=8)["features"]:
        answer = demo.get(f"/ogc/collections/{collection}/items/{feature['id']}")
        assert answer.status == 200 and answer.headers["content-type"] == "application/geo+json"
        jsonschema_rs.validate(FEATURE, answer.json)
        is_complete(answer.json)
        assert links(answer.json, "collection")[0]["href"].endswith(f"/ogc/collections/{collection}")
        for member in ("id", "geometry", "properties"):
            assert answer.json[member] == feature[member]
        assert demo.get(links(answer.json, "canonical")[0]["href"]).status == 200
    claim = page(demo, "claims", limit=1)["features"][0]["id"]
    for missing in ("nothing", "01m883g0x7e00a1qr0rn50xjjs", claim if collection != "claims" else "x", "%00", "a" * 3000):
        assert demo.get(f"/ogc/collections/{collection}/items/{missing}").status == 404


class Outline(HTMLParser):
    """What a page is made of, as far as HTML 5 wants it well formed."""

    VOID = {"meta", "link", "input", "br", "hr", "img", "path"}

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.doctype = [], set(), ""

    def handle_decl(self, decl):
        self.doctype = decl

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open and self.open.pop() == tag


def test_req_html_definition_and_content(demo):
    some = page(demo, limit=1)["features"][0]
    paths = ["/ogc", "/ogc/conformance", "/ogc/api", "/ogc/collections", "/ogc/collections/sites", "/ogc/collections/sites/items?limit=5",
             f"/ogc/collections/sites/items/{some['id']}", "/ogc/collections/sites/queryables", "/ogc/collections/sites/sortables", "/ogc/collections/sites/schema"]
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for path in paths:
        for answer in (demo.get(path, headers=browser), demo.get(f"{path}{'&' if '?' in path else '?'}f=html")):
            assert answer.status == 200 and answer.headers["content-type"].startswith("text/html"), path
            outline = Outline()
            outline.feed(answer.text)
            assert outline.doctype.lower() == "doctype html" and not outline.open, path
            assert {"html", "head", "title", "main", "h1"} <= outline.seen
            assert len(answer.body) < 60_000, f"{path}: {len(answer.body)}"
    assert some["properties"]["title"] in demo.get(f"/ogc/collections/sites/items/{some['id']}?f=html").text
    first = demo.get("/ogc/collections/sites/items?f=html&limit=5").text
    assert 'rel="next"' in first and first.count("<tr>") == 6
    assert demo.get("/ogc/collections/sites/items?f=html&category=&status=&datetime=").status == 200, "fields left empty"


def test_req_geojson_definition_and_content(demo):
    for accept in ("application/geo+json", "application/geo+json, application/json;q=0.5", "*/*", "application/vnd.oai.openapi+json"):
        answer = demo.get("/ogc/collections/sites/items?limit=1", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/geo+json", accept
    some = page(demo, limit=1)["features"][0]["id"]
    assert demo.get(f"/ogc/collections/sites/items/{some}").json["id"] == some


def test_req_oas30_definition_completeness_and_impl(demo):
    """Every path of the document answers as it says, every status it can come to is described."""
    api = demo.get("/ogc/api").json
    base = api["servers"][0]["url"]
    assert base == f"{demo.url}/ogc"
    assert len(api["paths"]) == 4 + 6 * len(COLLECTIONS)
    for path, operations in api["paths"].items():
        collection = path.split("/")[2] if path.count("/") > 1 else None
        if "{featureId}" in path:
            path = path.replace("{featureId}", page(demo, collection, limit=1)["features"][0]["id"])
        answer = demo.get(base + path)
        operation = operations["get"]
        assert answer.status == 200, path
        assert answer.headers["content-type"] in operation["responses"]["200"]["content"], path
        assert demo.get(f"{base}{path}?nonsense=1").status == 400 and "400" in operation["responses"]
        assert demo.get(base + path, headers={"If-None-Match": answer.headers["etag"]}).status == 304 and "304" in operation["responses"]
        if collection:
            assert "404" in operation["responses"]


def test_req_oas30_security(demo):
    schemes = demo.get("/ogc/api").json["components"]["securitySchemes"]
    assert {"type": "apiKey", "in": "cookie"}.items() <= schemes["session"].items()
    assert {"type": "http", "scheme": "bearer"}.items() <= schemes["token"].items()


def test_our_openapi_has_the_parameters_of_the_standard(demo):
    """The building blocks that the standard publishes, compared with ours."""
    folder = SHARED / "data/conformance/ogcapi-features/core-openapi/parameters"
    if not folder.exists():
        pytest.skip(f"{folder} is not there")
    ours = demo.get("/ogc/api").json["components"]["parameters"]
    for name in ("bbox", "datetime", "limit"):
        text = (folder / f"{name}.yaml").read_text()
        assert f"name: {name}" in text
        for member in ("in", "required", "style", "explode"):
            value = re.search(rf"^{member}: (\S+)", text, re.MULTILINE)
            assert value and json.dumps(ours[name][member]).strip('"') == value[1].strip("'\""), (name, member)


def varies(demo, path):
    """Every field of Vary; there may be more than one header of that name."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(demo.url).netloc, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    fields = [field.strip() for value in answer.headers.get_all("Vary", []) for field in value.split(",")]
    connection.close()
    return fields


def test_conditional_requests_and_caches(demo):
    for path in ("/ogc", "/ogc/collections", "/ogc/collections/sites/items?limit=3", "/ogc/api"):
        first = demo.get(path)
        tag = first.headers["etag"]
        for known in (tag, f'"other", {tag}', "*"):
            again = demo.get(path, headers={"If-None-Match": known})
            assert again.status == 304 and not again.body and again.headers["etag"] == tag
        assert demo.get(path, headers={"If-None-Match": '"other"'}).status == 200
        assert first.headers["cache-control"] == "public, no-cache"
        assert first.headers["access-control-allow-origin"] == "*"
        assert "Accept" in varies(demo, path)
    member = demo.get("/ogc/collections/sites/items?limit=3", account="recorder@demo.example")
    assert member.headers["cache-control"] == "private, no-cache"
    assert "access-control-allow-origin" not in member.headers


def test_selection_of_properties_and_geometry(demo):
    found = page(demo, limit=3, properties="title,place")
    assert all(set(f["properties"]) == {"title", "place"} for f in found["features"])
    found = page(demo, limit=3, skipGeometry="true", bbox="44,38,48,41")
    assert found["features"] and all(f["geometry"] is None for f in found["features"])
    assert all(f["properties"] == {} for f in page(demo, limit=3, properties="")["features"])


def test_sorting(demo):
    newest = [f["properties"]["recorded"] for f in page(demo, "claims", sortby="-recorded")["features"]]
    assert newest == sorted(newest, reverse=True)
    refused = items(demo, "sites", sortby="-title")
    assert refused.status == 400 and "+title" in refused.json["detail"] and "-recorded" in refused.json["detail"]
    sortables = demo.get("/ogc/collections/claims/sortables").json["properties"]
    assert set(sortables) == {"id", "title", "recorded", "stated"}
