//! The grammar: intervals, sets, single dates with their qualifications and open digits.

use super::calendar::month_length;
use super::{BadDate, Day, End, LONGEST, Part, Precision, Shape};

/// Years beyond this are held to it; no record of ours reaches there.
const FARTHEST_YEAR: i64 = 1_000_000_000;

pub(super) fn shape(text: &str) -> Result<Shape, BadDate> {
    let read = Reader { text };
    if text.chars().count() > LONGEST {
        return Err(read.wrong(LONGEST, "it is too long"));
    }
    if text.is_empty() {
        return Err(read.wrong(0, "it is empty"));
    }
    if let Some(set) = read.set()? {
        return Ok(set);
    }
    match text.split_once('/') {
        None => read.part(0, text).map(Shape::Single),
        Some((from, to)) => read
            .interval(0, from, from.len() + 1, to)
            .map(|(a, b)| Shape::Interval(a, b)),
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    /// `at` counts bytes; what is said counts characters.
    fn wrong(&self, at: usize, problem: &'static str) -> BadDate {
        let at = self
            .text
            .char_indices()
            .take_while(|(i, _)| *i < at)
            .count()
            + 1;
        BadDate {
            text: self.text.chars().take(80).collect(),
            problem,
            at,
        }
    }

    fn set(&self) -> Result<Option<Shape>, BadDate> {
        let all = self.text.starts_with('{');
        if !all && !self.text.starts_with('[') {
            return Ok(None);
        }
        let close = if all { '}' } else { ']' };
        let Some(inner) = self.text[1..].strip_suffix(close) else {
            return Err(self.wrong(self.text.len(), "a set is not closed"));
        };
        let mut at = 1;
        let mut members = Vec::new();
        for member in inner.split(',') {
            let skipped = member.len() - member.trim_start().len();
            let trimmed = member.trim();
            members.push(match trimmed.split_once("..") {
                None => {
                    let part = self.part(at + skipped, trimmed)?;
                    (End::At(part.clone()), End::At(part))
                }
                Some((from, to)) => {
                    let from_end = if from.is_empty() {
                        End::Open
                    } else {
                        End::At(self.part(at + skipped, from)?)
                    };
                    let to_at = at + skipped + from.len() + 2;
                    let to_end = if to.is_empty() {
                        End::Open
                    } else {
                        End::At(self.part(to_at, to)?)
                    };
                    self.ordered(at, &from_end, &to_end)?;
                    (from_end, to_end)
                }
            });
            at += member.len() + 1;
        }
        Ok(Some(Shape::Set { all, members }))
    }

    fn interval(
        &self,
        at: usize,
        from: &str,
        to_at: usize,
        to: &str,
    ) -> Result<(End, End), BadDate> {
        let (a, b) = (self.end(at, from)?, self.end(to_at, to)?);
        if !matches!(a, End::At(_)) && !matches!(b, End::At(_)) {
            return Err(self.wrong(at, "neither side of the interval is a date"));
        }
        self.ordered(at, &a, &b)?;
        Ok((a, b))
    }

    fn ordered(&self, at: usize, a: &End, b: &End) -> Result<(), BadDate> {
        match (a, b) {
            (End::At(a), End::At(b)) if b.last < a.first => {
                Err(self.wrong(at, "it ends before it begins"))
            }
            _ => Ok(()),
        }
    }

    fn end(&self, at: usize, text: &str) -> Result<End, BadDate> {
        match text {
            "" => Ok(End::Unknown),
            ".." => Ok(End::Open),
            text => self.part(at, text).map(End::At),
        }
    }

    /// `[?~%]year[?~%][-[?~%]month[?~%][-[?~%]day[?~%]]]` or a season, an exponential or far year, a time.
    fn part(&self, at: usize, text: &str) -> Result<Part, BadDate> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) if !date.is_empty() => (date, Some(time)),
            _ => (text, None),
        };
        let mut marks = Marks::default();
        let bare = marks.strip(date);
        if let Some(far) = bare.strip_prefix('Y') {
            return self.far_year(at, far, marks);
        }
        let (negative, digits) = match bare.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, bare.as_str()),
        };
        let mut pieces = digits.split('-');
        let year_text = pieces.next().unwrap_or_default();
        let (month_text, day_text) = (pieces.next(), pieces.next());
        if pieces.next().is_some() {
            return Err(self.wrong(at, "it has more than year, month and day"));
        }
        let (year_text, significant) = match year_text.split_once('S') {
            Some((year, places)) => (
                year,
                Some(
                    places
                        .parse::<u32>()
                        .map_err(|_| self.wrong(at, "S is followed by a number of digits"))?,
                ),
            ),
            None => (year_text, None),
        };
        if year_text.len() != 4 {
            return Err(self.wrong(at, "a year has four digits"));
        }
        let (low, high) = self.open_digits(at, year_text)?;
        let (low, high) = match significant {
            Some(places @ 1..=3) => {
                let span = 10i64.pow(4 - places);
                (low / span * span, low / span * span + span - 1)
            }
            Some(_) => return Err(self.wrong(at, "a year has at most four digits that count")),
            None => (low, high),
        };
        let (first_year, last_year) = if negative { (-high, -low) } else { (low, high) };
        let open = year_text.bytes().filter(|b| *b == b'X').count();
        let tail_open = year_text.bytes().rev().take_while(|b| *b == b'X').count();
        let mut part = Part {
            first: self.day(at, first_year, 1, 1)?,
            last: self.day(at, last_year, 12, 31)?,
            precision: match (open, significant) {
                (0, None) => Precision::Year,
                (1, None) if tail_open == 1 => Precision::Decade,
                (2, None) if tail_open == 2 => Precision::Century,
                _ => Precision::Wider,
            },
            approximate: marks.approximate,
            uncertain: marks.uncertain,
            time: None,
        };
        let Some(month_text) = month_text else {
            return if time.is_some() {
                Err(self.wrong(at, "a time needs a day"))
            } else {
                Ok(part)
            };
        };
        let month_at = at
            + date
                .len()
                .saturating_sub(month_text.len() + day_text.map_or(0, |d| d.len() + 1));
        if month_text.len() != 2 {
            return Err(self.wrong(month_at, "a month has two digits"));
        }
        let (low_month, high_month) = self.open_digits(month_at, month_text)?;
        if day_text.is_none() && (21..=41).contains(&low_month) && low_month == high_month {
            return self.season(month_at, first_year, last_year, low_month, part);
        }
        let months = (low_month.max(1), high_month.min(12));
        if months.0 > months.1 {
            return Err(self.wrong(month_at, "there is no such month"));
        }
        let (from, to) = (months.0 as u8, months.1 as u8);
        part.first = self.day(month_at, first_year, from, 1)?;
        part.last = self.day(month_at, last_year, to, month_length(last_year, to))?;
        if open == 0 {
            part.precision = if from == to {
                Precision::Month
            } else {
                Precision::Wider
            };
        }
        let Some(day_text) = day_text else {
            return if time.is_some() {
                Err(self.wrong(at, "a time needs a day"))
            } else {
                Ok(part)
            };
        };
        let day_at = at + date.len().saturating_sub(day_text.len());
        if day_text.len() != 2 {
            return Err(self.wrong(day_at, "a day has two digits"));
        }
        let (low_day, high_day) = self.open_digits(day_at, day_text)?;
        let first_day = low_day.max(1);
        let last_day = high_day.min(i64::from(month_length(last_year, to)));
        let real = first_day <= i64::from(month_length(first_year, from))
            && first_day <= last_day
            && (low_day == high_day) <= (last_day == high_day);
        if !real {
            return Err(self.wrong(day_at, "there is no such day"));
        }
        part.first = self.day(day_at, first_year, from, first_day as u8)?;
        part.last = self.day(day_at, last_year, to, last_day as u8)?;
        if open == 0 && from == to && first_day == last_day {
            part.precision = Precision::Day;
        }
        if let Some(time) = time {
            if part.precision != Precision::Day {
                return Err(self.wrong(at, "a time needs a day"));
            }
            self.time(at + date.len() + 1, time)?;
            part.time = Some(time.to_owned());
        }
        Ok(part)
    }

    fn day(&self, at: usize, year: i64, month: u8, day: u8) -> Result<Day, BadDate> {
        Day::from_ymd(year.clamp(-FARTHEST_YEAR, FARTHEST_YEAR), month, day)
            .ok_or_else(|| self.wrong(at, "there is no such day"))
    }

    /// Smallest and largest number that digits with `X` allow.
    fn open_digits(&self, at: usize, text: &str) -> Result<(i64, i64), BadDate> {
        let (mut low, mut high) = (0i64, 0i64);
        for (i, byte) in text.bytes().enumerate() {
            let (a, b) = match byte {
                b'0'..=b'9' => (i64::from(byte - b'0'), i64::from(byte - b'0')),
                b'X' => (0, 9),
                _ => return Err(self.wrong(at + i, "a digit or X is expected")),
            };
            low = low * 10 + a;
            high = high * 10 + b;
        }
        Ok((low, high))
    }

    fn season(
        &self,
        at: usize,
        first: i64,
        last: i64,
        season: i64,
        mut part: Part,
    ) -> Result<Part, BadDate> {
        // Level 1 seasons and hemispheres say no months that hold everywhere: the whole year bounds them.
        let months = match season {
            33..=36 => Some(((season - 33) * 3 + 1, 3)),
            37..=39 => Some(((season - 37) * 4 + 1, 4)),
            40 | 41 => Some(((season - 40) * 6 + 1, 6)),
            _ => None,
        };
        if let Some((from, length)) = months {
            let to = (from + length - 1) as u8;
            part.first = self.day(at, first, from as u8, 1)?;
            part.last = self.day(at, last, to, month_length(last, to))?;
        }
        part.precision = Precision::Season;
        Ok(part)
    }

    fn far_year(&self, at: usize, text: &str, marks: Marks) -> Result<Part, BadDate> {
        let (mantissa, exponent) = text.split_once('E').unwrap_or((text, "0"));
        let wrong = || self.wrong(at + 1, "Y is followed by a year");
        let digits = mantissa.strip_prefix('-').unwrap_or(mantissa);
        if digits.is_empty()
            || !digits.bytes().all(|b| b.is_ascii_digit())
            || !exponent.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(wrong());
        }
        let mantissa: i64 = mantissa.parse().map_err(|_| wrong())?;
        let exponent: u32 = exponent.parse().map_err(|_| wrong())?;
        let year = 10i64
            .checked_pow(exponent.min(18))
            .and_then(|p| mantissa.checked_mul(p))
            .unwrap_or(FARTHEST_YEAR * mantissa.signum());
        Ok(Part {
            first: self.day(at, year, 1, 1)?,
            last: self.day(at, year, 12, 31)?,
            precision: Precision::Year,
            approximate: marks.approximate,
            uncertain: marks.uncertain,
            time: None,
        })
    }

    fn time(&self, at: usize, text: &str) -> Result<(), BadDate> {
        let wrong = || self.wrong(at, "a time is written 10:30:00, with Z or +04:00 behind it");
        let two = |t: &str, most: u8| t.len() == 2 && t.parse::<u8>().is_ok_and(|n| n <= most);
        let (clock, zone) = match text.find(['Z', '+', '-']) {
            Some(i) => text.split_at(i),
            None => (text, ""),
        };
        let mut fields = clock.split(':');
        let fields: [Option<&str>; 4] =
            [fields.next(), fields.next(), fields.next(), fields.next()];
        let [Some(h), Some(m), Some(s), None] = fields else {
            return Err(wrong());
        };
        if !two(h, 23) || !two(m, 59) || !two(s, 60) {
            return Err(wrong());
        }
        let zone_ok = match zone {
            "" | "Z" => true,
            zone => match zone[1..].split_once(':') {
                Some((h, m)) => two(h, 14) && two(m, 59),
                None => two(&zone[1..], 14),
            },
        };
        if zone_ok { Ok(()) } else { Err(wrong()) }
    }
}

/// The marks of qualification, wherever they stand.
#[derive(Default)]
struct Marks {
    approximate: bool,
    uncertain: bool,
}

impl Marks {
    fn strip(&mut self, text: &str) -> String {
        text.chars()
            .filter(|c| {
                self.approximate |= matches!(c, '~' | '%');
                self.uncertain |= matches!(c, '?' | '%');
                !matches!(c, '~' | '?' | '%')
            })
            .collect()
    }
}
