//! OGC API – Tiles: vector tiles of the collections in Web Mercator and WGS 84, their tile sets, TileJSON
//! and a style.
//!
//! A tile that was made before is answered without leaving the thread; others are made on a blocking one.

use super::{Call, Problem};
use crate::App;
use crate::answer::ask_in_turn;
use crate::guard::Reader;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;
use stele_model::{EdtfDate, Word};
use stele_registry::features::Collection;
use stele_registry::tiles::{EACH_FROM_ZOOM, Grid, Made, Milestone, TileQuery};

/// Media type of a vector tile (OGC 20-057, 8.3).
const MVT: &str = "application/vnd.mapbox-vector-tile";
/// Collections that have tiles, with the layers of each.
const TILED: [(Collection, &[&str]); 2] = [
    (Collection::Sites, &["sites", "site_shapes"]),
    (Collection::Areas, &["areas"]),
];

/// Whether a collection has tiles.
pub(crate) fn has(collection: Collection) -> bool {
    TILED.iter().any(|(c, _)| *c == collection)
}

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/ogc/tileMatrixSets", get(matrix_sets))
        .route("/ogc/tileMatrixSets/{grid}", get(matrix_set))
        .route("/ogc/collections/{collection}/tiles", get(tile_sets))
        .route("/ogc/collections/{collection}/tiles/{grid}", get(tile_set))
        .route(
            "/ogc/collections/{collection}/tiles/{grid}/metadata",
            get(tile_json),
        )
        .route(
            "/ogc/collections/{collection}/tiles/{grid}/{z}/{y}/{x}",
            get(tile),
        )
}

fn missing(detail: impl Into<String>) -> Problem {
    Problem::not_found(detail)
}

fn tiled(id: &str) -> Result<(Collection, &'static [&'static str]), Problem> {
    let found = TILED.iter().find(|(c, _)| c.id() == id);
    found.copied().ok_or_else(|| {
        let all: Vec<&str> = TILED.iter().map(|(c, _)| c.id()).collect();
        missing(format!(
            "there are no tiles of “{}”; there are of {}",
            id.chars().take(60).collect::<String>(),
            all.join(" and ")
        ))
    })
}

fn gridded(id: &str) -> Result<Grid, Problem> {
    Grid::from_id(id).ok_or_else(|| {
        let all: Vec<&str> = Grid::ALL.iter().map(|g| g.id()).collect();
        missing(format!("tiles are cut by {}", all.join(" or by ")))
    })
}

/// One tile.
async fn tile(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path((collection, grid, z, y, x)): Path<(String, String, String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = read(&collection, &grid, [&z, &y, &x], query.as_deref())?;
    if let Some(made) = app.registry.tile_kept(&reader.viewer, &asked) {
        return Ok(sent(made, &reader, &headers));
    }
    let viewer = reader.viewer.clone();
    match ask_in_turn(&app, move |registry| registry.tile(&viewer, &asked)).await {
        Ok(made) => Ok(sent(made, &reader, &headers)),
        Err(error) => Err(error.into()),
    }
}

fn read(
    collection: &str,
    grid: &str,
    at: [&str; 3],
    query: Option<&str>,
) -> Result<TileQuery, Problem> {
    let (collection, _) = tiled(collection)?;
    let grid = gridded(grid)?;
    let number = |text: &str| {
        text.parse::<u32>().map_err(|_| {
            missing("a tile's address ends in zoom, row and column, each a whole number")
        })
    };
    let [z, y, x] = at;
    let (z, y, x) = (number(z)?, number(y)?, number(x)?);
    let tile = u8::try_from(z).ok().and_then(|z| grid.tile(z, x, y));
    let tile = tile.ok_or_else(|| {
        missing(format!(
            "{} has no tile at zoom {z}, row {y}, column {x}; it goes to zoom {} and has as many rows as 2 to the power of the zoom",
            grid.id(),
            Grid::DEEPEST
        ))
    })?;
    let mut asked = TileQuery {
        collection,
        tile,
        categories: Vec::new(),
        statuses: Vec::new(),
        as_of: None,
        come: None,
    };
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match key.as_ref() {
            "category" => asked.categories = words(&value)?,
            "status" => asked.statuses = words(&value)?,
            "asof" => asked.as_of = Some(day(&value)?),
            "by" => asked.come = Some(milestone(&value)?),
            "f" if matches!(value.as_ref(), "mvt" | MVT) => {}
            other => {
                return Err(Problem::bad(format!(
                    "a tile is narrowed by category, status, asof and by; “{}” is none of them, or holds what it cannot",
                    other.chars().take(60).collect::<String>()
                )));
            }
        }
    }
    if asked.come.is_some() && asked.as_of.is_none() {
        return Err(Problem::bad(
            "by goes with asof: what had come by which day",
        ));
    }
    Ok(asked)
}

fn milestone(text: &str) -> Result<Milestone, Problem> {
    Milestone::from_id(text)
        .ok_or_else(|| Problem::bad(format!("by is one of: {}", Milestone::IDS.join(", "))))
}

