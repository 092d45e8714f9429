//! What holds for bodies of every kind: their JSON, names, date, text to search, and the records
//! they refer to. A new kind of record answers here; the compiler lists the places.

use crate::date::EdtfDate;
use crate::id::{AnyId, Id};
use crate::name::{Name, first_for};
use crate::quantity::grouped;
use crate::record::*;
use crate::words::*;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// How a record refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Who says or does it.
    By,
    /// The source it stands in.
    In,
    /// What it is about.
    About,
    /// Where.
    Within,
    /// From, of a link.
    From,
    /// To, of a link or reply.
    To,
    /// What it rests on.
    RestsOn,
    /// Any other part.
    Part,
    /// Whose answer is awaited.
    Awaits,
    /// A record it takes the place of or undoes.
    Replaces,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 10] = [
        Role::By,
        Role::In,
        Role::About,
        Role::Within,
        Role::From,
        Role::To,
        Role::RestsOn,
        Role::Part,
        Role::Awaits,
        Role::Replaces,
    ];

    /// The role as it is kept.
    pub fn id(self) -> &'static str {
        match self {
            Role::By => "by",
            Role::In => "in",
            Role::About => "about",
            Role::Within => "within",
            Role::From => "from",
            Role::To => "to",
            Role::RestsOn => "rests_on",
            Role::Part => "part",
            Role::Awaits => "awaits",
            Role::Replaces => "replaces",
        }
    }
}

/// One record named by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// How it is named.
    pub role: Role,
    /// Which.
    pub id: AnyId,
    /// What it has to be; none where any kind may stand.
    pub kind: Option<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    id: AnyId,
    #[serde(rename = "type")]
    kind: Kind,
    data: Value,
    #[serde(default)]
    revision: Option<Revision>,
}

/// The same, as text: what `data` is read as, `type` says, which may come after it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    id: AnyId,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(default)]
    revision: Option<Revision>,
}

