//! The parameters of `/items`: read, checked, and turned into a question to the registry.

use super::call::shown;
use super::{Call, Form, Problem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stele_formats::cql2::{Expr, day, timestamp};
use stele_formats::crs::{CRS84, Crs};
use stele_model::AnyId;
use stele_model::date::Day;
use stele_model::place::Bounds;
use stele_registry::bulk::Format;
use stele_registry::features::filter::{self, Filter};
use stele_registry::features::{Collection, Column, FeatureQuery, LONGEST_PAGE, Span, Test};
use stele_registry::{After, Order};

/// Features of a page, where nothing else is asked for.
pub const DEFAULT_LIMIT: usize = 1_000;
/// The same of a page for people.
pub const DEFAULT_ROWS: usize = 50;
/// Parameters of `/items` beside the columns.
pub const PARAMETERS: &[&str] = &[
    "bbox",
    "bbox-crs",
    "datetime",
    "limit",
    "after",
    "crs",
    "filter",
    "filter-lang",
    "filter-crs",
    "properties",
    "skipGeometry",
    "sortby",
    "f",
];

/// What is asked of `/items`.
pub struct Asked {
    /// In which form.
    pub form: Form,
    /// As a file of this format, in place of it.
    pub file: Option<Format>,
    /// The question to the registry.
    pub query: FeatureQuery,
    /// In which system the answer comes.
    pub crs: Crs,
    /// Which columns, by their place.
    pub only: Option<Vec<bool>>,
    /// Whether with geometries.
    pub geometry: bool,
}

/// What an order can be asked by: the property, its sign, the order.
pub fn sortables(collection: Collection) -> Vec<(&'static str, char, Order)> {
    let mut known = vec![("id", '+', Order::Id), ("title", '+', Order::Title)];
    if collection.columns().iter().any(|c| c.id == "recorded") {
        known.push(("recorded", '-', Order::Latest));
    }
    if let Some(column) = dated(collection) {
        known.push((column, '+', Order::Day));
    }
    known
}

/// The column that the store's order by day goes by, of collections that have one.
fn dated(collection: Collection) -> Option<&'static str> {
    match collection {
        Collection::Claims => Some("stated"),
        Collection::Findings => Some("as_at"),
        Collection::Assessments => Some("observed"),
        Collection::Sites | Collection::Areas | Collection::Missions => None,
    }
}

/// Reads every parameter.
pub fn asked(call: &Call, collection: Collection) -> Result<Asked, Problem> {
    let columns = collection.columns();
    let known: Vec<&str> = PARAMETERS
        .iter()
        .copied()
        .chain(columns.iter().map(|c| c.id))
        .collect();
    call.only(&known)?;
    // A file is one more form of features; what is asked is the same.
    let file = call.file_format();
    let form = match file {
        Some(_) => Form::Json,
        None => call.form()?,
    };
    let order = order(call.get("sortby"), collection)?;
    let (bbox, in_system) = bbox(call)?;
    let mut query = FeatureQuery {
        bbox,
        time: call
            .get("datetime")
            .filter(|text| !is_left_empty(form, text))
            .map(datetime)
            .transpose()?,
        order,
        after: call
            .get("after")
            .map(|text| after(text, order))
            .transpose()?,
        limit: match (file, call.get("limit")) {
            (Some(_), None) => LONGEST_PAGE,
            (_, text) => limit(text, form)?,
        },
        ..FeatureQuery::default()
    };
    narrow(call, collection, form, in_system, &mut query)?;
    let crs = system(call, "crs")?;
    if file.is_some()
        && call
            .get("crs")
            .is_some_and(|_| content_crs(&crs) != content_crs(&Crs::default()))
    {
        let problem = "files hold longitude and latitude on WGS 84; leave it out, or ask for JSON";
        return Err(Problem::parameter("crs", problem));
    }
    Ok(Asked {
        form,
        file,
        query,
        crs,
        only: call
            .get("properties")
            .map(|text| chosen(text, columns))
            .transpose()?,
        geometry: match call.get("skipGeometry") {
            None | Some("false") => true,
            Some("true") => false,
            Some(other) => {
                let problem = format!("it is true or false, not {}", shown(other));
                return Err(Problem::parameter("skipGeometry", problem));
            }
        },
    })
}

/// The form of our page sends the fields that were left empty as well; a program means what it sends.
fn is_left_empty(form: Form, text: &str) -> bool {
    form == Form::Html && text.is_empty()
}

fn limit(text: Option<&str>, form: Form) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(match form {
            Form::Html => DEFAULT_ROWS,
            Form::Json => DEFAULT_LIMIT,
        });
    };
    let is_whole = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_whole || text.bytes().all(|b| b == b'0') {
        return Err(Problem::parameter(
            "limit",
            format!("it is a whole number from 1 on, not {}", shown(text)),
        ));
    }
    // One that is too large is taken for the largest (Part 1, /req/core/fc-limit-response-1).
    Ok(text.parse().unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE))
}

