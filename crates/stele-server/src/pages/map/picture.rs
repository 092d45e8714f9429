//! The map as a picture, drawn by the server: for print, for browsers without WebGL or scripts, and
//! beside records. Web Mercator; land and lines of the basemap at low resolution, circles by count.

mod outlines;

use super::super::search::Ask;
use super::hits::Among;
use super::state::{as_of, check_search};
use crate::App;
use crate::answer::{Answer, Failure, ask};
use crate::asked::Asked;
use crate::asked::words;
use crate::guard::Reader;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use maud::{Markup, PreEscaped, html};
use outlines::OUTLINES;
use serde::Deserialize;
use std::fmt::Write;
use stele_model::date::Day;
use stele_model::place::Bounds;
use stele_model::{AnyId, Category, FindingStatus, ShownPlace, Word, grouped};
use stele_registry::features::Collection;
use stele_registry::map::{MapSite, in_cells};
use stele_registry::tiles::{Grid, MapCell, Milestone, TileQuery};
use stele_registry::{Refusal, Registry, SearchQuery, Shown, Viewer, clock};

/// Smallest and largest side, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 100..=4_000;
/// Pixels of a cell's side.
const CELL: f64 = 36.0;
/// Pixels from which the cell of a protected place is seen as a square.
const SMALLEST_SQUARE: f64 = 10.0;
/// Sites up to which each is looked at, to draw the squares among them.
const LOOKED_AT_SINGLY: u64 = 2_000;
/// Highest latitude that Web Mercator shows.
const HIGHEST: f64 = 85.0;

/// What the address may ask for beside the search's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Frame {
    width: String,
    height: String,
    site: String,
    at: String,
    by: String,
}

/// What a picture shows.
struct Content {
    canvas: Canvas,
    cells: Vec<MapCell>,
    squares: Vec<Square>,
    /// Whether there may be more than were counted.
    cut: bool,
    /// How many sites.
    total: u64,
}

/// `GET /map/picture.svg`
pub async fn picture(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
    Asked(frame): Asked<Frame>,
) -> Answer {
    let shape = || {
        let (width, height) = (
            side("width", &frame.width, 1_200)?,
            side("height", &frame.height, 800)?,
        );
        let by = words("by", &frame.by, &Milestone::IDS)?;
        let by = by.first().and_then(|id| Milestone::from_id(id));
        let come = by.unwrap_or(Milestone::Claimed);
        Ok((width, height, as_of(&frame.at)?.map(|day| (come, day))))
    };
    let (width, height, come) =
        shape().map_err(|refusal: Refusal| Failure::from(refusal).of_address().into_json())?;
    let said = narrowed(&q);
    let one: Option<AnyId> = match frame.site.trim() {
        "" => None,
        id => Some(id.parse().map_err(|_| Refusal::NotFound(id.to_owned()))?),
    };
    let viewer = reader.viewer.clone();
    let content = ask(&app, move |registry| {
        check_search(registry, &viewer, &q)?;
        let asked = registry.read_query(&viewer, &bare(&q).written())?;
        let bounds = asked.bbox.unwrap_or(super::WORLD);
        let canvas = Canvas::of(bounds, width, height)?;
        match one {
            Some(id) => Ok(alone(canvas, registry.get(&viewer, id)?)),
            None => counted(registry, &viewer, q, canvas, come),
        }
    })
    .await
    .map_err(|f| f.of_address().into_json())?;
    let as_of = come.map_or_else(clock::today, |(_, day)| day);
    let title = match said.as_str() {
        "" => format!("{}: sites", app.registry.name()),
        said => format!("{}: sites, {said}", app.registry.name()),
    };
    let svg = drawn(&content, &title, as_of, one.is_some());
    let media = [(header::CONTENT_TYPE, "image/svg+xml")];
    Ok((media, svg.into_string()).into_response())
}

/// Without the words that may be several, which a search does not take.
fn bare(q: &Ask) -> Ask {
    Ask {
        category: String::new(),
        status: String::new(),
        ..q.clone()
    }
}

