//! An address that means nothing is refused with the reason and what to write instead; never answered as
//! if something else had been asked.

#![allow(clippy::unwrap_used)]

#[path = "../../stele-registry/tests/common/mod.rs"]
mod common;
mod web;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::House;
use web::Web;

/// What the map, its picture, its points and the search refuse alike: query, and words of the answer.
const OF_THE_SEARCH: &[(&str, &str)] = &[
    (
        "bbox=9",
        "four numbers: west, south, east and north, as in 46,39,47,40",
    ),
    ("bbox=1,2,3,x", "four numbers"),
    ("bbox=NaN,0,1,1", "four numbers"),
    ("bbox=inf,0,1,1", "four numbers"),
    ("bbox=1,2,3,4,5,6", "four numbers"),
    ("bbox=500,0,501,1", "longitude goes from -180 to 180"),
    ("bbox=0,2,1,1", "south"),
    ("near=46.75,39.76", "three numbers"),
    ("near=46.75,99,3", "latitude from -90 to 90"),
    ("near=46.75,39.76,-3", "distance has to be above 0"),
    ("near=46.75,39.76,1e9", "at most 20040 km"),
    ("from=last+year", "write a date as 2021"),
    ("to=2021-13", "write a date as 2021"),
    ("from=2022&to=2021", "lies before the first date"),
    ("area=Nowhere+at+all", "Nowhere at all"),
    ("party=Nobody+at+all", "Nobody at all"),
    ("kind=thing", "kind"),
    ("status=burnt", "burnt"),
    ("category=castel", "castel"),
    ("bbox=1,2,3,4&bbox=1,2,3,4", "duplicate field"),
];

/// What only the map's own controls write.
const OF_THE_MAP: &[(&str, &str)] = &[
    ("at=someday", "one day, such as 2021-05-31"),
    ("at=2021", "one day, such as 2021-05-31"),
    ("at=2021-02-30", "one day, such as 2021-05-31"),
    ("by=heard", "claimed, assessed or verified"),
    ("as=squares", "circles or heat"),
    ("show=areas,roads", "areas or missions"),
    ("hide=everything", "lines or names"),
    ("basemap=0", "no further basemap"),
    ("basemap=-1", "no further basemap"),
    ("site=%3Cscript%3E", "id of a record"),
    ("overlay=1", "id of a record"),
    ("status=reported,burnt", "burnt"),
    ("category=church,castel", "castel"),
    ("kind=claim", "the map shows sites"),
];

fn ask(web: &Web, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).header("host", "registry.example");
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = web.send(request).into_parts();
    let media = parts
        .headers
        .get("content-type")
        .map(|m| m.to_str().unwrap().to_owned());
    (
        parts.status,
        media.unwrap_or_default(),
        String::from_utf8(body).unwrap(),
    )
}

fn refuses(web: &Web, path: &str, media: &str, reason: &str) {
    let (status, answered, body) = ask(web, path);
    assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {body}");
    assert!(answered.starts_with(media), "{path}: {answered}");
    assert!(
        body.to_lowercase().contains(&reason.to_lowercase()),
        "{path} does not say “{reason}”: {body}"
    );
}

#[test]
fn what_means_nothing_is_refused_with_what_to_write_instead() {
    let house = House::new();
    let web = Web::of(&house.registry);
    for (query, reason) in OF_THE_SEARCH {
        refuses(&web, &format!("/map?{query}"), "text/html", reason);
        refuses(&web, &format!("/search?{query}"), "text/html", reason);
        if !query.contains("&bbox") {
            let twin = format!("/search?format=json&{query}");
            refuses(&web, &twin, "application/problem+json", reason);
            for of_map in ["hits", "picture.svg"] {
                let path = format!("/map/{of_map}?{query}");
                refuses(&web, &path, "application/problem+json", reason);
            }
        }
    }
    for (query, reason) in OF_THE_MAP {
        refuses(&web, &format!("/map?{query}"), "text/html", reason);
    }
    for (query, reason) in [
        ("width=1", "from 100 to 4000"),
        ("at=someday", "a date"),
        ("by=heard", "claimed, assessed or verified"),
        ("status=reported,burnt", "burnt"),
        ("bbox=50,38,44,42", "goes from west to east"),
    ] {
        let path = format!("/map/picture.svg?{query}");
        refuses(&web, &path, "application/problem+json", reason);
    }
    for (path, reason) in [
        ("/search?after=x", "number of hits"),
        ("/sites?status=burnt", "reported"),
        ("/sites?facet=castel", "church"),
        ("/areas?status=reported", "leave it out"),
        ("/claims?party=somebody", "id of a party"),
        ("/claims?after=3", "next page"),
        ("/claims?limit=many", "limit"),
        ("/ledger?before=x", "before"),
    ] {
        refuses(&web, path, "text/html", reason);
    }
    refuses(
        &web,
        "/sites.json?status=burnt",
        "application/problem+json",
        "reported",
    );
    refuses(
        &web,
        "/sites.json?limit=many",
        "application/problem+json",
        "limit",
    );
}

#[test]
fn the_form_comes_back_as_it_was_filled_in() {
    let house = House::new();
    let web = Web::of(&house.registry);
    let (_, _, body) = ask(&web, "/map?bbox=9&q=mosque");
    assert!(
        body.contains("value=\"9\"") && body.contains("value=\"mosque\""),
        "{body}"
    );
    assert!(
        !body.contains("data-map"),
        "no map that shows something else"
    );
}

#[test]
fn what_means_something_is_answered() {
    let house = House::new();
    let web = Web::of(&house.registry);
    for path in [
        "/map",
        "/map?at=2021-05-31&by=verified&as=heat&show=areas,missions&hide=lines,names",
        "/map?status=reported,none&category=church,museum",
        "/map?status=none&category=church&kind=site",
        "/map?bbox=170,-20,-170,20",
        "/map?q=&area=&bbox=&at=&site=",
        "/map/hits?q=mosque&status=reported,none",
        "/map/picture.svg?at=2021&by=assessed",
        "/search?q=mosque&kind=claim&category=damaged&status=retracted&from=2021&to=2021",
        "/search?category=museum&status=draft&after=30",
        "/missions?status=invited",
        "/findings?status=draft&facet=destroyed",
        "/sites?facet=&status=&party=&limit=10",
    ] {
        let (status, _, body) = ask(&web, path);
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
    }
}
