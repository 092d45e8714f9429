//! Numbers as they are written: digits with any separators, words, scales, qualifiers, ranges.

use crate::lexicon::Lexicon;
use crate::text::{Sort, Text};
use std::ops::Range;
use stele_model::{Qualifier, Quantity};

/// A quantity and the tokens it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub quantity: Quantity,
    pub range: Range<usize>,
    /// "hundreds of": "of" belongs to the number.
    pub loose: bool,
}

/// A number before its scale: digits and how many of them stand after the decimal sign.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    digits: u64,
    places: u32,
}

impl Decimal {
    fn times(self, scale: u64) -> Option<u64> {
        let all = u128::from(self.digits) * u128::from(scale);
        let part = 10u128.checked_pow(self.places)?;
        if all % part != 0 {
            return None;
        }
        u64::try_from(all / part)
            .ok()
            .filter(|n| *n <= stele_model::quantity::LARGEST)
    }
}

/// The quantity that begins at a token, with its qualifier; none when the number is a year, an
/// amount of money, a percentage or not whole.
pub(crate) fn at(text: &Text, lex: &Lexicon, i: usize) -> Option<Found> {
    let token = text.tokens.get(i)?;
    if token.sort == Sort::Mark {
        return None;
    }
    if matches!(token.form.as_str(), "between" | "from" | "от" | "между")
        && let Some((low, mid)) = number(text, lex, i + 1)
        && text
            .tokens
            .get(mid)
            .is_some_and(|t| lex.range.contains(&t.form))
        && let Some((high, end)) = number(text, lex, mid + 1)
        && high >= low
    {
        return whole(
            text,
            i..end,
            Quantity {
                upper: Some(high),
                ..Quantity::new(low, Qualifier::Between)
            },
            false,
        );
    }
    let (qualifier, at) = lex
        .qualifiers
        .at(text, i)
        .map_or((None, i), |(q, end)| (Some(*q), end));
    if let Some(found) = loose(text, lex, at, i) {
        return Some(found);
    }
    let (value, end) = number(text, lex, at)?;
    if let Some((high, end)) = upper_end(text, lex, end).filter(|(high, _)| *high > value) {
        return whole(
            text,
            i..end,
            Quantity {
                upper: Some(high),
                ..Quantity::new(value, Qualifier::Between)
            },
            false,
        );
    }
    if qualifier.is_none() && end == at + 1 && is_year(text, lex, at, value) {
        return None;
    }
    let (after, end) = lex
        .qualifiers_after
        .at(text, end)
        .map_or((None, end), |(q, e)| (Some(*q), e));
    let qualifier = after.or(qualifier).unwrap_or(Qualifier::Exactly);
    whole(text, i..end, Quantity::new(value, qualifier), false)
}

fn whole(text: &Text, range: Range<usize>, quantity: Quantity, loose: bool) -> Option<Found> {
    let before = range
        .start
        .checked_sub(1)
        .and_then(|i| text.tokens.get(i))
        .map(|t| t.form.as_str());
    let after = text.tokens.get(range.end).map(|t| t.form.as_str());
    let money = |t: &str| matches!(t, "$" | "€" | "£" | "₴" | "₽" | "¥" | "us$" | "eur" | "usd");
    let measured = |t: &str| {
        matches!(
            t,
            "%" | "°"
                | "percent"
                | "per"
                | "euros"
                | "euro"
                | "dollars"
                | "roubles"
                | "rubles"
                | "hryvnias"
                | "manats"
                | "manat"
                | "drams"
                | "km"
                | "m"
                | "metres"
                | "meters"
                | "процентов"
                | "евро"
                | "долларов"
                | "рублей"
                | "гривен"
                | "th"
                | "st"
                | "nd"
                | "rd"
        )
    };
    if before.is_some_and(money) || after.is_some_and(|t| measured(t) || money(t)) {
        return None;
    }
    Some(Found {
        quantity,
        range,
        loose,
    })
}

