//! Searching for a viewer: what is asked, what is left out for them, what they get with its counts.
//!
//! For who is no member a protected place is where it is shown: a generalised one is its whole cell,
//! a withheld one nowhere. So no box or distance tells more than the page of the site does, and
//! counts are of what is shown. Records whose visibility hangs on others (reviews, links, replies,
//! evidence, assessments) are found by members; everybody else meets them at the record they belong to.

use crate::Registry;
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles, may_see, titled};
use std::collections::BTreeMap;
use stele_model::place::{Bounds, Position2};
use stele_model::{AnyId, Category, EdtfDate, Kind, Name, Word};
use stele_store::{Hit, Narrow, Near, Sight, Sought, Tallies};

/// Characters of a query that are read.
pub const LONGEST_TEXT: usize = 200;
/// Most hits of a page.
pub const LONGEST_PAGE: usize = 200;
/// Hits that can be paged through; further ones are reached by narrowing.
const REACH: usize = 1_000;
/// Widest distance, in kilometres: half round the globe.
const WIDEST_KM: f64 = 20_040.0;
/// Parties and areas that are offered to narrow by, the most frequent first.
const OFFERED: usize = 12;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchQuery {
    /// The words, in any script; the last may be unfinished.
    pub text: String,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only with this category, predicate or kind of its own; a category brings those under it.
    pub category: Option<String>,
    /// Only in this area and those within it.
    pub area: Option<AnyId>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only said by this party, or under a name it uses.
    pub party: Option<AnyId>,
    /// Only dated on or after.
    pub from: Option<EdtfDate>,
    /// Only dated on or before.
    pub to: Option<EdtfDate>,
    /// Only what comes this near.
    pub near: Option<Near>,
    /// Only what touches this box.
    pub bbox: Option<Bounds>,
    /// Hits to pass over.
    pub after: usize,
}

impl SearchQuery {
    /// Everything with these words.
    pub fn words(text: impl Into<String>) -> Self {
        SearchQuery {
            text: text.into(),
            ..SearchQuery::default()
        }
    }

    /// Whether nothing is asked at all.
    pub fn is_empty(&self) -> bool {
        let bare = SearchQuery {
            after: self.after,
            ..SearchQuery::words(self.text.clone())
        };
        self.text.trim().is_empty() && *self == bare
    }
}

/// What a search is narrowed by, as an address or a command line has it: words, not values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Words.
    pub text: String,
    /// Kind of record.
    pub kind: String,
    /// Category, predicate or kind of its own.
    pub category: String,
    /// Area: id, address or name.
    pub area: String,
    /// Status.
    pub status: String,
    /// Party: id, address or name.
    pub party: String,
    /// EDTF date.
    pub from: String,
    /// EDTF date.
    pub to: String,
    /// `LONGITUDE,LATITUDE,KILOMETRES`.
    pub near: String,
    /// `WEST,SOUTH,EAST,NORTH`.
    pub bbox: String,
    /// Hits to pass over.
    pub after: String,
}

impl Registry {
    /// Reads what is written; names the field that cannot be read, and says what to write instead.
    pub fn read_query(&self, viewer: &Viewer, written: &Written) -> Result<SearchQuery, Refusal> {
        let record = |field: &str, kind: Kind, text: &str| match given(text) {
            None => Ok(None),
            Some(text) => match self.resolve(viewer, Some(kind), text)? {
                Ok(id) => Ok(Some(id)),
                Err(problem) => Err(Refusal::field(field, problem)),
            },
        };
        let kind = given(&written.kind)
            .map(|text| {
                let by_plural = || Kind::ALL.iter().copied().find(|k| k.plural() == text);
                Kind::from_id(text).or_else(by_plural).ok_or_else(|| {
                    let why = format!("“{}” is not a kind of record", shortened(text));
                    Refusal::field("kind", why)
                })
            })
            .transpose()?;
        let near = given(&written.near)
            .map(|text| {
                let [lon, lat, km] = numbers::<3>(text).ok_or_else(|| {
                    let why = "is three numbers: longitude, latitude and kilometres, as in 46.75,39.76,20";
                    Refusal::field("near", why)
                })?;
                Ok::<_, Refusal>(Near { lon, lat, km })
            })
            .transpose()?;
        let bbox = given(&written.bbox)
            .map(|text| {
                let [west, south, east, north] = numbers::<4>(text).ok_or_else(|| {
                    let why = "is four numbers: west, south, east and north, as in 46,39,47,40";
                    Refusal::field("bbox", why)
                })?;
                Ok::<_, Refusal>(Bounds {
                    west,
                    south,
                    east,
                    north,
                })
            })
            .transpose()?;
        let query = SearchQuery {
            text: written.text.clone(),
            kind,
            category: word("category", kind, Kind::facets, &written.category)?,
            area: record("area", Kind::Area, &written.area)?,
            status: word("status", kind, Kind::statuses, &written.status)?,
            party: record("party", Kind::Party, &written.party)?,
            from: date("from", &written.from)?,
            to: date("to", &written.to)?,
            near,
            bbox,
            after: given(&written.after).map_or(Ok(0), |text| {
                text.parse().map_err(|_| {
                    Refusal::field("after", "is a number of hits to pass over, as in 30")
                })
            })?,
        };
        query.check()?;
        Ok(query)
    }
}