fn system(call: &Call, name: &str) -> Result<Crs, Problem> {
    match call.get(name) {
        None => Ok(Crs::default()),
        Some(uri) => Crs::from_uri(uri).map_err(|e| Problem::parameter(name, e)),
    }
}

/// A box of another system than degrees, in its own order of axes.
type InSystem = Option<(Crs, [f64; 4])>;

fn bbox(call: &Call) -> Result<(Option<Bounds>, InSystem), Problem> {
    let crs = system(call, "bbox-crs")?;
    let Some(text) = call.get("bbox") else {
        return match call.get("bbox-crs") {
            Some(_) => Err(Problem::parameter("bbox-crs", "there is no bbox beside it")),
            None => Ok((None, None)),
        };
    };
    let wrong = |detail: String| Problem::parameter("bbox", detail);
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .take(7)
        .map(|n| n.trim().parse::<f64>().ok().filter(|n| n.is_finite()))
        .collect();
    let numbers = numbers.ok_or_else(|| {
        wrong(format!(
            "it is 4 or 6 numbers by commas, not {}",
            shown(text)
        ))
    })?;
    let corners = match numbers.as_slice() {
        [a, b, c, d] => [*a, *b, *c, *d],
        [a, b, low, c, d, high] if low <= high => [*a, *b, *c, *d],
        [_, _, _, _, _, _] => {
            return Err(wrong("its lowest height is above its highest".into()));
        }
        other => return Err(wrong(format!("it is 4 or 6 numbers, not {}", other.len()))),
    };
    if !crs.in_degrees() {
        let [a0, b0, a1, b1] = corners;
        if a0 > a1 || b0 > b1 {
            return Err(wrong(
                "its first corner is not the one with the smaller numbers".into(),
            ));
        }
        let around = crs.around(corners);
        let around = around.ok_or_else(|| wrong(format!("it reaches beyond {}", crs.uri())))?;
        return Ok((Some(around), Some((crs, corners))));
    }
    let [west, south, east, north] = match crs.is_stored() {
        true => corners,
        false => [corners[1], corners[0], corners[3], corners[2]],
    };
    let is_lon = |n: f64| (-180.0..=180.0).contains(&n);
    let is_lat = |n: f64| (-90.0..=90.0).contains(&n);
    if ![west, east].into_iter().all(is_lon) || ![south, north].into_iter().all(is_lat) {
        let order = if crs.is_stored() {
            "west, south, east, north"
        } else {
            "south, west, north, east, as the system has its axes"
        };
        return Err(wrong(format!(
            "longitudes go from -180 to 180, latitudes from -90 to 90; the order is {order}"
        )));
    }
    if south > north {
        return Err(wrong(format!(
            "its south {south} is north of its north {north}"
        )));
    }
    let bounds = Bounds {
        west,
        south,
        east,
        north,
    };
    Ok((Some(bounds), None))
}

/// A day, a moment, or an interval of them, open with `..` or nothing.
fn datetime(text: &str) -> Result<Span, Problem> {
    let wrong = || {
        Problem::parameter(
            "datetime",
            format!(
                "it is a day or moment such as 2021-06-23 or 2021-06-23T12:00:00Z, or two of them with / between, of which one may be .., not {}",
                shown(text)
            ),
        )
    };
    let instant = |text: &str| -> Option<Day> {
        // A plus sign comes as a space when it was not written %2B.
        let text = text.replacen(' ', "+", 1);
        day(&text).or_else(|| timestamp(&text).map(|ms| Day(ms.div_euclid(86_400_000))))
    };
    let end = |text: &str| -> Result<Option<Day>, Problem> {
        match text {
            "" | ".." => Ok(None),
            text => instant(text).map(Some).ok_or_else(wrong),
        }
    };
    let Some((from, to)) = text.split_once('/') else {
        let at = instant(text).ok_or_else(wrong)?;
        return Ok(Span {
            from: Some(at),
            to: Some(at),
        });
    };
    let span = Span {
        from: end(from)?,
        to: end(to)?,
    };
    if let (Some(from), Some(to)) = (span.from, span.to)
        && from > to
    {
        return Err(Problem::parameter(
            "datetime",
            format!("it ends on {to}, before it begins on {from}"),
        ));
    }
    Ok(span)
}

/// The column whose words the store keeps counts and an index of, beside the status.
fn facet(collection: Collection) -> &'static str {
    match collection {
        Collection::Sites => "category",
        Collection::Claims => "predicate",
        Collection::Findings => "conclusion",
        Collection::Assessments => "grade",
        Collection::Areas | Collection::Missions => "kind",
    }
}

