"""Vector tiles: true to the specification, read by programs of others, complete at every zoom."""

import json
import math
import subprocess

import pytest
import vector_tile
from stele import SHARED

FIXTURES = SHARED / "data" / "conformance" / "mvt" / "fixtures"
TILES = "/ogc/collections/{}/tiles/{}"


def test_the_strict_reader_agrees_with_the_fixtures_of_the_specification():
    if not FIXTURES.is_dir():
        pytest.skip(f"{FIXTURES} is not here")
    wrong = []
    for folder in sorted(FIXTURES.iterdir()):
        validity = json.loads((folder / "info.json").read_text())["validity"]
        try:
            vector_tile.tile((folder / "tile.mvt").read_bytes())
            valid = True
        except (vector_tile.Fault, UnicodeDecodeError):
            valid = False
        if valid != validity["v2"]:
            wrong.append(folder.name)
    # Where we ask more of what we write than of what may be read: 016 is of no known type, 057 has fewer
    # positions than its command says.
    assert wrong == ["016", "057"]


def at(zoom, lon, lat):
    """Row and column of the tile of Web Mercator over a position."""
    n = 2**zoom
    lat = math.radians(lat)
    return int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * n), int((lon + 180) / 360 * n)


def sites(served, zoom, **query):
    """(properties, x, y) of every point that stands in a tile itself, not in its margin, at a zoom."""
    asked = "&".join(f"{k}={v}" for k, v in query.items())
    for y in range(2**zoom):
        for x in range(2**zoom):
            answer = served.get(f"{TILES.format('sites', 'WebMercatorQuad')}/{zoom}/{y}/{x}?{asked}")
            assert answer.status in (200, 204), answer.text
            for layer in vector_tile.tile(answer.body):
                for feature in layer["features"]:
                    for px, py in feature["geometry"] if layer["name"] == "sites" else []:
                        if 0 <= px < 4096 and 0 <= py < 4096:
                            yield feature["properties"], x * 4096 + px, y * 4096 + py


def test_every_site_is_counted_once_at_every_zoom(demo):
    """A cell or a site, in one tile and no other: no zoom shows more sites than another, or fewer."""
    page = demo.get("/ogc/collections/sites/items?limit=10000").json
    placed = sum(feature["geometry"] is not None for feature in page["features"])
    assert placed > 20
    for zoom in range(5):
        assert sum(p.get("count", 1) for p, _, _ in sites(demo, zoom)) == placed, zoom


def test_cells_say_how_many_of_each_status_and_narrow(demo):
    whole = list(sites(demo, 2))
    by_status = {}
    for p, _, _ in whole:
        if "count" in p:
            parts = {k[2:]: n for k, n in p.items() if k.startswith("n_")}
            assert sum(parts.values()) == p["count"]
        else:
            parts = {p.get("status", "none"): 1}
        for status, n in parts.items():
            by_status[status] = by_status.get(status, 0) + n
    for status, n in by_status.items():
        if status != "none":
            assert sum(p.get("count", 1) for p, _, _ in sites(demo, 2, status=status)) == n
    # Long before anything was claimed nothing has a status.
    early = [p for p, _, _ in sites(demo, 2, asof="1900")]
    assert sum(p.get("n_none", 1 if "status" not in p else 0) for p in early) == sum(by_status.values())


@pytest.mark.parametrize("by", ["claimed", "assessed", "verified"])
def test_cells_count_what_had_come_by_a_day(demo, by):
    """By every milestone and at every end of the time there is, the same as the features say."""
    page = demo.get("/ogc/collections/sites/items?limit=10000").json
    placed = [f["properties"].get(f"{by}_since") for f in page["features"] if f["geometry"]]
    days = sorted({day for day in placed if day})
    assert days, "the demo dossier has some"
    for asof in ("1900-01-01", days[0], days[len(days) // 2], days[-1], "2100-01-01"):
        come = sum(day is not None and day <= asof for day in placed)
        for zoom in (0, 3):
            assert sum(p.get("count", 1) for p, _, _ in sites(demo, zoom, asof=asof, by=by)) == come, asof


def test_tiles_of_every_kind_hold_to_the_specification(demo):
    seen = set()
    for collection in ("sites", "areas"):
        for grid, columns in (("WebMercatorQuad", 1), ("WorldCRS84Quad", 2)):
            for zoom in range(4):
                for y in range(2**zoom):
                    for x in range(columns * 2**zoom):
                        body = demo.get(f"{TILES.format(collection, grid)}/{zoom}/{y}/{x}").body
                        for layer in vector_tile.tile(body):
                            assert layer["version"] == 2 and layer["features"]
                            seen.add(layer["name"])
    assert {"sites", "areas"} <= seen


def test_gdal_reads_a_tile_where_the_sites_are(demo, tmp_path):
    page = demo.get("/ogc/collections/sites/items?limit=10000").json
    points = [f for f in page["features"] if f["geometry"] and f["geometry"]["type"] == "Point"]
    lon, lat = points[0]["geometry"]["coordinates"]
    y, x = at(14, lon, lat)
    folder = tmp_path / "14" / str(x)
    folder.mkdir(parents=True)
    file = folder / f"{y}.pbf"
    file.write_bytes(demo.get(f"{TILES.format('sites', 'WebMercatorQuad')}/14/{y}/{x}").body)
    done = subprocess.run(
        ["ogr2ogr", "-f", "GeoJSON", "-t_srs", "EPSG:4326", "/vsistdout/", str(file), "sites"],
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr
    read = {f["properties"]["id"]: f["geometry"]["coordinates"] for f in json.loads(done.stdout)["features"]}
    near = read[points[0]["id"]]
    # A step of a tile of zoom 14 is 60 cm at the equator.
    assert abs(near[0] - lon) < 1e-5 and abs(near[1] - lat) < 1e-5


def test_a_tile_asked_again_is_not_sent_again(demo):
    address = f"{TILES.format('sites', 'WebMercatorQuad')}/0/0/0"
    first = demo.get(address)
    again = demo.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status, again.status, again.body) == (200, 304, b"")
    packed = demo.get(address, headers={"Accept-Encoding": "gzip"})
    import gzip

    assert gzip.decompress(packed.body) == first.body


@pytest.mark.parametrize(
    "address",
    ["0/0/1", "0/1/0", "23/0/0", "-1/0/0", "1e9/0/0", "0/0/99999999999999999999", "a/b/c", "300/0/0"],
)
def test_what_the_grid_does_not_have_is_not_found(demo, address):
    answer = demo.get(f"{TILES.format('sites', 'WebMercatorQuad')}/{address}")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json" and answer.json["detail"]


@pytest.mark.parametrize("query", ["category=castle%20of%20sand", "status=true", "asof=soon", "by=claimed", "asof=2021&by=heard", "limit=3", "f=png"])
def test_a_wrong_parameter_is_named(demo, query):
    answer = demo.get(f"{TILES.format('sites', 'WebMercatorQuad')}/0/0/0?{query}")
    assert answer.status == 400 and answer.json["detail"]