/// Counts by cell: from the index of places where it knows what is asked, from a search where not.
fn counted(
    registry: &Registry,
    viewer: &Viewer,
    mut q: Ask,
    canvas: Canvas,
    come: Option<(Milestone, Day)>,
) -> Result<Content, Refusal> {
    let bounds = canvas.bounds();
    let halvings = canvas.halvings();
    let plain = Ask {
        category: String::new(),
        status: String::new(),
        bbox: String::new(),
        kind: String::new(),
        ..q.clone()
    };
    let is_search = !plain.is_empty();
    let among = match is_search {
        true => Among::take(&mut q)?,
        false => Among::all(&mut q)?,
    };
    let query = SearchQuery {
        bbox: Some(bounds),
        ..registry.read_query(viewer, &q.written())?
    };
    let mut content = Content {
        canvas,
        cells: Vec::new(),
        squares: Vec::new(),
        cut: false,
        total: 0,
    };
    if !is_search {
        let whole = Grid::WebMercatorQuad.tile(0, 0, 0);
        let tile = whole.ok_or_else(|| Refusal::NotFound("the world".into()))?;
        let asked = TileQuery {
            collection: Collection::Sites,
            tile,
            categories: among.categories(),
            statuses: Vec::new(),
            as_of: come.map(|(_, day)| day),
            come: come.map(|(milestone, _)| milestone),
        };
        content.cells = registry.map_cells(viewer, bounds, halvings, &asked)?;
        among.narrow(&mut content.cells);
        let few = content.cells.iter().map(|c| c.count).sum::<u64>() <= LOOKED_AT_SINGLY;
        if !few {
            content.total = content.cells.iter().map(|c| c.count).sum();
            return Ok(content);
        }
    }
    let mut hits = registry.map_hits(viewer, &query, "en")?;
    hits.sites
        .retain(|site| among.has(site) && is_there(site, come));
    content.squares = squares(&content.canvas, &hits.sites);
    if is_search {
        content.cut = hits.cut;
        content.cells = in_cells(hits.sites.iter(), halvings);
    }
    // What is drawn as the square it lies in is not a dot as well.
    let as_square = |cell: &MapCell| {
        let id = cell.only;
        id.is_some_and(|id| {
            content
                .squares
                .iter()
                .any(|s| s.is_large && s.sites.contains(&id))
        })
    };
    content.total = content.cells.iter().map(|c| c.count).sum();
    content.cells.retain(|cell| !as_square(cell));
    Ok(content)
}

/// Whether a site had come to what is asked for by a day.
fn is_there(site: &MapSite, come: Option<(Milestone, Day)>) -> bool {
    come.is_none_or(|(milestone, day)| milestone.is_come(&site.milestones, day))
}

/// The picture of one record shows that and nothing else.
fn alone(canvas: Canvas, shown: Shown) -> Content {
    let mut content = Content {
        canvas,
        cells: Vec::new(),
        squares: Vec::new(),
        cut: false,
        total: 1,
    };
    match shown.place {
        Some(ShownPlace::Exact { geometry, .. }) => {
            content.cells.extend(geometry.bounds().map(|b| MapCell {
                lon: b.centre().lon(),
                lat: b.centre().lat(),
                count: 1,
                only: Some(shown.id),
                statuses: Default::default(),
            }));
        }
        Some(grid @ ShownPlace::Grid { .. }) => {
            content.squares.extend(square(&grid).map(|bounds| Square {
                bounds,
                sites: vec![shown.id],
                is_large: true,
            }));
        }
        Some(ShownPlace::Withheld) | None => {}
    }
    content
}

fn side(name: &str, text: &str, usual: u32) -> Result<u32, Refusal> {
    let text = text.trim();
    let read = match text {
        "" => Some(usual),
        text => text.parse().ok(),
    };
    read.filter(|n| SIDES.contains(n)).ok_or_else(|| {
        let (least, most) = (SIDES.start(), SIDES.end());
        let why = format!("is a number of pixels from {least} to {most}");
        Refusal::field(name, why)
    })
}

/// A box in Web Mercator, fitted into so many pixels.
struct Canvas {
    width: u32,
    height: u32,
    /// Pixels for a whole turn round the globe.
    world: f64,
    left: f64,
    top: f64,
}

impl Canvas {
    fn of(b: Bounds, width: u32, height: u32) -> Result<Self, Refusal> {
        if b.west >= b.east || b.south >= b.north {
            let why = "of a picture goes from west to east and from south to north, and does not cross the antimeridian";
            return Err(Refusal::field("bbox", why));
        }
        let (x, y) = (unit_x(b.west), unit_y(b.north));
        let (w, h) = (unit_x(b.east) - x, unit_y(b.south) - y);
        // A point still gets a picture: some ten metres of the globe.
        let world = (f64::from(width) / w.max(1e-6)).min(f64::from(height) / h.max(1e-6));
        Ok(Canvas {
            width,
            height,
            world,
            left: x - (f64::from(width) / world - w) / 2.0,
            top: y - (f64::from(height) / world - h) / 2.0,
        })
    }

