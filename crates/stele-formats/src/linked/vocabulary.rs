//! Lists of words as SKOS concept schemes with our own concept addresses, and our own terms.
//!
//! No exactMatch to another's concepts is given where the model states none: EAMENA's and UNOSAT's
//! values have no addresses of their own, so how they correspond is said in notes.

use super::terms::{OWN, dct, own_namespace, rdf, rdfs, skos};
use super::{Base, Graph};
use oxrdf::NamedNode;
use stele_model::vocabulary::{Entry, List, lists};

/// The address of a list.
pub fn list_address(base: &Base, list: &List) -> NamedNode {
    base.at(&format!("/vocabulary/{}", list.id))
}

fn word_address(base: &Base, list: &List, word: &str) -> NamedNode {
    base.at(&format!("/vocabulary/{}/{word}", list.id))
}

/// Every list, without its words.
pub fn all(base: &Base) -> Graph {
    let mut graph = Graph::new(base.clone());
    for list in lists() {
        head(&mut graph, &list);
    }
    graph
}

/// A list with its words.
pub fn scheme(base: &Base, list: &List) -> Graph {
    let mut graph = Graph::new(base.clone());
    head(&mut graph, list);
    let me = list_address(base, list);
    for word in list.words.iter().filter(|word| word.broader.is_none()) {
        let top = word_address(base, list, word.id);
        graph.at(&me).to(skos("hasTopConcept"), top);
    }
    for word in &list.words {
        concept(&mut graph, list, word);
    }
    graph
}

/// One word, with the list it belongs to.
pub fn word(base: &Base, list: &List, word: &Entry) -> Graph {
    let mut graph = Graph::new(base.clone());
    concept(&mut graph, list, word);
    head(&mut graph, list);
    graph
}

/// Our own terms.
pub fn terms(base: &Base) -> Graph {
    let mut graph = Graph::new(base.clone());
    let own = base.at("/vocabulary/terms");
    graph
        .at(&own)
        .is(super::terms::owl("Ontology"))
        .english(dct("title"), "Terms of Stele that no standard has");
    for (term, meaning) in OWN {
        let class = if term.starts_with(|c: char| c.is_ascii_uppercase()) {
            rdfs("Class")
        } else {
            rdf("Property")
        };
        let at = NamedNode::new_unchecked(format!("{}{term}", own_namespace(base)));
        graph
            .at(&at)
            .is(class)
            .english(rdfs("label"), term)
            .english(rdfs("comment"), meaning)
            .to(rdfs("isDefinedBy"), own.clone());
    }
    graph
}

fn head(graph: &mut Graph, list: &List) {
    let me = list_address(&graph.base().clone(), list);
    graph
        .at(&me)
        .is(skos("ConceptScheme"))
        .english(skos("prefLabel"), &list.title)
        .english(dct("title"), &list.title)
        .english(dct("description"), list.note);
}

fn concept(graph: &mut Graph, list: &List, word: &Entry) {
    let base = graph.base().clone();
    let me = word_address(&base, list, word.id);
    let scheme = list_address(&base, list);
    let mut at = graph
        .at(&me)
        .is(skos("Concept"))
        .english(skos("prefLabel"), word.label)
        .plain(skos("notation"), word.id)
        .to(skos("inScheme"), scheme.clone());
    at = match word.broader {
        Some(broader) => at.to(skos("broader"), word_address(&base, list, broader)),
        None => at.to(skos("topConceptOf"), scheme),
    };
    for note in &word.notes {
        at = at.english(skos("note"), note);
    }
    for finer in list.words.iter().filter(|w| w.broader == Some(word.id)) {
        at = at.to(skos("narrower"), word_address(&base, list, finer.id));
    }
}