/// The filter, and the columns named in the address. What an index knows is asked of it: words, and the
/// box that a filter's geometries lie in.
fn narrow(
    call: &Call,
    collection: Collection,
    form: Form,
    in_system: InSystem,
    query: &mut FeatureQuery,
) -> Result<(), Problem> {
    let mut parts = Vec::new();
    parts.extend(written(call)?);
    for column in collection.columns() {
        let given = call.get(column.id);
        let Some(given) = given.filter(|given| !is_left_empty(form, given)) else {
            continue;
        };
        let wrong = |e| Problem::parameter(column.id, e);
        let one = filter::one_of(collection, column.id, given).map_err(wrong)?;
        match column.id {
            "status" => query.statuses = known(column, given.split(',')),
            id if id == facet(collection) => query.facets = known(column, given.split(',')),
            _ => parts.push(one),
        }
    }
    if parts.is_empty() && in_system.is_none() {
        return Ok(());
    }
    let crs = system(call, "filter-crs")?;
    let mut filter = Filter::new(collection, &Expr::And(parts), &crs)
        .map_err(|e| Problem::parameter("filter", e))?;
    for column in collection.columns() {
        let slot = match column.id {
            "status" => &mut query.statuses,
            id if id == facet(collection) => &mut query.facets,
            _ => continue,
        };
        if let Some(words) = filter.words(column.id).filter(|_| slot.is_empty()) {
            *slot = known(column, words.iter().map(String::as_str));
        }
    }
    if query.bbox.is_none() {
        query.bbox = filter.envelope().map(on_the_globe);
    }
    if let Some((crs, bbox)) = in_system {
        filter = filter.within(crs, bbox);
    }
    query.filter = Some(Box::new(filter));
    Ok(())
}

/// Those of these words that the column's list has.
fn known<'a>(column: &Column, given: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let stele_registry::features::Holds::Word(list) = column.holds else {
        return Vec::new();
    };
    given
        .filter_map(|word| list.iter().copied().find(|own| *own == word.trim()))
        .collect()
}

fn on_the_globe(b: Bounds) -> Bounds {
    Bounds {
        west: b.west.clamp(-180.0, 180.0),
        south: b.south.clamp(-90.0, 90.0),
        east: b.east.clamp(-180.0, 180.0),
        north: b.north.clamp(-90.0, 90.0),
    }
}

/// The filter as it was written.
fn written(call: &Call) -> Result<Option<Expr>, Problem> {
    let Some(text) = call.get("filter") else {
        for name in ["filter-lang", "filter-crs"] {
            if call.get(name).is_some() {
                return Err(Problem::parameter(name, "there is no filter beside it"));
            }
        }
        return Ok(None);
    };
    let expr = match call.get("filter-lang").unwrap_or("cql2-text") {
        "cql2-text" => Expr::from_text(text),
        "cql2-json" => Expr::from_json(text),
        other => {
            return Err(Problem::parameter(
                "filter-lang",
                format!("it is cql2-text or cql2-json, not {}", shown(other)),
            ));
        }
    };
    expr.map(Some).map_err(|e| Problem::parameter("filter", e))
}

fn chosen(text: &str, columns: &[Column]) -> Result<Vec<bool>, Problem> {
    let mut only = vec![false; columns.len()];
    for name in text.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        let at = columns.iter().position(|c| c.id == name);
        let slot = at.and_then(|at| only.get_mut(at)).ok_or_else(|| {
            let known: Vec<&str> = columns.iter().map(|c| c.id).collect();
            Problem::parameter(
                "properties",
                format!(
                    "there is no property {}; there are {}",
                    shown(name),
                    known.join(", ")
                ),
            )
        })?;
        *slot = true;
    }
    Ok(only)
}

fn order(text: Option<&str>, collection: Collection) -> Result<Option<Order>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    let known = sortables(collection);
    let wrong = |what: String| {
        let possible: Vec<String> = known
            .iter()
            .map(|(id, sign, _)| format!("{sign}{id}"))
            .collect();
        Problem::parameter(
            "sortby",
            format!(
                "{what}; one of {} is possible, and ,id after it",
                possible.join(", ")
            ),
        )
    };
    let mut keys = text.split(',').map(|key| {
        // A plus sign comes as a space when it was not written %2B.
        let (sign, name) = match key.chars().next() {
            Some(sign @ ('+' | '-' | ' ')) => (sign, &key[1..]),
            _ => ('+', key),
        };
        (if sign == '-' { '-' } else { '+' }, name.trim())
    });
    let (sign, name) = keys.next().unwrap_or(('+', ""));
    // Within the same key every order goes by id.
    let rest: Vec<(char, &str)> = keys.collect();
    let only_id = matches!(rest.as_slice(), [] | [('+', "id")]);
    let found = known.iter().find(|(id, s, _)| *id == name && *s == sign);
    match found {
        Some((_, _, order)) if only_id => Ok(Some(*order)),
        Some(_) => Err(wrong(
            "the features cannot be sorted by more than one property".into(),
        )),
        None => Err(wrong(format!(
            "the features cannot be sorted by {}",
            shown(&format!("{sign}{name}"))
        ))),
    }
}

