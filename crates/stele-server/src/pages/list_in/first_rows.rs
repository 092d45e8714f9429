//! What the first rows of a list say as its columns are read now: shown with the form of the columns, and
//! anew at each change where there is a script.

use super::columns;
use crate::App;
use crate::answer::{Answer, Failure, ask};
use crate::fields::Fields;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::form::member;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse};
use maud::{Markup, html};
use std::collections::BTreeMap;
use stele_formats::columns::Draft;
use stele_formats::table::BadRow;
use stele_model::{RowsAre, Word};
use stele_registry::Refusal;

/// Rows shown as they are read.
const SHOWN: usize = 8;
/// Refused ones shown.
const REFUSED: usize = 20;

/// `POST /read-list/{id}/first-rows`: the fields of the form, of which nothing is kept.
pub async fn asked(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    member(&reader)?;
    let viewer = reader.viewer.clone();
    let list = ask(&app, move |registry| registry.waiting_list(&viewer, &id)).await?;
    let part = match columns::said(&list, &fields) {
        Ok(mapping) => {
            let rows_are = list.order.rows_are;
            let rows = ask(&app, move |registry| {
                Ok(registry.first_rows(&list, &mapping))
            });
            part(rows_are, rows.await?)?
        }
        Err(problem) => wrong(&problem),
    };
    Ok(Html(part.into_string()).into_response())
}

/// The part of the page; what is wrong with the mapping, where it cannot be read by.
pub fn part(
    rows_are: RowsAre,
    rows: Result<Vec<Result<Draft, BadRow>>, Refusal>,
) -> Result<Markup, Failure> {
    match rows {
        Ok(rows) => Ok(shown(rows_are, &rows)),
        Err(refusal @ (Refusal::Fields { .. } | Refusal::Unreadable(_))) => {
            Ok(wrong(&refusal.to_string()))
        }
        Err(other) => Err(other.into()),
    }
}

fn wrong(problem: &str) -> Markup {
    ui::notice("error", html! { p { (crate::answer::sentence(problem)) } })
}

fn shown(rows_are: RowsAre, rows: &[Result<Draft, BadRow>]) -> Markup {
    let refused: Vec<&BadRow> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    let drafts: Vec<&Draft> = rows.iter().flatten().collect();
    let mut unread: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for (column, text) in drafts.iter().flat_map(|draft| &draft.unread) {
        unread.entry(column).or_insert((0, text)).0 += 1;
    }
    html! {
        p { "Of the first " (say::count(rows.len() as u64, "row", "rows")) ", " @if refused.is_empty() { "none is refused" } @else { strong { (say::count(refused.len() as u64, "is refused", "are refused")) } }
            @if unread.is_empty() { "." } @else { "; cells of " (say::count(unread.len() as u64, "column", "columns")) " could not be read as what the column is said to hold, and stay as they are written." } }
        @if !drafts.is_empty() { (table(rows_are, &drafts)) }
        @if !unread.is_empty() { ul { @for (column, (cells, text)) in &unread { li { (say::text(column)) ": " (say::count(*cells, "cell", "cells")) ", such as “" (say::text(text)) "”" } } } }
        @if !refused.is_empty() { ul { @for bad in refused.iter().take(REFUSED) { li { "Row " (bad.number) @if let Some(column) = &bad.column { ", " (say::text(column)) } ": " (bad.reason) } } } }
    }
}

fn table(rows_are: RowsAre, drafts: &[&Draft]) -> Markup {
    let figures = rows_are == RowsAre::Figures;
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="The first rows as they are read" { table {
            thead { tr { th { "Row" } @if figures { th { "Figures" } } @else { th { "Names" } th { "Is" } th { "Where" } @if rows_are == RowsAre::Claims { th { "What came of it" } } } th { "Kept as the list's own" } } }
            tbody { @for draft in drafts.iter().take(SHOWN) { tr {
                td { (draft.row) }
                @if figures { td { @for (i, counted) in draft.counts.iter().enumerate() { @if i > 0 { "; " } (counted.category.label()) ", " (counted.predicate.label()) ": " (counted.count) } } }
                @else {
                    td { @for (i, name) in draft.names.iter().enumerate() { @if i > 0 { " · " } (say::name(name)) } }
                    td { (draft.category.label()) }
                    td { @match draft.location.as_ref().and_then(|l| l.geometry.bounds()) { Some(b) => { bdi dir="ltr" { (format!("{:.5}, {:.5}", b.centre().lat(), b.centre().lon())) } } None => { @for (i, area) in draft.areas.iter().enumerate() { @if i > 0 { ", " } (say::text(&area.names.join(" / "))) } @if draft.areas.is_empty() { span.muted { "not said" } } } } }
                    @if rows_are == RowsAre::Claims { td { @match &draft.condition { Some(c) => { (c.predicate.label()) @if let Some(event) = &c.event { ", " (say::date(event)) } } None => span.muted { "not said" } } } }
                }
                td { (draft.fields.len()) }
            } } }
        } }
    }
}
