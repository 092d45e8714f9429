//! A text as tokens and sentences, every one with its character offsets.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Word,
    Number,
    Mark,
}

/// A word, number or punctuation mark.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Lower case, apostrophes straight, without a possessive ending.
    pub form: String,
    /// What it is.
    pub sort: Sort,
    /// Begins with a capital letter.
    pub capital: bool,
    /// Had a possessive ending.
    pub possessive: bool,
    /// No space stands before it.
    pub tight: bool,
    /// Begins a paragraph.
    pub opens: bool,
}

impl Token {
    pub(crate) fn is(&self, form: &str) -> bool {
        self.form == form
    }
}

/// A text, cut up.
pub(crate) struct Text {
    pub chars: Vec<char>,
    pub tokens: Vec<Token>,
    /// Token ranges.
    pub sentences: Vec<Range<usize>>,
}

impl Text {
    /// Cuts a text; `abbreviations` end in no full stop of a sentence.
    pub(crate) fn new(text: &str, from: usize, abbreviations: &[String]) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let tokens = tokens(&chars, from);
        let sentences = sentences(&chars, &tokens, abbreviations);
        Text {
            chars,
            tokens,
            sentences,
        }
    }

    /// The characters between two offsets.
    pub(crate) fn slice(&self, start: usize, end: usize) -> String {
        self.chars[start.min(self.chars.len())..end.min(self.chars.len())]
            .iter()
            .collect()
    }

    /// The text of a range of tokens, with line breaks and runs of space as one space.
    pub(crate) fn words(&self, range: Range<usize>) -> String {
        match (
            self.tokens.get(range.start),
            range.end.checked_sub(1).and_then(|i| self.tokens.get(i)),
        ) {
            (Some(a), Some(b)) if range.start < range.end => one_line(&self.slice(a.start, b.end)),
            _ => String::new(),
        }
    }
}

/// Runs of white space as one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '‘' | 'ʻ' | 'ʾ' | 'ʿ')
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

fn tokens(chars: &[char], from: usize) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut i = from;
    let mut opens = true;
    while i < chars.len() {
        let c = chars[i];
        if c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{200e}' | '\u{200f}') {
            opens |= c == '\n' && ends_paragraph(chars, i);
            i += 1;
            continue;
        }
        let start = i;
        let sort = if c.is_numeric() {
            i = number_end(chars, i);
            if i < chars.len()
                && (chars[i].is_alphabetic()
                    || (is_hyphen(chars[i]) && chars.get(i + 1).is_some_and(|c| c.is_alphabetic())))
                && !is_scale_suffix(chars, i)
            {
                i = word_end(chars, i);
                Sort::Word
            } else {
                if i < chars.len() && is_scale_suffix(chars, i) {
                    i = word_end(chars, i);
                }
                Sort::Number
            }
        } else if c.is_alphabetic() {
            i = word_end(chars, i);
            Sort::Word
        } else {
            i += 1;
            Sort::Mark
        };
        tokens.push(token(chars, start, i, sort, opens));
        opens = false;
    }
    tokens
}

fn token(chars: &[char], start: usize, end: usize, sort: Sort, opens: bool) -> Token {
    let straight = |c: &char| {
        if is_apostrophe(*c) {
            '\''
        } else if is_hyphen(*c) {
            '-'
        } else {
            *c
        }
    };
    let mut form: String = chars[start..end]
        .iter()
        .map(straight)
        .flat_map(char::to_lowercase)
        .collect();
    let mut possessive = false;
    if sort == Sort::Word {
        if let Some(stem) = form.strip_suffix("'s") {
            form = stem.to_owned();
            possessive = true;
        } else if let Some(stem) = form.strip_suffix('\'') {
            form = stem.to_owned();
            possessive = true;
        }
    }
    Token {
        start,
        end,
        form,
        sort,
        capital: chars[start].is_uppercase() || small_article(&chars[start..end]),
        possessive,
        tight: start > 0 && !chars[start - 1].is_whitespace(),
        opens,
    }
}

/// "al-Nuri", "el-Aksa", "d'Ivoire": a name whose article is written small.
fn small_article(word: &[char]) -> bool {
    word.iter()
        .take(4)
        .position(|c| is_hyphen(*c) || is_apostrophe(*c))
        .is_some_and(|at| at > 0 && word.get(at + 1).is_some_and(|c| c.is_uppercase()))
}

fn word_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        let joins = (is_apostrophe(chars[i]) || is_hyphen(chars[i]))
            && chars.get(i + 1).is_some_and(|c| c.is_alphanumeric());
        let mark = unicode_normalization::char::is_combining_mark(chars[i]);
        // "artists' union": the ending of a plural possessive.
        let plural_possessive = is_apostrophe(chars[i])
            && i > 0
            && chars[i - 1] == 's'
            && chars.get(i + 1).is_some_and(|c| *c == ' ');
        if chars[i].is_alphanumeric() || joins || mark || plural_possessive {
            i += 1;
        } else {
            break;
        }
    }
    i
}

/// Digits with the separators that stand within a number: `100,000`, `4.6`, `1 605` (no-break spaces).
fn number_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        let c = chars[i];
        let digit_after = chars.get(i + 1).is_some_and(char::is_ascii_digit);
        let groups = matches!(
            c,
            ',' | '.' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '٬' | '٫' | '’' | '\''
        ) && digit_after;
        // A plain space groups three digits after one to three: "1 605", but not "2021 300".
        let plain = c == ' ' && digits_before(chars, i) <= 3 && three_digits(chars, i + 1);
        if c.is_numeric() || groups || plain {
            i += 1;
        } else {
            break;
        }
    }
    i
}

