//! The map: sites where they are, with the search's own filters, and a list beside it that says the same.
//!
//! The page is whole without its script: the form narrows, a picture drawn by the server shows, the
//! search lists. The script (`web/src/map`) adds the map itself from vector tiles.

mod ground;
mod hits;
mod picture;
mod state;

pub use ground::ground;
pub use hits::hits;
pub use picture::picture;

use crate::App;
use crate::answer::{Answer, Failure, ask, page as answer_page};
use crate::asked::{Asked, wrong_field};
use crate::assets;
use crate::guard::{Reader, policy_with_map};
use crate::html::components as ui;
use crate::html::layout::{self, Frame};
use crate::pages::framed;
use crate::pages::search::{Ask, Page, form, wrong_field_notice};
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{Html, IntoResponse};
use maud::{Markup, html};
use serde_json::{Value, json};
use state::{State as MapState, check_search};
use stele_model::place::Bounds;
use stele_model::{Category, FindingStatus, Word};
use stele_registry::{Basemap, Refusal};
use tower_http::services::ServeFile;

/// Where the map opens when no site has a place: the inhabited world.
const WORLD: Bounds = Bounds {
    west: -170.0,
    south: -55.0,
    east: 170.0,
    north: 72.0,
};

/// `GET /map`
pub async fn page(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
    Asked(state): Asked<MapState>,
) -> Answer {
    let (viewer, asked) = (reader.viewer.clone(), q.clone());
    let extent = ask(&app, move |registry| {
        state.check(registry.basemaps().len())?;
        check_search(registry, &viewer, &asked)?;
        registry.map_extent(&viewer)
    })
    .await
    .map_err(Failure::of_address);
    let extent = match extent {
        Ok(extent) => extent,
        Err(failure) => return refused(&app, &reader, &q, failure),
    };
    let config = config(&reader, app.registry.basemaps(), extent);
    let frame = Frame {
        registry: app.registry.name(),
        title: "Map",
        section: "/map",
        reader: &reader,
        above: &[],
    };
    let parts = layout::Extra {
        style: Some("map-style.css"),
        script: Some("map.js"),
    };
    let markup = layout::page_with(&frame, &parts, body(&q, &config, extent));
    let mut answer = answer_page(markup)?;
    let origins: Vec<String> = app
        .registry
        .basemaps()
        .iter()
        .filter_map(Basemap::origin)
        .collect();
    answer
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy_with_map(&origins));
    Ok(answer)
}

/// The form as it was filled in, with what is wrong about it, in the stead of a map that shows something else.
fn refused(app: &App, reader: &Reader, q: &Ask, failure: Failure) -> Answer {
    let Some(problem) = wrong_field(&failure) else {
        return Err(failure);
    };
    let body = html! {
        (ui::heading("map", html! { "Map" }, html! {}))
        (wrong_field_notice(&problem))
        (form(q, Page::Map))
    };
    let page = framed(app, reader, "/map", "Map", &[], body);
    Ok((failure.status(), Html(page.into_string())).into_response())
}

/// `GET /map/basemap/{number}`: a PMTiles file of the registry's folder, in the parts asked for.
pub async fn basemap(
    State(app): State<App>,
    Path(number): Path<usize>,
    request: Request,
) -> Answer {
    let file = ask(&app, move |registry| registry.basemap_file(number)).await?;
    let served = ServeFile::new(file).try_call(request).await;
    let mut answer = served
        .map_err(|e| Refusal::Unreadable(format!("the basemap could not be read: {e}")))?
        .into_response();
    let media = header::HeaderValue::from_static("application/vnd.pmtiles");
    answer.headers_mut().insert(header::CONTENT_TYPE, media);
    Ok(answer)
}

