//! An article as it was received: decoded, its text taken out, its head read as far as it can be.

mod head;
mod html;

use serde::Serialize;
use stele_model::EdtfDate;

/// Largest file that is read as a text, in bytes.
pub const LARGEST_BYTES: usize = 20 * 1024 * 1024;
/// Longest text that is read, in characters; what a source record may keep.
pub const LONGEST_CHARS: usize = stele_model::check::MAX_SOURCE_CHARS;

/// A text with what its head tells. What could not be read is none: a person is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// Title; the beginning of the first sentence where there is none.
    pub title: String,
    /// Whether the title is only the beginning of the text.
    pub title_guessed: bool,
    /// When it was published.
    pub published: Option<EdtfDate>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Language (BCP 47), by its words.
    pub language: Option<String>,
    /// Media type of what was received.
    pub media_type: String,
    /// The text that passages count their characters in.
    pub text: String,
    /// Where the text after its head begins, in characters.
    #[serde(skip)]
    pub body_start: usize,
}

/// Why a file is no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing in it.
    #[error("the file is empty; there is nothing to read")]
    Empty,
    /// Too large.
    #[error(
        "the file has {0} bytes; texts up to {LARGEST_BYTES} bytes are read. Keep it as evidence and read in the part that matters"
    )]
    TooLarge(usize),
    /// Too long.
    #[error(
        "the text has {0} characters; up to {LONGEST_CHARS} are read. Read in the part that matters"
    )]
    TooLong(usize),
    /// Not a text.
    #[error("the file is {0}, not a text; save it as plain text or HTML, or keep it as evidence")]
    NotText(&'static str),
    /// No letters.
    #[error("no words were found in it")]
    NoWords,
}

/// Reads a file: HTML or plain text, in any usual encoding.
pub fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if bytes.len() > LARGEST_BYTES {
        return Err(Unreadable::TooLarge(bytes.len()));
    }
    if let Some(what) = known_binary(bytes) {
        return Err(Unreadable::NotText(what));
    }
    let text = decode(bytes)?;
    let document = if looks_like_html(&text) {
        from_html(&text)
    } else {
        from_plain(tidy(&text))
    };
    let chars = document.text.chars().count();
    if chars > LONGEST_CHARS {
        return Err(Unreadable::TooLong(chars));
    }
    if !document.text.chars().any(char::is_alphabetic) {
        return Err(Unreadable::NoWords);
    }
    Ok(document)
}

fn known_binary(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"%PDF") {
        Some("a PDF")
    } else if starts(b"PK\x03\x04") {
        Some("a ZIP archive or an office document")
    } else if starts(b"\x89PNG") || starts(b"\xff\xd8\xff") || starts(b"GIF8") || starts(b"RIFF") {
        Some("a picture or recording")
    } else if starts(b"\xd0\xcf\x11\xe0") {
        Some("an old office document")
    } else if starts(b"\x1f\x8b") {
        Some("a compressed file")
    } else {
        None
    }
}

/// UTF-8 and UTF-16 by their marks, UTF-8 by its form, else the encoding its letters look like.
fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return Ok(encoding.decode(bytes).0.into_owned());
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Ok(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    if bytes.contains(&0) {
        return Err(Unreadable::NotText("binary"));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return printable(text.to_owned());
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let (text, _, _) = detector
        .guess(None, chardetng::Utf8Detection::Deny)
        .decode(bytes);
    printable(text.into_owned())
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(2000)];
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let half = head.len() / 2;
    let mostly = |n: usize| half > 8 && n * 10 > half * 7;
    match (mostly(zeros(0)), mostly(zeros(1))) {
        (true, false) => Some(encoding_rs::UTF_16BE),
        (false, true) => Some(encoding_rs::UTF_16LE),
        _ => None,
    }
}

/// A text has few control characters and replacement marks.
fn printable(text: String) -> Result<String, Unreadable> {
    let all = text.chars().count().max(1);
    let odd = text
        .chars()
        .filter(|c| (c.is_control() && !c.is_whitespace()) || *c == '\u{fffd}')
        .count();
    if odd * 50 > all {
        Err(Unreadable::NotText("binary"))
    } else {
        Ok(text)
    }
}

