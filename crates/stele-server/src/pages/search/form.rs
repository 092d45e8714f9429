//! What the search and the map are narrowed by: the same fields in the address, the same form.

use crate::html::components as ui;
use maud::{Markup, html};
use serde::Deserialize;
use stele_model::{Category, FindingStatus, Kind, Word};
use stele_registry::Written;

/// What the address may ask for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// Words, in any script.
    pub q: String,
    /// Kind of record.
    pub kind: String,
    /// Category, predicate or kind of its own.
    pub category: String,
    /// Area: id or name.
    pub area: String,
    /// Status.
    pub status: String,
    /// Party: id or name.
    pub party: String,
    /// First date.
    pub from: String,
    /// Last date.
    pub to: String,
    /// Longitude, latitude, kilometres.
    pub near: String,
    /// West, south, east, north.
    pub bbox: String,
    /// Hits to pass over.
    pub after: String,
    /// `json` for the twin.
    pub format: String,
}

/// Which page the form stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// All records.
    Search,
    /// Sites where they are.
    Map,
}

impl Page {
    fn address(self) -> &'static str {
        match self {
            Page::Search => "/search",
            Page::Map => "/map",
        }
    }
}

/// Kinds that the form offers; the others are reached through the counts.
const KINDS: [Kind; 8] = [
    Kind::Site,
    Kind::Claim,
    Kind::Source,
    Kind::Party,
    Kind::Area,
    Kind::Finding,
    Kind::Mission,
    Kind::Instrument,
];

impl Ask {
    /// What it is narrowed by, as fields of an address.
    pub fn fields(&self) -> [(&'static str, &str); 10] {
        [
            ("q", &self.q),
            ("kind", &self.kind),
            ("category", &self.category),
            ("area", &self.area),
            ("status", &self.status),
            ("party", &self.party),
            ("from", &self.from),
            ("to", &self.to),
            ("near", &self.near),
            ("bbox", &self.bbox),
        ]
    }

    /// The address of this state in the search, with other hits to pass over.
    pub fn address(&self, more: &[(&str, &str)]) -> String {
        self.at("/search", more)
    }

    /// The address of this state on a page.
    pub fn at(&self, page: &str, more: &[(&str, &str)]) -> String {
        let parts: Vec<String> = self
            .fields()
            .iter()
            .chain(more)
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| format!("{name}={}", ui::query(value.trim())))
            .collect();
        match parts.is_empty() {
            true => page.into(),
            false => format!("{page}?{}", parts.join("&")),
        }
    }

    /// As the registry reads it.
    pub fn written(&self) -> Written {
        Written {
            text: self.q.clone(),
            kind: self.kind.clone(),
            category: self.category.clone(),
            area: self.area.clone(),
            status: self.status.clone(),
            party: self.party.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            near: self.near.clone(),
            bbox: self.bbox.clone(),
            after: self.after.clone(),
        }
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.fields()
            .iter()
            .all(|(_, value)| value.trim().is_empty())
    }

    fn has_more_fields(&self) -> bool {
        [
            &self.area,
            &self.party,
            &self.from,
            &self.to,
            &self.near,
            &self.bbox,
        ]
        .iter()
        .any(|value| !value.trim().is_empty())
    }
}

/// The form; works without a script.
pub(crate) fn form(q: &Ask, page: Page) -> Markup {
    let field = |id: &str, label: &str, name: &str, value: &str, hint: &str| {
        html! {
            div.field { label for=(id) { (label) } input #(id) type="text" name=(name) value=(value) placeholder=(hint) autocomplete="off" maxlength="200"; }
        }
    };
    html! {
        form.search-form.search-form--map[page == Page::Map] action=(page.address()) method="get" role="search" aria-label="This search" {
            div.field { label for="search-text" { "Words, in any script" } input #search-text type="search" name="q" value=(q.q) maxlength="200" autocomplete="off" data-suggest[page == Page::Search]; }
            @if page == Page::Search {
                div.field { label for="search-kind" { "Only" } select #search-kind name="kind" { option value="" { "everything" } @for k in KINDS { option value=(k.id()) selected[q.kind == k.id()] { (k.plural()) } } } }
                @for (name, value) in [("category", &q.category), ("status", &q.status)] { @if !value.is_empty() { input type="hidden" name=(name) value=(value); } }
            }
            button.button.button--primary type="submit" { @if page == Page::Map { "Show" } @else { "Search" } }
            @if page == Page::Map {
                (categories(q))
                (statuses(q))
            }
            details.search-form__more open[q.has_more_fields()] {
                summary { "Area, party, dates, distance" }
                div.search-form__fields {
                    (field("search-area", "In this area and those within it", "area", &q.area, "name or id"))
                    (field("search-party", "According to this party", "party", &q.party, "name or id"))
                    (field("search-from", "Dated from", "from", &q.from, "2021-05"))
                    (field("search-to", "Dated until", "to", &q.to, "2022"))
                    (field("search-near", "Near: longitude, latitude, kilometres", "near", &q.near, "46.75,39.76,20"))
                    (field("search-bbox", "Box: west, south, east, north", "bbox", &q.bbox, "46,39,47,40"))
                }
            }
        }
    }
}

/// Groups of categories, and the finer ones under each.
fn categories(q: &Ask) -> Markup {
    let groups = Category::ALL
        .iter()
        .filter(|c| c.group() == **c && !c.is_movable());
    html! {
        div.field { label for="search-category" { "Category" } select #search-category name="category" {
            option value="" { "every category" }
            @for group in groups {
                option value=(group.id()) selected[q.category == group.id()] { (group.label()) }
                @for finer in Category::ALL.iter().filter(|c| c.group() == *group && *c != group) {
                    option value=(finer.id()) selected[q.category == finer.id()] { "– " (finer.label()) }
                }
            }
        } }
    }
}

fn statuses(q: &Ask) -> Markup {
    html! {
        div.field { label for="search-status" { "Status" } select #search-status name="status" {
            option value="" { "every status" }
            @if q.status.contains(',') { option value=(q.status) selected { "several, as chosen below" } }
            @for status in FindingStatus::ALL { option value=(status.id()) selected[q.status == status.id()] { (status.label()) } }
        } }
    }
}
