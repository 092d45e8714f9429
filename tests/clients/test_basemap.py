"""What the basemap names: a place whose lists agree, and none that they call differently, whoever calls it what."""

import importlib.util
import json

import pytest
from stele import ROOT

spec = importlib.util.spec_from_file_location("gather", ROOT / "web/basemap/gather.py")
gather = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gather)

ONE_NAME = [("Ganca", "Ganja"), ("Kiev", "Kyiv"), ("Sukhumi", "Sokhumi"), ("Lvov", "Lviv"), ("Tskhinvali", "Ts’khinvali"), ("São Paulo", "Sao Paulo")]
TWO_NAMES = [("Stepanakert", "Khankendi"), ("Kirovohrad", "Kropyvnytskyi"), ("Allahabad", "Prayagraj"), ("Port Elizabeth", "Gqeberha"), ("Smyrna", "İzmir"), ("Barrow", "Utqiagvik")]


def second(*names):
    return gather.Second([{"name": name, "longitude": 46.75, "latitude": 39.82} for name in names])


def record(name, other=""):
    return {"name": name, "nameascii": name, "namealt": other, "featurecla": "Populated place", "scalerank": 7,
            "pop_max": 1, "longitude": 46.75, "latitude": 39.82}


@pytest.mark.parametrize("pair", ONE_NAME)
def test_spellings_of_one_name_are_named_whichever_list_has_which(pair):
    for mine, theirs in (pair, pair[::-1]):
        assert gather.place(record(mine), second("Elsewhere", theirs))["name"] == mine


@pytest.mark.parametrize("pair", TWO_NAMES)
def test_a_place_with_two_names_has_neither_also_with_the_lists_exchanged(pair):
    for mine, theirs in (pair, pair[::-1]):
        assert gather.place(record(mine), second(theirs)) is None


def test_a_name_that_only_one_list_knows_is_left_out():
    assert gather.place(record("Somewhere"), second()) is None
    far = gather.Second([{"name": "Somewhere", "longitude": 47.75, "latitude": 39.82}])
    assert gather.place(record("Somewhere"), far) is None


def test_either_of_two_names_of_a_list_may_be_the_one():
    assert gather.place(record("Laayoune"), second("Laayoune / El Aaiun"))
    assert gather.place(record("Bombay", "Mumbai"), second("Mumbai"))


def test_no_list_of_exceptions_is_kept():
    text = (ROOT / "web/basemap/gather.py").read_text()
    assert not any(name in text for pair in TWO_NAMES for name in pair)


def test_the_basemap_that_is_built_names_neither():
    built = {name for name, *_ in json.loads((ROOT / "web/dist/basemap/labels.json").read_text())["places"]}
    assert len(built) > 6_000, "most places are named"
    assert not built & {name for pair in TWO_NAMES for name in pair}
