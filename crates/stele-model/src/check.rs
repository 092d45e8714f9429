//! Shape of a draft, checked where it enters: lengths, empty fields, places, hashes, addresses.
//!
//! Rules that need other records are in [`crate::rules`]; they are the registry's to apply.

use crate::id::AnyId;
use crate::name::Name;
use crate::place::Location;
use crate::reading::FieldError;
use crate::record::*;
use crate::rules::sampling;
use crate::words::*;
use std::collections::BTreeSet;

/// Longest name or title in characters.
pub const MAX_NAME_CHARS: usize = 1_000;
/// Longest text field in characters.
pub const MAX_TEXT_CHARS: usize = 20_000;
/// Longest archived plain text of a source in characters.
pub const MAX_SOURCE_CHARS: usize = 2_000_000;
/// Most items of a list inside one record.
pub const MAX_ITEMS: usize = 10_000;
/// Longest seed of a draw in characters.
pub const MAX_SEED_CHARS: usize = 100;

/// Everything that is wrong with the shape of a record; empty when nothing is.
pub fn shape(record: &Record) -> Vec<FieldError> {
    let mut check = Check(Vec::new());
    if let Some(revision) = &record.revision {
        check.text("revision.reason", &revision.reason, MAX_TEXT_CHARS);
    }
    check.body(&record.body);
    if record.body.references().len() > MAX_ITEMS {
        check.wrong(
            "data",
            format!("a record may refer to {MAX_ITEMS} others at most"),
        );
    }
    check.0
}

struct Check(Vec<FieldError>);

impl Check {
    fn wrong(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(FieldError::new(field, problem));
    }

    fn text(&mut self, field: &str, text: &str, most: usize) {
        self.text_at(|| field.into(), text, most);
    }