    /// Halvings of 360 degrees after which a cell is as wide as circles want.
    fn halvings(&self) -> u32 {
        // Between 0 and 30: small and positive.
        (self.world / CELL).log2().clamp(0.0, 30.0) as u32
    }

    fn at(&self, lon: f64, lat: f64) -> (f64, f64) {
        (
            (unit_x(lon) - self.left) * self.world,
            (unit_y(lat) - self.top) * self.world,
        )
    }

    /// The box that is seen, wider than the one asked for where its shape differs.
    fn bounds(&self) -> Bounds {
        let right = self.left + f64::from(self.width) / self.world;
        let bottom = self.top + f64::from(self.height) / self.world;
        Bounds {
            west: (self.left * 360.0 - 180.0).clamp(-180.0, 180.0),
            south: lat_of(bottom.min(1.0)),
            east: (right * 360.0 - 180.0).clamp(-180.0, 180.0),
            north: lat_of(self.top.max(0.0)),
        }
    }

    /// Metres of a pixel in the middle.
    fn metres(&self) -> f64 {
        let middle = lat_of((self.top + f64::from(self.height) / self.world / 2.0).clamp(0.0, 1.0));
        40_075_017.0 * middle.to_radians().cos() / self.world
    }

    /// A path through positions in hundredths of a degree, where it comes near the picture.
    fn path(&self, lines: &[outlines::Line], close: bool) -> String {
        let seen = self.bounds();
        let mut d = String::new();
        for line in lines.iter().filter(|line| line.touches(&seen)) {
            let mut drawn: Option<(f64, f64)> = None;
            let mut passed = None;
            for at in line.positions().map(|(lon, lat)| self.near(lon, lat)) {
                match drawn {
                    // What cannot be seen apart, and what runs along outside, is left out but its end.
                    Some(last) if same(last, at) || self.is_beside(last, at) => passed = Some(at),
                    _ => {
                        let outside = passed
                            .take()
                            .filter(|p| !drawn.is_some_and(|d| same(d, *p)));
                        for point in outside.into_iter().chain([at]) {
                            step(&mut d, &mut drawn, point);
                        }
                    }
                }
            }
            if let Some(end) = passed.filter(|_| !close) {
                step(&mut d, &mut drawn, end);
            }
            if close && drawn.is_some() {
                d.push('z');
            }
        }
        d
    }

    /// Where a position is drawn; far outside it makes no difference where, so the numbers stay short.
    fn near(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (x, y) = self.at(lon, lat);
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        (x.clamp(-w, 2.0 * w).round(), y.clamp(-h, 2.0 * h).round())
    }

    /// Whether both lie on the same side outside.
    fn is_beside(&self, a: (f64, f64), b: (f64, f64)) -> bool {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        let both = |one: &dyn Fn((f64, f64)) -> bool| one(a) && one(b);
        both(&|p| p.0 <= -w)
            || both(&|p| p.0 >= 2.0 * w)
            || both(&|p| p.1 <= -h)
            || both(&|p| p.1 >= 2.0 * h)
    }
}

/// Whether two positions cannot be told apart on the picture.
fn same(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() + (a.1 - b.1).abs() < 2.0
}

/// Draws on to a position, as the step from the one before.
fn step(d: &mut String, last: &mut Option<(f64, f64)>, to: (f64, f64)) {
    // Writing to a String does not fail.
    let _ = match *last {
        None => write!(d, "M{} {}", to.0, to.1),
        Some((x, y)) => write!(d, "l{} {}", to.0 - x, to.1 - y),
    };
    *last = Some(to);
}

fn unit_x(lon: f64) -> f64 {
    (lon + 180.0) / 360.0
}

fn unit_y(lat: f64) -> f64 {
    let sine = lat.clamp(-HIGHEST, HIGHEST).to_radians().sin();
    0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI)
}

fn lat_of(unit: f64) -> f64 {
    let n = std::f64::consts::PI * (1.0 - 2.0 * unit);
    n.sinh().atan().to_degrees()
}

/// A square of the grid that protected places are shown on.
struct Square {
    bounds: Bounds,
    sites: Vec<AnyId>,
    /// Whether it is seen as a square.
    is_large: bool,
}

