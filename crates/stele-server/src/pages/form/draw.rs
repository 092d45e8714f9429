//! Draws a form: every field with its label, hint and, where there is one, what is wrong with it.

use super::fields::{Field, Input};
use super::read::join;
use crate::fields::Fields;
use maud::{Markup, html};
use std::collections::BTreeMap;
use stele_model::{FieldError, Kind, Word};

/// What a form is drawn from.
pub struct Drawing<'a> {
    /// Every field of the form.
    pub specs: &'a [Field],
    /// What stands in the fields.
    pub fields: &'a Fields,
    /// What is wrong.
    pub errors: &'a [FieldError],
    /// Names to offer for each kind of record.
    pub offers: &'a BTreeMap<Kind, Vec<String>>,
    /// Titles of records whose ids stand in fields.
    pub titles: &'a BTreeMap<String, String>,
}

/// Empty rows offered after those that are filled.
const SPARE_ROWS: usize = 2;

impl Drawing<'_> {
    /// Every field under a path.
    pub fn fields(&self, specs: &[Field], prefix: &str) -> Markup {
        html! { @for spec in specs { (self.field(spec, &join(prefix, spec.name))) } }
    }

    fn error(&self, path: &str) -> Option<&str> {
        let is_here = |field: &str| {
            let field = field.strip_prefix("data.").unwrap_or(field);
            field == path
        };
        self.errors
            .iter()
            .find(|e| is_here(&e.field))
            .map(|e| e.problem.as_str())
    }

    fn field(&self, spec: &Field, path: &str) -> Markup {
        match &spec.input {
            Input::Group(parts) => {
                return self.group(
                    spec,
                    path,
                    html! { (self.fields(parts, path)) },
                    needs_room(spec),
                );
            }
            Input::Rows(parts) => {
                let filled = (0..)
                    .take_while(|i| self.fields.any_under(&format!("{path}[{i}]")))
                    .count();
                let rows = html! {
                    @for i in 0..filled + SPARE_ROWS {
                        div.form__row role="group" aria-label=(format!("{} {}", spec.label, i + 1)) { (self.fields(parts, &format!("{path}[{i}]"))) }
                    }
                };
                return self.group(spec, path, rows, needs_room(spec));
            }
            _ => {}
        }
        let id = format!("f-{}", path.replace(['.', '[', ']'], "-"));
        let error = self.error(path);
        let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
        let described: Vec<&str> = [
            (!spec.hint.is_empty()).then_some(hint_id.as_str()),
            error.map(|_| error_id.as_str()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let described = described.join(" ");
        let described = (!described.is_empty()).then_some(described.as_str());
        let value = self.fields.get(path);
        let required = spec.needed && !path.contains(['[', '.']);
        let invalid = error.map(|_| "true");
        html! {
            div.field.(if error.is_some() { "field--wrong" } else { "" }) {
                @if matches!(spec.input, Input::Check) {
                    label.field__check for=(id) { input id=(id) type="checkbox" name=(path) value="yes" checked[!value.is_empty()]; " " (spec.label) }
                } @else if matches!(spec.input, Input::Place) {
                    (self.place(path, described))
                } @else {
                    label for=(id) { (spec.label) @if !spec.needed { " " span.field__optional { "optional" } } }
                }
                @if !spec.hint.is_empty() { p.field__hint id=(hint_id) { (spec.hint) } }
                @match &spec.input {
                    Input::Line => input id=(id) name=(path) value=(value) dir="auto" required[required] aria-invalid=[invalid] aria-describedby=[described];,
                    Input::Date => input id=(id) name=(path) value=(value) required[required] spellcheck="false" autocomplete="off" aria-invalid=[invalid] aria-describedby=[described];,
                    Input::Number => input id=(id) name=(path) value=(value) required[required] inputmode="numeric" autocomplete="off" aria-invalid=[invalid] aria-describedby=[described];,
                    Input::Long | Input::Lines => textarea id=(id) name=(path) dir="auto" rows="4" required[required] aria-invalid=[invalid] aria-describedby=[described] { (value) },
                    Input::Many(_) => textarea id=(id) name=(path) dir="auto" rows="3" required[required] aria-invalid=[invalid] aria-describedby=[described] { (value) },
                    Input::Choice(options) => select id=(id) name=(path) required[required] aria-invalid=[invalid] aria-describedby=[described] {
                        @if !required { option value="" { "—" } } @else if value.is_empty() { option value="" { "Choose" } }
                        @for (word, label) in options() { option value=(word) selected[word == value] { (label) } }
                    },
                    Input::One(kind) => input id=(id) name=(path) value=(value) dir="auto" required[required] list=[kind.map(|k| format!("names-{}", k.id()))] autocomplete="off" aria-invalid=[invalid] aria-describedby=[described];,
                    Input::Subject => input id=(id) name=(path) value=(value) dir="auto" required[required] list="names-site" autocomplete="off" aria-invalid=[invalid] aria-describedby=[described];,
                    Input::File => input id=(id) type="file" name=(path) aria-invalid=[invalid] aria-describedby=[described];,
                    Input::Check | Input::Place | Input::Group(_) | Input::Rows(_) => {},
                }
                @for line in value.lines() { @if let Some(title) = self.titles.get(line.trim()) { p.field__hint { "That is: " bdi { (title) } } } }
                @if let Some(problem) = error { p.field__error id=(error_id) { "“" (spec.label) "” " (problem) } }
            }
        }
    }

    fn place(&self, path: &str, described: Option<&str>) -> Markup {
        let part = |name: &str, label: &str| {
            let path = join(path, name);
            let id = format!("f-{}", path.replace(['.', '[', ']'], "-"));
            html! { div.field { label for=(id) { (label) } input id=(id) name=(path) value=(self.fields.get(&path)) inputmode="decimal" autocomplete="off" aria-describedby=[described]; } }
        };
        html! { div.form__row { (part("lat", "Latitude, decimal degrees")) (part("lon", "Longitude, decimal degrees")) } (part("geojson", "Or a line or polygon as GeoJSON")) }
    }

    fn group(&self, spec: &Field, path: &str, inner: Markup, closed: bool) -> Markup {
        let error = self.error(path);
        let body = html! {
            @if !spec.hint.is_empty() { p.field__hint { (spec.hint) } }
            @if let Some(problem) = error { p.field__error { "“" (spec.label) "” " (problem) } }
            (inner)
        };
        let open = error.is_some()
            || self.fields.any_under(path)
            || self.errors.iter().any(|e| e.field.contains(path));
        match closed {
            false => html! { fieldset.group { legend { (spec.label) } (body) } },
            true => {
                html! { details.group open[open] { summary { (spec.label) " " span.field__optional { "optional" } } fieldset { legend.visually-hidden { (spec.label) } (body) } } }
            }
        }
    }

    /// Errors whose field is not in the form, and a summary to begin with.
    pub fn summary(&self) -> Markup {
        html! {
            @if !self.errors.is_empty() {
                div.error-summary role="alert" tabindex="-1" {
                    h2 { "Nothing was recorded yet" }
                    ul { @for error in self.errors { li { @let field = error.field.strip_prefix("data.").unwrap_or(&error.field);
                        a href=(format!("#f-{}", field.replace(['.', '[', ']'], "-"))) { "“" (label_of(self.specs, field).unwrap_or_else(|| field.replace('_', " "))) "”" } " " (error.problem) } }
                    }
                }
            }
        }
    }

    /// Lists of names for the fields that name records.
    pub fn offers(&self) -> Markup {
        html! { @for (kind, names) in self.offers { datalist id=(format!("names-{}", kind.id())) { @for name in names { option value=(name) {} } } } }
    }
}

/// The label a person sees for a field's path: `names[0].text` is "Names 1: Name".
fn label_of(specs: &[Field], path: &str) -> Option<String> {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, row) = head.split_once('[').unwrap_or((head, ""));
    let spec = specs.iter().find(|s| s.name == name)?;
    let row = row.trim_end_matches(']').parse::<usize>().ok();
    let own = row.map_or_else(
        || spec.label.to_owned(),
        |n| format!("{} {}", spec.label, n + 1),
    );
    let within = match &spec.input {
        Input::Group(parts) | Input::Rows(parts) if !rest.is_empty() => label_of(parts, rest),
        _ => None,
    };
    Some(within.map_or_else(|| own.clone(), |part| format!("{own}: {part}")))
}

/// A group that need not be filled is folded, so that the form stays short.
fn needs_room(spec: &Field) -> bool {
    !spec.needed
}

/// The kinds whose names the fields ask for.
pub fn kinds_asked(specs: &[Field], into: &mut Vec<Kind>) {
    for spec in specs {
        match &spec.input {
            Input::One(Some(kind)) => into.push(*kind),
            Input::Subject => into.push(Kind::Site),
            Input::Group(parts) | Input::Rows(parts) => kinds_asked(parts, into),
            _ => {}
        }
    }
    into.sort_unstable();
    into.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::form::fields::fields_of;

    #[test]
    fn what_is_wrong_is_named_as_the_form_names_it() {
        let claim = fields_of(Kind::Claim);
        let label = |path| label_of(claim, path);
        assert_eq!(label("party").as_deref(), Some("Whose claim it is"));
        assert!(label("passage.exact").is_some_and(|l| l.starts_with("Passage: ")));
        assert_eq!(label("nothing"), None);
        let site = fields_of(Kind::Site);
        assert!(label_of(site, "names[1].text").is_some_and(|l| l.starts_with("Names 2: ")));
    }
}
