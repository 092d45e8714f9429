//! Places as cells write them: decimal degrees, degrees with minutes and seconds in any usual form,
//! pairs, MGRS (NGA STND 0037), UTM, well-known text, the address of a map.

use super::cells::plain_digits;
use super::vocabulary::{Axis, Side, VOCABULARY};
use crate::table::{Shape, parse_wkt};
use geoconvert::{LatLon, Mgrs, UtmUps};
use stele_model::Geometry;
use stele_model::place::{BadPlace, Position2};

/// An angle of one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Angle {
    degrees: f64,
    axis: Option<Axis>,
}

/// One coordinate in a cell of its own, in degrees: `39.76`, `39,76`, `39°45'36"N`, `N 39 45.6`, `39°45′ пн. ш.`.
pub(super) fn angle(text: &str) -> Option<f64> {
    // A comma within one number is its decimal sign: no other number comes after it.
    let one = text.matches(',').count() == 1 && is_tight(text);
    let angles = match one {
        true => angles(&text.replace(',', "."))?,
        false => angles(text)?,
    };
    match angles.as_slice() {
        [one] => Some(one.degrees),
        _ => None,
    }
}

/// A place in one cell: longitude and latitude. `None` where it is none.
pub(super) fn pair(text: &str, longitude_first: bool) -> Option<Shape> {
    let text = text.trim();
    if let Some(shape) = parse_wkt(text) {
        return Some(shape);
    }
    if text.starts_with('{') {
        return geojson(text);
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return map_address(text).map(Shape::Point);
    }
    if let Some(position) = grid(text) {
        return Some(Shape::Point(position));
    }
    let inner = text.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']'));
    match angles(inner)?.as_slice() {
        [a, b] => {
            let longitude_first = match (a.axis, b.axis) {
                (Some(Axis::Lon), _) | (_, Some(Axis::Lat)) => true,
                (Some(Axis::Lat), _) | (_, Some(Axis::Lon)) => false,
                // A latitude goes to 90 only.
                _ if a.degrees.abs() > 90.0 && b.degrees.abs() <= 90.0 => true,
                _ => longitude_first,
            };
            let [lon, lat] = if longitude_first { [a, b] } else { [b, a] };
            Some(Shape::Point([lon.degrees, lat.degrees]))
        }
        _ => None,
    }
}

fn geojson(text: &str) -> Option<Shape> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let point = value.get("coordinates")?.as_array()?;
    match (value.get("type")?.as_str()?, point.as_slice()) {
        ("Point", [lon, lat, ..]) => Some(Shape::Point([lon.as_f64()?, lat.as_f64()?])),
        _ => None,
    }
}

/// The place in the address of a map: `@39.7,46.7`, `q=39.7,46.7`, `#map=12/39.7/46.7`.
fn map_address(text: &str) -> Option<[f64; 2]> {
    let numbers = |rest: &str, separator: char| {
        let rest = rest.replace("%2C", ",").replace('+', " ");
        let mut parts = rest.split(separator).map(|part| {
            let part = part.trim();
            let end = part
                .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')))
                .unwrap_or(part.len());
            part[..end].parse::<f64>().ok()
        });
        let (lat, lon) = (parts.next()??, parts.next()??);
        Some([lon, lat])
    };
    for mark in ["/@", "?q=", "&q=", "ll=", "query="] {
        if let Some(found) = text
            .split_once(mark)
            .and_then(|(_, rest)| numbers(rest, ','))
        {
            return Some(found);
        }
    }
    let (_, map) = text.split_once("#map=")?;
    numbers(map.split_once('/')?.1, '/')
}

/// UTM (`38N 500000 4427757`) and MGRS (`38TNK0000027757`).
fn grid(text: &str) -> Option<[f64; 2]> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    let joined: String = words.concat().to_ascii_uppercase();
    let letters = joined.chars().filter(char::is_ascii_alphabetic).count();
    if letters == 3
        && joined.is_ascii()
        && joined.starts_with(|c: char| c.is_ascii_digit())
        && let Ok(square) = Mgrs::parse_str(&joined)
    {
        let place = LatLon::from_mgrs(&square);
        return Some([place.longitude(), place.latitude()]);
    }
    // "37R" and "37 R".
    let (zone, rest) = match words.as_slice() {
        [number, band, rest @ ..] if band.len() == 1 && number.len() <= 2 => {
            (format!("{number}{band}"), rest)
        }
        [zone, rest @ ..] => ((*zone).to_owned(), rest),
        [] => return None,
    };
    let metres: Vec<f64> = rest
        .iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_alphabetic()))
        .filter(|word| !word.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    match metres.as_slice() {
        [easting, northing] => in_zone(&zone, [*easting, *northing]),
        _ => None,
    }
}

