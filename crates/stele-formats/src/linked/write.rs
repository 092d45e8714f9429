//! Triples written: Turtle, and JSON-LD flattened and compacted with the prefixes of [`context`].
//!
//! `oxjsonld` reads JSON-LD in the tests; it writes none here because it shortens no address and
//! leaves types as long predicates, which nobody reads with pleasure.

use super::Graph;
use super::terms::{PREFIXES, own_namespace};
use oxrdf::{Literal, NamedNode, NamedOrBlankNode, Term, Triple};
use oxttl::TurtleSerializer;
use serde_json::{Map, Value, json};

/// As Turtle (W3C RDF 1.1 Turtle).
pub fn turtle(graph: Graph) -> std::io::Result<Vec<u8>> {
    let bad = |e: oxrdf::IriParseError| std::io::Error::other(e.to_string());
    let own = own_namespace(graph.base());
    let triples = graph.into_triples();
    let mut serializer = TurtleSerializer::new();
    for (prefix, address) in PREFIXES.iter().copied().chain([("stele", own.as_str())]) {
        let named = |term: &Term| match term {
            Term::NamedNode(node) => node.as_str().starts_with(address),
            Term::Literal(literal) => literal.datatype().as_str().starts_with(address),
            Term::BlankNode(_) => false,
        };
        // Only what is used, so that a short document stays short.
        if triples
            .iter()
            .any(|t| t.predicate.as_str().starts_with(address) || named(&t.object))
        {
            serializer = serializer.with_prefix(prefix, address).map_err(bad)?;
        }
    }
    let mut writer = serializer.for_writer(Vec::new());
    for triple in &triples {
        writer.serialize_triple(triple)?;
    }
    writer.finish()
}

/// As JSON-LD 1.1: `{"@context": {…}, "@graph": […]}`, with the context inside, so that who reads it
/// has to fetch nothing.
pub fn json_ld(graph: Graph) -> Value {
    let own = own_namespace(graph.base());
    let mut context = context(&own);
    let mut nodes: Vec<(String, Map<String, Value>)> = Vec::new();
    for Triple {
        subject,
        predicate,
        object,
    } in graph.into_triples()
    {
        let id = match &subject {
            NamedOrBlankNode::NamedNode(node) => node.as_str().to_owned(),
            NamedOrBlankNode::BlankNode(node) => node.to_string(),
        };
        if nodes.last().is_none_or(|(last, _)| *last != id) {
            let node = Map::from_iter([("@id".to_owned(), Value::from(id.clone()))]);
            nodes.push((id, node));
        }
        let Some((_, node)) = nodes.last_mut() else {
            continue;
        };
        let (key, value) = if predicate == oxrdf::vocab::rdf::TYPE {
            let class = match &object {
                Term::NamedNode(class) => short(class, &own),
                other => other.to_string(),
            };
            ("@type".to_owned(), Value::from(class))
        } else {
            (short(&predicate, &own), object_value(&object, &own))
        };
        match node.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(values) => values.push(value),
            other => *other = value,
        }
    }
    let graph: Vec<Value> = nodes.into_iter().map(|(_, node)| node.into()).collect();
    context["@graph"] = graph.into();
    context
}

/// The context that our JSON-LD stands in, as a document of its own.
pub fn context(own: &str) -> Value {
    let prefixes: Map<String, Value> = PREFIXES
        .iter()
        .map(|(prefix, address)| ((*prefix).to_owned(), Value::from(*address)))
        .chain([("stele".to_owned(), Value::from(own))])
        .collect();
    json!({ "@context": prefixes })
}

fn object_value(object: &Term, own: &str) -> Value {
    match object {
        // Objects are written in full: an address is what who follows it needs.
        Term::NamedNode(node) => json!({ "@id": node.as_str() }),
        Term::BlankNode(node) => json!({ "@id": node.to_string() }),
        Term::Literal(literal) => literal_value(literal, own),
    }
}

fn literal_value(literal: &Literal, own: &str) -> Value {
    match (literal.language(), literal.datatype().into_owned()) {
        (Some(lang), _) => json!({ "@value": literal.value(), "@language": lang }),
        (None, datatype) if datatype == oxrdf::vocab::xsd::STRING => literal.value().into(),
        (None, datatype) => json!({ "@value": literal.value(), "@type": short(&datatype, own) }),
    }
}

/// `prefix:term` where one fits and the rest is a plain word; else the address.
fn short(node: &NamedNode, own: &str) -> String {
    let text = node.as_str();
    let spaces = PREFIXES.iter().copied().chain([("stele", own)]);
    for (prefix, address) in spaces {
        if let Some(term) = text.strip_prefix(address)
            && !term.is_empty()
            && term
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        {
            return format!("{prefix}:{term}");
        }
    }
    text.to_owned()
}
