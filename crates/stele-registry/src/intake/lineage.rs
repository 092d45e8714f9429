//! The same figure met in another source: found by category and number, compared part by part.

use crate::account::Viewer;
use crate::find::{figure_of, link_between};
use crate::intake::EarlierStatement;
use crate::refusal::Refusal;
use crate::view::Shown;
use std::collections::BTreeSet;
use stele_formats::{Proposal, Proposed};
use stele_model::reading::Role;
use stele_model::rules::{Change, Figure};
use stele_model::*;
use stele_store::{Filter, Order, Read};

/// Aggregates looked at for one proposal.
const LOOKED_AT: usize = 40;

/// The latest claim recorded before that states the same figure.
pub(super) fn earlier_statement(
    read: &mut Read<'_>,
    proposal: &Proposal,
) -> Result<Option<EarlierStatement>, Refusal> {
    let Proposed::Claim {
        predicate,
        aggregate: Some(aggregate),
        stated,
        ..
    } = &proposal.what
    else {
        return Ok(None);
    };
    // A loose number ("hundreds") and a small one ("4 galleries") are no figure to follow by themselves.
    if matches!(
        aggregate.count.qualifier,
        Qualifier::Tens | Qualifier::Hundreds | Qualifier::Thousands
    ) {
        return Ok(None);
    }
    let value = aggregate.count.value;
    let around = (value - value / 10, value.saturating_add(value / 10));
    let filter = Filter {
        kind: Some(Kind::Aggregate),
        facet: Some(aggregate.category.id().to_owned()),
        weight: Some(around),
        ..Filter::default()
    };
    let day = |date: Option<&EdtfDate>| date.and_then(|d| d.latest()).map_or(i64::MAX, |d| d.0);
    let ours = day(stated.as_ref());
    let parties: BTreeSet<AnyId> = read
        .named(Kind::Party, &proposal.party.name)?
        .into_iter()
        .collect();
    let mut best: Option<((u8, i64), EarlierStatement)> = None;
    for stored in read.list(&filter, Order::Weight, None, LOOKED_AT)?.rows {
        let subject = Shown::of(&Viewer::Public, stored);
        let Body::Aggregate(other) = &subject.body else {
            continue;
        };
        for claim in read
            .referring(subject.id, Kind::Claim, Some(Role::About), None, 10)?
            .rows
        {
            let Body::Claim(body) = &claim.body else {
                continue;
            };
            let theirs = day(body.stated.as_ref());
            let same_party = parties.contains(&body.party.any());
            let same_count = other.count.value == value;
            let same_holdings = !aggregate.holdings.is_empty()
                && other.holdings.iter().any(|h| {
                    aggregate
                        .holdings
                        .iter()
                        .any(|o| o.kind == h.kind && o.count.value == h.count.value)
                });
            // Small numbers agree by chance: then the party or the holdings must agree as well.
            let telling = same_count && value >= 100
                || same_party && (same_count || value >= 100)
                || same_holdings;
            if !telling || theirs > ours {
                continue;
            }
            let before = figure_of(body, Some(&subject));
            let after = Figure {
                party: if same_party {
                    body.party
                } else {
                    claim.id.into()
                },
                source: claim.id.into(),
                predicate: *predicate,
                count: Some(aggregate.count.clone()),
                holdings: aggregate.holdings.clone(),
                areas: before.areas.clone(),
            };
            let (kind, changes) = link_between(&before, &after);
            let rank = (
                u8::from(same_count) + u8::from(same_party) + u8::from(same_holdings),
                theirs,
            );
            if best.as_ref().is_none_or(|(r, _)| rank > *r) {
                best = Some((
                    rank,
                    EarlierStatement {
                        claim: claim.id,
                        words: in_words(read, body)?,
                        kind,
                        changes: told(&changes),
                    },
                ));
            }
        }
    }
    Ok(best.map(|(_, earlier)| earlier))
}

fn told(changes: &[Change]) -> Vec<String> {
    changes.iter().map(Change::in_words).collect()
}

fn in_words(read: &mut Read<'_>, claim: &Claim) -> Result<String, Refusal> {
    let party = read
        .find(claim.party.any())?
        .map_or_else(String::new, |s| s.body.title("en"));
    let source = read
        .find(claim.source.any())?
        .map_or_else(String::new, |s| s.body.title("en"));
    let stated = claim
        .stated
        .as_ref()
        .map(|d| format!(", {}", d.in_words()))
        .unwrap_or_default();
    Ok(format!("{party}{stated}, in “{source}”: “{}”", claim.words))
}
