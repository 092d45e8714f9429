//! What a viewer may see. [`Shown`] is made here and nowhere else, and cannot carry an exact place
//! that is protected: the body's location is taken out, and [`ShownPlace`] stands beside it.

use crate::account::Viewer;
use crate::refusal::Refusal;
use serde::Serialize;
use std::collections::BTreeMap;
use stele_formats::linked::Piece;
use stele_model::reading::Role;
use stele_model::rules::Ladder;
use stele_model::{
    AnyId, Body, Interval, Kind, Location, Restriction, Sensitivity, ShownPlace, Subject, Word,
};
use stele_store::{Milestones, Read, Stored};

/// A record as a viewer may see it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its id.
    pub id: AnyId,
    /// Its kind.
    pub kind: Kind,
    /// What it says, without its location.
    pub body: Body,
    /// Where it is, as exactly as the viewer may know.
    pub place: Option<ShownPlace>,
    /// Finding status of a site, stage of a mission, `draft`, `retracted`, `undone`, or nothing.
    pub status: String,
    /// Clock and node of the revision shown.
    pub stamp: String,
    /// Clock and node of the first one.
    pub first: String,
    /// How many revisions there are.
    pub revisions: u64,
    /// Whether two of them compete.
    pub conflicted: bool,
    /// Whether it was taken back as recorded by mistake.
    pub withdrawn: bool,
    /// Coverage, of an aggregate.
    pub ladder: Option<Ladder>,
    /// Since when it is claimed harmed, observed and judged, of a site.
    pub milestones: Milestones,
}

impl Shown {
    pub(crate) fn of(viewer: &Viewer, stored: Stored) -> Self {
        let ladder = (stored.kind == Kind::Aggregate).then(|| stored.ladder());
        let milestones = stored.milestones();
        let mut body = stored.body;
        let exact = viewer.is_member();
        let location = take_place(&mut body);
        let place = location.as_ref().map(|location| location.shown(exact));
        if let (Some(location), Some(ShownPlace::Grid { .. } | ShownPlace::Withheld)) =
            (&location, &place)
        {
            untell(&mut body, location);
        }
        Shown {
            id: stored.id,
            kind: stored.kind,
            body,
            place,
            status: stored.status,
            stamp: stored.stamp,
            first: stored.first,
            revisions: stored.revisions,
            conflicted: stored.conflicted,
            withdrawn: stored.withdrawn,
            ladder,
            milestones,
        }
    }

    /// What to call it, for a reader of this language.
    pub fn title(&self, lang: &str) -> String {
        self.body.title(lang)
    }

    /// Logical bounds of an aggregate.
    pub fn bounds(&self) -> Option<Interval> {
        match (&self.body, &self.ladder) {
            (Body::Aggregate(a), Some(ladder)) => ladder.bounds(&a.count),
            _ => None,
        }
    }

    /// When the revision shown was recorded, in milliseconds since 1970.
    pub fn recorded_ms(&self) -> u64 {
        self.stamp
            .parse::<stele_model::Stamp>()
            .map_or(0, |s| s.at.unix_ms)
    }

    /// It as linked data takes it; `kind_of` tells of which kind another record is, where it may be seen.
    pub fn piece<'a>(&'a self, kind_of: &'a dyn Fn(AnyId) -> Option<Kind>) -> Piece<'a> {
        Piece {
            id: self.id,
            body: &self.body,
            place: self.place.as_ref(),
            status: &self.status,
            stamp: &self.stamp,
            first: &self.first,
            withdrawn: self.withdrawn,
            ladder: self.ladder.as_ref(),
            kind_of,
        }
    }