/// A record that could not be read: at which field, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    /// The field, as a path: `data.names[0].text`.
    pub field: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl FieldError {
    /// A problem at a field.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        FieldError {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Record {
    /// A first record of a thing.
    pub fn new(id: AnyId, body: impl Into<Body>) -> Self {
        Record {
            id,
            body: body.into(),
            revision: None,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// Whether the record takes its thing back.
    pub fn is_withdrawn(&self) -> bool {
        self.revision.as_ref().is_some_and(|r| r.withdrawn)
    }

    /// Reads a record from JSON, naming the field that is wrong.
    pub fn from_json(value: Value) -> Result<Self, FieldError> {
        let form: Form = serde_path_to_error::deserialize(value).map_err(|e| at("", &e))?;
        let body = Body::from_data(form.kind, form.data).map_err(|e| at("data", &e))?;
        Ok(Record {
            id: form.id,
            body,
            revision: form.revision,
        })
    }

    /// Reads a record from the text of its JSON, naming the field that is wrong.
    pub fn from_text(text: &str) -> Result<Self, FieldError> {
        let (record, _) = Record::with_data(text)?;
        Ok(record)
    }

    /// The same, with the text of its `data`: what [`Body::from_text`] reads.
    pub fn with_data(text: &str) -> Result<(Self, &str), FieldError> {
        let read = |text| -> Result<(Self, &str), serde_json::Error> {
            let form: Written<'_> = serde_json::from_str(text)?;
            let record = Record {
                id: form.id,
                body: Body::from_text(form.kind, form.data.get())?,
                revision: form.revision,
            };
            Ok((record, form.data.get()))
        };
        // Most are right; for one that is not, the slower reading knows the field.
        read(text).map_err(|error| {
            let slower = serde_json::from_str(text).map(Record::from_json);
            match slower {
                Ok(Err(field)) => field,
                _ => FieldError::new("record", error.to_string()),
            }
        })
    }

    /// The record as JSON. Writing a record of ours cannot fail: its maps have text keys and its
    /// numbers are finite.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn at(prefix: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let path = error.path().to_string();
    let field = match (prefix, path.as_str()) {
        ("", path) => path.to_owned(),
        (prefix, ".") => prefix.to_owned(),
        (prefix, path) => format!("{prefix}.{path}"),
    };
    FieldError::new(field, error.inner().to_string())
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let members = if self.revision.is_some() { 4 } else { 3 };
        let mut record = s.serialize_struct("Record", members)?;
        record.serialize_field("data", &self.body)?;
        record.serialize_field("id", &self.id)?;
        match &self.revision {
            Some(revision) => record.serialize_field("revision", revision)?,
            None => record.skip_field("revision")?,
        }
        record.serialize_field("type", &self.kind())?;
        record.end()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Record::from_json(Value::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl Body {
    /// The body of one known kind, when it is of that kind.
    pub fn as_kind<T: AsRecord>(&self) -> Option<&T> {
        T::of(self)
    }

    /// Its names, where it has names.
    pub fn names(&self) -> &[Name] {
        match self {
            Body::Party(b) => &b.names,
            Body::Area(b) => &b.names,
            Body::Site(b) => &b.names,
            Body::Instrument(b) => &b.names,
            _ => &[],
        }
    }

    /// What to call it in a list, for a reader of `lang`.
    pub fn title(&self, lang: &str) -> String {
        let named =
            || first_for(self.names(), lang).map_or_else(|| "unnamed".into(), |n| n.text.clone());
        match self {
            Body::Party(_) | Body::Area(_) | Body::Site(_) | Body::Instrument(_) => named(),
            Body::Source(b) => b.title.clone(),
            Body::Aggregate(b) => b.in_words(),
            Body::Claim(b) => b.words.clone(),
            Body::Retraction(b) => b.words.clone(),
            Body::Position(b) => b.position.clone(),
            Body::Reply(b) => match b.text.char_indices().nth(80) {
                Some((end, _)) => format!("{}…", b.text[..end].trim_end()),
                None => b.text.clone(),
            },
            Body::Link(b) => b.kind.label().into(),
            Body::Evidence(b) => b.original_name.clone(),
            Body::Assessment(b) => format!("{}, {}", b.grade.label(), b.method.label()),
            Body::Finding(b) => b.conclusion.label().into(),
            Body::Review(b) => b.decision.label().into(),
            Body::Publication(b) => format!("published {}", b.on.in_words()),
            Body::Mission(b) => b.title.clone(),
            Body::MissionStep(b) => b.stage.label().into(),
            Body::Adherence(b) => b.act.label().into(),
            Body::Obligation(b) => b.title.clone(),
            Body::Protection(b) => b.level.label().into(),
            Body::Import(b) => format!("{} rows read as {}", b.counts.read, b.rows_are.label()),
            Body::SamplingPlan(b) => format!(
                "Sample of {} from {} sites, drawn {}",
                grouped(b.size()),
                grouped(b.frame.count),
                b.drawn_on.in_words()
            ),
        }
    }

    /// The date it is ordered by in a timeline.
    pub fn date(&self) -> Option<&EdtfDate> {
        match self {
            Body::Source(b) => b.published.as_ref(),
            Body::Claim(b) => b.stated.as_ref(),
            Body::Retraction(b) => b.stated.as_ref(),
            Body::Position(b) => b.since.as_ref(),
            Body::Reply(b) => b.stated.as_ref(),
            Body::Assessment(b) => Some(&b.observed),
            Body::Finding(b) => Some(&b.as_at),
            Body::Publication(b) => Some(&b.on),
            Body::MissionStep(b) => Some(&b.on),
            Body::Instrument(b) => b.adopted.as_ref(),
            Body::Adherence(b) => Some(&b.on),
            Body::Obligation(b) => b.due.as_ref(),
            Body::Protection(b) => b.on.as_ref(),
            Body::Evidence(b) => b.captured.as_ref(),
            Body::SamplingPlan(b) => Some(&b.drawn_on),
            Body::Party(_)
            | Body::Area(_)
            | Body::Site(_)
            | Body::Aggregate(_)
            | Body::Link(_)
            | Body::Review(_)
            | Body::Mission(_)
            | Body::Import(_) => None,
        }
    }

    /// Text beside the names that search reads.
    pub fn search_text(&self) -> String {
        match self {
            Body::Site(b) => {
                let ids = b
                    .identifiers
                    .iter()
                    .map(|i| i.value.as_str())
                    .collect::<Vec<_>>()
                    .join(" ");
                let mut text = format!(
                    "{} {} {ids}",
                    b.category.label(),
                    b.description.as_deref().unwrap_or_default()
                );
                // What a protected place is called in its list's own columns must not be found by probing.
                if b.location
                    .as_ref()
                    .is_none_or(|l| l.sensitivity == Sensitivity::Public)
                {
                    for field in &b.fields {
                        text.push(' ');
                        text.push_str(&field.value);
                    }
                }
                text
            }
            Body::Source(b) => format!("{} {}", b.title, b.author.as_deref().unwrap_or_default()),
            Body::Claim(b) => {
                format!(
                    "{} {}",
                    b.words,
                    b.passage.as_ref().map_or("", |p| p.exact.as_str())
                )
            }
            Body::Position(b) => {
                format!("{} {}", b.position, b.words.as_deref().unwrap_or_default())
            }
            Body::Finding(b) => format!("{} {}", b.conclusion.label(), b.rationale),
            Body::Assessment(b) => format!("{} {}", b.grade.label(), b.examined),
            Body::Reply(b) => b.text.clone(),
            Body::Link(_) | Body::Review(_) | Body::Publication(_) | Body::MissionStep(_) => {
                String::new()
            }
            Body::Party(_) | Body::Area(_) | Body::Instrument(_) => String::new(),
            other => other.title("en"),
        }
    }

    /// Every record it refers to, and how. Order is that of the fields.
    pub fn references(&self) -> Vec<Reference> {
        let mut refs = References::default();
        match self {
            Body::Party(b) => {
                refs.all(Role::Part, &b.belongs_to)
                    .all(Role::Part, &b.independent_of);
            }
            Body::Source(b) => {
                refs.one(Role::By, b.publisher)
                    .opt(Role::RestsOn, b.archived)
                    .all(Role::Part, &b.quotes_only);
            }
            Body::Area(b) => {
                refs.opt(Role::Within, b.parent);
            }
            Body::Site(b) => {
                refs.all(Role::Within, &b.areas);
                refs.opt(Role::By, b.article1.as_ref().map(|a| a.by));
                refs.opt(Role::In, b.listed.as_ref().map(|l| l.list));
            }
            Body::Aggregate(b) => {
                refs.all(Role::Within, &b.areas).opt(Role::Part, b.part_of);
                refs.opt(Role::In, b.listed.as_ref().map(|l| l.list));
            }
            Body::Claim(b) => {
                refs.one(Role::By, b.party).one(Role::In, b.source);
                match b.subject {
                    Subject::Site(id) => refs.one(Role::About, id),
                    Subject::Aggregate(id) => refs.one(Role::About, id),
                };
                refs.all(Role::Within, &b.scope.areas);
            }
            Body::Retraction(b) => {
                refs.one(Role::By, b.party)
                    .one(Role::In, b.source)
                    .one(Role::About, b.claim);
            }
            Body::Position(b) => {
                refs.one(Role::By, b.actor)
                    .one(Role::In, b.source)
                    .any(Role::About, b.about);
                refs.all(Role::Awaits, &b.awaits);
            }
            Body::Reply(b) => {
                refs.one(Role::By, b.party)
                    .one(Role::In, b.source)
                    .any(Role::To, b.to);
            }
            Body::Link(b) => {
                refs.any(Role::From, b.from)
                    .any(Role::To, b.to)
                    .opt(Role::Replaces, b.undoes);
            }
            Body::Evidence(b) => {
                refs.opt(Role::Part, b.derived_from);
            }
            Body::Assessment(b) => {
                refs.one(Role::By, b.organisation)
                    .one(Role::About, b.site)
                    .opt(Role::Part, b.mission);
                refs.opt(Role::In, b.source).all(Role::RestsOn, &b.evidence);
            }
            Body::Finding(b) => {
                refs.one(Role::About, b.site)
                    .all(Role::RestsOn, &b.assessments);
                refs.all(Role::To, &b.claims)
                    .opt(Role::Replaces, b.supersedes)
                    .opt(Role::By, b.affiliation);
            }
            Body::Review(b) => {
                refs.one(Role::About, b.finding)
                    .opt(Role::By, b.affiliation);
            }
            Body::Publication(b) => {
                refs.one(Role::About, b.finding);
            }
            Body::Mission(b) => {
                refs.all(Role::By, &b.organisations)
                    .all(Role::Part, &b.requested_by);
                refs.all(Role::Within, &b.areas)
                    .all(Role::About, &b.itinerary)
                    .opt(Role::In, b.report);
            }
            Body::MissionStep(b) => {
                refs.one(Role::By, b.according_to)
                    .one(Role::In, b.source)
                    .one(Role::About, b.mission);
                refs.opt(Role::Part, b.organisation)
                    .all(Role::Awaits, &b.awaits);
            }
            Body::Instrument(b) => {
                refs.opt(Role::Part, b.parent);
            }
            Body::Adherence(b) => {
                refs.one(Role::By, b.state)
                    .one(Role::In, b.source)
                    .one(Role::About, b.instrument);
            }
            Body::Obligation(b) => {
                refs.one(Role::About, b.instrument)
                    .opt(Role::By, b.state)
                    .opt(Role::In, b.source);
            }
            Body::Protection(b) => {
                refs.one(Role::About, b.site)
                    .opt(Role::Part, b.instrument)
                    .one(Role::In, b.source);
            }
            Body::Import(b) => {
                refs.one(Role::By, b.party)
                    .one(Role::In, b.list)
                    .one(Role::RestsOn, b.file);
            }
            // The frame's other sites are named in it, but it is not about them.
            Body::SamplingPlan(b) => {
                refs.one(Role::About, b.aggregate)
                    .opt(Role::Part, b.mission);
                for stratum in &b.strata {
                    refs.opt(Role::Within, stratum.area)
                        .all(Role::RestsOn, &stratum.drawn);
                }
            }
        }
        let named_by = self.names().iter();
        for name in named_by {
            refs.opt(Role::Part, name.by).opt(Role::Part, name.source);
        }
        refs.0
    }

    /// The party whose statement it is, where it is one.
    pub fn party(&self) -> Option<AnyId> {
        match self {
            Body::Finding(_) | Body::Review(_) | Body::Site(_) => None,
            _ => self
                .references()
                .into_iter()
                .find(|r| r.role == Role::By)
                .map(|r| r.id),
        }
    }

    /// A word of its own that lists are narrowed by: category, predicate, kind, stage.
    pub fn facet(&self) -> Option<&'static str> {
        Some(match self {
            Body::Party(b) => b.kind.id(),
            Body::Source(b) => b.kind.id(),
            Body::Area(b) => b.kind.id(),
            Body::Site(b) => b.category.id(),
            Body::Aggregate(b) => b.category.id(),
            Body::Claim(b) => b.predicate.id(),
            Body::Position(b) => b.issue.id(),
            Body::Link(b) => b.kind.id(),
            Body::Assessment(b) => b.grade.id(),
            Body::Finding(b) => b.conclusion.id(),
            Body::Review(b) => b.decision.id(),
            Body::Mission(b) => b.kind.id(),
            Body::MissionStep(b) => b.stage.id(),
            Body::Instrument(b) => b.kind.id(),
            Body::Adherence(b) => b.act.id(),
            Body::Protection(b) => b.level.id(),
            Body::Evidence(b) => b.restriction.id(),
            Body::Import(b) => b.rows_are.id(),
            Body::Retraction(_)
            | Body::Reply(_)
            | Body::Publication(_)
            | Body::Obligation(_)
            | Body::SamplingPlan(_) => {
                return None;
            }
        })
    }
}

impl Kind {
    /// Every word that [`Body::facet`] may give for a record of this kind.
    pub fn facets(self) -> &'static [&'static str] {
        match self {
            Kind::Party => PartyKind::IDS,
            Kind::Source => SourceKind::IDS,
            Kind::Area => AreaKind::IDS,
            Kind::Site | Kind::Aggregate => Category::IDS,
            Kind::Claim => Predicate::IDS,
            Kind::Position => Issue::IDS,
            Kind::Link => LinkKind::IDS,
            Kind::Assessment => Grade::IDS,
            Kind::Finding => Conclusion::IDS,
            Kind::Review => Decision::IDS,
            Kind::Mission => MissionKind::IDS,
            Kind::MissionStep => Stage::IDS,
            Kind::Instrument => InstrumentKind::IDS,
            Kind::Adherence => Act::IDS,
            Kind::Protection => ProtectionLevel::IDS,
            Kind::Evidence => Restriction::IDS,
            Kind::Import => RowsAre::IDS,
            Kind::Retraction
            | Kind::Reply
            | Kind::Publication
            | Kind::Obligation
            | Kind::SamplingPlan => &[],
        }
    }

    /// Every status that is computed for a record of this kind, but that nothing is known of it yet.
    pub fn statuses(self) -> &'static [&'static str] {
        match self {
            Kind::Site => FindingStatus::IDS,
            Kind::Finding => &[
                "draft",
                "superseded",
                "verified",
                "refuted",
                "not_assessable",
            ],
            Kind::Claim => &["retracted"],
            Kind::Link => &["undone"],
            Kind::Mission => Stage::IDS,
            _ => &[],
        }
    }
}

impl Aggregate {
    /// "927 libraries with 4,600,000 books", from the source's words where it has them.
    pub fn in_words(&self) -> String {
        if let Some(words) = &self.words {
            return words.clone();
        }
        let mut text = format!("{}: {}", self.category.label(), self.count);
        for holding in &self.holdings {
            text.push_str(&format!(", {} {}", holding.count.in_words(), holding.kind));
        }
        text
    }
}

#[derive(Default)]
struct References(Vec<Reference>);

impl References {
    fn any(&mut self, role: Role, id: AnyId) -> &mut Self {
        self.0.push(Reference {
            role,
            id,
            kind: None,
        });
        self
    }
    fn one<K: AsRecord>(&mut self, role: Role, id: Id<K>) -> &mut Self {
        self.0.push(Reference {
            role,
            id: id.any(),
            kind: Some(K::KIND),
        });
        self
    }
    fn opt<K: AsRecord>(&mut self, role: Role, id: Option<Id<K>>) -> &mut Self {
        if let Some(id) = id {
            self.one(role, id);
        }
        self
    }
    fn all<K: AsRecord>(&mut self, role: Role, ids: &[Id<K>]) -> &mut Self {
        for id in ids {
            self.one(role, *id);
        }
        self
    }
}
