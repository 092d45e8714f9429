//! The vocabularies that triples use: prefixes of the standards, and the few terms of our own that no
//! standard has ([`OWN`], served at `/vocabulary/terms`).

use super::Base;
use oxrdf::NamedNode;

/// Prefix and address of every namespace but our own.
pub const PREFIXES: &[(&str, &str)] = &[
    ("crm", "http://www.cidoc-crm.org/cidoc-crm/"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("geo", "http://www.opengis.net/ont/geosparql#"),
    ("oa", "http://www.w3.org/ns/oa#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("schema", "https://schema.org/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

macro_rules! namespaces {
    ($($name:ident = $address:literal;)+) => {
        $(#[doc = concat!("A term of `", $address, "`.")]
        pub fn $name(term: &str) -> NamedNode {
            NamedNode::new_unchecked(format!(concat!($address, "{}"), term))
        })+
    };
}

namespaces! {
    crm = "http://www.cidoc-crm.org/cidoc-crm/";
    dcat = "http://www.w3.org/ns/dcat#";
    dct = "http://purl.org/dc/terms/";
    foaf = "http://xmlns.com/foaf/0.1/";
    geo = "http://www.opengis.net/ont/geosparql#";
    oa = "http://www.w3.org/ns/oa#";
    owl = "http://www.w3.org/2002/07/owl#";
    prov = "http://www.w3.org/ns/prov#";
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    rdfs = "http://www.w3.org/2000/01/rdf-schema#";
    schema = "https://schema.org/";
    skos = "http://www.w3.org/2004/02/skos/core#";
    vcard = "http://www.w3.org/2006/vcard/ns#";
    xsd = "http://www.w3.org/2001/XMLSchema#";
}

/// Address that our own terms begin with.
pub fn own_namespace(base: &Base) -> String {
    format!("{}/vocabulary/terms#", base.text())
}

/// A term of our own.
pub fn stele(base: &Base, term: &str) -> NamedNode {
    debug_assert!(
        OWN.iter().any(|(known, _)| *known == term),
        "{term} is not in OWN"
    );
    NamedNode::new_unchecked(format!("{}{term}", own_namespace(base)))
}

/// Our own terms, each with what it means. Classes begin with a capital.
pub const OWN: &[(&str, &str)] = &[
    (
        "Aggregate",
        "A number of things that somebody counts and names none of. That it is described here asserts nothing of them.",
    ),
    ("Obligation", "What an instrument obliges to."),
    (
        "placedIn",
        "An area that a thing is placed in by those who list it. Prejudices nobody's legal position.",
    ),
    (
        "parent",
        "The record of the same kind that this one belongs to.",
    ),
    (
        "belongsTo",
        "A party that this one is an organ or part of, or is run by.",
    ),
    ("statedCount", "How many, as it was said."),
    (
        "statedHolding",
        "What a thing or a number of things is said to hold.",
    ),
    (
        "gridMetres",
        "Size, in metres, of the cell of a fixed grid that stands for a protected place; the place may be anywhere in it.",
    ),
    (
        "placeWithheld",
        "Whether the registry knows a place that it does not show.",
    ),
    (
        "uncertaintyMetres",
        "Radius, in metres, within which the thing lies.",
    ),
    ("category", "Category of cultural property."),
    ("usedBy", "The party that uses a name."),
    ("standsAt", "Where in its source a statement stands."),
    ("words", "In what words."),
    (
        "event",
        "When what is said is said to have happened; part of the statement.",
    ),
    ("scopeArea", "An area that a statement speaks of."),
    ("countingRule", "What was counted as what."),
    (
        "assertedCause",
        "What a claim gives as cause, in its words. Never verified by this registry.",
    ),
    (
        "assertedResponsible",
        "Whom a claim gives as responsible, in its words. Never verified by this registry.",
    ),
    (
        "assertedCharacterisation",
        "What a claim calls the act, in its words. Quoted, never verified.",
    ),
    ("examined", "What was looked at."),
    ("notExamined", "What was not looked at, and why."),
    ("certainty", "How certain a grade is; an axis of its own."),
    ("method", "How an observation was made."),
    ("nativeGrade", "The grade on the scale it was read on."),
    ("physicalCause", "A physical cause of damage. Never who."),
    ("judges", "A claim that a finding judges."),
    ("restsOn", "What a finding or assessment rests on."),
    ("standard", "The standard of proof of a finding."),
    ("awaits", "Whose answer is said to be awaited."),
    ("organisation", "The organisation concerned."),
    ("site", "A site of a mission's itinerary or of a sample."),
    ("dueDate", "When an obligation is due."),
    ("instrument", "The instrument concerned."),
    ("revision", "Clock and node of the revision described."),
    (
        "status",
        "Where the knowledge about a thing, or a process, stands by the registry's rules.",
    ),
    (
        "withdrawn",
        "Whether a record was taken back as recorded by mistake.",
    ),
    ("sha256", "SHA-256 of a file, in hexadecimal digits."),
    (
        "coverage",
        "How many of an aggregate's items have come to a step, as the registry counts them; says nothing of the rest.",
    ),
    (
        "reasons",
        "A reason given for how two records stand to each other.",
    ),
    (
        "likelihoodPermille",
        "Likelihood that a machine gave to a link, in per mille.",
    ),
];
