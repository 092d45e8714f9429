//! How a record is cited: the permanent address, what it is, by whom, of which revision; as text, as
//! BibTeX and as CSL-JSON.

use crate::html::say;
use maud::{Markup, html};
use serde_json::{Value, json};
use stele_formats::linked::{Base, moment};
use stele_model::{Body, Stamp, Word};
use stele_registry::Shown;
use stele_registry::view::Titles;

/// A reference to a revision of a record.
pub struct Citation {
    /// What it is called, as it is told apart from what others say: a claim names its speaker.
    title: String,
    /// What kind of record it is, in words.
    kind: &'static str,
    /// The party whose statement or observation it is; none where the registry speaks.
    party: Option<String>,
    registry: String,
    publisher: String,
    address: String,
    /// Path of the address on whatever host the page is read.
    path: String,
    as_of: String,
    stamp: String,
    recorded_ms: u64,
}

impl Citation {
    /// Of a record as it is shown.
    pub fn of(
        record: &Shown,
        title: String,
        titles: &Titles,
        base: &Base,
        registry: &str,
        publisher: &str,
    ) -> Self {
        let party = match &record.body {
            Body::Claim(b) => Some(titles.of(b.party)),
            Body::Retraction(b) => Some(titles.of(b.party)),
            Body::Reply(b) => Some(titles.of(b.party)),
            Body::Position(b) => Some(titles.of(b.actor)),
            Body::Assessment(b) => Some(titles.of(b.organisation)),
            _ => None,
        };
        let address = base.record(record.kind, record.id).into_string();
        Citation {
            title,
            kind: record.kind.label(),
            party,
            registry: registry.to_owned(),
            publisher: publisher.to_owned(),
            as_of: as_of(&record.stamp),
            path: crate::html::components::address(record),
            address,
            stamp: record.stamp.clone(),
            recorded_ms: record.recorded_ms(),
        }
    }

    fn fixed(&self) -> String {
        format!("{}?{}", self.address, self.as_of)
    }

    fn day(&self) -> String {
        moment(self.recorded_ms).chars().take(10).collect()
    }

    /// The block on a record's page.
    pub fn block(&self, recorder: Option<&str>, downloads: bool) -> Markup {
        html! {
            section.cite aria-labelledby="cite-title" {
                h2 #cite-title { "Cite this record" }
                p.cite__text {
                    @if let Some(party) = &self.party { (say::text(party)) ". " }
                    "“" (say::text(&self.title)) "” (" (self.kind) "). " em { (say::text(&self.registry)) } ". "
                    "Recorded " (say::moment(self.recorded_ms)) @if let Some(name) = recorder { " by " (say::text(name)) } ". "
                    a.cite__address href=(self.path) { (self.address) }
                }
                dl.cite__more {
                    dt { "Revision" } dd { code.hash { (self.stamp) } }
                    dt { "This revision for good" } dd { a.cite__address href={ (self.path) "?" (self.as_of) } { (self.fixed()) } }
                }
                @if downloads {
                    ul.cite__forms {
                        @for (f, label) in [("bibtex", "BibTeX"), ("csl", "CSL-JSON"), ("jsonld", "JSON-LD"), ("ttl", "Turtle")] {
                            li { a href={ (self.path) "?" (self.as_of) "&f=" (f) } { (label) } }
                        }
                    }
                }
            }
        }
    }

    /// For BibTeX. Only the speaker of a statement is its author: for the rest, the registry.
    pub fn bibtex(&self) -> String {
        let day = self.day();
        let key: String = self
            .address
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .chars()
            .collect();
        let fields = [
            (
                "author",
                self.party.clone().unwrap_or_else(|| self.publisher.clone()),
            ),
            ("title", format!("{} ({})", self.title, self.kind)),
            ("howpublished", self.registry.clone()),
            ("publisher", self.publisher.clone()),
            ("year", day.chars().take(4).collect()),
            ("date", day),
            ("version", self.stamp.clone()),
            ("url", self.fixed()),
        ];
        let lines: Vec<String> = fields
            .iter()
            .map(|(name, value)| match *name {
                // An address is taken as it is; an author stands in braces so that it is not cut into names.
                "url" => format!("  url = {{{value}}}"),
                "author" => format!("  author = {{{{{}}}}}", escaped(value)),
                name => format!("  {name} = {{{}}}", escaped(value)),
            })
            .collect();
        format!("@misc{{stele-{key},\n{}\n}}\n", lines.join(",\n"))
    }

    /// For reference managers that read CSL-JSON.
    pub fn csl(&self) -> Value {
        let day = self.day();
        let parts: Vec<u32> = day.split('-').filter_map(|n| n.parse().ok()).collect();
        let author = self.party.as_ref().unwrap_or(&self.publisher);
        json!([{
            "id": self.address,
            "type": "entry",
            "title": self.title,
            "genre": self.kind,
            "author": [{"literal": author}],
            "container-title": self.registry,
            "publisher": self.publisher,
            "issued": {"date-parts": [parts]},
            "version": self.stamp,
            "URL": self.fixed(),
        }])
    }
}

/// Text for BibTeX: what TeX reads as a command is written out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' | '}' => out.push_str(if c == '{' { "\\{" } else { "\\}" }),
            '\\' => out.push_str("\\textbackslash{}"),
            '%' | '&' | '#' | '$' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The question that means a revision.
pub fn as_of(stamp: &str) -> String {
    // A stamp has one sign that needs no writing out in a question: `@`.
    let stamp = crate::html::components::query(stamp).replace("%40", "@");
    format!("as_of={stamp}")
}

/// When a stamp was made, in milliseconds since 1970.
pub fn when(stamp: &str) -> u64 {
    stamp.parse::<Stamp>().map_or(0, |stamp| stamp.at.unix_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bibtex_carries_no_commands_of_others() {
        assert_eq!(
            escaped("}\\input{x} 50 % & _\n"),
            "\\}\\textbackslash{}input\\{x\\} 50 \\% \\& \\_ "
        );
    }
}
