"""Linked data as rdflib reads it: every record of the dossier in both syntaxes, a claim never a fact, the
catalogue as DCAT-AP's shapes want it (checked by pyshacl where it is there)."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

rdflib = pytest.importorskip("rdflib", reason="rdflib is not installed")
from rdflib import RDF, Graph, Namespace, URIRef  # noqa: E402
from rdflib.compare import isomorphic  # noqa: E402

CRM = Namespace("http://www.cidoc-crm.org/cidoc-crm/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"

# What DCAT-AP 3 makes mandatory, as shapes of our own words.
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
[] a sh:NodeShape ; sh:targetClass dcat:Catalog ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ],
    [ sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ],
    [ sh:path dct:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ],
    [ sh:path dcat:dataset ; sh:minCount 1 ; sh:class dcat:Dataset ],
    [ sh:path dcat:service ; sh:class dcat:DataService ] .
[] a sh:NodeShape ; sh:targetClass foaf:Agent ; sh:property [ sh:path foaf:name ; sh:minCount 1 ] .
[] a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ], [ sh:path dct:description ; sh:minCount 1 ],
    [ sh:path dcat:distribution ; sh:class dcat:Distribution ],
    [ sh:path dct:accessRights ; sh:maxCount 1 ; sh:nodeKind sh:IRI ],
    [ sh:path dct:accrualPeriodicity ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] .
[] a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ],
    [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:nodeKind sh:IRI ],
    [ sh:path dct:license ; sh:maxCount 1 ] .
[] a sh:NodeShape ; sh:targetClass dcat:DataService ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ], [ sh:path dcat:endpointURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] .
"""


def read(demo, path, form):
    answer = demo.get(f"{path}{'&' if '?' in path else '?'}f={form}")
    assert answer.status == 200, f"{path}: {answer.text}"
    return Graph().parse(data=answer.text, format={"ttl": "turtle", "jsonld": "json-ld"}[form])


def addresses(demo):
    """Every record that the maps name."""
    index = ET.fromstring(demo.get("/sitemap.xml").body)
    found = []
    for page in index.iter(SITEMAP):
        urls = ET.fromstring(demo.get(page.text).body)
        found += [loc.text.removeprefix(demo.url) for loc in urls.iter(SITEMAP)]
    return found


@pytest.fixture(scope="module")
def dossier(demo):
    """Everything that the public can read of the dossier as linked data, in one graph."""
    whole = Graph()
    for path in addresses(demo):
        whole += read(demo, path, "ttl")
    return whole


def test_both_syntaxes_say_the_same(demo):
    seen = {}
    for path in addresses(demo):
        kind = path.split("/")[1]
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= 4:
            turtle, json_ld = read(demo, path, "ttl"), read(demo, path, "jsonld")
            assert len(turtle) > 5 and isomorphic(turtle, json_ld), path
    assert {"site", "claim", "party", "source", "area", "aggregate", "mission"} <= seen.keys()


def test_who_takes_the_graph_at_its_word_finds_no_condition_without_a_finding(demo, dossier):
    claims = set(dossier.subjects(CRM.P141_assigned))
    assert len(claims) > 10
    conditions = set(dossier.subjects(RDF.type, CRM.E3_Condition_State))
    findings = {f"{demo.url}/finding/{row['id']}" for row in demo.get("/findings.json").json["rows"]}
    assert {str(node).split("#")[0] for node in conditions} <= findings
    sites = {s for s in dossier.subjects(RDF.type) if re.fullmatch(rf"{demo.url}/site/\w{{26}}", str(s))}
    assert sites
    said = {str(o) for site in sites for o in dossier.objects(site)}
    assert not [o for o in said if "/vocabulary/predicate/" in o or "/vocabulary/conclusion/" in o]
    for claim in dossier.subjects(RDF.type, URIRef("https://schema.org/Claim")):
        assert list(dossier.objects(claim, CRM.P14_carried_out_by)), f"{claim} is nobody's"


def test_a_query_gives_who_says_what_of_which_site(dossier):
    rows = dossier.query(
        """PREFIX crm: <http://www.cidoc-crm.org/cidoc-crm/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
           SELECT ?who ?what ?site WHERE { ?claim a <https://schema.org/Claim> ; crm:P14_carried_out_by/rdfs:label ?who ;
             crm:P141_assigned ?what ; crm:P140_assigned_attribute_to/rdfs:label ?site }"""
    )
    assert len(rows) > 10


def test_the_catalogue_meets_the_shapes(demo):
    graph = read(demo, "/catalogue", "ttl")
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 6
    pyshacl = pytest.importorskip("pyshacl", reason="pyshacl is not installed")
    shapes = Graph().parse(data=SHAPES, format="turtle")
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes)
    assert conforms, text


def test_every_word_has_an_address_that_says_what_it_is(demo, dossier):
    words = {str(o) for o in dossier.objects() if str(o).startswith(f"{demo.url}/vocabulary/")}
    assert words
    skos = Namespace("http://www.w3.org/2004/02/skos/core#")
    for word in sorted(words):
        path = word.removeprefix(demo.url)
        if "#" in path:
            continue
        graph = read(demo, path, "ttl")
        assert list(graph.objects(URIRef(word), skos.prefLabel)), word
        assert list(graph.objects(URIRef(word), skos.inScheme)), word


def test_pages_carry_schema_org_that_parses(demo):
    seen = 0
    for path in addresses(demo)[:40]:
        page = demo.get(path, headers={"Accept": "text/html"}).text
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page):
            value = json.loads(block)
            assert value["@id"] == demo.url + path and "ClaimReview" not in block
            seen += 1
    assert seen > 10
