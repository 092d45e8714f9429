//! Every component, in the states it can have: for who works on the pages, and for the tests that look at them.

use crate::App;
use crate::answer::{Answer, page as answer_page};
use crate::guard::Reader;
use crate::html::components as ui;
use crate::pages::framed;
use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};
use stele_model::rules::Ladder;
use stele_model::{FindingStatus, Grade, Quantity, Stage, Word};

/// `GET /gallery`
pub async fn page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    let item =
        |title: &str, body: Markup| html! { section.gallery__item { h2 { (title) } (body) } };
    let body = html! {
        (ui::heading("gallery", html! { "Components" }, html! {}))
        div.gallery {
            (item("Damage grades", html! { @for grade in Grade::ALL { p { (ui::badge(grade.label(), &format!("grade-{}", grade.id()))) } } }))
            (item("Finding statuses", html! { @for status in FindingStatus::ALL { p { (ui::badge(status.label(), status.id())) } } }))
            (item("Mission stages", html! { @for stage in Stage::ALL { p { (ui::stage(*stage)) } } }))
            (item("A claim and a finding", html! { p { (ui::badge("claim, not a finding", "claim")) " " (ui::badge("finding", "finding")) } }))
            (item("Notices", html! { (ui::notice("info", html! { p { "Two accounts differ." } })) (ui::notice("error", html! { p { "The number is not a whole number." } })) (ui::notice("done", html! { p { "Recorded." } })) }))
            (item("Nothing here yet", ui::empty("No claims to show here.", html! { a href="/read-in" { "Read in a text" } })))
            (item("A figure in little", ui::ladder_in_little(&Quantity::exactly(927), &Ladder { itemised: 150, duplicate: 2, identified: 120, located: 90, assessed_independent: 70, assessed_affiliated: 20, conclusive_for: 62, conclusive_against: 5, inconclusive: 3, pending: 78, excluded: 0 })))
            (item("Buttons", html! { p { button.button.button--primary type="button" { "Record" } " " button.button type="button" { "Correct" } " " button.button.button--quiet type="button" { "Sign out" } " " button.button.button--danger type="button" { "Reject" } } }))
        }
    };
    answer_page(framed(&app, &reader, "/gallery", "Components", &[], body))
}
