//! Two images of evidence, one over the other with a divider, or side by side: before and after.
//!
//! Shows nothing by itself: the script fetches each file from `/evidence/{id}/file`, which decides who
//! may open it. Without a script both are there to download.

use crate::App;
use crate::answer::{Answer, ask, page as answer_page};
use crate::guard::Reader;
use crate::html::layout::{self, Frame};
use crate::html::{components as ui, say};
use crate::pages::framed;
use axum::Extension;
use axum::extract::{Path, State};
use maud::{Markup, html};
use stele_model::{AnyId, Evidence, Kind};
use stele_registry::{Filter, Order, Refusal};

/// Images offered to compare with.
const OFFERED: usize = 100;

/// Whether a browser, or the script, can show it.
pub fn is_image(evidence: &Evidence) -> bool {
    let name = evidence.original_name.to_lowercase();
    evidence.media_type.starts_with("image/")
        || [".tif", ".tiff", ".jpg", ".jpeg", ".png", ".webp"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Whether it may say where on the globe it lies.
pub fn is_geotiff(evidence: &Evidence) -> bool {
    let name = evidence.original_name.to_lowercase();
    evidence.media_type.starts_with("image/tiff")
        || name.ends_with(".tif")
        || name.ends_with(".tiff")
}

fn read_id(text: &str) -> Result<AnyId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound(text.to_owned()))
}

/// `GET /evidence/{id}/compare`: which other image.
pub async fn choose(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(id): Path<String>,
) -> Answer {
    let id = read_id(&id)?;
    let viewer = reader.viewer.clone();
    let (own, others) = ask(&app, move |registry| {
        let own = registry.may_open(&viewer, id)?;
        let filter = Filter {
            kind: Some(Kind::Evidence),
            ..Filter::default()
        };
        let list = registry.list(&viewer, &filter, Order::Latest, None, OFFERED * 5, "en")?;
        let mut others = Vec::new();
        for row in list.rows {
            if row.id != id
                && others.len() < OFFERED
                && let Ok(evidence) = registry.may_open(&viewer, row.id)
                && is_image(&evidence)
            {
                others.push((row.id, evidence));
            }
        }
        Ok((own, others))
    })
    .await?;
    let title = "Compare with another image";
    let body = html! {
        (ui::heading("evidence", html! { (title) }, html! {}))
        p { "The first is " a href={ "/evidence/" (id) } { (say::text(&own.original_name)) } ". Choose the second." }
        @if others.is_empty() { (ui::empty("There is no other image that you may open.", html! { "Record one as evidence first." })) }
        ul { @for (other, evidence) in &others { li {
            a href={ "/evidence/" (id) "/compare/" (other) } { (say::text(&evidence.original_name)) }
            @if let Some(captured) = &evidence.captured { ", captured " (say::date(captured)) }
        } } }
    };
    let above = [("/evidence", "Evidence".to_owned())];
    answer_page(framed(&app, &reader, "/evidence", title, &above, body))
}

/// `GET /evidence/{id}/compare/{other}`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path((id, other)): Path<(String, String)>,
) -> Answer {
    let ids = [read_id(&id)?, read_id(&other)?];
    let viewer = reader.viewer.clone();
    let images = ask(&app, move |registry| {
        let mut images = Vec::new();
        for id in ids {
            images.push((id, registry.may_open(&viewer, id)?));
        }
        Ok(images)
    })
    .await?;
    let title = "Compare two images";
    let above = [("/evidence", "Evidence".to_owned())];
    let frame = Frame {
        registry: app.registry.name(),
        title,
        section: "/evidence",
        reader: &reader,
        above: &above,
    };
    let extra = layout::Extra {
        style: Some("compare-style.css"),
        script: Some("compare.js"),
    };
    answer_page(layout::page_with(&frame, &extra, body(title, &images)))
}

fn body(title: &str, images: &[(AnyId, Evidence)]) -> Markup {
    let file = |id: &AnyId| format!("/evidence/{id}/file");
    let described = |(id, evidence): &(AnyId, Evidence)| {
        html! {
            a href={ "/evidence/" (id) } { (say::text(&evidence.original_name)) }
            @if let Some(captured) = &evidence.captured { ", captured " (say::date(captured)) }
            " · " a href=(file(id)) download { "download" }
        }
    };
    html! {
        (ui::heading("evidence", html! { (title) }, html! {}))
        div.compare data-compare data-first=[images.first().map(|i| file(&i.0))] data-second=[images.get(1).map(|i| file(&i.0))] {
            p #compare-says role="status" { "The images are fetched and compared by a script; both can be downloaded below." }
            div.compare__controls hidden {
                fieldset.compare__way {
                    legend.visually-hidden { "How the images are shown" }
                    label for="compare-over" { input #compare-over type="radio" name="way" value="over" checked; " One over the other" }
                    label for="compare-beside" { input #compare-beside type="radio" name="way" value="beside"; " Side by side" }
                }
                div.compare__slider {
                    label for="compare-at" { "Divider" }
                    input #compare-at type="range" min="0" max="100" value="50" step="1";
                }
            }
            div.compare__stage #compare-stage hidden {}
            dl.compare__names {
                @for (i, image) in images.iter().enumerate() {
                    dt { @if i == 0 { "First, left" } @else { "Second, right" } }
                    dd { (described(image)) }
                }
            }
        }
    }
}
