//! A record as a row of its collection.

use super::kept::Known;
use super::{Collection, Column, Feature, FeatureQuery, Span, Value, touches};
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::{Shown, Titles};
use std::collections::HashMap;
use std::sync::Arc;
use stele_model::*;
use stele_store::{Milestones, Read};

/// Titles and places of other records that are kept while rows are made.
const KEPT: usize = 20_000;

/// Makes rows, keeping what they share: parties, sources, areas, sites.
pub(super) struct Rows<'a> {
    pub collection: Collection,
    pub lang: &'a str,
    /// Titles known before.
    pub known: Known,
    pub titles: HashMap<AnyId, Arc<str>>,
    places: HashMap<AnyId, Option<ShownPlace>>,
    /// The last stamp that was read, with its moment: rows of a list share theirs.
    recorded: (String, i64),
}

/// What stands in the columns of one row.
struct Cells {
    columns: &'static [Column],
    values: Vec<Option<Value>>,
}

impl Cells {
    fn of(collection: Collection) -> Self {
        let columns = collection.columns();
        Cells {
            columns,
            values: vec![None; columns.len()],
        }
    }

    /// Puts a value where its column is; what the collection has no column for is left out.
    fn put(&mut self, id: &str, value: Value) {
        let at = self.columns.iter().position(|column| column.id == id);
        if let Some(cell) = at.and_then(|at| self.values.get_mut(at)) {
            *cell = Some(value);
        }
    }
}

impl<'a> Rows<'a> {
    pub fn new(collection: Collection, lang: &'a str) -> Self {
        Rows {
            collection,
            lang,
            known: Known::default(),
            titles: HashMap::new(),
            places: HashMap::new(),
            recorded: (String::new(), 0),
        }
    }