/// Line ends as one sign; no mark of byte order, no control characters.
fn tidy(text: &str) -> String {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

fn looks_like_html(text: &str) -> bool {
    let head: String = text
        .chars()
        .take(4000)
        .collect::<String>()
        .to_ascii_lowercase();
    let head = head.trim_start();
    head.starts_with("<!doctype html")
        || head.starts_with("<html")
        || ["<head>", "<body", "</p>", "</div>", "</article>"]
            .iter()
            .any(|tag| head.contains(tag))
}

fn language_of(text: &str) -> Option<String> {
    let sample: String = text.chars().take(20_000).collect();
    let info = whatlang::detect(&sample)?;
    // Short texts are told by the words of our tables where the detector is not sure.
    if !info.is_reliable() || sample.chars().count() < 200 {
        let counts = crate::lexicon::TABLED.map(|tag| {
            (
                crate::lexicon::Lexicon::of(tag).map_or(0, |lex| lex.words_in(&sample)),
                tag,
            )
        });
        if let Some((_, tag)) = counts
            .into_iter()
            .filter(|(n, _)| *n >= 2)
            .max_by_key(|(n, _)| *n)
        {
            return Some(tag.to_owned());
        }
    }
    let tag = match info.lang() {
        whatlang::Lang::Eng => "en",
        whatlang::Lang::Rus => "ru",
        whatlang::Lang::Ukr => "uk",
        whatlang::Lang::Aze => "az",
        whatlang::Lang::Hye => "hy",
        whatlang::Lang::Kat => "ka",
        whatlang::Lang::Ara => "ar",
        whatlang::Lang::Pes => "fa",
        whatlang::Lang::Heb => "he",
        whatlang::Lang::Fra => "fr",
        whatlang::Lang::Deu => "de",
        whatlang::Lang::Spa => "es",
        whatlang::Lang::Ita => "it",
        whatlang::Lang::Por => "pt",
        whatlang::Lang::Tur => "tr",
        whatlang::Lang::Pol => "pl",
        whatlang::Lang::Ell => "el",
        whatlang::Lang::Bul => "bg",
        whatlang::Lang::Srp => "sr",
        whatlang::Lang::Hrv => "hr",
        whatlang::Lang::Ron => "ro",
        whatlang::Lang::Hun => "hu",
        whatlang::Lang::Nld => "nl",
        whatlang::Lang::Cmn => "zh",
        whatlang::Lang::Jpn => "ja",
        whatlang::Lang::Kor => "ko",
        other => other.code(),
    };
    Some(tag.to_owned())
}

fn from_plain(text: String) -> Document {
    let language = language_of(&text);
    let head = head::of_plain(&text, language.as_deref());
    finish(text, language, head, "text/plain")
}

fn from_html(source: &str) -> Document {
    let page = html::read(source);
    let text = tidy(&page.text);
    let language = language_of(&text).or(page.language);
    let mut head = head::of_plain(&text, language.as_deref());
    head.title = page.title.or(head.title);
    head.published = page
        .published
        .as_deref()
        .and_then(head::date_of_machine)
        .or(head.published);
    head.author = page.author.or(head.author);
    head.publisher = page.publisher.or(head.publisher);
    let mut document = finish(text, language, head, "text/html");
    document.url = page.url;
    document
}

fn finish(text: String, language: Option<String>, head: head::Head, media_type: &str) -> Document {
    let title_guessed = head.title.is_none();
    let title = head
        .title
        .unwrap_or_else(|| beginning(&text, head.body_start));
    Document {
        title,
        title_guessed,
        published: head.published,
        author: head.author,
        publisher: head.publisher,
        url: None,
        language,
        media_type: media_type.to_owned(),
        text,
        body_start: head.body_start,
    }
}

/// The first words of a text, for one without a title.
fn beginning(text: &str, from: usize) -> String {
    let body: String = text.chars().skip(from).collect();
    let words: Vec<&str> = body.split_whitespace().collect();
    let mut title = String::new();
    for word in &words {
        if title.chars().count() + word.chars().count() > 90 {
            return format!("{} …", title.trim_end_matches([',', ';', ':']));
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
        if word.ends_with(['.', '!', '?']) && title.chars().count() > 40 {
            break;
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_the_reason() {
        assert_eq!(read(b""), Err(Unreadable::Empty));
        assert_eq!(read(b"%PDF-1.7 ..."), Err(Unreadable::NotText("a PDF")));
        assert_eq!(
            read(&[0u8, 159, 146, 150, 1, 2, 3]),
            Err(Unreadable::NotText("binary"))
        );
        assert_eq!(read(b"1234 5678 ... !!"), Err(Unreadable::NoWords));
        assert!(matches!(
            read(&vec![b'a'; LARGEST_BYTES + 1]),
            Err(Unreadable::TooLarge(_))
        ));
        assert!(matches!(
            read(&vec![b'a'; LONGEST_CHARS + 1]),
            Err(Unreadable::TooLong(_))
        ));
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "Министерство культуры сообщило, что повреждены 5 музеев.";
        let (windows, _, _) = encoding_rs::WINDOWS_1251.encode(text);
        assert_eq!(read(&windows).unwrap().text, text);
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(read(&utf16).unwrap().text, text);
        let latin = "Les musées ont été détruits à Gao. Les bibliothèques ont été pillées.";
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(latin);
        assert_eq!(read(&windows).unwrap().text, latin);
    }

    #[test]
    fn html_gives_its_text_and_never_its_scripts() {
        let page = r#"<!doctype html><html lang="en"><head><title>Three museums hit | The Paper</title>
            <meta property="article:published_time" content="2023-07-20T10:00:00Z"><meta name="author" content="A. Writer">
            <meta property="og:site_name" content="The Paper"><link rel="canonical" href="https://paper.example/a"></head>
            <body><nav>Home News</nav><script>alert("927 libraries were destroyed")</script><style>p{}</style>
            <h1>Three museums hit</h1><p>The ministry said that 3&nbsp;museums were <b>damaged</b> &amp; closed.</p><p>It rained.</p></body></html>"#;
        let document = read(page.as_bytes()).unwrap();
        assert!(
            !document.text.contains("alert") && !document.text.contains("Home"),
            "{}",
            document.text
        );
        assert!(
            document
                .text
                .contains("3\u{a0}museums were damaged & closed.")
        );
        assert_eq!(
            document.published.map(|d| d.to_string()).as_deref(),
            Some("2023-07-20")
        );
        assert_eq!(
            (document.author.as_deref(), document.publisher.as_deref()),
            (Some("A. Writer"), Some("The Paper"))
        );
        assert_eq!(document.title, "Three museums hit");
        assert_eq!(document.url.as_deref(), Some("https://paper.example/a"));
    }
}