impl SearchQuery {
    /// Whether each value means something, by itself and beside the others.
    fn check(&self) -> Result<(), Refusal> {
        let on_globe = |field: &str, lon: f64, lat: f64| match Position2::new(lon, lat) {
            Ok(_) => Ok(()),
            Err(bad) => Err(Refusal::field(field, bad.to_string())),
        };
        if let Some(near) = &self.near {
            on_globe("near", near.lon, near.lat)?;
            if !(near.km > 0.0 && near.km <= WIDEST_KM) {
                let why = format!("the distance has to be above 0 and at most {WIDEST_KM} km");
                return Err(Refusal::field("near", why));
            }
        }
        if let Some(b) = &self.bbox {
            on_globe("bbox", b.west, b.south)?;
            on_globe("bbox", b.east, b.north)?;
            if b.south > b.north {
                let why = "the second number (south) is above the fourth (north)";
                return Err(Refusal::field("bbox", why));
            }
        }
        let first = self.from.as_ref().and_then(EdtfDate::earliest);
        let last = self.to.as_ref().and_then(EdtfDate::latest);
        match (first, last) {
            (Some(first), Some(last)) if first > last => Err(Refusal::field(
                "to",
                "lies before the first date; the earlier date goes first",
            )),
            _ => Ok(()),
        }
    }
}

/// What a field holds, where it holds anything.
fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|t| !t.is_empty())
}

/// A text of a stranger, short enough to be repeated to them.
fn shortened(text: &str) -> String {
    const CHARACTERS: usize = 60;
    match text.char_indices().nth(CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn date(field: &str, text: &str) -> Result<Option<EdtfDate>, Refusal> {
    let read = |text: &str| {
        text.parse::<EdtfDate>().map_err(|e| {
            let why = format!("{e}; write a date as 2021, 2021-05 or 2021-05-09");
            Refusal::field(field, why)
        })
    };
    given(text).map(read).transpose()
}

/// A word that records of this kind may have; of any kind, where none is asked for.
fn word(
    field: &str,
    kind: Option<Kind>,
    words: fn(Kind) -> &'static [&'static str],
    text: &str,
) -> Result<Option<String>, Refusal> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let mut kinds = Kind::ALL
        .iter()
        .filter(|k| kind.is_none_or(|kind| **k == kind));
    if kinds.any(|k| words(*k).contains(&text)) {
        return Ok(Some(text.to_owned()));
    }
    let text = shortened(text);
    Err(Refusal::field(
        field,
        match kind.map(|kind| (kind, words(kind))) {
            None => format!("“{text}” is not a {field} of any kind of record"),
            Some((kind, [])) => format!("no {} has a {field}; leave it out", kind.label()),
            Some((kind, words)) => format!(
                "“{text}” is not a {field} of a {}; it is one of: {}",
                kind.label(),
                words.join(", ")
            ),
        },
    ))
}

/// So many numbers by commas.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(|part| part.trim().parse::<f64>().ok().filter(|n| n.is_finite()))
        .collect();
    numbers?.try_into().ok()
}

