//! Whole collections to take away: the page that lists them, downloads of the live state, the files of
//! the snapshots, and the feed of changes for mirrors.

use crate::App;
use crate::answer::{Answer, Failure, ask, json as answer_json, page as answer_page};
use crate::asked::Asked;
use crate::download;
use crate::guard::Reader;
use crate::html::{components as ui, say};
use crate::pages::framed;
use crate::served::Served;
use crate::since::Since;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use stele_model::grouped;
use stele_registry::Refusal;
use stele_registry::bulk::Format;
use stele_registry::bulk::snapshot::Manifest;
use stele_registry::changes::Position;
use stele_registry::features::Collection;

/// Changes of a page when nobody says how many.
const CHANGES: usize = 1_000;

/// `GET /data`
pub async fn page(State(app): State<App>, Extension(reader): Extension<Reader>) -> Answer {
    let snapshots = ask(&app, |registry| registry.snapshots()).await?;
    let latest = snapshots.first();
    let body = html! {
        (ui::heading("data", html! { "Data to take away" }, html! {}))
        p { "Every collection whole, as anybody may see it: places that are protected stand in the centre of their cell or have no place at all, in every format. "
            "For parts of a collection, and to connect QGIS or ArcGIS, ask the " a href="/ogc" { "OGC API" } "." }
        (terms(&app))
        section aria-labelledby="files" {
            h2 #files { "Files" }
            (about_latest(&app, latest))
            p { strong { "Now" } " is made when you ask, all of a file as of one moment. "
                @if reader.viewer.is_member() { strong { "You are signed in: what is made now holds what members see, exact places and drafts too. The snapshot is what anybody sees." } } }
            (files(latest))
            (sums(latest))
            (ui::facts(Format::ALL.iter().map(|f| (f.title(), Some(html! { "for " (f.use_for()) }))).collect()))
        }
        (earlier(&snapshots))
        section aria-labelledby="mirrors" {
            h2 #mirrors { "For mirrors" }
            p { a href="/changes" { "/changes" } " tells what changed since a position, record by record, as JSON or as JSON lines (" code { "?f=jsonl" } "). "
                "Each snapshot names the position it is as of, so that a mirror begins with its files and goes on from there. Twenty lines of Python that do it stand in the documentation, in " code { "docs/data.md" } "." }
        }
    };
    answer_page(framed(
        &app,
        &reader,
        "/data",
        "Data to take away",
        &[("/", "Dossier".to_owned())],
        body,
    ))
}

fn terms(app: &App) -> Markup {
    ui::facts(vec![
        (
            "Name as the source",
            Some(html! { (say::text(app.registry.publisher())) }),
        ),
        (
            "Licence",
            Some(match app.registry.licence() {
                Some(licence) => html! { (say::text(licence)) },
                None => {
                    html! { "not stated; ask the registry before you publish what you made of it" }
                }
            }),
        ),
    ])
}

fn about_latest(app: &App, snapshot: Option<&Manifest>) -> Markup {
    let plan = app.registry.snapshot_plan();
    html! {
        @match snapshot {
            None => (ui::empty("No snapshot was made yet.", html! {
                @if plan.nightly { "The server makes one every night at " (plan.at.to_string()) " UTC; whoever runs it can make one now: " }
                @else { "Whoever runs the server can make one: " }
                code { "stele snapshot --data DIR" } "."
            })),
            Some(manifest) => {
                p { strong { "The snapshot" } " is as of " (moment(&manifest.as_of)) ", all its files alike. They do not change, so that an interrupted download can go on where it ended. "
                    a href={ "/data/snapshots/" (manifest.name) "/manifest.json" } { "Its manifest" } " has sizes, SHA-256 and the signed checkpoint." }
                (checkpoint(manifest))
            }
        }
    }
}

fn moment(iso: &str) -> Markup {
    let shown = iso.get(..16).unwrap_or(iso).replace('T', " ");
    html! { time datetime=(iso) { (shown) " UTC" } }
}

fn checkpoint(manifest: &Manifest) -> Markup {
    let size = manifest
        .checkpoint
        .as_deref()
        .and_then(|n| n.lines().nth(1));
    html! {
        @if let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) {
            p.muted { "Checkpoint: after " (say::count(size, "entry", "entries")) " of the " a href="/ledger" { "ledger" } ". Position for " a href="#mirrors" { "mirrors" } ": " code.hash { (manifest.position) } }
        }
    }
}

