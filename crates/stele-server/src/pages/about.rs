//! How to read the registry: the words, and what it never does.

use crate::App;
use crate::answer::{Answer, page as answer_page};
use crate::guard::Reader;
use crate::html::components as ui;
use crate::pages::framed;
use axum::Extension;
use axum::extract::State;
use maud::html;

/// `GET /about`
pub async fn page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    let body = html! {
        (ui::heading("about", html! { "How to read this registry" }, html! {}))
        (ui::facts(vec![
            ("Claim", Some(html! { "What a party says is the case, with the source, the passage and the date. It stands in quotation marks with its speaker. A claim is never made true by being recorded." })),
            ("Aggregate", Some(html! { "A claim about a number of things that are not named. Its ladder shows how many were named, located, assessed and verified, never one percentage. Figures of different parties are shown side by side and not added." })),
            ("Assessment", Some(html! { "One observation of one site, at one time, by one method, with what was and what was not examined. " "“No damage seen” and “could not be examined” are results like any other." })),
            ("Finding", Some(html! { "What this registry concludes about a site's condition, on observation, approved by a second person who declared no interest. A finding never says who caused damage." })),
            ("Reported, corroborated", Some(html! { "Known from claims only: of one origin, or of two or more that are independent of each other. Copies of one text share one origin." })),
            ("Verified, refuted", Some(html! { "A published finding says that the site is damaged, or that it is not damaged at the extent examined." })),
            ("Whose turn", Some(html! { "Parties differ about who must answer next. Each account stands with its speaker and date; the registry does not choose." })),
            ("Names", Some(html! { "Every name that parties give, with language and script. None is the name: yours come first, then all." })),
            ("Places", Some(html! { "Places that could be harmed by being shown are generalised to a fixed grid or withheld, in every page and every answer." })),
            ("Policy in force", Some(html! { (app.registry.policy().version) ": " (app.registry.policy().approvals) " approval(s) by others than author and assessors, " (app.registry.policy().methods) " method(s)." })),
        ]))
    };
    answer_page(framed(
        &app,
        &reader,
        "/about",
        "How to read this registry",
        &[("/", "Dossier".to_owned())],
        body,
    ))
}