/// A record found.
#[derive(Debug, Clone)]
pub struct SearchHit {
    /// The record.
    pub record: Shown,
    /// The name that matched best, as it is written.
    pub matched: Option<Name>,
    /// How well, 0 to 1.
    pub score: f32,
}

impl SearchHit {
    /// The record's JSON with `matched` and `score` beside it.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = self.record.to_json();
        if let Some(name) = &self.matched {
            json["matched"] = serde_json::json!({"text": name.text, "lang": name.lang});
        }
        json["score"] = ((f64::from(self.score) * 1000.0).round() / 1000.0).into();
        json
    }
}

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct SearchView {
    /// The hits, best first; by title where no words were asked.
    pub hits: Vec<SearchHit>,
    /// Hits to pass over for the next page; none when this is the last.
    pub next: Option<usize>,
    /// Whether none had all the words, so that these have some of them.
    pub partial: bool,
    /// How many there are in all, and whether there may be more than were looked at.
    pub total: u64,
    /// Whether the counts are of the first records looked at only.
    pub cut: bool,
    /// By kind.
    pub kinds: Vec<(Kind, u64)>,
    /// By category, predicate or kind of its own: where one kind is asked for.
    pub categories: Vec<(String, u64)>,
    /// By status.
    pub statuses: Vec<(String, u64)>,
    /// By party.
    pub parties: Vec<(AnyId, u64)>,
    /// By area.
    pub areas: Vec<(AnyId, u64)>,
    /// Titles of everything named.
    pub titles: Titles,
}

/// A record to go to while the words are being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The record.
    pub id: AnyId,
    /// Its kind.
    pub kind: Kind,
    /// What it is called, for the reader.
    pub title: String,
    /// The name that matched, where it is another.
    pub matched: Option<Name>,
    /// Where it is, in words.
    pub area: Option<String>,
}

impl Registry {
    /// Records that answer a query, with counts of everything found.
    pub fn search(
        &self,
        viewer: &Viewer,
        query: &SearchQuery,
        limit: usize,
        lang: &str,
    ) -> Result<SearchView, Refusal> {
        let (skip, limit) = (query.after.min(REACH), limit.clamp(1, LONGEST_PAGE));
        self.store.read(|read| {
            if query.is_empty() {
                return Ok(SearchView::default());
            }
            let sought = sought(read, viewer, query)?;
            let (found, tallies) = read.search_counted(&sought, skip, limit)?;
            let hits = seen(read, viewer, found.hits)?;
            let next = (found.more && skip + limit < REACH).then_some(skip + limit);
            let mut view = SearchView {
                hits,
                next,
                partial: found.partial,
                ..counted(tallies, query.kind)
            };
            let rows: Vec<&Shown> = view.hits.iter().map(|hit| &hit.record).collect();
            let mut titles = Titles::default();
            titles.meet_all(read, viewer, lang, &rows)?;
            titles.meet(read, viewer, lang, rows.iter().map(|r| r.id))?;
            let named = view.parties.iter().chain(&view.areas).map(|(id, _)| *id);
            let asked = [query.area, query.party].into_iter().flatten();
            titles.meet(read, viewer, lang, named.chain(asked))?;
            view.titles = titles;
            Ok(view)
        })
    }

    /// The best few records for words that are being typed.
    pub fn suggest(
        &self,
        viewer: &Viewer,
        text: &str,
        limit: usize,
        lang: &str,
    ) -> Result<Vec<Suggestion>, Refusal> {
        self.store.read(|read| {
            let sought = sought(read, viewer, &SearchQuery::words(text))?;
            let found = read.search(&sought, 0, limit.clamp(1, LONGEST_PAGE))?;
            let mut suggestions = Vec::new();
            let mut titles = Titles::default();
            for hit in found.hits {
                let stored = hit.stored;
                if !may_see(read, viewer, &stored)? {
                    continue;
                }
                let areas = stored.body.references();
                let area = areas
                    .iter()
                    .find(|r| r.role == stele_model::reading::Role::Within)
                    .map(|r| r.id);
                titles.meet(read, viewer, lang, area)?;
                let title = titled(read, viewer, &stored, lang)?;
                let matched = hit.name.and_then(|at| stored.body.names().get(at).cloned());
                suggestions.push(Suggestion {
                    id: stored.id,
                    kind: stored.kind,
                    matched: matched.filter(|name| name.text != title),
                    title,
                    area: area
                        .filter(|id| titles.address(*id).is_some())
                        .map(|id| titles.of(id)),
                });
            }
            Ok(suggestions)
        })
    }
}