/// "hundreds (of)", "dozens (of)", "tens of thousands (of)".
fn loose(text: &Text, lex: &Lexicon, at: usize, start: usize) -> Option<Found> {
    let qualifier = *lex.loose.get(&text.tokens.get(at)?.form)?;
    let base = match qualifier {
        Qualifier::Tens => 10,
        Qualifier::Hundreds => 100,
        _ => 1_000,
    };
    let of = |i: usize| text.tokens.get(i).is_some_and(|t| t.is("of"));
    let scale_at = if of(at + 1) { at + 2 } else { at + 1 };
    let scale = text
        .tokens
        .get(scale_at)
        .and_then(|t| match t.form.as_str() {
            "thousands" => Some(1_000),
            form => lex.scales.iter().find(|(s, _)| s == form).map(|(_, n)| *n),
        });
    let (quantity, end) = match scale {
        // "Tens of thousands": at least two tens of them.
        Some(scale) => (
            Quantity::new(base * 2 * scale, Qualifier::AtLeast),
            scale_at + 1,
        ),
        None => (Quantity::new(base, qualifier), at + 1),
    };
    Some(Found {
        quantity,
        range: start..end,
        loose: true,
    })
}

/// "20 to 30", "20–30": the upper end after the lower.
fn upper_end(text: &Text, lex: &Lexicon, end: usize) -> Option<(u64, usize)> {
    let sign = text.tokens.get(end)?;
    let dash = matches!(sign.form.as_str(), "-" | "–" | "—") && sign.tight;
    let word = sign.is("to") || sign.is("до");
    (dash || word).then(|| number(text, lex, end + 1)).flatten()
}

/// A year stands bare, after a word that goes with years or a month, and is no count.
fn is_year(text: &Text, lex: &Lexicon, at: usize, value: u64) -> bool {
    let token = &text.tokens[at];
    if !(1500..=2100).contains(&value) || token.end - token.start != 4 {
        return false;
    }
    let Some(before) = at.checked_sub(1).and_then(|i| text.tokens.get(i)) else {
        return false;
    };
    let goes_with = [
        "in", "since", "of", "from", "by", "until", "during", "before", "after", "early", "late",
        "mid", "year", "to", "and", "(", ",", "between", "в", "с", "до", "года", "the",
    ];
    let month = lex.months.iter().any(|m| {
        m.strip_suffix('*')
            .map_or(before.form == *m, |stem| before.form.starts_with(stem))
    });
    let ru_year = text
        .tokens
        .get(at + 1)
        .is_some_and(|t| lex.dates.year.contains(&t.form));
    month || ru_year || before.sort == Sort::Number || goes_with.contains(&before.form.as_str())
}

/// A whole number in digits or words, with its scale; and the token after it.
fn number(text: &Text, lex: &Lexicon, i: usize) -> Option<(u64, usize)> {
    let token = text.tokens.get(i)?;
    match token.sort {
        Sort::Number => {
            let (form, suffix) = split_suffix(&token.form);
            let mut end = i + 1;
            let mut scale = suffix.unwrap_or(1);
            // "4 ½ million", "6 thousand"
            let fraction = text
                .tokens
                .get(end)
                .filter(|t| t.sort == Sort::Number)
                .and_then(|t| fraction_of(&t.form));
            if fraction.is_some() {
                end += 1;
            }
            if let Some((_, n)) = text
                .tokens
                .get(end)
                .and_then(|t| lex.scales.iter().find(|(s, _)| *s == t.form))
            {
                scale = scale.checked_mul(*n)?;
                end += 1;
                // "4 млн.": the full stop belongs to the abbreviation.
                if text.tokens.get(end).is_some_and(|t| t.is(".") && t.tight)
                    && lex.abbreviations.contains(&text.tokens[end - 1].form)
                    && text
                        .tokens
                        .get(end + 1)
                        .is_some_and(|t| !t.capital && !t.opens)
                {
                    end += 1;
                }
            }
            let decimal = decimal(form, lex, scale > 1)?;
            let extra = fraction.map_or(Some(0), |f| f.times(scale))?;
            Some((decimal.times(scale)?.checked_add(extra)?, end))
        }
        Sort::Word => in_words(text, lex, i),
        Sort::Mark => None,
    }
}

