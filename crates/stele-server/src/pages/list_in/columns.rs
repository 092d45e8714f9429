//! What the columns of a list mean, as a form: each column with its first cells and its field.

use crate::answer::sentence;
use crate::fields::Fields;
use crate::html::say;
use maud::{Markup, html};
use stele_formats::columns::{Field, Mapping, Swapped};
use stele_model::{Category, Predicate, RowsAre, SiteKind, Word};
use stele_registry::import::{ListLook, WaitingList};

/// Fields that a column can be given by choosing; others are written.
const CHOICES: [(&str, &str); 27] = [
    ("own", "kept as the list's own"),
    ("key", "the list's own identifier"),
    ("name", "name"),
    ("other names", "several names"),
    ("category", "what it is"),
    ("area state", "State"),
    ("area region", "region"),
    ("area district", "district"),
    ("area city", "city"),
    ("area village", "village"),
    ("latitude", "latitude"),
    ("longitude", "longitude"),
    ("coordinates", "coordinates in one cell"),
    ("easting", "easting"),
    ("northing", "northing"),
    ("utm zone", "zone of UTM"),
    ("geometry", "geometry (WKT or GeoJSON)"),
    ("uncertainty m", "uncertainty in metres"),
    ("uncertainty km", "uncertainty in kilometres"),
    ("made", "when it was built or made"),
    ("description", "description"),
    ("condition", "what came of it"),
    ("event", "when that happened"),
    ("cause", "asserted cause"),
    ("observed", "when it was assessed"),
    ("method", "how it was assessed"),
    ("stated", "when the list says it"),
];

