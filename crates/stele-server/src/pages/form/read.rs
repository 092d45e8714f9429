//! From what was written into a form to a record's JSON, and back. Names of records become ids.

use super::fields::{Field, Input};
use crate::fields::Fields;
use serde_json::{Map, Value, json};
use stele_model::{AnyId, FieldError, Kind};
use stele_registry::{Refusal, Registry, Viewer};

/// Reads a form with the help of the registry, which knows the records it names.
pub struct Reading<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// Who reads: a name is looked up among what they may see.
    pub viewer: &'a Viewer,
    /// What is wrong so far.
    pub errors: Vec<FieldError>,
}

impl Reading<'_> {
    fn wrong(&mut self, field: &str, problem: impl Into<String>) {
        self.errors.push(FieldError::new(field, problem));
    }

    /// Writes the fields over `data`; what has no field stays as it is.
    pub fn object(
        &mut self,
        specs: &[Field],
        fields: &Fields,
        prefix: &str,
        data: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        for spec in specs {
            let path = join(prefix, spec.name);
            match self.value(spec, fields, &path, data.get(spec.name))? {
                Some(value) => {
                    data.insert(spec.name.to_owned(), value);
                }
                None => {
                    data.remove(spec.name);
                    if spec.needed && !matches!(spec.input, Input::File) {
                        self.wrong(&path, "is missing; fill it in");
                    }
                }
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        spec: &Field,
        fields: &Fields,
        path: &str,
        old: Option<&Value>,
    ) -> Result<Option<Value>, Refusal> {
        let text = fields.get(path);
        let given = (!text.is_empty()).then_some(text);
        Ok(match &spec.input {
            Input::Line | Input::Long | Input::Date | Input::Choice(_) => given.map(Value::from),
            Input::Number => given.and_then(|text| self.number(path, text)),
            Input::Check => given.map(|_| Value::Bool(true)),
            Input::Lines => {
                let lines: Vec<&str> = lines(text).collect();
                (!lines.is_empty()).then(|| json!(lines))
            }
            Input::One(kind) => match given {
                Some(text) => self.reference(path, *kind, text)?.map(|id| json!(id)),
                None => None,
            },
            Input::Many(kind) => {
                let mut ids = Vec::new();
                for line in lines(text) {
                    ids.extend(self.reference(path, Some(*kind), line)?);
                }
                (!ids.is_empty()).then(|| json!(ids))
            }
            Input::Subject => match given {
                Some(text) => self.subject(path, text)?,
                None => None,
            },
            Input::Place => self.place(fields, path, old),
            Input::Group(specs) => {
                if !fields.any_under(path) || only_choices(specs, fields, path) {
                    return Ok(None);
                }
                let mut group = Map::new();
                self.object(specs, fields, path, &mut group)?;
                Some(Value::Object(group))
            }
            Input::Rows(specs) => {
                let mut rows = Vec::new();
                for i in 0.. {
                    let row_path = format!("{path}[{i}]");
                    if !fields.any_under(&row_path) || only_choices(specs, fields, &row_path) {
                        break;
                    }
                    let mut row = Map::new();
                    self.object(specs, fields, &row_path, &mut row)?;
                    rows.push(Value::Object(row));
                }
                (!rows.is_empty()).then_some(Value::Array(rows))
            }
            Input::File => None,
        })
    }

    fn number(&mut self, path: &str, text: &str) -> Option<Value> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | ',' | '\u{a0}' | '\u{202f}' | '_'))
            .collect();
        match digits.parse::<u64>() {
            Ok(n) => Some(n.into()),
            Err(_) => {
                self.wrong(
                    path,
                    format!("“{text}” is not a whole number; write digits only, such as 4600000"),
                );
                None
            }
        }
    }

    fn place(&mut self, fields: &Fields, path: &str, old: Option<&Value>) -> Option<Value> {
        let geojson = fields.get(&join(path, "geojson"));
        if !geojson.is_empty() {
            let parsed = serde_json::from_str(geojson);
            if let Err(error) = &parsed {
                self.wrong(path, format!("is not GeoJSON: {error}"));
            }
            return parsed.ok();
        }
        let (lat, lon) = (
            fields.get(&join(path, "lat")),
            fields.get(&join(path, "lon")),
        );
        match (lat.is_empty(), lon.is_empty()) {
            (true, true) => old.filter(|v| v["type"] != "Point").cloned(),
            (false, false) => match (degrees(lat), degrees(lon)) {
                (Some(lat), Some(lon)) => Some(json!({"type": "Point", "coordinates": [lon, lat]})),
                _ => {
                    self.wrong(
                        path,
                        "latitude and longitude are decimal degrees, such as 39.7600 and 46.7500",
                    );
                    None
                }
            },
            _ => {
                self.wrong(path, "needs latitude and longitude, both");
                None
            }
        }
    }

    fn reference(
        &mut self,
        path: &str,
        kind: Option<Kind>,
        text: &str,
    ) -> Result<Option<AnyId>, Refusal> {
        match self.registry.resolve(self.viewer, kind, text)? {
            Ok(id) => Ok(Some(id)),
            Err(problem) => {
                self.wrong(path, problem);
                Ok(None)
            }
        }
    }

    fn subject(&mut self, path: &str, text: &str) -> Result<Option<Value>, Refusal> {
        let Ok(id) = self.registry.resolve(self.viewer, None, text)? else {
            return Ok(self
                .reference(path, Some(Kind::Site), text)?
                .map(|id| json!({"site": id})));
        };
        Ok(match self.registry.get(self.viewer, id)?.kind {
            kind @ (Kind::Site | Kind::Aggregate) => Some(json!({kind.id(): id})),
            other => {
                self.wrong(
                    path,
                    format!(
                        "is a {}, not a site or an aggregate",
                        stele_model::Word::label(other)
                    ),
                );
                None
            }
        })
    }
}

