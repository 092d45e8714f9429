//! The style sheet, scripts and fonts, embedded. Addresses carry a hash, so that they can be kept for ever.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

/// One hash over all of them: changes when any of them does.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    embedded::FILES.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
});

/// The address of a file.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// The bytes of a file.
pub fn bytes(name: &str) -> Option<&'static [u8]> {
    let found = embedded::FILES.iter().find(|(known, _, _)| *known == name);
    found.map(|(_, _, bytes)| *bytes)
}

/// Serves a file, or the part of it that is asked for (RFC 9110, 14): vector tiles are read in parts.
pub async fn serve(Path((_, name)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let Some((_, media, bytes)) = embedded::FILES.iter().find(|(known, _, _)| *known == name)
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *media),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    match asked.get(header::RANGE).and_then(|v| v.to_str().ok()) {
        None => (headers, *bytes).into_response(),
        Some(range) => match part(range, bytes.len()) {
            Asked::All => (headers, *bytes).into_response(),
            Asked::Part(from, to) => {
                let place = format!("bytes {from}-{to}/{}", bytes.len());
                let part = bytes.get(from..=to).unwrap_or_default();
                let place = [(header::CONTENT_RANGE, place)];
                (StatusCode::PARTIAL_CONTENT, headers, place, part).into_response()
            }
            Asked::Nothing => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                [(header::CONTENT_RANGE, format!("bytes */{}", bytes.len()))],
            )
                .into_response(),
        },
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    /// From this byte to this one.
    Part(usize, usize),
    Nothing,
}

/// What a `Range` asks of so many bytes; several parts, or what cannot be read, are answered with all.
fn part(range: &str, length: usize) -> Asked {
    let one = range.strip_prefix("bytes=").filter(|r| !r.contains(','));
    let Some((from, to)) = one.and_then(|r| r.trim().split_once('-')) else {
        return Asked::All;
    };
    let last = length.saturating_sub(1);
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.min(last)),
        (Ok(from), Err(_)) if to.is_empty() => (from, last),
        (Err(_), Ok(suffix)) if from.is_empty() && suffix > 0 => {
            (length.saturating_sub(suffix), last)
        }
        _ => return Asked::All,
    };
    match from < length {
        true => Asked::Part(from, to),
        false => Asked::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_is_asked_and_there() {
        for (range, is) in [
            ("bytes=0-0", Asked::Part(0, 0)),
            ("bytes=2-200", Asked::Part(2, 9)),
            ("bytes=4-", Asked::Part(4, 9)),
            ("bytes=-3", Asked::Part(7, 9)),
            ("bytes=-30", Asked::Part(0, 9)),
            ("bytes=10-12", Asked::Nothing),
            ("bytes=5-2", Asked::All),
            ("bytes=0-1,4-5", Asked::All),
            ("bytes=18446744073709551616-", Asked::All),
            ("items=0-1", Asked::All),
        ] {
            assert_eq!(part(range, 10), is, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Asked::Nothing);
    }
}