/// Where metres east and north in a zone of UTM are: `38N`, `38 N`.
pub(super) fn in_zone(zone: &str, [easting, northing]: [f64; 2]) -> Option<[f64; 2]> {
    let zone = plain_digits(zone).replace(char::is_whitespace, "");
    if !(zone.is_ascii() && easting.is_finite() && northing.is_finite()) {
        return None;
    }
    let (number, band) = zone.split_at(zone.len().checked_sub(1)?);
    let number: i32 = number.parse().ok()?;
    let band = band.chars().next()?.to_ascii_uppercase();
    if !(1..=60).contains(&number) || !band.is_ascii_uppercase() {
        return None;
    }
    let place = UtmUps::create(number, is_north(band, northing), easting, northing).ok()?;
    let place = LatLon::from_utmups(&place);
    Some([place.longitude(), place.latitude()])
}

/// Bands from N on lie in the north. "S" is the band from 32 to 40 degrees north or stands for south:
/// northings of that band would be the open sea far in the south.
fn is_north(band: char, northing: f64) -> bool {
    match band {
        'S' => (3_500_000.0..4_500_000.0).contains(&northing),
        band => band >= 'N',
    }
}

/// The angles of a text, each a number or degrees with minutes and seconds.
fn angles(text: &str) -> Option<Vec<Angle>> {
    let mut numbers: Vec<(f64, char)> = Vec::new();
    let mut found: Vec<Angle> = Vec::new();
    // A letter before its numbers holds until they end; one after them ends them.
    let mut ahead: Option<Side> = None;
    let text = comma_decimals(&plain_digits(text));
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let mut close = |numbers: &mut Vec<(f64, char)>, side: Option<Side>| -> Option<()> {
        if numbers.is_empty() {
            return Some(());
        }
        found.push(joined(numbers, side)?);
        numbers.clear();
        Some(())
    };
    while at < chars.len() {
        let c = chars[at];
        if c.is_ascii_digit() || (matches!(c, '-' | '+' | '.') && starts_number(&chars, at)) {
            let start = at;
            at += 1;
            while at < chars.len() && (chars[at].is_ascii_digit() || chars[at] == '.') {
                at += 1;
            }
            let value: f64 = chars[start..at].iter().collect::<String>().parse().ok()?;
            while at < chars.len() && chars[at] == ' ' {
                at += 1;
            }
            let unit = unit_at(&chars, &mut at);
            // A new degree begins a new angle; so does a number after one that stands alone.
            let begins = unit == '°'
                || (unit == ' '
                    && !numbers.is_empty()
                    && numbers[0].1 == ' '
                    && ahead.is_none()
                    && !spaced_angle(&numbers));
            if begins && !numbers.is_empty() {
                close(&mut numbers, ahead.take())?;
            }
            numbers.push((value, unit));
            continue;
        }
        if c.is_alphabetic() {
            let side = side_at(&chars, &mut at)?;
            match ahead {
                _ if numbers.is_empty() => ahead = Some(side),
                None => close(&mut numbers, Some(side))?,
                // "Latitude 33°51' S": the word before named the axis, the one after says the side.
                Some(Side { axis, turn: None }) if axis == side.axis => {
                    ahead = None;
                    close(&mut numbers, Some(side))?;
                }
                Some(_) => {
                    close(&mut numbers, ahead.take())?;
                    ahead = Some(side);
                }
            }
            continue;
        }
        at += 1;
        match c {
            ',' | ';' | '/' | '|' | '،' | '؛' | '，' | '、' => {
                close(&mut numbers, ahead.take())?
            }
            c if c.is_whitespace() || c == ':' => {}
            _ => return None,
        }
    }
    close(&mut numbers, ahead.take())?;
    (!found.is_empty() && found.len() <= 2).then_some(found)
}

/// Whether bare numbers so far are degrees that minutes may follow: `39 45.6`, never `39.76 46.75`.
fn spaced_angle(numbers: &[(f64, char)]) -> bool {
    numbers.len() < 3 && numbers.iter().all(|(value, _)| value.fract() == 0.0)
}

/// The words that begin here and say of which side an angle is: `N`, `пн. ш.`, `北纬`, `Latitude`. As many as have
/// a meaning together.
fn side_at(chars: &[char], at: &mut usize) -> Option<Side> {
    let mut words = String::new();
    let mut found = None;
    let mut end = *at;
    for _ in 0..MOST_WORDS_OF_A_SIDE {
        if !words.is_empty() {
            words.push(' ');
        }
        while let Some(c) = chars.get(end).filter(|c| c.is_alphabetic()) {
            words.extend(c.to_lowercase());
            end += 1;
        }
        while matches!(chars.get(end), Some('.' | ' ')) {
            end += 1;
        }
        if let Some(side) = VOCABULARY.side(&words) {
            found = Some(side);
            *at = end;
        }
        if !chars.get(end).is_some_and(|c| c.is_alphabetic()) {
            break;
        }
    }
    found
}