fn digits_before(chars: &[char], i: usize) -> usize {
    chars[..i]
        .iter()
        .rev()
        .take_while(|c| c.is_ascii_digit())
        .count()
}

fn three_digits(chars: &[char], i: usize) -> bool {
    let digit = |k: usize| chars.get(i + k).is_some_and(char::is_ascii_digit);
    digit(0) && digit(1) && digit(2) && !digit(3)
}

/// `4.6m`, `12k`, `3bn`, `1.2mln`.
fn is_scale_suffix(chars: &[char], i: usize) -> bool {
    let suffix: String = chars[i..]
        .iter()
        .take_while(|c| c.is_alphabetic())
        .flat_map(|c| c.to_lowercase())
        .collect();
    matches!(
        suffix.as_str(),
        "m" | "k" | "bn" | "mn" | "mln" | "млн" | "тыс"
    )
}

/// Whether the line break at `i` ends a paragraph: a blank line, or a line that was not broken for width.
fn ends_paragraph(chars: &[char], i: usize) -> bool {
    let after = chars[i + 1..].iter().take_while(|c| c.is_whitespace());
    if after.into_iter().any(|c| *c == '\n') {
        return true;
    }
    let line_start = chars[..i]
        .iter()
        .rposition(|c| *c == '\n')
        .map_or(0, |p| p + 1);
    let line: Vec<char> = chars[line_start..i]
        .iter()
        .copied()
        .filter(|c| !c.is_control())
        .collect();
    let last = line.iter().rev().find(|c| !c.is_whitespace());
    line.len() < 45
        || last.is_some_and(|c| matches!(c, '.' | '!' | '?' | ':' | '”' | '»' | '"' | '։'))
}

fn sentences(chars: &[char], tokens: &[Token], abbreviations: &[String]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for i in 0..tokens.len() {
        if i > start && tokens[i].opens {
            found.push(start..i);
            start = i;
        }
        if ends_sentence(chars, tokens, i, abbreviations) {
            let mut end = i + 1;
            while tokens.get(end).is_some_and(|t| {
                !t.opens && t.tight && matches!(t.form.as_str(), "”" | "»" | "\"" | ")" | "’" | "'")
            }) {
                end += 1;
            }
            if end > start {
                found.push(start..end);
            }
            start = start.max(end);
        }
    }
    if start < tokens.len() {
        found.push(start..tokens.len());
    }
    found
}

fn ends_sentence(chars: &[char], tokens: &[Token], i: usize, abbreviations: &[String]) -> bool {
    let token = &tokens[i];
    if !matches!(
        token.form.as_str(),
        "." | "!" | "?" | "…" | "։" | "؟" | "。"
    ) {
        return false;
    }
    let Some(next) = tokens.get(i + 1) else {
        return true;
    };
    let spaced = chars
        .get(token.end)
        .is_none_or(|c| c.is_whitespace() || matches!(c, '”' | '»' | '"' | '’' | ')'));
    if !spaced {
        return false;
    }
    if token.form == "." && i > 0 {
        let before = &tokens[i - 1];
        let initial = before.sort == Sort::Word && before.end - before.start == 1 && before.capital;
        if initial || (before.sort == Sort::Word && abbreviations.contains(&before.form)) {
            return false;
        }
    }
    // Scripts without capitals, and anything but a lower-case letter, may begin a sentence.
    next.opens || !chars[next.start].is_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<String> {
        let text = Text::new(text, 0, &["mr".into(), "св".into()]);
        text.sentences
            .iter()
            .map(|s| text.words(s.clone()))
            .collect()
    }

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        assert_eq!(
            cut("Mr. Smith saw 4.6 million. He left."),
            ["Mr. Smith saw 4.6 million.", "He left."]
        );
        assert_eq!(
            cut("“All is lost.” She said so"),
            ["“All is lost.”", "She said so"]
        );
        assert_eq!(
            cut("A line that is broken for the width of the page, as mails\nare, goes on."),
            ["A line that is broken for the width of the page, as mails are, goes on."]
        );
        assert_eq!(cut("A title\n\nThe text."), ["A title", "The text."]);
        assert_eq!(
            cut("ЮНЕСКО подтвердила ущерб 1 605 объектам. Миссия посетила Одессу.").len(),
            2
        );
    }

    #[test]
    fn numbers_keep_their_separators() {
        let forms = |text: &str| {
            Text::new(text, 0, &[])
                .tokens
                .iter()
                .map(|t| t.form.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            forms("more than 100,000 exhibits, 4.6m"),
            ["more", "than", "100,000", "exhibits", ",", "4.6m"]
        );
        assert_eq!(
            forms("1 605 объектов в 2021 300"),
            ["1 605", "объектов", "в", "2021", "300"]
        );
        assert_eq!(forms("19th-century"), ["19th-century"]);
        assert_eq!(forms("Azerbaijan’s"), ["azerbaijan"]);
    }

    proptest! {
        #[test]
        fn tokens_stand_where_they_say(text in "\\PC{0,80}") {
            let cut = Text::new(&text, 0, &[]);
            let mut at = 0;
            for token in &cut.tokens {
                prop_assert!(token.start >= at && token.end > token.start && token.end <= cut.chars.len());
                at = token.end;
            }
            let covered: usize = cut.sentences.iter().map(|s| s.len()).sum();
            prop_assert_eq!(covered, cut.tokens.len());
        }
    }
}