/// The cells in which protected places lie, each once.
fn squares(canvas: &Canvas, sites: &[MapSite]) -> Vec<Square> {
    let mut all: Vec<Square> = Vec::new();
    for site in sites {
        let Some(bounds) = square(&site.place) else {
            continue;
        };
        match all.iter_mut().find(|s| s.bounds == bounds) {
            Some(square) => square.sites.push(site.id),
            None => all.push(Square {
                bounds,
                sites: vec![site.id],
                is_large: (bounds.east - bounds.west) / 360.0 * canvas.world >= SMALLEST_SQUARE,
            }),
        }
    }
    all
}

fn square(place: &ShownPlace) -> Option<Bounds> {
    let ShownPlace::Grid { centre, grid_m } = place else {
        return None;
    };
    let half = f64::from(*grid_m) / 111_320.0 / 2.0;
    let wide = half / centre.lat().to_radians().cos().max(0.01);
    Some(Bounds {
        west: (centre.lon() - wide).max(-180.0),
        south: (centre.lat() - half).max(-90.0),
        east: (centre.lon() + wide).min(180.0),
        north: (centre.lat() + half).min(90.0),
    })
}

/// What it is narrowed by, in words.
fn narrowed(q: &Ask) -> String {
    let mut parts = Vec::new();
    if !q.q.trim().is_empty() {
        parts.push(format!("“{}”", q.q.trim()));
    }
    if let Some(category) = Category::from_id(q.category.trim()) {
        parts.push(category.label().to_owned());
    }
    let statuses = q.status.split(',').map(str::trim);
    let labels: Vec<&str> = statuses
        .filter_map(|s| match s {
            "none" => Some("nothing claimed"),
            s => FindingStatus::from_id(s).map(Word::label),
        })
        .collect();
    if !labels.is_empty() {
        parts.push(labels.join(" or "));
    }
    for (name, value) in [("area", &q.area), ("party", &q.party)] {
        // A name reads; an id does not.
        if !value.trim().is_empty() && value.parse::<AnyId>().is_err() {
            parts.push(format!("{name} {}", value.trim()));
        }
    }
    parts.join(", ")
}