/// `с. г. ш.`
const MOST_WORDS_OF_A_SIDE: usize = 3;

fn joined(numbers: &[(f64, char)], side: Option<Side>) -> Option<Angle> {
    let first = numbers.first()?.0;
    let (mut degrees, sign) = (first.abs(), 1f64.copysign(first));
    let mut place = 1.0;
    for (value, _) in &numbers[1..] {
        place *= 60.0;
        if !(0.0..60.0).contains(value) || place > 3600.0 {
            return None;
        }
        degrees += value / place;
    }
    let turn = side.and_then(|side| side.turn).unwrap_or(1.0);
    Some(Angle {
        degrees: degrees * sign * turn,
        axis: side.map(|side| side.axis),
    })
}

/// `39,7601` is one number where no other comma parts two; `39,7601; 46,7499` are two.
fn comma_decimals(text: &str) -> String {
    let commas = text.matches(',').count();
    let parted = text.contains(';') || text.contains('/') || text.trim().contains(' ');
    let tight = is_tight(text);
    let two = commas == 2 && parted;
    let one = commas == 1 && !text.contains('.') && !text.trim().contains(' ');
    match tight && !text.contains('.') && (two || one) {
        true => text.replace(',', "."),
        false => text.to_owned(),
    }
}

/// Whether a digit stands on both sides of every comma.
fn is_tight(text: &str) -> bool {
    let parts: Vec<&str> = text.split(',').collect();
    parts.windows(2).all(|w| {
        w[0].ends_with(|c: char| c.is_ascii_digit())
            && w[1].starts_with(|c: char| c.is_ascii_digit())
    })
}

fn starts_number(chars: &[char], at: usize) -> bool {
    let fresh = at == 0 || !chars[at - 1].is_ascii_digit();
    fresh && chars.get(at + 1).is_some_and(char::is_ascii_digit)
}

fn unit_at(chars: &[char], at: &mut usize) -> char {
    let unit = match chars.get(*at) {
        Some('°' | 'º' | '˚' | 'd' | 'D' | '度' | '도') => '°',
        Some('\'' | '′' | '’' | '‘' | 'ʹ' | '分' | '분') => '\'',
        Some('"' | '″' | '”' | '“' | 'ʺ' | '秒' | '초') => '"',
        _ => return ' ',
    };
    *at += 1;
    // Two single strokes are a double one.
    if unit == '\'' && matches!(chars.get(*at), Some('\'' | '′' | '’')) {
        *at += 1;
        return '"';
    }
    unit
}

/// A shape as a geometry of ours; parts of several kinds cannot stand in one.
pub(super) fn geometry(shape: Shape) -> Result<Geometry, String> {
    let bad = |e: BadPlace| e.to_string();
    let geometry = match shape {
        Shape::Point(p) => Geometry::Point(position(p)?),
        Shape::Line(line) => Geometry::LineString(positions(line)?),
        Shape::Polygon(rings) => Geometry::Polygon(all(rings, positions)?),
        Shape::Many(shapes) => many(shapes)?,
    };
    geometry.check().map_err(bad)?;
    Ok(geometry)
}

fn position([lon, lat]: [f64; 2]) -> Result<Position2, String> {
    Position2::new(lon, lat).map_err(|e| e.to_string())
}

fn positions(line: Vec<[f64; 2]>) -> Result<Vec<Position2>, String> {
    all(line, position)
}

fn all<A, B>(list: Vec<A>, change: impl Fn(A) -> Result<B, String>) -> Result<Vec<B>, String> {
    list.into_iter().map(change).collect()
}

