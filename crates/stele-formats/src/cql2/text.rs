//! CQL2 text: one ladder of precedence, `OR` above `AND` above `NOT` above comparisons above sums. What
//! may stand where by its type is left to whoever evaluates; that is how a bracket can hold either.

use super::{
    ARRAYS, Arithmetic, Budget, Comparison, Expr, NotCql2, Spatial, Temporal, bbox, day, end,
    timestamp,
};
use crate::table::wkt;

pub(super) fn read(text: &str) -> Result<Expr, NotCql2> {
    let mut reader = Reader {
        text,
        at: 0,
        budget: Budget::default(),
    };
    let expr = reader.any()?;
    match reader.peek() {
        None => Ok(expr),
        Some(_) => Err(reader.unexpected("the end")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    budget: Budget,
}

const WORDS_WITHIN: &[&str] = &["AND", "OR", "LIKE", "BETWEEN", "IN", "IS", "DIV"];
const GEOMETRIES: &[&str] = &[
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
];

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.rest().chars().next()
    }

    fn wrong(&self, problem: impl Into<String>) -> NotCql2 {
        let before = self.text.get(..self.at).unwrap_or_default();
        NotCql2::At {
            problem: problem.into(),
            at: before.chars().count() + 1,
        }
    }

    fn unexpected(&mut self, wanted: &str) -> NotCql2 {
        self.skip();
        let met: String = self.rest().chars().take(20).collect();
        match met.is_empty() {
            true => self.wrong(format!("it ends where {wanted} is expected")),
            false => self.wrong(format!(
                "\"{}\" stands where {wanted} is expected",
                met.escape_default()
            )),
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.skip();
        let is_here = self.rest().starts_with(sign);
        if is_here {
            self.at += sign.len();
        }
        is_here
    }

    fn expect(&mut self, sign: &str) -> Result<(), NotCql2> {
        match self.eat(sign) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("\"{sign}\""))),
        }
    }

    /// The name that begins here; empty where none does.
    fn name(&mut self) -> &'a str {
        self.skip();
        let rest = self.rest();
        let mut end = 0;
        for (i, c) in rest.char_indices() {
            let begins = c.is_alphabetic() || matches!(c, '_' | ':');
            let goes_on = c.is_alphanumeric() || matches!(c, '_' | ':' | '.') || is_mark(c);
            if !(begins || i > 0 && goes_on) {
                break;
            }
            end = i + c.len_utf8();
        }
        rest.get(..end).unwrap_or_default()
    }

    /// Takes this word, if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let name = self.name();
        let is_here = name.eq_ignore_ascii_case(word);
        if is_here {
            self.at += name.len();
        }
        is_here
    }

    fn any(&mut self) -> Result<Expr, NotCql2> {
        self.budget.enter()?;
        let expr = self.either()?;
        self.budget.leave();
        Ok(expr)
    }

    fn either(&mut self) -> Result<Expr, NotCql2> {
        let mut parts = vec![self.both()?];
        while self.word("OR") {
            parts.push(self.both()?);
        }
        several(parts, Expr::Or)
    }

    fn both(&mut self) -> Result<Expr, NotCql2> {
        let mut parts = vec![self.negated()?];
        while self.word("AND") {
            parts.push(self.negated()?);
        }
        several(parts, Expr::And)
    }

    fn negated(&mut self) -> Result<Expr, NotCql2> {
        self.budget.part()?;
        if !self.word("NOT") {
            return self.predicate();
        }
        self.budget.enter()?;
        let expr = self.negated()?;
        self.budget.leave();
        Ok(Expr::Not(Box::new(expr)))
    }

    fn predicate(&mut self) -> Result<Expr, NotCql2> {
        let left = self.sum()?;
        for sign in ["<>", "<=", ">=", "=", "<", ">"] {
            if self.eat(sign) {
                let comparison = Comparison::from_id(sign)
                    .ok_or_else(|| self.wrong("a comparison is not known"))?;
                let right = self.sum()?;
                return Ok(Expr::Compare(comparison, Box::new(left), Box::new(right)));
            }
        }
        if self.word("IS") {
            let not = self.word("NOT");
            if !self.word("NULL") {
                return Err(self.unexpected("NULL"));
            }
            return Ok(negate(not, Expr::IsNull(Box::new(left))));
        }
        let before = self.at;
        let not = self.word("NOT");
        let expr = if self.word("LIKE") {
            Expr::Like(Box::new(left), Box::new(self.primary()?))
        } else if self.word("BETWEEN") {
            let low = self.sum()?;
            if !self.word("AND") {
                return Err(self.unexpected("AND"));
            }
            Expr::Between(Box::new(left), Box::new(low), Box::new(self.sum()?))
        } else if self.word("IN") {
            self.expect("(")?;
            Expr::In(Box::new(left), self.list()?)
        } else if not {
            self.at = before;
            return Err(self.unexpected("the end or AND, OR, LIKE, BETWEEN, IN, IS"));
        } else {
            return Ok(left);
        };
        Ok(negate(not, expr))
    }

    fn sum(&mut self) -> Result<Expr, NotCql2> {
        self.operations(&[Arithmetic::Plus, Arithmetic::Minus], Self::product)
    }

    fn product(&mut self) -> Result<Expr, NotCql2> {
        const PRODUCTS: &[Arithmetic] = &[
            Arithmetic::Times,
            Arithmetic::Divided,
            Arithmetic::Modulo,
            Arithmetic::WholeDivided,
        ];
        self.operations(PRODUCTS, Self::power)
    }

    fn operations(
        &mut self,
        known: &[Arithmetic],
        operand: fn(&mut Self) -> Result<Expr, NotCql2>,
    ) -> Result<Expr, NotCql2> {
        let mut left = operand(self)?;
        let mut levels = 0;
        'more: loop {
            for operation in known {
                let is_here = match operation {
                    Arithmetic::WholeDivided => self.word("DIV"),
                    _ => self.eat(operation.id()),
                };
                if is_here {
                    // Each makes the tree one level deeper.
                    self.budget.enter()?;
                    self.budget.part()?;
                    levels += 1;
                    let right = operand(self)?;
                    left = Expr::Arithmetic(*operation, Box::new(left), Box::new(right));
                    continue 'more;
                }
            }
            break;
        }
        for _ in 0..levels {
            self.budget.leave();
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<Expr, NotCql2> {
        let base = self.factor()?;
        if !self.eat("^") {
            return Ok(base);
        }
        let exponent = self.factor()?;
        Ok(Expr::Arithmetic(
            Arithmetic::Power,
            Box::new(base),
            Box::new(exponent),
        ))
    }

    fn factor(&mut self) -> Result<Expr, NotCql2> {
        let minus = self.eat("-");
        if !minus {
            self.eat("+");
        }
        let factor = self.primary()?;
        Ok(match (minus, factor) {
            (false, factor) => factor,
            (true, Expr::Number(n)) => Expr::Number(-n),
            (true, factor) => Expr::Arithmetic(
                Arithmetic::Times,
                Box::new(Expr::Number(-1.0)),
                Box::new(factor),
            ),
        })
    }

    fn primary(&mut self) -> Result<Expr, NotCql2> {
        self.budget.part()?;
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let mut parts = self.list()?;
                Ok(match parts.len() {
                    1 => parts.remove(0),
                    _ => Expr::Array(parts),
                })
            }
            Some('\'') => self.quoted().map(Expr::Text),
            Some('"') => {
                let rest = self.rest().get(1..).unwrap_or_default();
                let Some(end) = rest.find('"') else {
                    return Err(self.wrong("a name in quotation marks does not end"));
                };
                self.at += end + 2;
                Ok(Expr::Property(rest.get(..end).unwrap_or_default().into()))
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number().map(Expr::Number),
            _ => self.named(),
        }
    }

    /// What is between brackets, the first of them taken already.
    fn list(&mut self) -> Result<Vec<Expr>, NotCql2> {
        let mut parts = Vec::new();
        if self.eat(")") {
            return Ok(parts);
        }
        loop {
            parts.push(self.any()?);
            if self.eat(")") {
                return Ok(parts);
            }
            if !self.eat(",") {
                return Err(self.unexpected("\",\" or \")\""));
            }
        }
    }

    /// A text; an apostrophe in it is written twice, or after a backslash.
    fn quoted(&mut self) -> Result<String, NotCql2> {
        let rest = self.rest().get(1..).unwrap_or_default();
        let mut text = String::new();
        let mut chars = rest.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            match (c, next) {
                ('\'', Some('\'')) | ('\\', Some('\'')) => {
                    chars.next();
                    text.push('\'');
                }
                ('\'', _) => {
                    self.at += i + 2;
                    return Ok(text);
                }
                _ => text.push(c),
            }
        }
        Err(self.wrong("a text in apostrophes does not end"))
    }

    fn number(&mut self) -> Result<f64, NotCql2> {
        let rest = self.rest();
        let digits = |from: usize| {
            let tail = rest.get(from..).unwrap_or_default();
            from + tail.bytes().take_while(u8::is_ascii_digit).count()
        };
        let mut end = digits(0);
        if rest.as_bytes().get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if matches!(rest.as_bytes().get(end), Some(b'e' | b'E')) {
            let signed = matches!(rest.as_bytes().get(end + 1), Some(b'+' | b'-'));
            let begin = end + 1 + usize::from(signed);
            if digits(begin) > begin {
                end = digits(begin);
            }
        }
        let number = rest
            .get(..end)
            .and_then(|n| n.parse::<f64>().ok())
            .filter(|n| n.is_finite());
        match number {
            Some(n) => {
                self.at += end;
                Ok(n)
            }
            None => Err(self.unexpected("a number")),
        }
    }

    fn signed(&mut self) -> Result<f64, NotCql2> {
        self.skip();
        let minus = self.eat("-");
        if !minus {
            self.eat("+");
        }
        self.skip();
        self.number().map(|n| if minus { -n } else { n })
    }

    /// What begins with a name: a property, a literal with a word before it, a predicate, a function.
    fn named(&mut self) -> Result<Expr, NotCql2> {
        let name = self.name();
        if name.is_empty() || WORDS_WITHIN.iter().any(|w| w.eq_ignore_ascii_case(name)) {
            return Err(self.unexpected("a property, a value or \"(\""));
        }
        let start = self.at;
        self.at += name.len();
        let word = name.to_ascii_uppercase();
        match word.as_str() {
            "TRUE" => return Ok(Expr::Flag(true)),
            "FALSE" => return Ok(Expr::Flag(false)),
            _ => {}
        }
        if GEOMETRIES.contains(&word.as_str())
            && let Some(length) = self.geometry_length()
        {
            self.at += length;
            let written = self.text.get(start..self.at).unwrap_or_default();
            return match wkt::parse(written) {
                Some(shape) => self.budget.geometry(shape),
                None => {
                    self.at = start;
                    Err(self.unexpected("a geometry as well-known text"))
                }
            };
        }
        if !self.eat("(") {
            return Ok(Expr::Property(name.into()));
        }
        match word.as_str() {
            "DATE" => self.literal(day, Expr::Date, "a day as 'YYYY-MM-DD'"),
            "TIMESTAMP" => self.literal(
                timestamp,
                Expr::Timestamp,
                "a moment as 'YYYY-MM-DDThh:mm:ssZ'",
            ),
            "INTERVAL" => {
                let from = self.end()?;
                self.expect(",")?;
                let to = self.end()?;
                self.expect(")")?;
                Ok(Expr::Interval(Box::new(from), Box::new(to)))
            }
            "BBOX" => {
                let mut numbers = vec![self.signed()?];
                while self.eat(",") && numbers.len() < 7 {
                    numbers.push(self.signed()?);
                }
                self.expect(")")?;
                bbox(&numbers)
            }
            "CASEI" | "ACCENTI" => {
                let inner = Box::new(self.any()?);
                self.expect(")")?;
                Ok(match word.as_str() {
                    "CASEI" => Expr::CaseI(inner),
                    _ => Expr::AccentI(inner),
                })
            }
            _ => {
                let args = self.list()?;
                call(name, args).map_err(|problem| {
                    self.at = start;
                    self.wrong(problem)
                })
            }
        }
    }

    /// How long the brackets of a geometry are; none where no bracket comes.
    fn geometry_length(&self) -> Option<usize> {
        let rest = self.rest();
        let open = rest.find('(')?;
        let between = rest.get(..open)?.trim().to_ascii_uppercase();
        if !["", "Z", "M", "ZM"].contains(&between.as_str()) {
            return None;
        }
        let mut depth = 0_usize;
        for (i, b) in rest.bytes().enumerate().skip(open) {
            match b {
                b'(' => depth += 1,
                b')' if depth == 1 => return Some(i + 1),
                b')' => depth -= 1,
                _ => {}
            }
        }
        Some(rest.len())
    }

    fn literal<T>(
        &mut self,
        read: fn(&str) -> Option<T>,
        make: fn(T) -> Expr,
        wanted: &str,
    ) -> Result<Expr, NotCql2> {
        let value = match self.peek() {
            Some('\'') => {
                let before = self.at;
                let text = self.quoted()?;
                let value = read(&text);
                if value.is_none() {
                    self.at = before;
                }
                value
            }
            _ => None,
        };
        let Some(value) = value else {
            return Err(self.unexpected(wanted));
        };
        self.expect(")")?;
        Ok(make(value))
    }

    /// An end of an interval.
    fn end(&mut self) -> Result<Expr, NotCql2> {
        if self.peek() != Some('\'') {
            return self.any();
        }
        let before = self.at;
        let text = self.quoted()?;
        match end(&text) {
            Some(end) => Ok(end),
            None => {
                self.at = before;
                Err(self.unexpected("'..', a day or a moment"))
            }
        }
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

fn several(mut parts: Vec<Expr>, all: fn(Vec<Expr>) -> Expr) -> Result<Expr, NotCql2> {
    Ok(match parts.len() {
        1 => parts.remove(0),
        _ => all(parts),
    })
}

fn negate(not: bool, expr: Expr) -> Expr {
    match not {
        true => Expr::Not(Box::new(expr)),
        false => expr,
    }
}

/// A predicate or function of this name.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Result<Expr, String> {
    let arrays = ARRAYS.iter().find(|id| id.eq_ignore_ascii_case(name));
    let (spatial, temporal) = (Spatial::from_id(name), Temporal::from_id(name));
    if arrays.is_none() && spatial.is_none() && temporal.is_none() {
        return Ok(Expr::Function(name.into(), args));
    }
    let count = args.len();
    let Ok([a, b]) = <[Expr; 2]>::try_from(args) else {
        return Err(format!("{name} takes 2 arguments, not {count}"));
    };
    let (a, b) = (Box::new(a), Box::new(b));
    Ok(match (spatial, temporal, arrays) {
        (Some(spatial), _, _) => Expr::Spatial(spatial, a, b),
        (_, Some(temporal), _) => Expr::Temporal(temporal, a, b),
        (_, _, arrays) => Expr::Arrays(arrays.copied().unwrap_or_default().into(), a, b),
    })
}