/// What is left out for who is no member: what may not be seen, and what only a look at other records
/// can tell whether it may.
const NOT_FOR_ALL: &[(Kind, &[&str])] = &[
    (Kind::Finding, &["draft", ""]),
    (Kind::Review, &[]),
    (Kind::Evidence, &[]),
    (Kind::Assessment, &[]),
    (Kind::Reply, &[]),
    (Kind::Link, &[]),
];

/// Areas that a search looks in.
const MOST_AREAS: usize = 500;

pub(crate) fn sought(
    read: &mut stele_store::Read<'_>,
    viewer: &Viewer,
    query: &SearchQuery,
) -> Result<Sought, Refusal> {
    query.check()?;
    let areas = match query.area {
        Some(area) => read.areas_within(area, MOST_AREAS)?,
        None => Vec::new(),
    };
    let (sight, hidden) = match viewer.is_member() {
        true => (Sight::Exact, Vec::new()),
        false => (Sight::Shown, NOT_FOR_ALL.to_vec()),
    };
    Ok(Sought {
        text: query.text.chars().take(LONGEST_TEXT).collect(),
        narrow: Narrow {
            kind: query.kind,
            facets: query
                .category
                .as_deref()
                .map(with_finer)
                .unwrap_or_default(),
            areas,
            party: query.party,
            status: query.status.clone(),
            from_day: query
                .from
                .as_ref()
                .and_then(EdtfDate::earliest)
                .map(|d| d.0),
            to_day: query.to.as_ref().and_then(EdtfDate::latest).map(|d| d.0),
            within: query.bbox,
            near: query.near,
            hidden,
            sight,
        },
    })
}

/// A category with the finer ones under it; any other word alone.
fn with_finer(id: &str) -> Vec<String> {
    let mut all = vec![id.to_owned()];
    if let Some(category) = Category::from_id(id) {
        let finer = Category::ALL
            .iter()
            .filter(|c| **c != category && c.group() == category);
        all.extend(finer.map(|c| c.id().to_owned()));
    }
    all
}

pub(crate) fn seen(
    read: &mut stele_store::Read<'_>,
    viewer: &Viewer,
    hits: Vec<Hit>,
) -> Result<Vec<SearchHit>, Refusal> {
    let mut shown = Vec::with_capacity(hits.len());
    for hit in hits {
        if !may_see(read, viewer, &hit.stored)? {
            continue;
        }
        let matched = hit
            .name
            .and_then(|at| hit.stored.body.names().get(at).cloned());
        shown.push(SearchHit {
            record: Shown::of(viewer, hit.stored),
            matched,
            score: hit.score,
        });
    }
    Ok(shown)
}

fn counted(tallies: Tallies, kind: Option<Kind>) -> SearchView {
    // Words of one kind mean nothing beside those of another.
    let of_kind = kind.or_else(|| match tallies.kinds.len() {
        1 => tallies.kinds.keys().next().copied(),
        _ => None,
    });
    let mut categories: BTreeMap<String, u64> = BTreeMap::new();
    for ((of, facet), n) in tallies.facets {
        if Some(of) == of_kind {
            *categories.entry(facet).or_default() += n;
        }
    }
    SearchView {
        total: tallies.total,
        cut: tallies.cut,
        kinds: most_first(tallies.kinds, usize::MAX),
        categories: most_first(categories, usize::MAX),
        statuses: most_first(tallies.statuses, usize::MAX),
        parties: most_first(tallies.parties, OFFERED),
        areas: most_first(tallies.areas, OFFERED),
        ..SearchView::default()
    }
}

/// The most frequent first; equally frequent ones by what they are, never by who.
fn most_first<K: Ord>(counts: BTreeMap<K, u64>, most: usize) -> Vec<(K, u64)> {
    let mut counts: Vec<(K, u64)> = counts.into_iter().filter(|(_, n)| *n > 0).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(most);
    counts
}
