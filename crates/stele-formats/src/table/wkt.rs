//! Well-known text of geometries (OGC 06-103r4), as cells hold it: `POINT (46.7 39.8)`.

use super::Shape;

/// Reads a geometry; `None` if it is none. An SRID before it (EWKT) is left out; heights are dropped.
pub fn parse(text: &str) -> Option<Shape> {
    let text = text.trim();
    let text = match text.split_once(';') {
        Some((srid, rest)) if srid.to_ascii_uppercase().starts_with("SRID=") => rest,
        _ => text,
    };
    let mut reader = Reader {
        rest: text.trim(),
        depth: 0,
    };
    let shape = reader.shape()?;
    reader.rest.trim().is_empty().then_some(shape)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn word(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_ascii_uppercase()
    }

    fn eat(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    /// One or more parts in brackets with commas between.
    fn list<T>(&mut self, part: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.eat('(')?;
        let mut parts = vec![part(self)?];
        while self.eat(',').is_some() {
            parts.push(part(self)?);
        }
        self.eat(')')?;
        Some(parts)
    }

    fn position(&mut self) -> Option<[f64; 2]> {
        let mut numbers = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let end = self
                .rest
                .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E')))
                .unwrap_or(self.rest.len());
            if end == 0 {
                break;
            }
            let (number, rest) = self.rest.split_at(end);
            numbers.push(number.parse().ok()?);
            self.rest = rest;
        }
        match numbers.as_slice() {
            [lon, lat] | [lon, lat, _] | [lon, lat, _, _] => Some([*lon, *lat]),
            _ => None,
        }
    }

    fn shape(&mut self) -> Option<Shape> {
        self.depth += 1;
        if self.depth > 8 {
            return None;
        }
        let kind = self.word();
        let before = self.rest;
        if !matches!(self.word().as_str(), "Z" | "M" | "ZM") {
            self.rest = before;
        }
        let line = |r: &mut Self| r.list(Self::position);
        let shape = match kind.trim_end_matches(['Z', 'M']) {
            "POINT" => Shape::Point(*self.list(Self::position)?.first()?),
            "LINESTRING" => Shape::Line(line(self)?),
            "POLYGON" => Shape::Polygon(self.list(line)?),
            "MULTIPOINT" => Shape::Many(
                self.list(|r| match r.rest.trim_start().starts_with('(') {
                    true => r.list(Self::position)?.first().copied(),
                    false => r.position(),
                })?
                .into_iter()
                .map(Shape::Point)
                .collect(),
            ),
            "MULTILINESTRING" => {
                Shape::Many(self.list(line)?.into_iter().map(Shape::Line).collect())
            }
            "MULTIPOLYGON" => Shape::Many(
                self.list(|r| r.list(line))?
                    .into_iter()
                    .map(Shape::Polygon)
                    .collect(),
            ),
            "GEOMETRYCOLLECTION" => Shape::Many(self.list(Self::shape)?),
            _ => return None,
        };
        self.depth -= 1;
        Some(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometries_of_every_kind_are_read() {
        assert_eq!(
            parse("POINT (46.75 39.76)"),
            Some(Shape::Point([46.75, 39.76]))
        );
        assert_eq!(
            parse("Point(46.75 39.76)"),
            Some(Shape::Point([46.75, 39.76]))
        );
        assert_eq!(
            parse("SRID=4326;POINT Z (1 2 3)"),
            Some(Shape::Point([1.0, 2.0]))
        );
        assert_eq!(
            parse("LINESTRING(1 2, 3 4)"),
            Some(Shape::Line(vec![[1.0, 2.0], [3.0, 4.0]]))
        );
        let ring = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
        assert_eq!(
            parse("POLYGON((0 0,1 0,1 1,0 0))"),
            Some(Shape::Polygon(vec![ring]))
        );
        assert!(
            matches!(parse("MULTIPOINT((1 2),(3 4))"), Some(Shape::Many(points)) if points.len() == 2)
        );
    }

    #[test]
    fn what_is_no_geometry_is_none() {
        for text in [
            "",
            "POINT",
            "POINT ()",
            "POINT (1)",
            "POINT (1 2",
            "POINT (a b)",
            "POINT (1 2) x",
            "museum",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let deep = "GEOMETRYCOLLECTION(".repeat(5000);
        assert_eq!(parse(&deep), None);
    }
}