/// What the script has to know: words, addresses, where to open.
fn config(reader: &Reader, basemaps: &[Basemap], extent: Option<Bounds>) -> Value {
    let categories: serde_json::Map<String, Value> = Category::ALL
        .iter()
        .map(|c| {
            (
                c.id().to_owned(),
                json!({"label": c.label(), "group": c.group().id()}),
            )
        })
        .collect();
    let statuses: Vec<Value> = FindingStatus::ALL
        .iter()
        .map(|s| json!({"id": s.id(), "label": s.label()}))
        .collect();
    let basemaps: Vec<Value> = basemaps
        .iter()
        .enumerate()
        .map(|(i, b)| {
            json!({
                "name": b.name,
                "kind": if b.file.is_some() { "pmtiles" } else { "tiles" },
                "url": b.address().unwrap_or_else(|| format!("/map/basemap/{i}")),
                "attribution": b.attribution,
                "maxZoom": b.max_zoom,
            })
        })
        .collect();
    json!({
        "lang": reader.lang,
        "assets": assets::address(""),
        "bounds": corners(extent.unwrap_or(WORLD)),
        "categories": categories,
        "statuses": statuses,
        "basemaps": basemaps,
    })
}

fn corners(b: Bounds) -> [f64; 4] {
    [b.west, b.south, b.east, b.north]
}

/// The box of a picture: what is asked for, or where the sites are, with room around them.
fn box_of_picture(asked: &str, extent: Option<Bounds>) -> String {
    if !asked.trim().is_empty() {
        return asked.trim().to_owned();
    }
    let b = extent.unwrap_or(WORLD);
    let room = |side: f64| (side * 0.08).max(0.2);
    let (x, y) = (room(b.east - b.west), room(b.north - b.south));
    format!(
        "{:.4},{:.4},{:.4},{:.4}",
        (b.west - x).max(-180.0),
        (b.south - y).max(-84.0),
        (b.east + x).min(180.0),
        (b.north + y).min(84.0)
    )
}

fn body(q: &Ask, config: &Value, extent: Option<Bounds>) -> Markup {
    let bbox = box_of_picture(&q.bbox, extent);
    let picture = q.at("/map/picture.svg", &[("bbox", &bbox)]);
    html! {
        div.map-page data-map=(config.to_string()) {
            div.map-side {
                h1 { "Map" }
                (form(q, Page::Map))
                p.map-notice #map-notice role="status" {}
                (legend())
                (layers())
                section.map-list aria-labelledby="map-list-title" {
                    h2 #map-list-title { "In view" }
                    p.muted #map-list-says role="status" {
                        "The same as " a href=(q.at("/search", &[("kind", "site")])) { "a list" } "."
                    }
                    ol.map-list__rows #map-list {}
                }
            }
            div.map-stage {
                div.map-tools hidden { (tools()) }
                div.map-canvas #map {}
                aside.map-panel #map-panel aria-label="Chosen on the map" tabindex="-1" hidden {}
                p.map-fallback #map-fallback hidden {}
                noscript { (plate(&picture)) }
                div.map-plate #map-plate hidden { (plate("")) }
                (time())
                p.map-opinion { "Lines and names on this map imply no opinion on the legal status of any place. A place shown as a square lies somewhere within it. Basemap: Natural Earth, public domain." }
            }
        }
    }
}

/// The picture drawn by the server.
fn plate(address: &str) -> Markup {
    html! {
        figure.map-picture {
            img src=[(!address.is_empty()).then_some(address)] alt="Sites on the map: circles say how many, squares are the cells in which a protected place lies." width="1200" height="800" loading="lazy";
            figcaption { "Drawn by the server." @if !address.is_empty() { " " a href=(address) { "The picture by itself" } } }
        }
    }
}