fn order_byte(order: Option<Order>) -> u8 {
    match order {
        None => b'-',
        Some(Order::Id) => b'i',
        Some(Order::Title) => b't',
        Some(Order::Day) => b'd',
        Some(Order::Latest) => b'l',
        Some(Order::Weight) => b'w',
    }
}

/// Where the next page begins, as a text that programs hand back unread.
pub fn token(after: &After, order: Option<Order>) -> String {
    let mut bytes = vec![order_byte(order)];
    bytes.extend_from_slice(after.id.as_bytes());
    bytes.extend_from_slice(after.key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn after(text: &str, order: Option<Order>) -> Result<After, Problem> {
    let wrong = || {
        Problem::parameter(
            "after",
            "it is no place in this list; follow the link `next` of a page as it stands",
        )
    };
    if text.len() > 1_000 {
        return Err(wrong());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let (head, key) = bytes.split_at_checked(17).ok_or_else(wrong)?;
    let (by, id) = head.split_first().ok_or_else(wrong)?;
    if *by != order_byte(order) {
        return Err(wrong());
    }
    let id: [u8; 16] = id.try_into().map_err(|_| wrong())?;
    let key = String::from_utf8(key.to_vec()).map_err(|_| wrong())?;
    if key.contains('\0') {
        return Err(wrong());
    }
    Ok(After {
        key,
        id: AnyId::from_bytes(id),
    })
}

/// The header that says in which system positions are (Part 2, /req/crs/ogc-crs-header).
pub fn content_crs(crs: &Crs) -> String {
    format!("<{}>", if crs.is_stored() { CRS84 } else { crs.uri() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datetime_takes_days_moments_and_intervals() {
        let span = |text: &str| datetime(text).map(|s| (s.from, s.to));
        let at = day("2021-06-23");
        for text in [
            "2021-06-23",
            "2021-06-23T23:59:59Z",
            "2021-06-24T01:00:00+02:00",
        ] {
            assert_eq!(span(text), Ok((at, at)), "{text}");
        }
        for text in ["2021-06-23/..", "2021-06-23/"] {
            assert_eq!(span(text), Ok((at, None)), "{text}");
        }
        assert_eq!(span("/2021-06-23"), Ok((None, at)));
        assert_eq!(span("../.."), Ok((None, None)));
        for bad in [
            "x",
            "2021",
            "2021-13-01",
            "2021-06-23/2021-06-22",
            "..",
            "a/b",
            "2021-06-23/x/y",
            "99999-01-01",
            "NaN",
            "2021-06-23T25:00:00Z",
        ] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn limit_is_a_whole_number_and_never_more_than_the_largest() {
        let of = |text: &str| limit(Some(text), Form::Json);
        assert_eq!(of("5"), Ok(5));
        assert_eq!(of("10001"), Ok(LONGEST_PAGE));
        assert_eq!(of(&"9".repeat(400)), Ok(LONGEST_PAGE));
        for bad in ["", "0", "000", "-1", "1.5", "1e3", "NaN", "+5", "٣"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_place_in_a_list_holds_for_its_order_only() {
        let here = After {
            key: "ѣ".into(),
            id: AnyId::from_bytes([7; 16]),
        };
        let text = token(&here, Some(Order::Title));
        assert_eq!(after(&text, Some(Order::Title)), Ok(here));
        assert!(after(&text, None).is_err());
        for bad in ["", "a", "*", "dGVzdA", &"a".repeat(2_000)] {
            assert!(after(bad, Some(Order::Title)).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_orders_there_are_can_be_asked_for() {
        let of = |text: &str| order(Some(text), Collection::Claims);
        assert_eq!(of("title"), Ok(Some(Order::Title)));
        assert_eq!(of("+title"), Ok(Some(Order::Title)));
        assert_eq!(of(" title,id"), Ok(Some(Order::Title)));
        assert_eq!(of("-recorded"), Ok(Some(Order::Latest)));
        assert_eq!(of("stated"), Ok(Some(Order::Day)));
        for bad in [
            "-title",
            "recorded",
            "words",
            "title,recorded",
            "-",
            "+,",
            "title,id,id",
            "ä",
        ] {
            let problem = of(bad).unwrap_err();
            assert!(problem.detail().contains("+title, -recorded"), "{bad}");
        }
    }
}