    /// The record as JSON: `{"id", "type", "title", "data", "place"?, "status"?, "coverage"?, "recorded", …}`.
    pub fn to_json(&self) -> serde_json::Value {
        let record = stele_model::Record::new(self.id, self.body.clone()).to_json();
        let mut json = serde_json::json!({
            "id": self.id,
            "type": self.kind,
            "address": format!("/{}/{}", self.kind.id(), self.id),
            "title": self.title("en"),
            "data": record["data"],
            "recorded": {"stamp": self.stamp, "first": self.first, "revisions": self.revisions},
        });
        if let Some(place) = &self.place {
            json["place"] = serde_json::to_value(place).unwrap_or_default();
        }
        if !self.status.is_empty() {
            json["status"] = self.status.clone().into();
        }
        if let Some(ladder) = &self.ladder {
            json["coverage"] = serde_json::to_value(ladder).unwrap_or_default();
        }
        if self.conflicted {
            json["conflicted"] = true.into();
        }
        if self.withdrawn {
            json["withdrawn"] = true.into();
        }
        json
    }
}

impl Serialize for Shown {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

/// The schema says what [`Shown::to_json`] writes; a record of each kind is held against it in
/// `tests/clients`.
impl schemars::JsonSchema for Shown {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ShownRecord".into()
    }

    fn json_schema(make: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let kinds: Vec<serde_json::Value> = Kind::ALL
            .iter()
            .map(|kind| {
                let data = kind.schema(make);
                serde_json::json!({"title": kind.label(), "properties": {"type": {"const": kind}, "data": data}})
            })
            .collect();
        let (id, place, ladder) = (
            make.subschema_for::<AnyId>(),
            make.subschema_for::<ShownPlace>(),
            make.subschema_for::<Ladder>(),
        );
        schemars::json_schema!({
            "type": "object",
            "description": "A record as the reader may see it. The exact place is in `place`, never in `data`, and only for who may know it.",
            "required": ["id", "type", "address", "title", "data", "recorded"],
            "properties": {
                "id": id,
                "type": {"type": "string"},
                "address": {"type": "string", "description": "Address of its page."},
                "title": {"type": "string", "description": "What to call it, in English where it has such a name."},
                "data": {"type": "object"},
                "place": place,
                "status": {"type": "string", "description": "Finding status of a site, stage of a mission, `draft`, `retracted`, `undone`."},
                "coverage": ladder,
                "conflicted": {"type": "boolean", "description": "Two revisions compete; both are kept."},
                "withdrawn": {"type": "boolean", "description": "It was taken back as recorded by mistake."},
                "recorded": {
                    "type": "object",
                    "required": ["stamp", "first", "revisions"],
                    "properties": {
                        "stamp": {"type": "string", "description": "Clock and node of the revision shown."},
                        "first": {"type": "string", "description": "Clock and node of the first revision."},
                        "revisions": {"type": "integer", "minimum": 1},
                    },
                },
            },
            "oneOf": kinds,
        })
    }
}

fn take_place(body: &mut Body) -> Option<Location> {
    match body {
        Body::Site(site) => site.location.take(),
        Body::Area(area) => area.location.take(),
        _ => None,
    }
}

/// Lists whose numbers lead to a place on anybody's map.
const LEAD_TO_A_PLACE: &[&str] = &[
    "osm",
    "wikidata",
    "whc",
    "geonames",
    "pleiades",
    "google",
    "plus_code",
    "what3words",
    "mgrs",
    "utm",
    "geo",
];

/// Takes out of a record what tells its protected place again, in words or numbers: a list's own
/// columns altogether, numbers that lead to a map, and every text that has the coordinates in it.
pub(crate) fn untell(body: &mut Body, location: &Location) {
    let told = |text: &str| location.is_told_in(text);
    let names = match body {
        Body::Site(site) => {
            site.fields.clear();
            site.identifiers.retain(|identifier| {
                !LEAD_TO_A_PLACE.contains(&identifier.scheme.to_lowercase().as_str())
                    && !told(&identifier.value)
            });
            site.description = site.description.take().filter(|text| !told(text));
            site.holdings.retain(|holding| !told(&holding.kind));
            if let Some(opinion) = &mut site.article1 {
                opinion.reasoning = opinion.reasoning.take().filter(|text| !told(text));
            }
            if let Some(listed) = site.listed.as_mut().filter(|listed| told(&listed.key)) {
                listed.key = NOT_SHOWN.into();
            }
            &mut site.names
        }
        Body::Area(area) => &mut area.names,
        _ => return,
    };
    for name in names.iter_mut().filter(|name| told(&name.text)) {
        name.text = NOT_SHOWN.into();
        name.lang = "en".into();
    }
}