fn layers() -> Markup {
    let tick = |id: &str, label: &str, on: bool| {
        html! { label.map-tick for=(id) { input #(id) type="checkbox" checked[on]; span { (label) } } }
    };
    html! {
        details.map-group hidden data-needs-map {
            summary { "Areas, itineraries, basemap" }
            fieldset.map-choices {
                legend.visually-hidden { "How sites are drawn from afar" }
                label.map-tick for="map-as-circles" { input #map-as-circles type="radio" name="map-as" value="circles" checked; span { "Sites as circles" } }
                label.map-tick for="map-as-heat" { input #map-as-heat type="radio" name="map-as" value="heat"; span { "Sites as heat" } }
            }
            div.map-choices {
                (tick("map-areas", "Areas", false))
                (tick("map-missions", "Itineraries of missions", false))
                (tick("map-lines", "Boundary lines", true))
                (tick("map-names", "Names", true))
            }
            div.field #map-basemap-field hidden { label for="map-basemap" { "Basemap" } select #map-basemap {} }
        }
    }
}

/// Statuses with their signs; the script draws the signs and makes each a switch.
fn legend() -> Markup {
    html! {
        details.map-group open hidden data-needs-map {
            summary { "Signs" }
            fieldset.map-legend #map-legend {
                legend.visually-hidden { "Statuses shown" }
                @for status in FindingStatus::ALL {
                    label.map-tick for={ "map-status-" (status.id()) } {
                        input id={ "map-status-" (status.id()) } type="checkbox" value=(status.id()) checked;
                        canvas.map-sign data-status=(status.id()) aria-hidden="true" {}
                        span { (status.label()) }
                    }
                }
                label.map-tick for="map-status-none" {
                    input #map-status-none type="checkbox" value="none" checked;
                    canvas.map-sign data-status="none" aria-hidden="true" {}
                    span { "nothing is claimed" }
                }
            }
            details.map-more {
                summary { "What the signs within mean" }
                p.muted { "They tell the category. A hatched square is the cell in which a protected place lies." }
                ul.map-kinds #map-kinds aria-label="Signs of categories" {}
            }
        }
    }
}

fn tools() -> Markup {
    html! {
        div.map-tools__row role="group" aria-label="Choose on the map" {
            button.button #map-box type="button" aria-pressed="false" { "Choose by box" }
            button.button #map-lasso type="button" aria-pressed="false" { "Choose by lasso" }
            button.button #map-view type="button" { "Choose what is in view" }
            a.button #map-print href="/map/picture.svg" { "Picture" }
            button.button #map-share type="button" { "Copy address" }
        }
    }
}

fn time() -> Markup {
    html! {
        div.map-time hidden data-needs-map role="group" aria-label="As of a date" {
            div.field { label for="map-by" { "As of" } select #map-by {
                option value="claimed" { "claimed by" }
                option value="assessed" { "assessed by" }
                option value="verified" { "verified by" }
            } }
            button.button #map-play type="button" aria-pressed="false" { "Play" }
            div.map-time__slider {
                label.visually-hidden for="map-date" { "Date" }
                input #map-date type="range" min="0" max="1" value="1" step="1";
            }
            output.map-time__date #map-date-says for="map-date" { "today" }
            button.button.button--quiet #map-today type="button" { "Today" }
        }
    }
}

/// A small picture of where a site is, for its page; nothing where no place is shown.
pub fn small(place: &stele_model::ShownPlace, id: &str) -> Markup {
    use stele_model::ShownPlace;
    let (at, metres) = match place {
        ShownPlace::Exact { geometry, .. } => match geometry.bounds() {
            Some(b) => (b.centre(), 0),
            None => return html! {},
        },
        ShownPlace::Grid { centre, grid_m } => (*centre, *grid_m),
        ShownPlace::Withheld => return html! {},
    };
    let degrees = (f64::from(metres) / 111_320.0 * 4.0).max(3.0);
    let wide = degrees / at.lat().to_radians().cos().max(0.2);
    let bbox = format!(
        "{:.4},{:.4},{:.4},{:.4}",
        (at.lon() - wide).max(-180.0),
        (at.lat() - degrees * 0.66).max(-84.0),
        (at.lon() + wide).min(180.0),
        (at.lat() + degrees * 0.66).min(84.0)
    );
    let zoom = if metres > 0 { 9.0 } else { 12.0 };
    let on_map = format!("/map?site={id}#map={zoom}/{:.4}/{:.4}", at.lat(), at.lon());
    let picture = format!("/map/picture.svg?bbox={bbox}&site={id}&width=480&height=320");
    html! {
        figure.map-picture.map-picture--small {
            img src=(picture) alt=(match metres { 0 => "Where it is".to_owned(), m => format!("The cell of {} km in which it lies", f64::from(m) / 1000.0) }) width="480" height="320" loading="lazy";
            figcaption { a href=(on_map) { "On the map" } }
        }
    }
}