fn split_suffix(form: &str) -> (&str, Option<u64>) {
    let at = form.find(char::is_alphabetic).unwrap_or(form.len());
    let scale = match &form[at..] {
        "k" | "тыс" => Some(1_000),
        "m" | "mn" | "mln" | "млн" => Some(1_000_000),
        "bn" => Some(1_000_000_000),
        _ => None,
    };
    (&form[..at], scale)
}

fn fraction_of(form: &str) -> Option<Decimal> {
    Some(match form {
        "½" => Decimal {
            digits: 5,
            places: 1,
        },
        "¼" => Decimal {
            digits: 25,
            places: 2,
        },
        "¾" => Decimal {
            digits: 75,
            places: 2,
        },
        _ => return None,
    })
}

/// `100,000`, `4.6`, `4,6`, `1 605`, `½`, `1½`, `١٢`.
fn decimal(form: &str, lex: &Lexicon, scaled: bool) -> Option<Decimal> {
    if let Some(fraction) = fraction_of(form) {
        return Some(fraction);
    }
    if let Some((last, head)) = form
        .char_indices()
        .next_back()
        .and_then(|(at, c)| Some((fraction_of(&c.to_string())?, &form[..at])))
    {
        let head = decimal(head, lex, false)?;
        let digits = head
            .digits
            .checked_mul(10u64.pow(last.places))?
            .checked_add(last.digits)?;
        return (head.places == 0).then_some(Decimal {
            digits,
            places: last.places,
        });
    }
    let chars: Vec<char> = form
        .chars()
        .map(|c| to_ascii_digit(c).unwrap_or(c))
        .collect();
    let seps: Vec<usize> = (0..chars.len())
        .filter(|i| !chars[*i].is_ascii_digit())
        .collect();
    let last = seps.last().copied();
    let decimal_at = last.filter(|at| {
        let sign = chars[*at];
        let after = chars.len() - at - 1;
        let several = seps.iter().filter(|s| chars[**s] == sign).count() > 1;
        let mixed = seps.iter().any(|s| chars[*s] != sign);
        match sign {
            '.' | ',' | '٫' if several => false,
            '.' | ',' | '٫' if mixed => true,
            '.' => after != 3 || scaled,
            ',' => after != 3 || (scaled && lex.language != "en"),
            '٫' => true,
            _ => false,
        }
    });
    let mut digits: u64 = 0;
    for c in chars.iter().filter(|c| c.is_ascii_digit()) {
        digits = digits
            .checked_mul(10)?
            .checked_add(u64::from(c.to_digit(10)?))?;
    }
    let places = decimal_at.map_or(0, |at| chars.len() - at - 1);
    Some(Decimal {
        digits,
        places: u32::try_from(places).ok()?,
    })
}

/// Digits of the Arabic script.
fn to_ascii_digit(c: char) -> Option<char> {
    let n = match c as u32 {
        n @ 0x0660..=0x0669 => n - 0x0660,
        n @ 0x06F0..=0x06F9 => n - 0x06F0,
        _ => return None,
    };
    char::from_digit(n, 10)
}

/// "twenty-two", "two hundred and five", "half a million", "a hundred".
fn in_words(text: &Text, lex: &Lexicon, i: usize) -> Option<(u64, usize)> {
    if text.tokens[i].is("half") && text.tokens.get(i + 1).is_some_and(|t| t.is("a")) {
        let scale = scale_at(text, lex, i + 2)?;
        return Some((scale / 2, i + 3));
    }
    if text.tokens[i].is("полмиллиона") {
        return Some((500_000, i + 1));
    }
    let (mut total, mut current, mut at) = (0u64, 0u64, i);
    let mut seen = false;
    if matches!(text.tokens[i].form.as_str(), "a" | "an") && scale_at(text, lex, i + 1).is_some() {
        current = 1;
        at += 1;
    }
    while let Some(token) = text.tokens.get(at) {
        if let Some(n) = numeral(lex, &token.form) {
            current = current.checked_add(n)?;
        } else if let Some(scale) = scale_at(text, lex, at).filter(|_| current > 0) {
            if scale == 100 {
                current = current.checked_mul(100)?;
            } else {
                total = total.checked_add(current.checked_mul(scale)?)?;
                current = 0;
            }
        } else if token.is("and")
            && seen
            && total + current >= 100
            && text
                .tokens
                .get(at + 1)
                .is_some_and(|t| numeral(lex, &t.form).is_some())
        {
            at += 1;
            continue;
        } else {
            break;
        }
        seen = true;
        at += 1;
    }
    seen.then_some((total + current, at))
}