/// Stands for a name or key that told a protected place.
const NOT_SHOWN: &str = "not shown, because it tells the place";

/// Whether a viewer may see a record at all. Deny unless allowed: what is not public is for members.
pub(crate) fn may_see(
    read: &mut Read<'_>,
    viewer: &Viewer,
    stored: &Stored,
) -> Result<bool, Refusal> {
    if viewer.is_member() {
        return Ok(true);
    }
    Ok(match &stored.body {
        Body::Finding(_) => !matches!(stored.status.as_str(), "draft" | ""),
        Body::Review(review) => published(read, review.finding.any())?,
        Body::Publication(_) => true,
        Body::Evidence(evidence) => evidence.restriction == Restriction::Public,
        Body::Assessment(assessment) => {
            assessment.source.is_some() || {
                let findings =
                    read.referring(stored.id, Kind::Finding, Some(Role::RestsOn), None, 50)?;
                findings.rows.iter().any(|f| f.status != "draft")
            }
        }
        Body::SamplingPlan(plan) => crate::sampling::is_done(read, plan)?,
        // What a link or reply says of a record is as visible as the record.
        Body::Reply(reply) => end_visible(read, viewer, reply.to)?,
        Body::Link(link) => {
            end_visible(read, viewer, link.from)? && end_visible(read, viewer, link.to)?
        }
        Body::Party(_)
        | Body::Source(_)
        | Body::Area(_)
        | Body::Site(_)
        | Body::Aggregate(_)
        | Body::Claim(_)
        | Body::Retraction(_)
        | Body::Position(_)
        | Body::Mission(_)
        | Body::MissionStep(_)
        | Body::Instrument(_)
        | Body::Adherence(_)
        | Body::Obligation(_)
        | Body::Protection(_)
        | Body::Import(_) => true,
    })
}

fn published(read: &mut Read<'_>, finding: AnyId) -> Result<bool, Refusal> {
    Ok(read.find(finding)?.is_some_and(|f| f.status != "draft"))
}

fn end_visible(read: &mut Read<'_>, viewer: &Viewer, id: AnyId) -> Result<bool, Refusal> {
    match read.find(id)? {
        // Links do not refer to links or replies, so this ends.
        Some(end) if !matches!(end.kind, Kind::Link | Kind::Reply) => may_see(read, viewer, &end),
        other => Ok(other.is_none()),
    }
}

/// Titles of records that a view names, with their kinds.
#[derive(Debug, Clone, Default)]
pub struct Titles(BTreeMap<AnyId, (Kind, String)>);

impl Titles {
    /// The title of a record; its id where it is not here or not to be seen.
    pub fn of(&self, id: impl Into<AnyIdOr>) -> String {
        let id = id.into().0;
        self.0
            .get(&id)
            .map_or_else(|| id.to_string(), |(_, title)| title.clone())
    }

    /// The address of a record's page, where it is here.
    pub fn address(&self, id: impl Into<AnyIdOr>) -> Option<String> {
        let id = id.into().0;
        self.0
            .get(&id)
            .map(|(kind, _)| format!("/{}/{id}", kind.id()))
    }

    /// The kind of a record, where it is here.
    pub fn kind(&self, id: AnyId) -> Option<Kind> {
        self.0.get(&id).map(|(kind, _)| *kind)
    }