    /// The row of a record.
    pub fn feature(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        shown: Shown,
    ) -> Result<Feature, Refusal> {
        let mut cells = Cells::of(self.collection);
        let mut put = |id: &'static str, text: &str| {
            if !text.is_empty() {
                cells.put(id, Value::Text(text.to_owned()));
            }
        };
        put("address", &format!("/{}/{}", shown.kind.id(), shown.id));
        put("revision", &shown.stamp);
        put("status", &shown.status);
        put("title", &shown.title(self.lang));
        let mut place = shown.place.clone();
        let mut geometry = None;
        let mut time = None;
        match &shown.body {
            Body::Site(site) => {
                put("names", &named(&site.names));
                put("kind", site.kind.id());
                put("category", site.category.id());
                put(
                    "areas",
                    &self.all(read, viewer, site.areas.iter().map(|a| a.any()))?,
                );
                put("made", &written(&site.made));
                put(
                    "description",
                    site.description.as_deref().unwrap_or_default(),
                );
                let identifiers = site.identifiers.iter();
                let identifiers: Vec<String> = identifiers
                    .map(|i| format!("{}:{}", i.scheme, i.value))
                    .collect();
                put("identifiers", &identifiers.join("; "));
                let Milestones {
                    claimed,
                    assessed,
                    verified,
                } = shown.milestones;
                let days = [
                    ("claimed_since", claimed),
                    ("assessed_since", assessed),
                    ("verified_since", verified),
                ];
                for (id, day) in days {
                    if let Some(day) = day {
                        cells.put(id, Value::Day(day));
                    }
                }
            }
            Body::Claim(claim) => {
                let (subject, party) = (claim.subject.any(), claim.party.any());
                let of = self.title(read, viewer, subject)?;
                let by = self.title(read, viewer, party)?;
                let says = match claim.subject {
                    Subject::Site(_) => claim.predicate.label().to_owned(),
                    Subject::Aggregate(_) => claim.predicate.label_of_many(),
                };
                put("title", &format!("{of}: {says}, according to {by}"));
                put("party", &by);
                put("party_id", &party.to_string());
                put("source", &self.title(read, viewer, claim.source.any())?);
                put("source_id", &claim.source.to_string());
                put("predicate", claim.predicate.id());
                put("words", &claim.words);
                put("stated", &written(&claim.stated));
                put("event", &written(&claim.event));
                put("subject", &of);
                put("subject_id", &subject.to_string());
                place = self.place(read, viewer, subject)?;
                time = claim.event.as_ref().or(claim.stated.as_ref()).map(span);
            }
            Body::Finding(finding) => {
                let site = finding.site.any();
                let of = self.title(read, viewer, site)?;
                put("title", &format!("{of}: {}", finding.conclusion.label()));
                put("site", &of);
                put("site_id", &site.to_string());
                put("conclusion", finding.conclusion.id());
                put("standard", finding.standard.id());
                put("as_at", &finding.as_at.to_string());
                put("window", &written(&finding.window));
                put("rationale", &finding.rationale);
                place = self.place(read, viewer, site)?;
                time = Some(span(&finding.as_at));
            }
            Body::Assessment(assessment) => {
                let site = assessment.site.any();
                let of = self.title(read, viewer, site)?;
                put("title", &format!("{of}: {}", shown.title(self.lang)));
                put("site", &of);
                put("site_id", &site.to_string());
                put("observed", &assessment.observed.to_string());
                put("method", assessment.method.id());
                let organisation = assessment.organisation.any();
                put("organisation", &self.title(read, viewer, organisation)?);
                put("organisation_id", &organisation.to_string());
                put("grade", assessment.grade.id());
                put("certainty", assessment.certainty.id());
                if let Some(native) = &assessment.native {
                    put("scale", native.scale.id());
                    put("value", &native.value);
                }
                put("examined", &assessment.examined);
                put(
                    "not_examined",
                    assessment.not_examined.as_deref().unwrap_or_default(),
                );
                place = self.place(read, viewer, site)?;
                time = Some(span(&assessment.observed));
            }
            Body::Area(area) => {
                put("names", &named(&area.names));
                put("kind", area.kind.id());
                if let Some(parent) = area.parent {
                    put("parent", &self.title(read, viewer, parent.any())?);
                    put("parent_id", &parent.to_string());
                }
                put("valid", &written(&area.valid));
                time = area.valid.as_ref().map(span);
            }
            Body::Mission(mission) => {
                put("kind", mission.kind.id());
                let organisations = mission.organisations.iter().map(|p| p.any());
                put("organisations", &self.all(read, viewer, organisations)?);
                put(
                    "areas",
                    &self.all(read, viewer, mission.areas.iter().map(|a| a.any()))?,
                );
                let mut stops = Vec::new();
                for site in &mission.itinerary {
                    if let Some(place) = self.place(read, viewer, site.any())? {
                        stops.extend(centre(&place));
                    }
                }
                let count = |n: usize| Value::Whole(i64::try_from(n).unwrap_or(i64::MAX));
                cells.put("stops", count(mission.itinerary.len()));
                cells.put("stops_shown", count(stops.len()));
                geometry = match stops.len() {
                    0 => None,
                    1 => stops.first().copied().map(Geometry::Point),
                    _ => Some(Geometry::LineString(stops)),
                };
            }
            _ => {}
        }
        if self.recorded.0 != shown.stamp {
            let moment = i64::try_from(shown.recorded_ms()).unwrap_or(i64::MAX);
            self.recorded = (shown.stamp.clone(), moment);
        }
        cells.put("recorded", Value::Moment(self.recorded.1));
        match &place {
            Some(ShownPlace::Grid { grid_m, .. }) => {
                cells.put("grid_m", Value::Whole(i64::from(*grid_m)));
            }
            Some(ShownPlace::Exact {
                uncertainty_m: Some(metres),
                ..
            }) => {
                cells.put("uncertainty_m", Value::Whole(i64::from(*metres)));
            }
            _ => {}
        }
        let how = match &place {
            None => "not_known",
            Some(ShownPlace::Exact { .. }) => "exact",
            Some(ShownPlace::Grid { .. }) => "generalised",
            Some(ShownPlace::Withheld) => "withheld",
        };
        cells.put("place", Value::Text(how.into()));
        Ok(Feature {
            id: shown.id,
            geometry: geometry.or_else(|| place.and_then(geometry_of)),
            values: cells.values,
            time,
            stamp: shown.stamp,
        })
    }

    /// Whether a row is asked for.
    pub fn passes(&self, feature: &Feature, query: &FeatureQuery) -> bool {
        let word = |column: Option<usize>, words: &[&'static str]| {
            let own = column.and_then(|c| feature.values.get(c)?.as_ref());
            words.is_empty()
                || matches!(own, Some(Value::Text(own)) if words.contains(&own.as_str()))
        };
        let placed = match &query.bbox {
            None => true,
            Some(bbox) => {
                let own = feature.geometry.as_ref().and_then(Geometry::bounds);
                own.is_some_and(|own| touches(&own, bbox))
            }
        };
        let timed = match (&query.time, &feature.time) {
            (Some(asked), Some(time)) => asked.meets(time),
            _ => true,
        };
        placed
            && timed
            && word(self.collection.facet_column(), &query.facets)
            && word(self.collection.column("status"), &query.statuses)
            && query.filter.as_ref().is_none_or(|f| f.passes(feature))
    }

    fn title(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        id: AnyId,
    ) -> Result<Arc<str>, Refusal> {
        if let Some(title) = self.known.get(&id).or_else(|| self.titles.get(&id)) {
            return Ok(title.clone());
        }
        let mut titles = Titles::default();
        titles.meet(read, viewer, self.lang, [id])?;
        let title: Arc<str> = titles.of(id).into();
        if self.titles.len() >= KEPT {
            self.titles.clear();
        }
        self.titles.insert(id, title.clone());
        Ok(title)
    }

    fn all(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        ids: impl Iterator<Item = AnyId>,
    ) -> Result<String, Refusal> {
        let titles: Result<Vec<Arc<str>>, Refusal> =
            ids.map(|id| self.title(read, viewer, id)).collect();
        Ok(titles?.join("; "))
    }

    /// Where a site is, as the viewer may know it.
    fn place(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        site: AnyId,
    ) -> Result<Option<ShownPlace>, Refusal> {
        if let Some(place) = self.places.get(&site) {
            return Ok(place.clone());
        }
        let stored = read.find(site)?.filter(|s| !s.withdrawn);
        let place = stored.and_then(|s| Shown::of(viewer, s).place);
        if self.places.len() >= KEPT {
            self.places.clear();
        }
        self.places.insert(site, place.clone());
        Ok(place)
    }
}

fn named(names: &[Name]) -> String {
    let all: Vec<String> = names
        .iter()
        .map(|n| format!("{} ({})", n.text, n.lang))
        .collect();
    all.join("; ")
}

fn written(date: &Option<EdtfDate>) -> String {
    date.as_ref().map_or_else(String::new, |d| d.to_string())
}

fn span(date: &EdtfDate) -> Span {
    Span {
        from: date.earliest(),
        to: date.latest(),
    }
}

/// The one position of a place that a line through it takes.
fn centre(place: &ShownPlace) -> Option<stele_model::place::Position2> {
    match place {
        ShownPlace::Grid { centre, .. } => Some(*centre),
        ShownPlace::Exact { geometry, .. } => match geometry {
            Geometry::Point(p) => Some(*p),
            _ => geometry.bounds().map(|b| b.centre()),
        },
        ShownPlace::Withheld => None,
    }
}

/// What is drawn of a place; of a generalised one the centre of its cell, with the size beside it.
fn geometry_of(place: ShownPlace) -> Option<Geometry> {
    match place {
        ShownPlace::Exact { geometry, .. } => Some(geometry),
        ShownPlace::Grid { centre, .. } => Some(Geometry::Point(centre)),
        ShownPlace::Withheld => None,
    }
}
