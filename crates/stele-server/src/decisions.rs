//! What a person or a program decides about the proposals of a text, read once for forms and API.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use stele_model::FieldError;
use stele_registry::intake::{Decided, Edit, Intake, edit};

/// What is wrong, by proposal; what is wrong with the source under none.
pub type Wrong = BTreeMap<Option<usize>, Vec<FieldError>>;

/// Decisions about the proposals of one text.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IntakeDecisions")]
pub struct Decisions {
    /// What is said of the source anew.
    #[serde(default)]
    pub source: SourceSaid,
    /// What is decided, proposal by proposal.
    #[serde(default)]
    pub decisions: Vec<Said>,
    /// Accept every proposal that nothing else is said of.
    #[serde(default)]
    pub accept_the_rest: bool,
}

/// What is said of a source anew; what is left out stays, an empty text takes away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SourceSaid")]
pub struct SourceSaid {
    /// Title.
    pub title: Option<String>,
    /// Who published it, by name.
    pub publisher: Option<String>,
    /// When it was published (EDTF).
    pub published: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Its language (BCP 47).
    pub language: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// What it is: `article`, `statement` …
    pub kind: Option<String>,
}

/// What is decided about one proposal.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProposalSaid")]
pub struct Said {
    /// Its place in the list, from 0.
    pub proposal: usize,
    /// What is decided.
    pub decision: Decided,
    /// Whether it is linked to the earlier statement of the same figure; as it was when left out.
    #[serde(default)]
    pub link_earlier: Option<bool>,
    /// Changes, each as it would be written in the form: `party`, `words`, `predicate`, `category`, `value`, `qualifier`, `site`, `area`, `stated`, `event`, `name`, `stage`, `position`.
    #[serde(default)]
    pub edit: BTreeMap<String, String>,
}

/// Fields of a proposal that can be changed.
pub const EDITABLE: [&str; 13] = [
    "party",
    "words",
    "predicate",
    "category",
    "value",
    "qualifier",
    "site",
    "area",
    "stated",
    "event",
    "name",
    "stage",
    "position",
];

impl Decisions {
    /// Puts them into the intake; gives what is wrong.
    pub fn put_into(self, intake: &mut Intake) -> Wrong {
        let mut wrong = Wrong::new();
        if intake.recorded_source.is_none() {
            let errors = self.source.put_into(intake);
            if !errors.is_empty() {
                wrong.insert(None, errors);
            }
        }
        let mut said: BTreeMap<usize, Said> = BTreeMap::new();
        for one in self.decisions {
            match intake.proposals.get(one.proposal) {
                Some(_) => {
                    said.insert(one.proposal, one);
                }
                None => {
                    let problem = format!("there is no proposal {} here", one.proposal);
                    wrong
                        .entry(None)
                        .or_default()
                        .push(FieldError::new("decisions", problem));
                }
            }
        }
        let open = intake.proposals.iter_mut().enumerate();
        for (k, item) in open.filter(|(_, item)| item.recorded.is_none()) {
            let Some(one) = said.remove(&k) else {
                if self.accept_the_rest {
                    item.decided = Decided::Accept;
                }
                continue;
            };
            item.decided = one.decision;
            item.link_earlier = one.link_earlier.unwrap_or(item.link_earlier);
            if one.edit.is_empty() {
                continue;
            }
            let errors = match one
                .edit
                .keys()
                .find(|name| !EDITABLE.contains(&name.as_str()))
            {
                Some(name) => vec![FieldError::new(
                    name.as_str(),
                    "is no field of a proposal that can be changed",
                )],
                None => edit(&mut item.proposal, &Edit { fields: one.edit })
                    .err()
                    .unwrap_or_default(),
            };
            if !errors.is_empty() {
                item.decided = Decided::Later;
                wrong.insert(Some(k), errors);
            }
        }
        wrong
    }
}

impl SourceSaid {
    fn put_into(self, intake: &mut Intake) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let source = &mut intake.source;
        let filled = |text: String| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        if let Some(title) = self.title.and_then(filled) {
            source.title = title;
        }
        for (said, slot) in [
            (self.publisher, &mut source.publisher),
            (self.author, &mut source.author),
            (self.language, &mut source.language),
            (self.url, &mut source.url),
        ] {
            if let Some(text) = said {
                *slot = filled(text);
            }
        }
        if let Some(text) = self.published {
            match filled(text).map(|t| t.parse()).transpose() {
                Ok(date) => source.published = date,
                Err(error) => {
                    let error: stele_model::date::BadDate = error;
                    source.published = None;
                    errors.push(FieldError::new("published", error.to_string()));
                }
            }
        }
        if let Some(text) = self.kind.and_then(filled) {
            match text.parse::<stele_model::SourceKind>() {
                Ok(kind) => source.kind = kind,
                Err(error) => errors.push(FieldError::new("kind", error.to_string())),
            }
        }
        errors
    }
}

/// What is wrong with a decision, as fields of a request.
pub fn as_fields(wrong: Wrong, intake: &Intake) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (proposal, found) in wrong {
        for error in found {
            let field = match proposal {
                Some(k) => format!(
                    "decisions[proposal {k} of {}].edit.{}",
                    intake.proposals.len(),
                    error.field
                ),
                None if error.field == "decisions" => error.field,
                None => format!("source.{}", error.field),
            };
            errors.push(FieldError::new(field, error.problem));
        }
    }
    errors
}

/// The word of a decision, as the form sends it; nothing said is later.
pub fn decided(word: &str) -> Decided {
    match word {
        "accept" | "edit" => Decided::Accept,
        "reject" => Decided::Reject,
        _ => Decided::Later,
    }
}