    pub(crate) fn meet(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        lang: &str,
        ids: impl IntoIterator<Item = AnyId>,
    ) -> Result<(), Refusal> {
        for id in ids {
            if self.0.len() >= MOST_TITLES {
                break;
            }
            if !self.0.contains_key(&id)
                && let Some(stored) = read.find(id)?
                && may_see(read, viewer, &stored)?
            {
                let title = titled(read, viewer, &stored, lang)?;
                self.0.insert(id, (stored.kind, title));
            }
        }
        Ok(())
    }

    /// Takes up every record these refer to.
    pub(crate) fn meet_all(
        &mut self,
        read: &mut Read<'_>,
        viewer: &Viewer,
        lang: &str,
        shown: &[&Shown],
    ) -> Result<(), Refusal> {
        for one in shown {
            let ids: Vec<AnyId> = one.body.references().iter().map(|r| r.id).collect();
            self.meet(read, viewer, lang, ids)?;
        }
        Ok(())
    }
}

impl Serialize for Titles {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(id, (_, title))| (id, title)))
    }
}

impl schemars::JsonSchema for Titles {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Titles".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "Titles of the records named, by id, in the reader's language (Accept-Language).",
            "additionalProperties": {"type": "string"},
        })
    }
}

/// Most titles looked up for one page.
const MOST_TITLES: usize = 2_000;

/// What is about something is called after it too: a claim, finding or assessment after its subject,
/// a review or publication after the site its finding is about.
pub(crate) fn titled(
    read: &mut Read<'_>,
    viewer: &Viewer,
    stored: &Stored,
    lang: &str,
) -> Result<String, Refusal> {
    let own = title_of(viewer, &stored.body, lang);
    let (says, about) = match &stored.body {
        // A claim's title says whose it is: alone it would read as the registry's own word.
        Body::Claim(claim) => {
            let party = read
                .find(claim.party.any())?
                .map(|s| title_of(viewer, &s.body, lang));
            let by = party.map_or(String::new(), |party| format!(", according to {party}"));
            let says = match claim.subject {
                Subject::Aggregate(_) => claim.predicate.label_of_many(),
                _ => claim.predicate.label().to_owned(),
            };
            (format!("{says}{by}"), claim.subject.any())
        }
        Body::Finding(finding) => (finding.conclusion.label().to_owned(), finding.site.any()),
        Body::Assessment(assessment) => {
            let observed = assessment.observed.in_words();
            (format!("{own}, {observed}"), assessment.site.any())
        }
        Body::Review(review) => (format!("finding {own}"), review.finding.any()),
        Body::Publication(publication) => (format!("finding {own}"), publication.finding.any()),
        _ => return Ok(own),
    };
    let mut subject = read.find(about)?.map(|s| s.body);
    if let Some(Body::Finding(finding)) = &subject {
        subject = read.find(finding.site.any())?.map(|s| s.body);
    }
    Ok(match subject {
        Some(subject) => format!("{}: {says}", title_of(viewer, &subject, lang)),
        None => own,
    })
}

/// The title of a body, not of a name that tells a protected place.
fn title_of(viewer: &Viewer, body: &Body, lang: &str) -> String {
    let location = match body {
        Body::Site(site) => site.location.as_ref(),
        Body::Area(area) => area.location.as_ref(),
        _ => None,
    };
    match location {
        Some(location) if location.sensitivity != Sensitivity::Public && !viewer.is_member() => {
            let mut body = body.clone();
            untell(&mut body, location);
            body.title(lang)
        }
        _ => body.title(lang),
    }
}

/// Any id, typed or not.
pub struct AnyIdOr(AnyId);

impl From<AnyId> for AnyIdOr {
    fn from(id: AnyId) -> Self {
        AnyIdOr(id)
    }
}

impl<K> From<stele_model::Id<K>> for AnyIdOr {
    fn from(id: stele_model::Id<K>) -> Self {
        AnyIdOr(id.any())
    }
}