/// Collections by formats: the file of the snapshot under its size, and the one made now.
fn files(snapshot: Option<&Manifest>) -> Markup {
    let of = |collection: Collection| {
        let files = snapshot.into_iter().flat_map(|m| &m.files);
        files.filter(move |f| f.collection == collection.id())
    };
    html! {
        table.table.data-files {
            caption { @if snapshot.is_some() { "Of the snapshot under its size, and made now" } @else { "Made now" } }
            thead { tr { th scope="col" { "Collection" } @for format in Format::ALL { th scope="col" { (format.title()) } } } }
            tbody { @for collection in Collection::ALL { tr {
                th scope="row" {
                    (collection.title())
                    @if let Some(first) = of(collection).next() { " " span.data-files__count { (grouped(first.count)) } }
                }
                @for format in Format::ALL {
                    td data-label=(format.title()) {
                        @if let (Some(manifest), Some(file)) = (snapshot, of(collection).find(|f| f.format == format.id())) {
                            a href={ "/data/snapshots/" (manifest.name) "/" (file.name) } download aria-label={ (collection.title()) " as " (format.title()) " of the snapshot, " (size(file.size_bytes)) } { (size(file.size_bytes)) } " "
                        }
                        a.data-files__now href={ "/data/" (collection.id()) "." (format.id()) } download aria-label={ (collection.title()) " as " (format.title()) ", made now" } { "now" }
                    }
                }
            } } }
        }
    }
}

fn sums(snapshot: Option<&Manifest>) -> Markup {
    html! {
        @if let Some(manifest) = snapshot {
            details {
                summary { "SHA-256 of each file of the snapshot" }
                ul.data-sums { @for file in &manifest.files { li { (file.name) " " code.hash { (file.sha256) } } } }
            }
        }
    }
}

/// A size as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn earlier(snapshots: &[Manifest]) -> Markup {
    html! {
        @if snapshots.len() > 1 {
            section aria-labelledby="earlier" {
                h2 #earlier { "Earlier snapshots" }
                ul { @for manifest in &snapshots[1..] {
                    li { a href={ "/data/snapshots/" (manifest.name) "/manifest.json" } { (manifest.name) } ", "
                        (grouped(manifest.files.iter().map(|f| f.size_bytes).sum::<u64>() / 1_000)) " kB in " (say::count(manifest.files.len() as u64, "file", "files")) }
                } }
            }
        }
    }
}

/// `GET /data.json`
pub async fn as_json(State(app): State<App>) -> Answer {
    let asked = ask(&app, |registry| {
        Ok((registry.snapshots()?, registry.changes_end()?))
    });
    let (snapshots, position) = asked.await.map_err(Failure::into_json)?;
    let live: Vec<_> = Collection::ALL
        .iter()
        .map(|collection| {
            let files = Format::ALL.iter().map(|format| {
                json!({
                    "format": format.id(),
                    "media_type": format.media_type(),
                    "href": format!("/data/{}.{}", collection.id(), format.id()),
                })
            });
            json!({
                "collection": collection.id(),
                "title": collection.title(),
                "about": collection.about(),
                "files": files.collect::<Vec<_>>(),
            })
        })
        .collect();
    answer_json(&json!({
        "attribution": app.registry.publisher(),
        "licence": app.registry.licence(),
        "snapshots": snapshots,
        "live": live,
        "changes": {"href": "/changes", "position": position},
    }))
}