use stele_model::Word;

/// Choices come filled in; a group or row of which nothing else is written was left out.
fn only_choices(specs: &[Field], fields: &Fields, path: &str) -> bool {
    let has_written = specs.iter().any(|s| !matches!(s.input, Input::Choice(_)));
    has_written
        && specs.iter().all(|spec| match &spec.input {
            Input::Choice(_) => true,
            Input::Group(parts) => only_choices(parts, fields, &join(path, spec.name)),
            _ => !fields.any_under(&join(path, spec.name)),
        })
        // An interest is a choice with an optional remark: the choice alone says something.
        && !specs.iter().any(|s| s.needed && matches!(s.input, Input::Choice(_)) && specs.iter().all(|o| !o.needed || matches!(o.input, Input::Choice(_))))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|l| !l.is_empty())
}

fn degrees(text: &str) -> Option<f64> {
    text.trim_end_matches('°')
        .replace(',', ".")
        .parse::<f64>()
        .ok()
        .filter(|n| n.is_finite())
}

/// The path of a field under another.
pub fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

/// Writes a record's data into the fields of its form.
pub fn written(specs: &[Field], data: &Value, prefix: &str, fields: &mut Fields) {
    for spec in specs {
        let path = join(prefix, spec.name);
        let value = &data[spec.name];
        match (&spec.input, value) {
            (_, Value::Null) => {}
            (Input::Group(parts), group) => written(parts, group, &path, fields),
            (Input::Rows(parts), Value::Array(rows)) => {
                for (i, row) in rows.iter().enumerate() {
                    written(parts, row, &format!("{path}[{i}]"), fields);
                }
            }
            (Input::Place, geometry) if geometry["type"] == "Point" => {
                fields.set(join(&path, "lon"), geometry["coordinates"][0].to_string());
                fields.set(join(&path, "lat"), geometry["coordinates"][1].to_string());
            }
            (Input::Place, geometry) => fields.set(join(&path, "geojson"), geometry.to_string()),
            (Input::Subject, Value::Object(subject)) => {
                let id = subject
                    .values()
                    .next()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                fields.set(path, id.to_owned());
            }
            (_, Value::Array(items)) => {
                let lines: Vec<String> = items.iter().map(plain).collect();
                fields.set(path, lines.join("\n"));
            }
            (_, value) => fields.set(path, plain(value)),
        }
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