fn scale_at(text: &Text, lex: &Lexicon, i: usize) -> Option<u64> {
    let form = &text.tokens.get(i)?.form;
    lex.scales.iter().find(|(s, _)| s == form).map(|(_, n)| *n)
}

fn numeral(lex: &Lexicon, form: &str) -> Option<u64> {
    if let Some(n) = lex.numerals.get(form) {
        return Some(*n);
    }
    let (tens, ones) = form.split_once('-')?;
    let (tens, ones) = (lex.numerals.get(tens)?, lex.numerals.get(ones)?);
    (*tens >= 20 && *tens % 10 == 0 && *ones < 10).then_some(tens + ones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(lang: &str, text: &str) -> Option<String> {
        let text = Text::new(text, 0, &[]);
        at(&text, Lexicon::of(lang)?, 0).map(|f| f.quantity.in_words())
    }

    #[test]
    fn numbers_as_people_write_them() {
        let en = [
            ("927 libraries", "927"),
            ("4.6 million books", "4,600,000"),
            ("4.6m books", "4,600,000"),
            ("more than 100,000 exhibits", "more than 100,000"),
            ("½ million books", "500,000"),
            ("1½ million books", "1,500,000"),
            ("half a million books", "500,000"),
            ("at least twenty-two museums", "at least 22"),
            ("two hundred and five churches", "205"),
            ("hundreds of churches", "hundreds"),
            ("tens of thousands of books", "at least 20,000"),
            ("between 20 and 30 shrines", "between 20 and 30"),
            ("20–30 shrines", "between 20 and 30"),
            ("some 300 villages", "about 300"),
            ("30 or more mosques", "at least 30"),
            ("no fewer than 1,605 sites", "at least 1,605"),
            ("١٢ mosques", "12"),
        ];
        for (text, wanted) in en {
            assert_eq!(read("en", text).as_deref(), Some(wanted), "{text}");
        }
        for (text, wanted) in [
            ("1605 объектов", "1,605"),
            ("1 605 объектов", "1,605"),
            ("4,6 млн книг", "4,600,000"),
            ("1,5 миллиона книг", "1,500,000"),
            ("около 4200 рукописей", "about 4,200"),
            ("более 1600 объектов", "more than 1,600"),
        ] {
            assert_eq!(read("ru", text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_count_is_left() {
        for text in [
            "7 million euros",
            "40% of churches",
            "4.6 books",
            "1.2345678 million books",
            "99999999999999999999 books",
            "19th-century churches",
        ] {
            assert_eq!(read("en", text), None, "{text}");
        }
        let text = Text::new("in 2022 museums", 0, &[]);
        assert!(Lexicon::of("en").is_some_and(|lex| at(&text, lex, 1).is_none()));
        let text = Text::new("$4 million museums", 0, &[]);
        assert!(Lexicon::of("en").is_some_and(|lex| at(&text, lex, 1).is_none()));
    }

    proptest! {
        #[test]
        fn grouped_digits_read_back(n in 0u64..9_000_000_000_000) {
            prop_assert_eq!(read("en", &format!("over {} books", stele_model::grouped(n))), Some(format!("more than {}", stele_model::grouped(n))));
        }

        #[test]
        fn anything_is_read_or_left(text in "[0-9,.½ mk\u{a0}]{0,12}\\PC{0,12}") {
            let _ = read("en", &text);
            let _ = read("ru", &text);
        }
    }
}