/// `GET /data/{collection}.{format}`
pub async fn live(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let missing = || {
        let formats = Format::ALL.map(Format::id).join(", ");
        let shown: String = name.chars().take(60).collect();
        Refusal::Missing(format!(
            "file {shown} here; a file is called like sites.gpkg, and ends with one of: {formats}; /data lists them"
        ))
    };
    let (collection, format) = name.split_once('.').ok_or_else(missing)?;
    let collection = Collection::from_id(collection).ok_or_else(missing)?;
    let format = Format::from_id(format).ok_or_else(missing)?;
    let since = Since::of(&app).await;
    if since.is_known(&headers) {
        return Ok(since.not_modified());
    }
    let (registry, again) = (app.registry.clone(), app.registry.clone());
    let (viewer, lang) = (reader.viewer.clone(), reader.lang.clone());
    let file_name = registry.file_name(&viewer, collection, format);
    let body = download::body(
        &app.downloads,
        move || again.nameless_file(),
        move |out, go_on| {
            registry
                .export(&viewer, collection, format, &lang, out, go_on)
                .map(drop)
        },
    )?;
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&file_name)),
    ];
    let mut response = (headers, body).into_response();
    since.put(response.headers_mut());
    response.headers_mut().insert(
        header::VARY,
        HeaderValue::from_static("Accept-Language, Cookie, Authorization"),
    );
    Ok(response)
}

fn attachment(file_name: &str) -> String {
    format!("attachment; filename=\"{file_name}\"")
}

/// `GET /data/snapshots/{name}/{file}`
pub async fn file(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let asked = (name.clone(), file.clone());
    let (manifest, found) = ask(&app, move |registry| {
        let manifest = registry.snapshot(&asked.0)?;
        let found = match asked.1.as_str() {
            "manifest.json" => None,
            file => Some(registry.snapshot_file(&manifest, file)?),
        };
        Ok((manifest, found))
    })
    .await?;
    if name == "latest" {
        // What is named by its day never changes and can be gone on with; the last one does.
        return Ok(
            Redirect::temporary(&format!("/data/snapshots/{}/{file}", manifest.name))
                .into_response(),
        );
    }
    let Some((path, told)) = found else {
        return answer_json(&manifest);
    };
    let day = &manifest.name;
    let format = Format::from_id(&told.format);
    let collection = Collection::from_id(&told.collection).map_or("data", Collection::id);
    let ending = format.map_or("bin", Format::id);
    let served = Served {
        etag: format!("\"{}\"", told.sha256),
        media: format.map_or("application/octet-stream", Format::media_type),
        file_name: &format!("{collection}-{day}.{ending}"),
        cache: "public, max-age=86400, immutable",
    };
    served.file(path, request).await
}

/// What the address of the change feed may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    /// Where to go on.
    since: Option<String>,
    /// How many.
    limit: Option<String>,
    /// Form: `json`, or `jsonl` for a change a line.
    f: Option<String>,
}

/// `GET /changes?since=…&limit=…&f=jsonl`
pub async fn changes(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    Asked(q): Asked<Ask>,
    headers: HeaderMap,
) -> Answer {
    changes_as_asked(&app, &reader, q, &headers)
        .await
        .map_err(Failure::into_json)
}

async fn changes_as_asked(app: &App, reader: &Reader, q: Ask, headers: &HeaderMap) -> Answer {
    let limit = match q.limit.as_deref() {
        None => CHANGES,
        Some(text) => text.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
            Refusal::field("limit", "is no whole number above nothing, such as 1000")
        })?,
    };
    let accepts = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    let lines = match q.f.as_deref() {
        Some("jsonl") => true,
        Some("json") => false,
        None => accepts.is_some_and(|a| a.contains("jsonl") || a.contains("ndjson")),
        Some(_) => return Err(Refusal::field("f", "is json or jsonl").into()),
    };
    let since: Position = q.since.as_deref().unwrap_or_default().parse()?;
    let viewer = reader.viewer.clone();
    let page = ask(app, move |registry| {
        registry.changes(&viewer, &since, limit)
    })
    .await?;
    let next = format!("</changes?since={}>; rel=\"next\"", ui::query(&page.next));
    let link = [(header::LINK, next)];
    if !lines {
        let answer = answer_json(&page)?;
        return Ok((link, answer).into_response());
    }
    let mut body = String::new();
    for change in &page.changes {
        let line = serde_json::to_string(change);
        body.push_str(&line.map_err(|e| Refusal::Unreadable(e.to_string()))?);
        body.push('\n');
    }
    let last = json!({"next": page.next, "more": page.more, "logs": page.logs});
    body.push_str(&format!("{last}\n"));
    let media = [(header::CONTENT_TYPE, "application/jsonl")];
    Ok((link, media, body).into_response())
}