fn drawn(content: &Content, title: &str, as_of: Day, is_plain: bool) -> Markup {
    let canvas = &content.canvas;
    let (width, height) = (canvas.width, canvas.height);
    html! {
        (PreEscaped(r#"<?xml version="1.0" encoding="UTF-8"?>"#))
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" aria-label=(title) font-family="Noto Sans, Segoe UI, Helvetica, Arial, sans-serif" {
            title { (title) }
            defs {
                pattern #hatch width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" { path d="M0 0V6" stroke="#5b4a86" stroke-width="1.5" {} }
                clipPath #frame { rect width=(width) height=(height) {} }
            }
            rect width=(width) height=(height) fill="#dfe7ea" {}
            g clip-path="url(#frame)" {
                path d=(canvas.path(&OUTLINES.land, true)) fill="#f7f4ec" stroke="#b9b3a3" stroke-width="0.8" fill-rule="evenodd" {}
                path d=(canvas.path(&OUTLINES.lakes, true)) fill="#dfe7ea" stroke="#b9c4c8" stroke-width="0.6" fill-rule="evenodd" {}
                path d=(canvas.path(&OUTLINES.boundaries, false)) fill="none" stroke="#a39c8c" stroke-width="0.9" {}
                path d=(canvas.path(&OUTLINES.disputed, false)) fill="none" stroke="#a39c8c" stroke-width="1.1" stroke-dasharray="1.5 3" stroke-linecap="round" {}
                @for square in content.squares.iter().filter(|s| s.is_large) { (cell_of_grid(canvas, square)) }
                @for cell in &content.cells { (circle(canvas, cell)) }
            }
            @if !is_plain {
                g font-size="13" fill="#1e1c19" {
                    rect x="0" y="0" width=(width) height="34" fill="#fffefb" fill-opacity="0.92" {}
                    text x="12" y="22" font-size="15" font-weight="600" { (title) }
                    text x=(width - 12) y="22" text-anchor="end" { @if content.cut { "more than " } (grouped(content.total)) @if content.total == 1 { " site" } @else { " sites" } ", as of " (as_of.to_string()) }
                    rect x="0" y=(height - 28) width=(width) height="28" fill="#fffefb" fill-opacity="0.92" {}
                    text x="12" y=(height - 10) font-size="11" { "Lines, names and inclusion imply no opinion on legal status. Hatched: a protected place lies somewhere within. Natural Earth." }
                }
                (scale(canvas))
            }
        }
    }
}

/// A circle whose area grows with the count, up to where circles would cover each other.
fn circle(canvas: &Canvas, cell: &MapCell) -> Markup {
    let (x, y) = canvas.at(cell.lon, cell.lat);
    let r = match cell.count {
        1 => 5.0,
        n => (7.0 + 2.6 * (n as f64).ln()).min(CELL * 0.62),
    };
    html! {
        circle cx=(tenths(x)) cy=(tenths(y)) r=(tenths(r)) fill="#1f4a73" fill-opacity="0.82" stroke="#fffefb" stroke-width="1.4" {}
        @if cell.count > 1 {
            text x=(tenths(x)) y=(tenths(y + 3.6)) text-anchor="middle" font-size="10" font-weight="600" fill="#ffffff" { (short(cell.count)) }
        }
    }
}

fn cell_of_grid(canvas: &Canvas, square: &Square) -> Markup {
    let (left, top) = canvas.at(square.bounds.west, square.bounds.north);
    let (right, bottom) = canvas.at(square.bounds.east, square.bounds.south);
    html! {
        rect x=(tenths(left)) y=(tenths(top)) width=(tenths((right - left).max(3.0))) height=(tenths((bottom - top).max(3.0))) fill="url(#hatch)" fill-opacity="0.55" stroke="#5b4a86" stroke-width="1.2" {
            @let n = square.sites.len() as u64;
            title { (grouped(n)) @if n == 1 { " protected place lies" } @else { " protected places lie" } " somewhere within" }
        }
    }
}

fn scale(canvas: &Canvas) -> Markup {
    let most = canvas.metres() * f64::from(canvas.width) * 0.22;
    let power = 10f64.powf(most.max(1.0).log10().floor());
    let metres = [5.0, 2.0, 1.0]
        .into_iter()
        .map(|n| n * power)
        .find(|m| *m <= most)
        .unwrap_or(power);
    let long = metres / canvas.metres();
    let label = match metres {
        m if m >= 1_000.0 => format!("{} km", grouped((m / 1_000.0) as u64)),
        m => format!("{m:.0} m"),
    };
    let (x, y) = (
        f64::from(canvas.width) - 14.0,
        f64::from(canvas.height) - 40.0,
    );
    let line = format!(
        "M{} {}v6h{}v-6",
        tenths(x - long),
        tenths(y - 6.0),
        tenths(long)
    );
    html! {
        path d=(line) fill="none" stroke="#1e1c19" stroke-width="1.4" {}
        text x=(tenths(x - long / 2.0)) y=(tenths(y - 6.0)) text-anchor="middle" font-size="11" fill="#1e1c19" { (label) }
    }
}

fn tenths(n: f64) -> String {
    format!("{n:.1}")
}

fn short(n: u64) -> String {
    match n {
        n if n < 1_000 => n.to_string(),
        n if n < 10_000 => format!("{:.1}k", n as f64 / 1_000.0),
        n if n < 1_000_000 => format!("{}k", n / 1_000),
        n => format!("{:.1}M", n as f64 / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_seen() {
        let asked = Bounds {
            west: 44.0,
            south: 38.0,
            east: 50.0,
            north: 42.0,
        };
        let canvas = Canvas::of(asked, 600, 300).unwrap_or_else(|e| panic!("{e}"));
        let seen = canvas.bounds();
        assert!(seen.west <= 44.0 && seen.east >= 50.0);
        assert!((seen.south - 38.0).abs() < 0.01 && (seen.north - 42.0).abs() < 0.01);
        let (x, y) = canvas.at(47.0, 40.0);
        assert!(
            (x - 300.0).abs() < 1.0 && (0.0..300.0).contains(&y),
            "{x} {y}"
        );
        let back = Bounds {
            west: 50.0,
            east: 44.0,
            ..asked
        };
        assert!(Canvas::of(back, 600, 300).is_err());
    }

    #[test]
    fn the_land_is_there() {
        let whole = Canvas::of(super::super::WORLD, 800, 400).unwrap_or_else(|e| panic!("{e}"));
        assert!(whole.path(&OUTLINES.land, true).len() > 10_000);
        assert!(whole.path(&OUTLINES.disputed, false).starts_with('M'));
    }
}
