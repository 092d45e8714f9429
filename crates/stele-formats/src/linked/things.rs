//! Things that records are about: parties, sources, areas, sites, files, and what is counted or
//! planned. Only what describes a thing is said of it here; what is said to have happened to it is a
//! statement of its own ([`super::statements`]).

use super::graph::Graph;
use super::schema_org::types_of;
use super::terms::{crm, dct, foaf, geo, oa, prov, rdfs, schema, stele};
use super::{Base, Piece};
use oxrdf::NamedNode;
use stele_model::*;

pub(super) fn thing(graph: &mut Graph, me: &NamedNode, piece: &Piece<'_>) {
    let base = graph.base().clone();
    match piece.body {
        Body::Party(b) => {
            let class = match b.kind {
                PartyKind::Person => "E21_Person",
                _ => "E74_Group",
            };
            let mut at = graph
                .at(me)
                .is(crm("E39_Actor"))
                .is(crm(class))
                .is(prov("Agent"))
                .names(&b.names)
                .to(crm("P2_has_type"), base.word(b.kind))
                .maybe_plain(crm("P3_has_note"), b.note.as_deref());
            for party in &b.belongs_to {
                at = at.to(stele(&base, "belongsTo"), base.of(*party));
            }
        }
        Body::Source(b) => {
            let lang = b.language.as_deref().unwrap_or("und");
            graph
                .at(me)
                .is(crm("E31_Document"))
                .is(foaf("Document"))
                .is(schema("CreativeWork"))
                .in_lang(rdfs("label"), &b.title, lang)
                .in_lang(dct("title"), &b.title, lang)
                .to(crm("P2_has_type"), base.word(b.kind))
                .to(dct("publisher"), base.of(b.publisher))
                .maybe_plain(dct("creator"), b.author.as_deref())
                .maybe_plain(dct("language"), b.language.as_deref())
                .date(dct("issued"), b.published.as_ref())
                .elsewhere(foaf("page"), b.url.as_deref())
                .maybe_to(dct("hasFormat"), b.archived.map(|id| base.of(id)));
        }
        Body::Area(b) => {
            graph
                .at(me)
                .is(crm("E53_Place"))
                .is(geo("Feature"))
                .names(&b.names)
                .to(crm("P2_has_type"), base.word(b.kind))
                .maybe_to(stele(&base, "parent"), b.parent.map(|id| base.of(id)))
                .date(dct("valid"), b.valid.as_ref());
            place(graph, me, piece.place);
        }
        Body::Site(b) => site(graph, me, piece, b),
        Body::Aggregate(b) => aggregate(graph, me, piece, b),
        Body::Evidence(b) => {
            graph
                .at(me)
                .is(crm("E73_Information_Object"))
                .is(prov("Entity"))
                .plain(rdfs("label"), &b.original_name)
                .plain(dct("format"), &b.media_type)
                .number(super::terms::dcat("byteSize"), b.size_bytes)
                .plain(stele(&base, "sha256"), &b.sha256)
                .date(dct("created"), b.captured.as_ref())
                .date(dct("dateAccepted"), b.acquired_on.as_ref())
                .maybe_to(prov("wasDerivedFrom"), b.derived_from.map(|id| base.of(id)));
        }
        Body::Mission(b) => {
            // What is asked for or planned; that it took place its steps say, each according to somebody.
            let mut at = graph
                .at(me)
                .is(crm("E29_Design_or_Procedure"))
                .is(prov("Plan"))
                .plain(rdfs("label"), &b.title)
                .to(crm("P2_has_type"), base.word(b.kind))
                .maybe_plain(crm("P3_has_note"), b.mandate.as_deref())
                .maybe_to(crm("P70i_is_documented_in"), b.report.map(|id| base.of(id)));
            for party in &b.organisations {
                at = at.to(stele(&base, "organisation"), base.of(*party));
            }
            for area in &b.areas {
                at = at.to(stele(&base, "scopeArea"), base.of(*area));
            }
            for site in &b.itinerary {
                at = at.to(stele(&base, "site"), base.of(*site));
            }
        }
        Body::Instrument(b) => {
            graph
                .at(me)
                .is(crm("E31_Document"))
                .names(&b.names)
                .to(crm("P2_has_type"), base.word(b.kind))
                .date(dct("issued"), b.adopted.as_ref())
                .date(dct("available"), b.in_force.as_ref())
                .elsewhere(foaf("page"), b.url.as_deref())
                .maybe_to(stele(&base, "parent"), b.parent.map(|id| base.of(id)));
        }
        Body::Obligation(b) => {
            graph
                .at(me)
                .is(crm("E89_Propositional_Object"))
                .is(stele(&base, "Obligation"))
                .plain(rdfs("label"), &b.title)
                .plain(crm("P3_has_note"), &b.basis)
                .to(stele(&base, "instrument"), base.of(b.instrument))
                .maybe_to(stele(&base, "organisation"), b.state.map(|id| base.of(id)))
                .date(stele(&base, "dueDate"), b.due.as_ref())
                .maybe_to(crm("P70i_is_documented_in"), b.source.map(|id| base.of(id)));
        }
        Body::Import(b) => {
            graph
                .at(me)
                .is(prov("Activity"))
                .is(crm("E7_Activity"))
                .english(rdfs("label"), "a list read in")
                .to(prov("wasAssociatedWith"), base.registry())
                .to(prov("used"), base.of(b.list));
        }
        Body::SamplingPlan(b) => {
            let mut at = graph
                .at(me)
                .is(crm("E29_Design_or_Procedure"))
                .is(prov("Plan"))
                .english(rdfs("label"), "a sample drawn from the items of a figure")
                .to(crm("P67_refers_to"), base.of(b.aggregate))
                .plain(crm("P3_has_note"), &b.method);
            for site in b.strata.iter().flat_map(|stratum| &stratum.drawn) {
                at = at.to(stele(&base, "site"), base.of(*site));
            }
        }
        _ => {}
    }
}