fn many(shapes: Vec<Shape>) -> Result<Geometry, String> {
    let mut points = Vec::new();
    let mut lines = Vec::new();
    let mut polygons = Vec::new();
    let mut open = shapes;
    open.reverse();
    while let Some(shape) = open.pop() {
        match shape {
            Shape::Point(p) => points.push(position(p)?),
            Shape::Line(line) => lines.push(positions(line)?),
            Shape::Polygon(rings) => polygons.push(all(rings, positions)?),
            Shape::Many(inner) => open.extend(inner.into_iter().rev()),
        }
    }
    // An area says more than a line, a line more than a point; what marks the same thing twice is left.
    Ok(match (polygons.len(), lines.len()) {
        (1, _) => Geometry::Polygon(polygons.remove(0)),
        (2.., _) => Geometry::MultiPolygon(polygons),
        (0, 1) => Geometry::LineString(lines.remove(0)),
        (0, 2..) => Geometry::MultiLineString(lines),
        (0, 0) if points.len() == 1 => Geometry::Point(points[0]),
        (0, 0) => Geometry::MultiPoint(points),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<Shape>, lon: f64, lat: f64, text: &str) {
        let Some(Shape::Point([x, y])) = found else {
            panic!("{text}: {found:?}")
        };
        assert!(
            (x - lon).abs() < 2e-4 && (y - lat).abs() < 2e-4,
            "{text}: {x} {y}"
        );
    }

    #[test]
    fn one_place_in_every_form_people_write() {
        for text in [
            "39.7600, 46.7500",
            "39.76 46.75",
            "39,7600; 46,7500",
            "39,7600 46,7500",
            "39°45'36\"N 46°45'00\"E",
            "39°45′36″N, 46°45′0″E",
            "N39°45'36\" E46°45'",
            "N 39 45 36, E 46 45 00",
            "39 45 36 N, 46 45 00 E",
            "39° 45.6' N 46° 45.0' E",
            "46.75 E, 39.76 N",
            "(39.76, 46.75)",
            "POINT (46.75 39.76)",
            "{\"type\":\"Point\",\"coordinates\":[46.75,39.76]}",
            "https://www.google.com/maps/@39.76,46.75,17z",
            "https://maps.google.com/?q=39.76,+46.75&z=13",
            "https://www.openstreetmap.org/#map=12/39.76/46.75",
            "38S 649905 4402585",
        ] {
            near(pair(text, false), 46.75, 39.76, text);
        }
        for text in ["18SUJ2348006483", "18S UJ 23480 06483"] {
            near(pair(text, false), -77.0353, 38.8895, text);
        }
        near(
            pair("46.75, 39.76", true),
            46.75,
            39.76,
            "longitude first when told so",
        );
        near(
            pair("146.75, 39.76", false),
            146.75,
            39.76,
            "no latitude is over 90",
        );
        for text in [
            "33°51'S 151°12'E",
            "Latitude 33°51' S, Longitude 151°12' E",
            "Lat: -33.85, Long: 151.2",
            "33°51′ пд. ш. 151°12′ сх. д.",
            "33°51' ю. ш., 151°12' в. д.",
            "33°51'G 151°12'D",
            "33°51′ c. e. 151°12′ ş. u.",
            "٣٣°٥١′ جنوباً، ١٥١°١٢′ شرقاً",
            "南纬33度51分，东经151度12分",
            "33도51분 남위 151도12분 동경",
            "33°51′ հվ. լ. 151°12′ արլ. ե.",
            "151.2 E, 33.85 S",
        ] {
            near(pair(text, false), 151.2, -33.85, text);
        }
        near(
            pair("۳۲٫۶۷, ۵۱٫۶۸۵", false),
            51.685,
            32.67,
            "Persian digits",
        );
    }

    #[test]
    fn utm_agrees_with_another_implementation() {
        for (text, epsg, metres) in [
            ("38S 649905 4402585", 32638, [649_905.0, 4_402_585.0]),
            ("38N 500000 4427757", 32638, [500_000.0, 4_427_757.0]),
            ("56S 334786 6252080", 32756, [334_786.0, 6_252_080.0]),
            ("37 R 612000 mE 3200000 mN", 32637, [612_000.0, 3_200_000.0]),
        ] {
            let projection = crate::table::Projection::epsg(epsg).unwrap().unwrap();
            let [lon, lat] = projection.position(metres).unwrap();
            near(pair(text, false), lon, lat, text);
        }
    }

    #[test]
    fn what_is_no_place_is_none() {
        for text in [
            "",
            "near the river",
            "39.76",
            "39.76, 46.75, 12",
            "39°75'N 46°E",
            "12/05/2021 x",
            "https://example.org/",
            "POINT (x y)",
            "NaN, NaN",
            "Street 12, 5",
            "48°51' O 2°21' N",
            "12 m, 13 m",
        ] {
            assert_eq!(pair(text, false), None, "{text}");
        }
    }

    #[test]
    fn one_axis_in_a_cell() {
        for (text, degrees) in [
            ("39.76", 39.76),
            ("39,76", 39.76),
            (" -12.5 ", -12.5),
            ("39°45'36\"N", 39.76),
            ("12°30' S", -12.5),
            ("W 12.5", -12.5),
            ("12,5 пд. ш.", -12.5),
            ("۱۲٫۵", 12.5),
            ("−12.5", -12.5),
        ] {
            let found = angle(text).unwrap();
            assert!((found - degrees).abs() < 1e-9, "{text}: {found}");
        }
        for text in ["", "north", "1 2 3 4", "NaN", "39.76 46.75"] {
            assert_eq!(angle(text), None, "{text}");
        }
    }
}
