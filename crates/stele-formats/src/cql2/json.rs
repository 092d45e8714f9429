//! CQL2 JSON: operations as `{"op", "args"}`, literals as themselves or under their own name.

use super::text::call;
use super::{Arithmetic, Budget, Comparison, Expr, NotCql2, bbox, day, end, timestamp};
use crate::table::geojson;
use serde_json::{Map, Value};

pub(super) fn read(json: &str) -> Result<Expr, NotCql2> {
    // The parser itself stops at 128 levels.
    let value: Value = serde_json::from_str(json).map_err(|e| NotCql2::Json(e.to_string()))?;
    Reader::default().any(&value)
}

#[derive(Default)]
struct Reader {
    budget: Budget,
}

fn wrong<T>(problem: impl Into<String>) -> Result<T, NotCql2> {
    Err(NotCql2::Member(problem.into()))
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

impl Reader {
    fn any(&mut self, value: &Value) -> Result<Expr, NotCql2> {
        self.budget.enter()?;
        self.budget.part()?;
        let expr = match value {
            Value::Bool(flag) => Expr::Flag(*flag),
            Value::String(text) => Expr::Text(text.clone()),
            Value::Number(number) => match number.as_f64().filter(|n| n.is_finite()) {
                Some(n) => Expr::Number(n),
                None => return wrong(format!("{number} is no number that can be compared")),
            },
            Value::Array(items) => Expr::Array(self.each(items)?),
            Value::Object(members) => self.object(value, members)?,
            Value::Null => return wrong("null is no value; use isNull"),
        };
        self.budget.leave();
        Ok(expr)
    }

    fn each(&mut self, items: &[Value]) -> Result<Vec<Expr>, NotCql2> {
        items.iter().map(|item| self.any(item)).collect()
    }

    fn object(&mut self, value: &Value, members: &Map<String, Value>) -> Result<Expr, NotCql2> {
        if let Some(op) = members.get("op") {
            let (Some(op), Some(Value::Array(args))) = (op.as_str(), members.get("args")) else {
                return wrong("an operation has a name as op and an array as args");
            };
            return self.operation(op, args);
        }
        if let Some(name) = members.get("property") {
            return match name {
                Value::String(name) => Ok(Expr::Property(name.clone())),
                other => wrong(format!("property is a name, not {}", short(other))),
            };
        }
        if let Some(text) = members.get("date") {
            return match text.as_str().and_then(day) {
                Some(day) => Ok(Expr::Date(day)),
                None => wrong(format!("date is a day as YYYY-MM-DD, not {}", short(text))),
            };
        }
        if let Some(text) = members.get("timestamp") {
            return match text.as_str().and_then(timestamp) {
                Some(ms) => Ok(Expr::Timestamp(ms)),
                None => wrong(format!(
                    "timestamp is a moment as YYYY-MM-DDThh:mm:ssZ, not {}",
                    short(text)
                )),
            };
        }
        if let Some(interval) = members.get("interval") {
            return match interval.as_array().map(Vec::as_slice) {
                Some([from, to]) => Ok(Expr::Interval(
                    Box::new(self.end(from)?),
                    Box::new(self.end(to)?),
                )),
                _ => wrong("interval is an array of two ends"),
            };
        }
        if let Some(numbers) = members.get("bbox") {
            let Some(numbers) = numbers.as_array().filter(|n| n.len() <= 6) else {
                return wrong("bbox is an array of 4 or 6 numbers");
            };
            let numbers: Option<Vec<f64>> = numbers.iter().map(Value::as_f64).collect();
            return match numbers {
                Some(numbers) => bbox(&numbers),
                None => wrong("bbox is an array of 4 or 6 numbers"),
            };
        }
        if members.contains_key("type") {
            return match geojson::shape(value, 0) {
                Some(shape) => self.budget.geometry(shape),
                None => wrong(format!("{} is no geometry", short(value))),
            };
        }
        wrong(format!("{} is no part of a filter", short(value)))
    }

    fn end(&mut self, value: &Value) -> Result<Expr, NotCql2> {
        match value {
            Value::String(text) => match end(text) {
                Some(end) => Ok(end),
                None => wrong(format!(
                    "an interval ends at \"..\", a day or a moment, not {}",
                    short(value)
                )),
            },
            other => self.any(other),
        }
    }

    fn operation(&mut self, op: &str, args: &[Value]) -> Result<Expr, NotCql2> {
        let lower = op.to_ascii_lowercase();
        if lower == "in" {
            let [value, Value::Array(list)] = args else {
                return wrong("in takes a value and an array");
            };
            return Ok(Expr::In(Box::new(self.any(value)?), self.each(list)?));
        }
        let mut args = self.each(args)?;
        let count = args.len();
        let takes =
            |n: usize| NotCql2::Member(format!("{} takes {n} arguments, not {count}", shown(op)));
        match lower.as_str() {
            "and" | "or" if count < 2 => return Err(takes(2)),
            "and" => return Ok(Expr::And(args)),
            "or" => return Ok(Expr::Or(args)),
            "not" | "isnull" | "casei" | "accenti" => {
                let Some(one) = args.pop().filter(|_| count == 1) else {
                    return Err(takes(1));
                };
                let one = Box::new(one);
                return Ok(match lower.as_str() {
                    "not" => Expr::Not(one),
                    "isnull" => Expr::IsNull(one),
                    "casei" => Expr::CaseI(one),
                    _ => Expr::AccentI(one),
                });
            }
            "between" => {
                let [value, low, high] = <[Expr; 3]>::try_from(args).map_err(|_| takes(3))?;
                return Ok(Expr::Between(
                    Box::new(value),
                    Box::new(low),
                    Box::new(high),
                ));
            }
            _ => {}
        }
        let comparison = Comparison::from_id(op);
        let arithmetic = Arithmetic::from_id(op);
        if comparison.is_none() && arithmetic.is_none() && lower != "like" {
            return call(op, args).map_err(NotCql2::Member);
        }
        let [a, b] = <[Expr; 2]>::try_from(args).map_err(|_| takes(2))?;
        let (a, b) = (Box::new(a), Box::new(b));
        Ok(match (comparison, arithmetic) {
            (Some(comparison), _) => Expr::Compare(comparison, a, b),
            (_, Some(arithmetic)) => Expr::Arithmetic(arithmetic, a, b),
            _ => Expr::Like(a, b),
        })
    }
}

fn shown(op: &str) -> String {
    op.chars()
        .take(40)
        .collect::<String>()
        .escape_default()
        .to_string()
}
