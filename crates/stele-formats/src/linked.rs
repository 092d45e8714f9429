//! Linked data: records, lists of words and the catalogue as RDF triples, written as Turtle and JSON-LD.
//!
//! One walk gives the triples ([`describe`], [`vocabulary`], [`catalogue`]), both syntaxes are written
//! from the same ones ([`write`]). A claim is never asserted: what is said is a crm:E13 attribute
//! assignment carried out by its party, and nothing is stated of its subject itself. Knows no store
//! and no viewer: what comes in has been through `stele-registry::view`.

pub mod catalogue;
mod graph;
mod schema_org;
mod statements;
pub mod terms;
mod things;
pub mod vocabulary;
pub mod write;

pub use graph::Graph;
pub use schema_org::{registry_in_schema_org, schema_org};

use oxrdf::NamedNode;
use stele_model::rules::Ladder;
use stele_model::vocabulary::list_id;
use stele_model::{AnyId, AsRecord, Body, Id, Kind, ShownPlace, Stamp, Word};
use terms::{crm, dct, prov, rdfs, stele};

/// The public address that absolute addresses begin with: `https://registry.example`, no slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(String);

/// Longest base address, in bytes.
const LONGEST_BASE: usize = 300;

impl Base {
    /// The base in a text, when it is an http or https address without query, fragment or user.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/');
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let host = rest.split('/').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
        let whole = text.len() <= LONGEST_BASE
            && host.chars().any(|c| c.is_ascii_alphanumeric())
            && rest.chars().all(plain)
            && NamedNode::new(text).is_ok();
        whole.then(|| Base(text.to_owned()))
    }

    /// It, without a slash at the end.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The absolute address of a path that begins with a slash.
    pub fn at(&self, path: &str) -> NamedNode {
        NamedNode::new_unchecked(format!("{}{path}", self.0))
    }

    /// The address of a record.
    pub fn record(&self, kind: Kind, id: AnyId) -> NamedNode {
        self.at(&format!("/{}/{id}", kind.id()))
    }

    /// The same where the id says the kind.
    pub fn of<K: AsRecord>(&self, id: Id<K>) -> NamedNode {
        self.record(K::KIND, id.any())
    }

    /// The concept of a word.
    pub fn word<W: Word>(&self, word: W) -> NamedNode {
        self.at(&format!("/vocabulary/{}/{}", list_id::<W>(), word.id()))
    }

    /// The registry as who records and finds.
    pub fn registry(&self) -> NamedNode {
        self.at("/#registry")
    }
}

/// A record as its viewer may see it.
pub struct Piece<'a> {
    /// Its id.
    pub id: AnyId,
    /// What it says, without its location.
    pub body: &'a Body,
    /// Where it is, as exactly as the viewer may know.
    pub place: Option<&'a ShownPlace>,
    /// Finding status, mission stage, `draft`, `retracted`, `undone`, or nothing.
    pub status: &'a str,
    /// Stamp of the revision.
    pub stamp: &'a str,
    /// Stamp of the first one.
    pub first: &'a str,
    /// Whether it was taken back as recorded by mistake.
    pub withdrawn: bool,
    /// Coverage, of an aggregate.
    pub ladder: Option<&'a Ladder>,
    /// The kind of a record that is named by its id only, where the viewer may see it.
    pub kind_of: &'a dyn Fn(AnyId) -> Option<Kind>,
}

/// What a record says, as triples.
pub fn describe(base: &Base, piece: &Piece<'_>) -> Graph {
    let mut graph = Graph::new(base.clone());
    let me = base.record(piece.body.kind(), piece.id);
    // A record taken back by mistake says nothing any more; that it was here stays.
    if !piece.withdrawn {
        match piece.body {
            Body::Party(_)
            | Body::Source(_)
            | Body::Area(_)
            | Body::Site(_)
            | Body::Aggregate(_)
            | Body::Evidence(_)
            | Body::Mission(_)
            | Body::Instrument(_)
            | Body::Obligation(_)
            | Body::Import(_)
            | Body::SamplingPlan(_) => things::thing(&mut graph, &me, piece),
            _ => statements::statement(&mut graph, &me, piece),
        }
    }
    provenance(&mut graph, &me, piece);
    graph
}

/// Who recorded it and when: of the record, which is not the thing it is about. Accounts of people
/// are not named; the registry answers for what its people record.
fn provenance(graph: &mut Graph, me: &NamedNode, piece: &Piece<'_>) {
    let base = graph.base().clone();
    let record = NamedNode::new_unchecked(format!("{}#record", me.as_str()));
    graph
        .at(&record)
        .is(prov("Entity"))
        .is(terms::foaf("Document"))
        .to(terms::foaf("primaryTopic"), me.clone())
        .plain(dct("identifier"), &piece.id.to_string())
        .to(dct("type"), base.word(piece.body.kind()))
        .to(dct("isPartOf"), base.at("/catalogue"))
        .to(prov("wasAttributedTo"), base.registry())
        .plain(stele(&base, "revision"), piece.stamp);
    for (predicate, stamp) in [("created", piece.first), ("modified", piece.stamp)] {
        if let Ok(stamp) = stamp.parse::<Stamp>() {
            let moment = moment(stamp.at.unix_ms);
            graph
                .at(&record)
                .typed(dct(predicate), &moment, terms::xsd("dateTime"));
        }
    }
    if piece.withdrawn {
        graph
            .at(&record)
            .boolean(stele(&base, "withdrawn"), true)
            .boolean(terms::owl("deprecated"), true);
    }
    if let Some(status) = stele_model::FindingStatus::from_id(piece.status) {
        graph
            .at(&record)
            .to(stele(&base, "status"), base.word(status));
    } else if let Some(stage) = stele_model::Stage::from_id(piece.status) {
        graph
            .at(&record)
            .to(stele(&base, "status"), base.word(stage));
    } else if !piece.status.is_empty() {
        graph
            .at(&record)
            .plain(stele(&base, "status"), piece.status);
    }
    graph
        .at(&base.registry())
        .is(prov("Agent"))
        .is(crm("E39_Actor"))
        .to(rdfs("seeAlso"), base.at("/catalogue"));
}

/// A moment as xsd:dateTime, in UTC.
pub fn moment(unix_ms: u64) -> String {
    let day = stele_model::date::Day(i64::try_from(unix_ms / 86_400_000).unwrap_or(0));
    let s = unix_ms / 1000 % 86_400;
    format!(
        "{day}T{:02}:{:02}:{:02}.{:03}Z",
        s / 3600,
        s / 60 % 60,
        s % 60,
        unix_ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_a_base() {
        for good in [
            "https://registry.example",
            "http://127.0.0.1:8713/",
            "https://a.example/stele",
        ] {
            assert!(Base::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "registry.example",
            "ftp://a",
            "https://",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://a b",
            "https://a\"><script>",
            "javascript:alert(1)",
            "https://a\n",
        ] {
            assert_eq!(Base::parse(bad), None, "{bad}");
        }
        assert_eq!(Base::parse(&format!("https://{}", "a".repeat(400))), None);
    }

    #[test]
    fn moments_are_iso_8601() {
        assert_eq!(moment(1_788_393_600_123), "2026-09-03T00:00:00.123Z");
    }
}