/// Words of a list, separated by commas.
fn words<W: Word + Ord>(text: &str) -> Result<Vec<W>, Problem> {
    let mut all = Vec::new();
    for id in text.split(',').filter(|id| !id.is_empty()) {
        let word = W::from_id(id).ok_or_else(|| {
            Problem::bad(format!(
                "“{}” is not a {}; they are {}",
                id.chars().take(60).collect::<String>(),
                W::LIST,
                W::IDS.join(", ")
            ))
        })?;
        all.push(word);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn day(text: &str) -> Result<stele_model::date::Day, Problem> {
    let read = text.parse::<EdtfDate>().ok().and_then(|d| d.latest());
    read.ok_or_else(|| Problem::bad("asof is a date, as in 2021-05-09, 2021-05 or 2021"))
}

/// The bytes of a tile as the body of an answer, without copying them.
struct Shared(Arc<Made>, Packing);

#[derive(Clone, Copy, PartialEq)]
enum Packing {
    Plain,
    Gzip,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        match self.1 {
            Packing::Plain => self.0.bytes(),
            Packing::Gzip => self.0.gzip(),
        }
    }
}

fn sent(made: Arc<Made>, reader: &Reader, headers: &HeaderMap) -> Response {
    let named = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let open = !reader.viewer.is_member();
    let mut answer = Response::builder()
        .header(header::ETAG, made.etag())
        .header(header::VARY, "Accept-Encoding, Cookie, Authorization")
        .header(
            header::CACHE_CONTROL,
            match open {
                // Asked again each time, which costs little: what changed is never shown as it was.
                true => "public, no-cache",
                false => "private, no-cache",
            },
        );
    if open {
        answer = answer
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .header("cross-origin-resource-policy", "cross-origin");
    }
    let known = named(header::IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',').any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.trim_start_matches("W/") == made.etag()
        })
    });
    let packing = match named(header::ACCEPT_ENCODING) {
        Some(takes) if takes.contains("gzip") && made.bytes().len() > 1_000 => Packing::Gzip,
        _ => Packing::Plain,
    };
    let answer = match (known, made.bytes().is_empty()) {
        (true, _) => answer.status(StatusCode::NOT_MODIFIED).body(Body::empty()),
        // An empty tile has no content; clients take it for a tile with nothing in it.
        (false, true) => answer.status(StatusCode::NO_CONTENT).body(Body::empty()),
        (false, false) => {
            let mut answer = answer.header(header::CONTENT_TYPE, MVT);
            if packing == Packing::Gzip {
                answer = answer.header(header::CONTENT_ENCODING, "gzip");
            }
            answer.body(Body::from(Bytes::from_owner(Shared(made, packing))))
        }
    };
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// What is told of tiles, with the tag and headers of everything under `/ogc`.
fn told(call: &Call, value: &Value) -> Result<Response, Problem> {
    call.only(&["f"])?;
    Ok(call.send_json("application/json", value))
}

fn crs(grid: Grid) -> &'static str {
    match grid {
        Grid::WebMercatorQuad => "http://www.opengis.net/def/crs/EPSG/0/3857",
        Grid::WorldCrs84Quad => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    }
}

fn grid_address(grid: Grid) -> String {
    format!(
        "http://www.opengis.net/def/tilematrixset/OGC/1.0/{}",
        grid.id()
    )
}

async fn matrix_sets(call: Call) -> Result<Response, Problem> {
    let base = &call.base;
    let sets: Vec<Value> = Grid::ALL
        .iter()
        .map(|grid| {
            json!({"id": grid.id(), "title": grid.id(), "uri": grid_address(*grid), "crs": crs(*grid),
                   "links": [{"rel": "self", "type": "application/json", "href": format!("{base}/ogc/tileMatrixSets/{}", grid.id())}]})
        })
        .collect();
    told(&call, &json!({"tileMatrixSets": sets}))
}

async fn matrix_set(call: Call, Path(grid): Path<String>) -> Result<Response, Problem> {
    let grid = gridded(&grid)?;
    // Metres of a degree on the sphere of Web Mercator; pixels of 0.28 mm and tiles of 256 of them.
    const METRES: f64 = 111_319.490_793_273_57;
    const PIXEL_M: f64 = 0.000_28;
    let (origin, side) = match grid {
        Grid::WebMercatorQuad => (
            [-20_037_508.342_789_244, 20_037_508.342_789_244],
            40_075_016.685_578_49,
        ),
        Grid::WorldCrs84Quad => ([-180.0, 90.0], 180.0),
    };
    let matrices: Vec<Value> = (0..=Grid::DEEPEST)
        .map(|z| {
            let (columns, rows) = grid.size(z);
            let cell = side / f64::from(1u32 << z) / 256.0;
            let metres = match grid {
                Grid::WebMercatorQuad => cell,
                Grid::WorldCrs84Quad => cell * METRES,
            };
            json!({"id": z.to_string(), "scaleDenominator": metres / PIXEL_M, "cellSize": cell, "cornerOfOrigin": "topLeft",
                   "pointOfOrigin": origin, "tileWidth": 256, "tileHeight": 256, "matrixWidth": columns, "matrixHeight": rows})
        })
        .collect();
    told(
        &call,
        &json!({"id": grid.id(), "title": grid.id(), "uri": grid_address(grid), "crs": crs(grid),
        "orderedAxes": match grid { Grid::WebMercatorQuad => ["E", "N"], Grid::WorldCrs84Quad => ["Lon", "Lat"] },
        "wellKnownScaleSet": match grid { Grid::WebMercatorQuad => "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible", Grid::WorldCrs84Quad => "http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad" },
        "tileMatrices": matrices}),
    )
}

