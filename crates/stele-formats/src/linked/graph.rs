//! Triples in the order they are said, with short ways to say more of one subject.

use super::Base;
use super::terms::{crm, rdf, rdfs, xsd};
use oxrdf::{Literal, NamedNode, Term, Triple};
use std::collections::HashMap;
use stele_model::{EdtfDate, Name};

/// Triples under one base address.
#[derive(Debug, Clone)]
pub struct Graph {
    base: Base,
    triples: Vec<Triple>,
}

impl Graph {
    /// No triples yet.
    pub fn new(base: Base) -> Self {
        Graph {
            base,
            triples: Vec::new(),
        }
    }

    /// The base address.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// The triples: those of one subject stand together, in the order subjects were first spoken of,
    /// with what it is first.
    pub fn into_triples(self) -> Vec<Triple> {
        let mut subjects: HashMap<String, usize> = HashMap::new();
        let mut predicates: HashMap<String, usize> = HashMap::new();
        // What a thing is comes first.
        predicates.insert(rdf("type").into_string(), 0);
        for triple in &self.triples {
            let next = subjects.len();
            subjects.entry(triple.subject.to_string()).or_insert(next);
            let next = predicates.len();
            predicates
                .entry(triple.predicate.as_str().to_owned())
                .or_insert(next);
        }
        let mut triples = self.triples;
        triples.sort_by_cached_key(|t| {
            (
                subjects.get(&t.subject.to_string()).copied(),
                predicates.get(t.predicate.as_str()).copied(),
            )
        });
        triples
    }

    /// Takes up the triples of another walk.
    pub fn extend(&mut self, other: Graph) {
        self.triples.extend(other.triples);
    }

    /// Says more of a subject.
    pub fn at(&mut self, subject: &NamedNode) -> At<'_> {
        At {
            subject: subject.clone(),
            graph: self,
        }
    }

    /// A part of a thing, under its address: `…/site/ID#place`.
    pub fn part(&self, of: &NamedNode, name: &str) -> NamedNode {
        NamedNode::new_unchecked(format!("{}#{name}", of.as_str()))
    }
}

/// A subject that is spoken of.
pub struct At<'a> {
    subject: NamedNode,
    graph: &'a mut Graph,
}

impl At<'_> {
    fn push(self, predicate: NamedNode, object: impl Into<Term>) -> Self {
        self.graph
            .triples
            .push(Triple::new(self.subject.clone(), predicate, object));
        self
    }

    /// It is of a class.
    pub fn is(self, class: NamedNode) -> Self {
        self.push(rdf("type"), class)
    }

    /// It stands so to another.
    pub fn to(self, predicate: NamedNode, object: NamedNode) -> Self {
        self.push(predicate, object)
    }

    /// The same, where there is another.
    pub fn maybe_to(self, predicate: NamedNode, object: Option<NamedNode>) -> Self {
        match object {
            Some(object) => self.push(predicate, object),
            None => self,
        }
    }

    /// A text of no stated language.
    pub fn plain(self, predicate: NamedNode, text: &str) -> Self {
        self.push(predicate, Literal::new_simple_literal(text))
    }

    /// The same, where there is one.
    pub fn maybe_plain(self, predicate: NamedNode, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.plain(predicate, text),
            None => self,
        }
    }

    /// A text of a language; of none where the tag is none (BCP 47).
    pub fn in_lang(self, predicate: NamedNode, text: &str, lang: &str) -> Self {
        let literal = match lang {
            "" | "und" => None,
            lang => Literal::new_language_tagged_literal(text, lang).ok(),
        };
        self.push(
            predicate,
            literal.unwrap_or_else(|| Literal::new_simple_literal(text)),
        )
    }

    /// A text of ours.
    pub fn english(self, predicate: NamedNode, text: &str) -> Self {
        self.in_lang(predicate, text, "en")
    }

    /// A value of a type.
    pub fn typed(self, predicate: NamedNode, value: &str, datatype: NamedNode) -> Self {
        self.push(predicate, Literal::new_typed_literal(value, datatype))
    }

    /// A whole number.
    pub fn number(self, predicate: NamedNode, n: u64) -> Self {
        self.typed(predicate, &n.to_string(), xsd("integer"))
    }

    /// True or false.
    pub fn boolean(self, predicate: NamedNode, value: bool) -> Self {
        self.typed(
            predicate,
            if value { "true" } else { "false" },
            xsd("boolean"),
        )
    }

    /// A date as it was said: day, month or year in XML Schema's types, anything else as EDTF.
    pub fn date(self, predicate: NamedNode, date: Option<&EdtfDate>) -> Self {
        let Some(date) = date else { return self };
        let text = date.to_string();
        let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let datatype = match (text.len(), digits) {
            (10, true) => xsd("date"),
            // `2021-21` is a season of EDTF, and no month.
            (7, true) if text.get(5..).is_some_and(|month| month <= "12") => xsd("gYearMonth"),
            (4, true) => xsd("gYear"),
            _ => NamedNode::new_unchecked("http://id.loc.gov/datatypes/edtf/EDTF"),
        };
        self.typed(predicate, &text, datatype)
    }

    /// An address of elsewhere; as text where it is no IRI.
    pub fn elsewhere(self, predicate: NamedNode, url: Option<&str>) -> Self {
        match url {
            None => self,
            Some(url) => match NamedNode::new(url) {
                Ok(iri) => self.push(predicate, iri),
                Err(_) => self.plain(predicate, url),
            },
        }
    }

    /// The time-span of an act: the date as said, and the first and last day it may mean.
    pub fn when(self, date: Option<&EdtfDate>) -> Self {
        let Some(date) = date else { return self };
        let span = self.graph.part(&self.subject, "time");
        let day = |d: Option<stele_model::date::Day>| {
            d.and_then(|d| d.to_string().parse::<EdtfDate>().ok())
        };
        self.graph
            .at(&span)
            .is(crm("E52_Time-Span"))
            .date(crm("P82_at_some_time_within"), Some(date))
            .date(
                crm("P82a_begin_of_the_begin"),
                day(date.earliest()).as_ref(),
            )
            .date(crm("P82b_end_of_the_end"), day(date.latest()).as_ref());
        self.push(crm("P4_has_time-span"), span)
    }

    /// Every name alike, each with its language; who uses it stands at the appellation.
    pub fn names(mut self, names: &[Name]) -> Self {
        for (i, name) in names.iter().enumerate() {
            let base = self.graph.base.clone();
            let at = self.graph.part(&self.subject, &format!("name-{}", i + 1));
            self.graph
                .at(&at)
                .is(crm("E41_Appellation"))
                .in_lang(crm("P190_has_symbolic_content"), &name.text, &name.lang)
                .to(crm("P2_has_type"), base.word(name.kind))
                .maybe_to(
                    super::terms::stele(&base, "usedBy"),
                    name.by.map(|id| base.of(id)),
                )
                .maybe_to(
                    crm("P70i_is_documented_in"),
                    name.source.map(|id| base.of(id)),
                )
                .date(super::terms::dct("valid"), name.valid.as_ref());
            self = self
                .in_lang(rdfs("label"), &name.text, &name.lang)
                .push(crm("P1_is_identified_by"), at);
        }
        self
    }
}
