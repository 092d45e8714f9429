//! The frame of every page: head, navigation, search, footer with the registry's no-prejudice notice.

use crate::assets;
use crate::guard::Reader;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What stands in the frame.
pub struct Frame<'a> {
    /// Name of the registry.
    pub registry: &'a str,
    /// Title of the page.
    pub title: &'a str,
    /// First part of the address, to mark where the reader is.
    pub section: &'a str,
    /// Who reads.
    pub reader: &'a Reader,
    /// Addresses and labels of the pages above this one.
    pub above: &'a [(&'a str, String)],
}

const SECTIONS: &[(&str, &str)] = &[
    ("/", "Dossier"),
    ("/claims", "Claims"),
    ("/map", "Map"),
    ("/sites", "Sites"),
    ("/areas", "Areas"),
    ("/missions", "Missions"),
    ("/findings", "Findings"),
    ("/sources", "Sources"),
    ("/parties", "Parties"),
    ("/instruments", "Instruments"),
    ("/ledger", "Ledger"),
];

/// What one page needs beside what all have.
#[derive(Default)]
pub struct Extra {
    /// A style sheet of its own.
    pub style: Option<&'static str>,
    /// A script of its own, as a module.
    pub script: Option<&'static str>,
}

fn head(title: &str, registry: &str, extra: &Extra) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) @if title != registry { " · " (registry) } }
            link rel="stylesheet" href=(assets::address("stele.css"));
            link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%23556' d='M4 1h8v13h2v1H2v-1h2z'/%3E%3C/svg%3E";
            @if let Some(style) = extra.style { link rel="stylesheet" href=(assets::address(style)); }
            script src=(assets::address("review.js")) defer {}
            @if let Some(script) = extra.script { script type="module" src=(assets::address(script)) {} }
        }
    }
}

/// A whole page.
pub fn page(frame: &Frame<'_>, body: Markup) -> Markup {
    page_with(frame, &Extra::default(), body)
}

/// A whole page with a style or script of its own.
pub fn page_with(frame: &Frame<'_>, extra: &Extra, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(frame.title, frame.registry, extra))
            body {
                a.skip-link href="#main" { "Skip to the content" }
                header.site-header {
                    div.site-header__bar {
                        a.site-header__name href="/" { (mark()) span { (frame.registry) } }
                        form.site-search role="search" aria-label="Everything" action="/search" method="get" {
                            label.visually-hidden for="q" { "Search names in any script" }
                            input #q type="search" name="q" maxlength="200" placeholder="Search in any script" autocomplete="off" data-suggest;
                            button.button.button--quiet type="submit" { "Search" }
                        }
                        div.site-account {
                            button.button.button--quiet.theme-toggle type="button" data-theme-toggle hidden { "Light / dark" }
                            @match frame.reader.account() {
                                Some(account) => {
                                    a.site-account__name href="/tokens" aria-current=[(frame.section == "/tokens").then_some("page")] title="Tokens for programs" { (account.name) }
                                    form action="/sign-out" method="post" { button.button.button--quiet type="submit" { "Sign out" } }
                                }
                                None => a.button.button--quiet href="/sign-in" { "Sign in" },
                            }
                        }
                    }
                    nav.site-nav aria-label="Main" {
                        ul {
                            @for (address, label) in SECTIONS {
                                li { a href=(address) aria-current=[(*address == frame.section).then_some("page")] { (label) } }
                            }
                            @if frame.reader.account().is_some_and(|a| a.records()) {
                                li { a.site-nav__act href="/read-in" aria-current=[(frame.section == "/read-in").then_some("page")] { "Read in" } }
                                li { a.site-nav__act href="/matching" aria-current=[(frame.section == "/matching").then_some("page")] { "Match" } }
                                li { a.site-nav__act href="/read-list" aria-current=[(frame.section == "/read-list").then_some("page")] { "Lists" } }
                                li { a.site-nav__act href="/record" aria-current=[(frame.section == "/record").then_some("page")] { "Record" } }
                            }
                        }
                    }
                }
                main #main tabindex="-1" {
                    @if !frame.above.is_empty() {
                        nav.breadcrumb aria-label="Breadcrumb" {
                            ol {
                                @for (address, label) in frame.above { li { a href=(address) { (label) } } }
                                li aria-current="page" { (frame.title) }
                            }
                        }
                    }
                    (body)
                }
                (footer())
            }
        }
    }
}

/// A page without a reader: for failures.
pub fn bare(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, "Stele", &Extra::default()))
            body {
                header.site-header { div.site-header__bar { a.site-header__name href="/" { (mark()) span { "Stele" } } } }
                main #main { (body) }
                (footer())
            }
        }
    }
}

fn mark() -> Markup {
    PreEscaped(
        r#"<svg class="site-mark" viewBox="0 0 16 20" width="16" height="20" aria-hidden="true" focusable="false"><path d="M3 18V6a5 5 0 0 1 10 0v12h2v1.5H1V18z" fill="currentColor"/></svg>"#.to_owned(),
    )
}

fn footer() -> Markup {
    html! {
        footer.site-footer {
            p { "Names, lines and the inclusion of any place in this registry imply no opinion on its legal status and prejudice nobody's position (compare Article 11.4 of the Second Protocol of 1999)." }
            p { "A claim is what a party says. A finding is what this registry verified. Neither says who caused damage. " a href="/about" { "How to read this registry" } " · " a href="/catalogue" { "Data of this registry" } " · " a href="/data" { "Files to take away" } " · " a href="/ogc" { "Map services" } " · " a href="/api" { "For programs" } }
        }
    }
}