    /// The same, of a field that is only named when there is something wrong.
    fn text_at(&mut self, field: impl FnOnce() -> String, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.wrong(field(), "is empty; say it in a few words");
        // No text has more characters than bytes.
        } else if text.len() > most && text.chars().count() > most {
            self.wrong(field(), format!("is longer than {most} characters"));
        }
    }

    fn maybe(&mut self, field: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(field, text, MAX_TEXT_CHARS);
        }
    }

    fn names(&mut self, names: &[Name]) {
        if names.is_empty() {
            self.wrong("data.names", "has no name; give at least one");
        }
        for (i, name) in names.iter().enumerate() {
            let field = || format!("data.names[{i}].text");
            self.text_at(field, &name.text, MAX_NAME_CHARS);
            let tag_ok = (2..=35).contains(&name.lang.len())
                && name
                    .lang
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !tag_ok {
                self.wrong(
                    format!("data.names[{i}].lang"),
                    format!(
                        "\"{}\" is not a language tag; write en, hy, az-Cyrl or und (BCP 47)",
                        name.lang
                    ),
                );
            }
        }
    }

    fn location(&mut self, location: Option<&Location>) {
        let Some(location) = location else { return };
        if let Err(problem) = location.geometry.check() {
            self.wrong("data.location.geometry", problem.to_string());
        }
        if location
            .grid_m
            .is_some_and(|m| m < crate::place::SMALLEST_GRID_M)
        {
            self.wrong(
                "data.location.grid_m",
                "is under 1,000 metres, which would hide nothing",
            );
        }
    }

    fn passage(&mut self, passage: Option<&Passage>) {
        let Some(passage) = passage else { return };
        self.text("data.passage.exact", &passage.exact, MAX_TEXT_CHARS);
        if let (Some(start), Some(end)) = (passage.start, passage.end)
            && end < start
        {
            self.wrong("data.passage.end", "lies before the start");
        }
    }

    fn url(&mut self, field: &str, url: Option<&String>) {
        if let Some(url) = url
            && (!(url.starts_with("https://") || url.starts_with("http://"))
                || url.contains(char::is_whitespace))
        {
            self.wrong(
                field,
                "is not a web address; it begins with https:// or http://",
            );
        }
    }

    fn body(&mut self, body: &Body) {
        self.names_of(body);
        match body {
            Body::Party(_) => {}
            Body::Source(b) => {
                self.text("data.title", &b.title, MAX_NAME_CHARS);
                self.url("data.url", b.url.as_ref());
                if b.text
                    .as_ref()
                    .is_some_and(|t| t.chars().count() > MAX_SOURCE_CHARS)
                {
                    self.wrong(
                        "data.text",
                        format!("is longer than {MAX_SOURCE_CHARS} characters"),
                    );
                }
            }
            Body::Area(b) => self.location(b.location.as_ref()),
            Body::Site(b) => {
                self.location(b.location.as_ref());
                self.maybe("data.description", b.description.as_ref());
                if let Some(listed) = &b.listed {
                    self.text("data.listed.key", &listed.key, MAX_NAME_CHARS);
                }
                for (i, own) in b.fields.iter().enumerate() {
                    let field = |part| move || format!("data.fields[{i}].{part}");
                    self.text_at(field("name"), &own.name, MAX_NAME_CHARS);
                    self.text_at(field("value"), &own.value, MAX_TEXT_CHARS);
                }
            }
            Body::Aggregate(b) => {
                self.maybe("data.words", b.words.as_ref());
                if let Some(listed) = &b.listed {
                    self.text("data.listed.key", &listed.key, MAX_NAME_CHARS);
                }
            }
            Body::Claim(b) => {
                self.text("data.words", &b.words, MAX_TEXT_CHARS);
                self.passage(b.passage.as_ref());
                self.maybe("data.asserted_cause", b.asserted_cause.as_ref());
                self.maybe("data.asserted_perpetrator", b.asserted_perpetrator.as_ref());
                self.maybe(
                    "data.asserted_characterisation",
                    b.asserted_characterisation.as_ref(),
                );
            }
            Body::Retraction(b) => {
                self.text("data.words", &b.words, MAX_TEXT_CHARS);
                self.passage(b.passage.as_ref());
            }
            Body::Position(b) => {
                self.text("data.position", &b.position, MAX_TEXT_CHARS);
                self.passage(b.passage.as_ref());
            }
            Body::Reply(b) => self.text("data.text", &b.text, MAX_TEXT_CHARS),
            Body::Link(b) => {
                if b.from == b.to {
                    self.wrong("data.to", "a record cannot be linked to itself");
                }
                if b.score_permille.is_some_and(|s| s > 1000) {
                    self.wrong("data.score_permille", "goes from 0 to 1000");
                }
            }
            Body::Evidence(b) => {
                if b.sha256.len() != 64
                    || !b
                        .sha256
                        .bytes()
                        .all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
                {
                    self.wrong(
                        "data.sha256",
                        "is not a SHA-256: 64 digits from 0-9 and a-f",
                    );
                }
                self.text("data.original_name", &b.original_name, MAX_NAME_CHARS);
            }
            Body::Assessment(b) => {
                self.text("data.examined", &b.examined, MAX_TEXT_CHARS);
                if b.observers == 0 {
                    self.wrong(
                        "data.observers",
                        "is 0; an observation has at least one observer",
                    );
                }
                if let Some(native) = &b.native {
                    self.native(native, b.method);
                }
            }
            Body::Finding(b) => {
                self.text("data.rationale", &b.rationale, MAX_TEXT_CHARS);
                self.text("data.author", &b.author, MAX_NAME_CHARS);
            }
            Body::Review(b) => {
                self.text("data.reason", &b.reason, MAX_TEXT_CHARS);
                self.text("data.reviewer", &b.reviewer, MAX_NAME_CHARS);
            }
            Body::Publication(b) => self.text("data.policy", &b.policy, MAX_NAME_CHARS),
            Body::Mission(b) => {
                self.text("data.title", &b.title, MAX_NAME_CHARS);
                if b.organisations.is_empty() {
                    self.wrong("data.organisations", "is empty; a mission is somebody's");
                }
            }
            Body::MissionStep(b) => self.passage(b.passage.as_ref()),
            Body::Instrument(b) => self.url("data.url", b.url.as_ref()),
            Body::Adherence(_) => {}
            Body::Obligation(b) => {
                self.text("data.title", &b.title, MAX_TEXT_CHARS);
                self.text("data.basis", &b.basis, MAX_NAME_CHARS);
            }
            Body::Protection(_) => {}
            Body::Import(b) => self.text("data.mapping", &b.mapping, MAX_TEXT_CHARS),
            Body::SamplingPlan(b) => self.sampling_plan(b),
        }
    }

    /// The draw is checked where it enters: a sample that its seed does not give is no sample.
    fn sampling_plan(&mut self, plan: &SamplingPlan) {
        self.text("data.method", &plan.method, MAX_TEXT_CHARS);
        let seed = plan.seed.chars().count();
        if !(1..=MAX_SEED_CHARS).contains(&seed) || plan.seed.chars().any(char::is_control) {
            self.wrong(
                "data.seed",
                format!("is empty, longer than {MAX_SEED_CHARS} characters, or not one line"),
            );
        }
        if plan.margin_permille.is_some_and(|m| m == 0 || m >= 500) {
            self.wrong(
                "data.margin_permille",
                "is not between 1 and 499; 50 is five points",
            );
        }
        let frame: Vec<AnyId> = plan
            .strata
            .iter()
            .flat_map(|s| s.sites.iter().map(|id| id.any()))
            .collect();
        if frame.is_empty() {
            self.wrong(
                "data.strata",
                "has no site; link items to the aggregate first",
            );
        }
        if frame.len() > MAX_ITEMS {
            self.wrong(
                "data.strata",
                format!("has more than {MAX_ITEMS} sites; sample a part of the aggregate"),
            );
            return;
        }
        let once: BTreeSet<AnyId> = frame.iter().copied().collect();
        if once.len() != frame.len() {
            self.wrong(
                "data.strata",
                "has a site twice; each stands in one stratum",
            );
        }
        if plan.frame.count != frame.len() as u64
            || plan.frame.sha256 != sampling::frame_hash(&frame)
        {
            self.wrong(
                "data.frame",
                "is not the list that the strata make together",
            );
        }
        for (i, stratum) in plan.strata.iter().enumerate() {
            let sites: Vec<AnyId> = stratum.sites.iter().map(|id| id.any()).collect();
            let drawn: Vec<AnyId> = stratum.drawn.iter().map(|id| id.any()).collect();
            if sampling::draw(&plan.seed, &sites, drawn.len() as u64) != drawn {
                self.wrong(
                    format!("data.strata[{i}].drawn"),
                    "is not what the seed draws from this stratum",
                );
            }
        }
    }

    fn names_of(&mut self, body: &Body) {
        if matches!(
            body,
            Body::Party(_) | Body::Area(_) | Body::Site(_) | Body::Instrument(_)
        ) {
            self.names(body.names());
        }
    }

    /// A structural scale fits an engineer on the spot; it is not read off images (domain.md 3.3).
    fn native(&mut self, native: &NativeGrade, method: Method) {
        self.text("data.native.value", &native.value, MAX_NAME_CHARS);
        if native.scale == Scale::Ems98 && method != Method::OnSite {
            self.wrong(
                "data.native.scale",
                "EMS-98 is a structural scale and needs an on-site visit",
            );
        }
        if native.scale == Scale::Ems98
            && !matches!(native.value.as_str(), "1" | "2" | "3" | "4" | "5")
        {
            self.wrong("data.native.value", "EMS-98 grades go from 1 to 5");
        }
    }
}