fn set_links(base: &str, collection: Collection, grid: Grid) -> Vec<Value> {
    let at = format!(
        "{base}/ogc/collections/{}/tiles/{}",
        collection.id(),
        grid.id()
    );
    vec![
        json!({"rel": "self", "type": "application/json", "href": at}),
        json!({"rel": "item", "type": MVT, "href": format!("{at}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), "templated": true}),
        json!({"rel": "describedby", "type": "application/json", "title": "TileJSON", "href": format!("{at}/metadata")}),
        json!({"rel": "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", "type": "application/json", "href": format!("{base}/ogc/tileMatrixSets/{}", grid.id())}),
    ]
}

fn described(base: &str, collection: Collection, grid: Grid) -> Value {
    json!({"title": collection.title(), "description": collection.about(), "dataType": "vector", "crs": crs(grid),
           "tileMatrixSetId": grid.id(), "tileMatrixSetURI": grid_address(grid), "links": set_links(base, collection, grid)})
}

async fn tile_sets(call: Call, Path(collection): Path<String>) -> Result<Response, Problem> {
    let (collection, _) = tiled(&collection)?;
    let base = &call.base;
    let sets: Vec<Value> = Grid::ALL
        .iter()
        .map(|grid| described(base, collection, *grid))
        .collect();
    let links = json!([{"rel": "self", "type": "application/json", "href": format!("{base}/ogc/collections/{}/tiles", collection.id())}]);
    told(&call, &json!({"links": links, "tilesets": sets}))
}

async fn tile_set(
    call: Call,
    Path((collection, grid)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (collection, layers) = tiled(&collection)?;
    let grid = gridded(&grid)?;
    let mut set = described(&call.base, collection, grid);
    let layers: Vec<Value> = layers
        .iter()
        .map(|id| json!({"id": id, "dataType": "vector"}))
        .collect();
    set["layers"] = layers.into();
    told(&call, &set)
}

/// TileJSON 3.0.
async fn tile_json(
    call: Call,
    Path((collection, grid)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (collection, layers) = tiled(&collection)?;
    let grid = gridded(&grid)?;
    if grid != Grid::WebMercatorQuad {
        return Err(missing(format!(
            "TileJSON knows Web Mercator only; {} is described at …/tiles/{}",
            grid.id(),
            grid.id()
        )));
    }
    let at = format!(
        "{}/ogc/collections/{}/tiles/{}",
        &call.base,
        collection.id(),
        grid.id()
    );
    let layers: Vec<Value> = layers
        .iter()
        .map(|id| json!({"id": id, "fields": fields(id)}))
        .collect();
    told(
        &call,
        &json!({
            "tilejson": "3.0.0", "name": format!("{}: {}", call.app.registry.name(), collection.title()), "description": collection.about(),
            "tiles": [format!("{at}/{{z}}/{{y}}/{{x}}")], "minzoom": 0, "maxzoom": EACH_FROM_ZOOM,
            "bounds": [-180.0, -85.051129, 180.0, 85.051129], "vector_layers": layers,
        }),
    )
}

/// The properties of a layer, each in a sentence.
fn fields(layer: &str) -> Value {
    match layer {
        "areas" => json!({"id": "Id of the area.", "name": "Its name.", "kind": "What it is."}),
        "site_shapes" => {
            json!({"id": "Id of the site.", "category": "Category.", "status": "Where the knowledge about it stands."})
        }
        _ => json!({
            "id": "Id of the site; absent where the point stands for several.",
            "category": "Category.", "status": "Where the knowledge about it stands; absent where nothing is claimed.",
            "place": "exact, or generalised: then the point is the centre of a cell.", "grid_m": "Size of that cell in metres.",
            "since_claimed": "Day since 1970 on which harm was first claimed.", "since_assessed": "Day since 1970 of the first published observation.",
            "since_verified": "Day since 1970 on which the first standing finding was published.",
            "count": "How many sites the point stands for.", "n_reported": "How many of them are reported; likewise n_corroborated, n_verified, n_refuted, n_not_assessable, n_disputed, and n_none of which nothing is claimed.",
        }),
    }
}