fn site(graph: &mut Graph, me: &NamedNode, piece: &Piece<'_>, b: &Site) {
    let base = graph.base().clone();
    let mut at = graph.at(me);
    for class in crm_classes(b) {
        at = at.is(crm(class));
    }
    for class in types_of(b) {
        at = at.is(schema(class));
    }
    at = at
        .names(&b.names)
        .to(crm("P2_has_type"), base.word(b.kind))
        .to(crm("P2_has_type"), base.word(b.category))
        .maybe_plain(crm("P3_has_note"), b.description.as_deref())
        .date(dct("created"), b.made.as_ref());
    for area in &b.areas {
        at = at.to(stele(&base, "placedIn"), base.of(*area));
    }
    for identifier in &b.identifiers {
        let text = format!("{}:{}", identifier.scheme, identifier.value);
        at = at
            .plain(dct("identifier"), &text)
            .maybe_to(rdfs("seeAlso"), elsewhere(identifier));
    }
    if let Some(listed) = &b.listed {
        at.to(crm("P70i_is_documented_in"), base.of(listed.list));
    }
    holdings(graph, me, &b.holdings);
    if let Some(opinion) = &b.article1 {
        let act = graph.part(me, "article-1");
        graph
            .at(&act)
            .is(crm("E13_Attribute_Assignment"))
            .to(crm("P14_carried_out_by"), base.of(opinion.by))
            .to(crm("P140_assigned_attribute_to"), me.clone())
            .to(crm("P141_assigned"), base.word(opinion.qualification))
            .maybe_plain(crm("P3_has_note"), opinion.reasoning.as_deref());
    }
    place(graph, me, piece.place);
}

/// Class of the thing itself: land, something made, a body of people, or holdings.
fn crm_classes(site: &Site) -> &'static [&'static str] {
    match site.kind {
        SiteKind::Institution => &["E74_Group"],
        SiteKind::Collection => &["E78_Curated_Holding"],
        SiteKind::Object => &["E22_Human-Made_Object"],
        SiteKind::Place => match site.category.group() {
            Category::ArchaeologicalSite
            | Category::Reserve
            | Category::Cemetery
            | Category::Park
            | Category::Settlement
            | Category::CulturalProperty
            | Category::Other => &["E27_Site"],
            _ => &["E22_Human-Made_Object"],
        },
    }
}

/// Where another list shows the same thing, for lists whose addresses are made of their numbers.
fn elsewhere(identifier: &Identifier) -> Option<NamedNode> {
    let value = identifier.value.trim();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let address = match identifier.scheme.as_str() {
        "wikidata" if value.strip_prefix('Q').is_some_and(digits) => {
            format!("http://www.wikidata.org/entity/{value}")
        }
        "whc" if digits(value) => format!("https://whc.unesco.org/en/list/{value}"),
        _ => return None,
    };
    NamedNode::new(address).ok()
}

fn aggregate(graph: &mut Graph, me: &NamedNode, piece: &Piece<'_>, b: &Aggregate) {
    let base = graph.base().clone();
    let mut at = graph
        .at(me)
        .is(crm("E89_Propositional_Object"))
        .is(stele(&base, "Aggregate"))
        .english(rdfs("label"), &piece.body.title("en"))
        .to(stele(&base, "category"), base.word(b.category))
        .maybe_plain(stele(&base, "words"), b.words.as_deref())
        .maybe_to(dct("isPartOf"), b.part_of.map(|id| base.of(id)))
        .maybe_to(
            crm("P70i_is_documented_in"),
            b.listed.as_ref().map(|listed| base.of(listed.list)),
        );
    for area in &b.areas {
        at = at.to(stele(&base, "scopeArea"), base.of(*area));
    }
    if let Some(ladder) = piece.ladder
        && let Ok(serde_json::Value::Object(steps)) = serde_json::to_value(ladder)
    {
        for (step, n) in steps {
            if let Some(n) = n.as_u64().filter(|n| *n > 0) {
                at = at.plain(
                    stele(&base, "coverage"),
                    &format!("{}: {n}", step.replace('_', " ")),
                );
            }
        }
    }
    let count = graph.part(me, "count");
    graph.at(me).to(stele(&base, "statedCount"), count.clone());
    quantity(graph, &count, &b.count, None, None);
    holdings(graph, me, &b.holdings);
}

