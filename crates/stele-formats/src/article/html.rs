//! The text and the head of an HTML page. Scripts, styles and navigation are left out; nothing is run.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;

/// What a page tells.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub text: String,
    pub title: Option<String>,
    pub published: Option<String>,
    pub author: Option<String>,
    pub publisher: Option<String>,
    pub language: Option<String>,
    pub url: Option<String>,
}

/// Elements whose text is no part of the article.
const SKIPPED: &[&str] = &[
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "button",
    "svg",
    "iframe",
    "object",
    "select",
    "textarea",
    "figcaption",
    "head",
];
/// Elements that begin and end a paragraph.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "article",
    "section",
    "main",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "ul",
    "ol",
    "blockquote",
    "table",
    "tr",
    "td",
    "th",
    "pre",
    "dd",
    "dt",
    "dl",
    "hr",
    "figure",
    "body",
];

#[derive(Default)]
struct Reading {
    page: Page,
    /// Open elements that are skipped.
    skipping: Vec<String>,
    in_title: bool,
    in_h1: bool,
    title: String,
    h1: String,
}

struct Sink(RefCell<Reading>);

/// Reads a page.
pub(super) fn read(source: &str) -> Page {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(source));
    let tokenizer = Tokenizer::new(
        Sink(RefCell::new(Reading::default())),
        TokenizerOpts::default(),
    );
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let reading = tokenizer.sink.0.into_inner();
    let mut page = reading.page;
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (h1, title) = (one_line(&reading.h1), one_line(&reading.title));
    // A page's title often carries the publisher's name after a sign; its heading does not.
    page.title = [h1, title.split(" | ").next().unwrap_or_default().to_owned()]
        .into_iter()
        .find(|t| !t.is_empty());
    page.text = paragraphs(&page.text);
    page
}

fn paragraphs(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        line.split([' ', '\t', '\r'])
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    });
    lines
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs
        .iter()
        .find(|a| &*a.name.local == name)
        .map(|a| a.value.trim().to_owned())
        .filter(|v| !v.is_empty())
}

impl Reading {
    fn open(&mut self, tag: &Tag) {
        let name = &*tag.name;
        match name {
            "html" => self.page.language = attribute(tag, "lang"),
            "meta" => self.meta(tag),
            "link" if attribute(tag, "rel").as_deref() == Some("canonical") => {
                self.page.url = attribute(tag, "href").filter(|u| u.starts_with("http"))
            }
            "time" if self.page.published.is_none() => {
                self.page.published = attribute(tag, "datetime")
            }
            "title" => self.in_title = true,
            "h1" => self.in_h1 = true,
            "br" => self.page.text.push(' '),
            _ => {}
        }
        if BLOCKS.contains(&name) {
            self.page.text.push('\n');
        }
        if SKIPPED.contains(&name) && !tag.self_closing {
            self.skipping.push(name.to_owned());
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "title" => self.in_title = false,
            "h1" => self.in_h1 = false,
            _ => {}
        }
        if let Some(at) = self.skipping.iter().rposition(|open| open == name) {
            self.skipping.truncate(at);
        } else if name == "body" || name == "article" || name == "main" {
            self.skipping.clear();
        }
        if BLOCKS.contains(&name) {
            self.page.text.push('\n');
        }
    }

    fn meta(&mut self, tag: &Tag) {
        let Some(content) = attribute(tag, "content") else {
            return;
        };
        let key = attribute(tag, "property")
            .or_else(|| attribute(tag, "name"))
            .unwrap_or_default()
            .to_ascii_lowercase();
        let slot = match key.as_str() {
            "article:published_time"
            | "date"
            | "dc.date"
            | "pubdate"
            | "publish-date"
            | "dcterms.created" => &mut self.page.published,
            "author" | "article:author" | "dc.creator" => &mut self.page.author,
            "og:site_name" | "dc.publisher" | "publisher" => &mut self.page.publisher,
            "og:url" => &mut self.page.url,
            _ => return,
        };
        if slot.is_none() {
            *slot = Some(content);
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reading = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => match tag.kind {
                TagKind::StartTag => {
                    reading.open(&tag);
                    return raw_text(&tag.name);
                }
                TagKind::EndTag => reading.close(&tag.name),
            },
            Token::CharacterTokens(text) => {
                if reading.in_title {
                    reading.title.push_str(&text);
                } else if reading.skipping.is_empty() {
                    if reading.in_h1 {
                        reading.h1.push_str(&text);
                    }
                    // Line breaks of the source are space in HTML.
                    reading
                        .page
                        .text
                        .extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// What stands in scripts and styles is not markup.
fn raw_text(name: &str) -> TokenSinkResult<()> {
    use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
    match name {
        "script" => TokenSinkResult::RawData(ScriptData),
        "style" | "noscript" | "iframe" => TokenSinkResult::RawData(Rawtext),
        "title" | "textarea" => TokenSinkResult::RawData(Rcdata),
        _ => TokenSinkResult::Continue,
    }
}