/// The form, with what its first rows say; works without a script.
pub fn form(list: &WaitingList, look: &ListLook, first: Markup) -> Markup {
    let mapping = &look.mapping;
    html! {
        p.muted { @for note in &look.table.notes { (sentence(note)) " " } @if look.as_before { "The columns are read as they were the last time." } }
        @if !look.questions.is_empty() { section aria-labelledby="asked" { h2 #asked { "To be answered" } ul { @for question in &look.questions { li { (question) } } } } }
        form.form.columns method="post" action={ "/read-list/" (list.id) } data-first-rows={ "/read-list/" (list.id) "/first-rows" } {
            h2 { "Columns" }
            div.table-scroll tabindex="0" role="region" aria-label="Columns of the list" { table.columns__table {
                thead { tr { th { "Column" } th { "Is" } @if counts(list, mapping) { th { "Of what, said to be what" } } th { "Its first cells" } } }
                tbody { @for (i, column) in look.table.columns.iter().enumerate() { (row(i, column, mapping.field(column), list, look)) } }
            } }
            h2 { "The list as a whole" }
            div.columns__options {
                (select("category", "What a thing is, where its row does not say", mapping.category, Category::ALL))
                (select("kind", "Which of the four kinds its things are", mapping.kind, SiteKind::ALL))
                @if list.order.rows_are == RowsAre::Claims { (select("predicate", "What the list says of a thing, where its row does not", mapping.predicate, Predicate::ALL)) }
                @if counts(list, mapping) { (text("counting_rule", "What is counted as what", "In the list's words: cumulative, per month", mapping.counting_rule.as_deref().unwrap_or_default())) }
                (text("language", "Language of names", "Where neither column nor script says it: az, hy, ru", mapping.language.as_deref().unwrap_or_default()))
                (text("separator", "What parts several names in a cell", "A comma, for instance; otherwise ; and |", mapping.separator.as_deref().unwrap_or_default()))
                (text("epsg", "Projection of easting and northing", "EPSG code, such as 32638", &mapping.epsg.map(|n| n.to_string()).unwrap_or_default()))
                (check("longitude_first", "In one cell, longitude comes first", mapping.longitude_first))
                (check("day_first", "3/4/2022 is the third of April", mapping.day_first))
                div.field { label for="swapped" { "Rows whose latitude and longitude look exchanged" } select #swapped name="swapped" {
                    option value="ask" selected[mapping.swapped == Swapped::Ask] { "refuse them and tell me" }
                    option value="mend" selected[mapping.swapped == Swapped::Mend] { "exchange them" }
                    option value="keep" selected[mapping.swapped == Swapped::Keep] { "take them as they stand" }
                } }
            }
            section aria-labelledby="first-rows" {
                h2 #first-rows { "The first rows, as they are read" }
                div.columns__first aria-live="polite" { (first) }
                noscript { p.muted { "Looked at anew with “Look at it again”." } }
            }
            div.form__actions {
                noscript { button.button type="submit" name="do" value="look" { "Look at it again" } }
                button.button.button--primary type="submit" name="do" value="try" { "Try it, record nothing" }
                button.button type="submit" name="do" value="import" { "Read it in" }
            }
        }
    }
}

fn row(i: usize, column: &str, field: &Field, list: &WaitingList, look: &ListLook) -> Markup {
    let now = field.to_string();
    let (plain, lang) = match field {
        Field::Name(lang) => ("name".to_owned(), lang.clone()),
        Field::OtherNames(lang) => ("other names".to_owned(), lang.clone()),
        Field::Count(..) => (COUNT.to_owned(), None),
        _ => (now.clone(), None),
    };
    let cells: Vec<String> = look
        .rows
        .iter()
        .filter_map(|row| {
            row.cells
                .get(i)?
                .text()
                .map(|t| t.chars().take(60).collect())
        })
        .take(3)
        .collect();
    let figures = counts(list, &look.mapping);
    html! {
        tr {
            th scope="row" dir="auto" { label for={ "c" (i) } { (column) } input type="hidden" name={ "h" (i) } value=(column); }
            td {
                select id={ "c" (i) } name={ "c" (i) } {
                    @if figures { option value=(COUNT) selected[plain == COUNT] { "how many" } }
                    @for (id, label) in CHOICES { option value=(id) selected[id == plain] { (label) } }
                    @if plain != COUNT && !CHOICES.iter().any(|(id, _)| *id == plain) { option value=(now) selected { (now) } }
                    @if !now.starts_with("holding ") { option value="holding books" { "number of books" } option value="holding exhibits" { "number of exhibits" } }
                }
                @if matches!(field, Field::Name(_) | Field::OtherNames(_)) { " " input.columns__lang name={ "l" (i) } value=(lang.unwrap_or_default()) placeholder="language" aria-label={ "Language of " (column) } maxlength="35" size="6"; }
            }
            @if figures { td {
                (counted(&format!("k{i}"), "of what", column, match field { Field::Count(what, _) => Some(*what), _ => None }, Category::ALL)) " "
                (counted(&format!("p{i}"), "and what is said of them", column, match field { Field::Count(_, said) => Some(*said), _ => None }, Predicate::ALL))
            } }
            td.columns__cells dir="auto" { @for (k, cell) in cells.iter().enumerate() { @if k > 0 { " · " } (say::text(cell)) } }
        }
    }
}

/// A column that counts; of what and what is said of them is chosen beside it.
const COUNT: &str = "count";

/// Whether columns may count: rows are figures, or look like figures.
fn counts(list: &WaitingList, mapping: &Mapping) -> bool {
    list.order.rows_are == RowsAre::Figures || mapping.counts().next().is_some()
}

fn counted<W: Word + PartialEq>(
    name: &str,
    what: &str,
    column: &str,
    now: Option<W>,
    all: &[W],
) -> Markup {
    html! { select name=(name) aria-label={ (column) ": " (what) } { option value="" { (what) } @for word in all { option value=(word.id()) selected[now == Some(*word)] { (word.label()) } } } }
}

fn select<W: Word + PartialEq>(name: &str, label: &str, now: Option<W>, all: &[W]) -> Markup {
    html! { div.field { label for=(name) { (label) } select id=(name) name=(name) { option value="" { "not said" } @for word in all { option value=(word.id()) selected[now == Some(*word)] { (word.label()) } } } } }
}

fn text(name: &str, label: &str, hint: &str, now: &str) -> Markup {
    html! { div.field { label for=(name) { (label) " " span.field__optional { "optional" } } p.field__hint { (hint) } input id=(name) name=(name) value=(now) maxlength="80"; } }
}

fn check(name: &str, label: &str, now: bool) -> Markup {
    html! { label.choice { input type="checkbox" name=(name) value="yes" checked[now]; " " (label) } }
}

/// The mapping a form says; the problem where it says none.
pub fn said(list: &WaitingList, fields: &Fields) -> Result<Mapping, String> {
    let mut mapping = list.order.mapping.clone().unwrap_or_default();
    mapping.columns.clear();
    let mut i = 0;
    loop {
        let column = fields.raw(&format!("h{i}"));
        let Some(column) = column else { break };
        let chosen = fields.get(&format!("c{i}"));
        let lang = fields.get(&format!("l{i}"));
        let written = match (chosen, lang) {
            ("name" | "other names", lang) if !lang.is_empty() => format!("{chosen} {lang}"),
            (COUNT, _) => {
                let (what, said) = (fields.get(&format!("k{i}")), fields.get(&format!("p{i}")));
                if what.is_empty() || said.is_empty() {
                    return Err(format!(
                        "column \"{column}\": say of what it counts how many, and what is said of them"
                    ));
                }
                format!("{COUNT} {what} {said}")
            }
            _ => chosen.to_owned(),
        };
        let field: Field = written
            .parse()
            .map_err(|e| format!("column \"{column}\": {e}"))?;
        if field != Field::Own {
            mapping.columns.insert(column.to_owned(), field);
        }
        i += 1;
    }
    let given = |name: &str| Some(fields.get(name)).filter(|v| !v.is_empty());
    mapping.category = given("category").and_then(Category::from_id);
    mapping.kind = given("kind").and_then(SiteKind::from_id);
    mapping.predicate = match list.order.rows_are {
        RowsAre::Claims => given("predicate").and_then(Predicate::from_id),
        RowsAre::Sites | RowsAre::Figures => mapping.predicate,
    };
    mapping.counting_rule = given("counting_rule").map(str::to_owned);
    mapping.language = given("language").map(str::to_owned);
    mapping.separator = given("separator").map(str::to_owned);
    mapping.epsg =
        match given("epsg") {
            None => None,
            Some(code) => Some(code.trim_start_matches("EPSG:").parse().map_err(|_| {
                format!("\"{code}\" is no EPSG code; it is a number such as 32638")
            })?),
        };
    mapping.longitude_first = given("longitude_first").is_some();
    mapping.day_first = given("day_first").is_some();
    mapping.swapped = match fields.get("swapped") {
        "mend" => Swapped::Mend,
        "keep" => Swapped::Keep,
        _ => Swapped::Ask,
    };
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_field() {
        for (id, _) in CHOICES {
            assert!(id.parse::<Field>().is_ok(), "{id}");
        }
    }
}