fn holdings(graph: &mut Graph, me: &NamedNode, holdings: &[Holding]) {
    let base = graph.base().clone();
    for (i, holding) in holdings.iter().enumerate() {
        let at = graph.part(me, &format!("holding-{}", i + 1));
        graph.at(me).to(stele(&base, "statedHolding"), at.clone());
        quantity(
            graph,
            &at,
            &holding.count,
            Some(&holding.kind),
            holding.as_of.as_ref(),
        );
    }
}

/// A number with what its words allow, never a false exact value.
fn quantity(
    graph: &mut Graph,
    at: &NamedNode,
    quantity: &Quantity,
    kind: Option<&str>,
    as_of: Option<&EdtfDate>,
) {
    let base = graph.base().clone();
    let bounds = quantity.interval();
    let words = match kind {
        Some(kind) => format!("{} {kind}", quantity.in_words()),
        None => quantity.in_words(),
    };
    let mut said = graph
        .at(at)
        .is(crm("E54_Dimension"))
        .plain(crm("P3_has_note"), words.trim())
        .to(crm("P2_has_type"), base.word(quantity.qualifier))
        .number(crm("P90a_has_lower_value_limit"), bounds.lower)
        .date(dct("valid"), as_of);
    if let Some(upper) = bounds.upper {
        said = said.number(crm("P90b_has_upper_value_limit"), upper);
    }
    if quantity.qualifier == Qualifier::Exactly {
        said.number(crm("P90_has_value"), quantity.value);
    }
}

/// The place as it is shown: the geometry, the cell that stands for it, or that it is withheld.
fn place(graph: &mut Graph, me: &NamedNode, place: Option<&ShownPlace>) {
    let base = graph.base().clone();
    let Some(place) = place else { return };
    let Some(drawn) = place.drawn() else {
        graph.at(me).boolean(stele(&base, "placeWithheld"), true);
        return;
    };
    let at = graph.part(me, "place");
    graph
        .at(me)
        .is(geo("Feature"))
        .to(geo("hasGeometry"), at.clone());
    let said =
        graph
            .at(&at)
            .is(geo("Geometry"))
            .typed(geo("asWKT"), &wkt(&drawn), geo("wktLiteral"));
    match place {
        ShownPlace::Grid { grid_m, .. } => {
            said.number(stele(&base, "gridMetres"), u64::from(*grid_m))
                .english(
                    rdfs("comment"),
                    "The cell of a fixed grid. The place lies anywhere in it and is not shown more exactly.",
                );
        }
        ShownPlace::Exact {
            uncertainty_m: Some(metres),
            ..
        } => {
            said.number(stele(&base, "uncertaintyMetres"), u64::from(*metres));
        }
        _ => {}
    }
}

/// Well-known text, in longitude and latitude (CRS84, the default of GeoSPARQL).
fn wkt(geometry: &Geometry) -> String {
    let ring = |positions: &[stele_model::place::Position2]| {
        let all: Vec<String> = positions
            .iter()
            .map(|p| format!("{} {}", p.lon(), p.lat()))
            .collect();
        format!("({})", all.join(", "))
    };
    let rings = |rings: &[Vec<stele_model::place::Position2>]| {
        let all: Vec<String> = rings.iter().map(|r| ring(r)).collect();
        format!("({})", all.join(", "))
    };
    match geometry {
        Geometry::Point(p) => format!("POINT ({} {})", p.lon(), p.lat()),
        Geometry::LineString(line) => format!("LINESTRING {}", ring(line)),
        Geometry::Polygon(polygon) => format!("POLYGON {}", rings(polygon)),
        Geometry::MultiPoint(points) => format!("MULTIPOINT {}", ring(points)),
        Geometry::MultiLineString(lines) => format!("MULTILINESTRING {}", rings(lines)),
        Geometry::MultiPolygon(polygons) => {
            let all: Vec<String> = polygons.iter().map(|p| rings(p)).collect();
            format!("MULTIPOLYGON ({})", all.join(", "))
        }
    }
}

/// Where in a source a statement stands (W3C Web Annotation).
pub(super) fn passage(graph: &mut Graph, me: &NamedNode, source: NamedNode, passage: &Passage) {
    let base: Base = graph.base().clone();
    let (resource, quote) = (graph.part(me, "passage"), graph.part(me, "quote"));
    graph.at(me).to(stele(&base, "standsAt"), resource.clone());
    graph
        .at(&resource)
        .is(oa("SpecificResource"))
        .to(oa("hasSource"), source)
        .to(oa("hasSelector"), quote.clone());
    let said = graph
        .at(&quote)
        .is(oa("TextQuoteSelector"))
        .plain(oa("exact"), &passage.exact);
    let before = (!passage.prefix.is_empty()).then_some(passage.prefix.as_str());
    let after = (!passage.suffix.is_empty()).then_some(passage.suffix.as_str());
    said.maybe_plain(oa("prefix"), before)
        .maybe_plain(oa("suffix"), after);
}
