//! What the registry says of itself to the outside: its address, publisher and licence, and the maps
//! that name every public record to search engines (sitemaps.org 0.9).

use crate::Registry;
use crate::account::Viewer;
use crate::folder::Settings;
use crate::refusal::Refusal;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use stele_formats::linked::Base;
use stele_model::{AnyId, Kind};
use stele_store::{Filter, Order};

/// Kinds whose public records stand in the maps, each with a page worth finding.
pub const MAPPED: [Kind; 9] = [
    Kind::Site,
    Kind::Aggregate,
    Kind::Claim,
    Kind::Finding,
    Kind::Mission,
    Kind::Party,
    Kind::Source,
    Kind::Area,
    Kind::Instrument,
];

/// Most addresses of one map (sitemaps.org).
pub const LONGEST_MAP: usize = 50_000;
/// Addresses of a map when it is laid out; what is recorded between its ends later has room.
const LAID_OUT: usize = 45_000;

/// Ends of the maps of each kind, found once and only added to.
#[derive(Debug, Default)]
pub struct Maps(Mutex<BTreeMap<Kind, Vec<AnyId>>>);

/// A part of a kind's records by id: after one, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The kind.
    pub kind: Kind,
    /// After this id; from the beginning where there is none.
    pub after: Option<AnyId>,
    /// Up to and with this id; to the end where there is none.
    pub until: Option<AnyId>,
}

/// What the settings may say of the registry to the outside.
pub(crate) fn check(settings: &Settings) -> Result<(), String> {
    let web = |text: &str| Base::parse(text).is_some();
    if let Some(address) = settings.address.as_deref()
        && !web(address)
    {
        return Err(format!(
            "address is “{address}”; write the public address of the registry, such as https://registry.example"
        ));
    }
    if let Some(licence) = settings.licence.as_deref()
        && !web(licence)
    {
        return Err(format!(
            "licence is “{licence}”; write the address of a licence, such as https://creativecommons.org/licenses/by/4.0/"
        ));
    }
    if let Some(contact) = settings.contact.as_deref()
        && !web(contact)
        && !is_mail(contact)
    {
        return Err(format!(
            "contact is “{contact}”; write an e-mail or web address"
        ));
    }
    if settings
        .publisher
        .as_deref()
        .is_some_and(|p| p.trim().is_empty() || p.chars().count() > 200)
    {
        return Err("publisher is empty or longer than 200 characters".into());
    }
    Ok(())
}

fn is_mail(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-@".contains(c);
    text.split_once('@')
        .is_some_and(|(who, at)| !who.is_empty() && at.contains('.') && !at.contains('@'))
        && text.chars().all(plain)
}

impl Registry {
    /// The public address that the settings state.
    pub fn address(&self) -> Option<Base> {
        self.settings.address.as_deref().and_then(Base::parse)
    }

    /// Who publishes the registry: the registry itself where the settings do not say.
    pub fn publisher(&self) -> &str {
        self.settings.publisher.as_deref().unwrap_or(self.name())
    }

    /// Address of the licence of its own records, where one is stated.
    pub fn licence(&self) -> Option<&str> {
        self.settings.licence.as_deref()
    }

    /// Where to write to.
    pub fn contact(&self) -> Option<&str> {
        self.settings.contact.as_deref()
    }

    /// When something public was last recorded, in milliseconds since 1970.
    pub fn last_recorded_ms(&self) -> Result<Option<u64>, Refusal> {
        self.store.read(|read| {
            let page = self.page(
                read,
                &Viewer::Public,
                &Filter::default(),
                Order::Latest,
                None,
                20,
            )?;
            Ok(page.rows.first().map(crate::Shown::recorded_ms))
        })
    }

    /// Every map there is. Ends that were found before are kept, so only what was recorded since is
    /// walked over.
    pub fn maps(&self) -> Result<Vec<Span>, Refusal> {
        let mut known = self.maps.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut spans = Vec::new();
        for kind in MAPPED {
            let ends = known.entry(kind).or_default();
            self.store.read(|read| {
                while let Some(end) =
                    read.id_further(kind, hidden(kind), ends.last().copied(), LAID_OUT)?
                {
                    ends.push(end);
                }
                let mut after = None;
                for end in ends.iter().copied() {
                    spans.push(Span {
                        kind,
                        after,
                        until: Some(end),
                    });
                    after = Some(end);
                }
                if !read.stamps(kind, hidden(kind), after, None, 1)?.is_empty() {
                    spans.push(Span {
                        kind,
                        after,
                        until: None,
                    });
                }
                Ok::<_, Refusal>(())
            })?;
        }
        Ok(spans)
    }

    /// The public records of a map with the moment each was last recorded, in milliseconds since 1970.
    pub fn map(&self, span: Span) -> Result<Vec<(AnyId, u64)>, Refusal> {
        if !MAPPED.contains(&span.kind) {
            return Ok(Vec::new());
        }
        self.store.read(|read| {
            let found = read.stamps(
                span.kind,
                hidden(span.kind),
                span.after,
                span.until,
                LONGEST_MAP,
            )?;
            let when = |stamp: &str| {
                stamp
                    .parse::<stele_model::Stamp>()
                    .map_or(0, |stamp| stamp.at.unix_ms)
            };
            Ok(found
                .into_iter()
                .map(|(id, stamp)| (id, when(&stamp)))
                .collect())
        })
    }
}

/// Statuses of records that the public does not see; the other kinds of [`MAPPED`] are public as such.
fn hidden(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Finding => &["draft", ""],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_mail_or_web_addresses() {
        for (text, good) in [
            ("desk@registry.example", true),
            ("desk", false),
            ("a@b", false),
            ("a b@c.example", false),
            ("<a@b.example>", false),
            ("a@b@c.example", false),
        ] {
            assert_eq!(is_mail(text), good, "{text}");
        }
    }
}
