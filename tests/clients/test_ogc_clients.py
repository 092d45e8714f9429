"""Programs of others read /ogc: GDAL's OAPIF driver, QGIS, OWSLib; schemathesis asks whatever the OpenAPI
document allows, and what it does not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_ogc_core import COLLECTIONS, ids, page, touches

BOX = (44, 38, 48, 41)
QGIS_PYTHON = "/usr/bin/python3"


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=180, **more)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def gdal(demo):
    if not shutil.which("ogr2ogr"):
        pytest.skip("GDAL is not installed: run scripts/setup")
    if "OAPIF" not in run("ogr2ogr", "--formats"):
        pytest.skip("this GDAL has no OAPIF driver")

    def read(*arguments, layer="sites"):
        """A layer as GDAL reads it, as GeoJSON."""
        return json.loads(run("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"OAPIF:{demo.url}/ogc", layer, *arguments))

    return read


def test_gdal_lists_every_collection(demo, gdal):
    listed = run("ogrinfo", "-so", f"OAPIF:{demo.url}/ogc")
    assert all(f": {collection}" in listed for collection in COLLECTIONS)


def test_gdal_reads_all_by_pages_of_any_size(demo, gdal):
    expected = set(ids(page(demo)))
    for size in (1000, 7):
        features = gdal("-oo", f"PAGE_SIZE={size}")["features"]
        assert {f["properties"]["id"] for f in features} == expected and len(features) == len(expected)


def test_gdal_asks_for_a_box(demo, gdal):
    expected = {f["id"] for f in page(demo)["features"] if touches(f["geometry"], *BOX)}
    features = gdal("-spat", *BOX)["features"]
    assert {f["properties"]["id"] for f in features} == expected


def test_gdal_hands_its_attribute_filter_to_the_registry(demo, gdal):
    expected = {f["id"] for f in page(demo)["features"] if f["properties"]["category"] == "church"}
    features = gdal("-where", "category = 'church'")["features"]
    assert {f["properties"]["id"] for f in features} == expected
    debug = subprocess.run(
        ["ogrinfo", "-q", "-al", f"OAPIF:{demo.url}/ogc", "sites", "-where", "category = 'church'"],
        capture_output=True, text=True, timeout=60, env={**os.environ, "CPL_DEBUG": "HTTP"}, check=True,
    ).stderr
    assert "category=church" in debug, "the registry is asked, not the page searched"


def test_gdal_knows_types_and_systems(demo, gdal, tmp_path):
    shown = run("ogrinfo", "-so", f"OAPIF:{demo.url}/ogc", "sites")
    assert "claimed_since: Date" in shown and "recorded: DateTime" in shown and "uncertainty_m: Integer" in shown
    projected = tmp_path / "sites.gpkg"
    run("ogr2ogr", "-f", "GPKG", projected, f"OAPIF:{demo.url}/ogc", "sites", "-t_srs", "EPSG:3857")
    assert f"Feature Count: {len(ids(page(demo)))}" in run("ogrinfo", "-so", projected, "sites")


def test_owslib_reads_collections_items_and_queryables(demo):
    from owslib.ogcapi.features import Features

    service = Features(f"{demo.url}/ogc")
    assert service.feature_collections() == COLLECTIONS
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in service.conformance()["conformsTo"]
    assert service.api()["openapi"].startswith("3.0")
    assert service.collection("sites")["title"] == "Sites"
    assert "category" in service.collection_queryables("sites")["properties"]
    found = service.collection_items("sites", bbox=list(BOX), limit=5)
    assert found["numberReturned"] == 5 and service.response_headers["Content-Type"] == "application/geo+json"
    one = service.collection_item("sites", found["features"][0]["id"])
    assert one["properties"] == found["features"][0]["properties"]
    filtered = service.collection_items("sites", filter="category = 'church'")
    assert {f["properties"]["category"] for f in filtered["features"]} == {"church"}


QGIS = """
import json, os, sys
from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
url, box = sys.argv[1], list(map(float, sys.argv[2:6]))
layer = QgsVectorLayer(f"url='{url}' typename='sites' pageSize='20' restrictToRequestBBOX='1'", "sites", "OAPIF")
told = {"valid": layer.isValid(), "count": layer.featureCount(), "fields": [field.name() for field in layer.fields()]}
told["all"] = [feature["id"] for feature in layer.getFeatures()]
told["box"] = [feature["id"] for feature in layer.getFeatures(QgsFeatureRequest().setFilterRect(QgsRectangle(*box)))]
told["church"] = [feature["id"] for feature in layer.getFeatures(QgsFeatureRequest().setFilterExpression("\\"category\\" = 'church'"))]
told["places"] = {f["id"]: [f.geometry().asPoint().x(), f.geometry().asPoint().y()] for f in layer.getFeatures() if f.geometry() and not f.geometry().isNull()}
print(json.dumps(told), flush=True)
os._exit(0)  # ending QGIS without a screen may crash in its own destructors
"""


def test_qgis_reads_sites(demo):
    """QGIS itself, without a screen: its OAPIF provider pages, asks for boxes and filters."""
    has = subprocess.run([QGIS_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False) if Path(QGIS_PYTHON).exists() else None
    if has is None or has.returncode != 0:
        pytest.skip("QGIS is not installed: run scripts/setup")
    told = json.loads(run(QGIS_PYTHON, "-c", QGIS, f"{demo.url}/ogc", *BOX, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": ""}).splitlines()[-1])
    everything = page(demo)["features"]
    assert told["valid"] and told["count"] == len(everything)
    assert {"id", "title", "category", "status", "recorded"} <= set(told["fields"])
    assert sorted(told["all"]) == sorted(f["id"] for f in everything)
    assert set(told["box"]) == {f["id"] for f in everything if touches(f["geometry"], *BOX)}
    assert set(told["church"]) == {f["id"] for f in everything if f["properties"]["category"] == "church"}
    points = {f["id"]: f["geometry"]["coordinates"] for f in everything if f["geometry"]}
    assert told["places"] == points


def test_schemathesis_finds_nothing(demo, tmp_path):
    """Every parameter in and out of its bounds. Whether a text is CQL2, a date or a place in a list no
    schema can say, so that a text the schema allows may still be refused. A limit beyond its maximum is no
    error, as Part 1 wants it (fc-limit-response), so that bound is left out."""
    api = demo.get("/ogc/api").json
    del api["components"]["parameters"]["limit"]["schema"]["maximum"]
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(api))
    run(
        Path(sys.executable).with_name("schemathesis"), "run", document, "--url", f"{demo.url}/ogc",
        "--phases", "coverage,fuzzing", "--max-examples", "3", "--seed", "1", "--request-timeout", "20",
        "--exclude-checks", "positive_data_acceptance", "--suppress-health-check", "all", "--generation-database", "none",
    )
