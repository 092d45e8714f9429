//! In which form an answer is wanted: `f`, else what the browser or program accepts.

use super::Problem;

/// A form of an answer. A new one gets its arm here and in the `match` of `items.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON; of features GeoJSON.
    Json,
    /// A page for people.
    Html,
}

impl Form {
    /// Every form.
    pub const ALL: [Form; 2] = [Form::Json, Form::Html];

    /// How `f` names it.
    pub fn id(self) -> &'static str {
        match self {
            Form::Json => "json",
            Form::Html => "html",
        }
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Form::Json => "JSON",
            Form::Html => "page",
        }
    }

    /// The form that a request wants: `f` where it is given, else the first that is accepted.
    pub fn wanted(f: Option<&str>, accept: &str) -> Result<Form, Problem> {
        match f {
            Some(id) => Form::ALL
                .into_iter()
                .find(|form| form.id() == id)
                .ok_or_else(|| {
                    let known: Vec<&str> = Form::ALL.iter().map(|form| form.id()).collect();
                    Problem::parameter(
                        "f",
                        format!("there is no such form; there are {}", known.join(", ")),
                    )
                }),
            None => Ok(accepted(accept)),
        }
    }
}

/// The form preferred by an `Accept` header (RFC 9110, 12.5.1); JSON where none of ours is named:
/// programs that accept anything, or name a type of their own, read JSON.
fn accepted(accept: &str) -> Form {
    let (mut best, mut best_weight) = (Form::Json, 0.0);
    for part in accept.split(',').take(50) {
        let mut pieces = part.split(';').map(str::trim);
        let media = pieces.next().unwrap_or_default();
        let weight = pieces
            .find_map(|p| p.strip_prefix("q="))
            .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        let form = match media {
            "text/html" | "application/xhtml+xml" => Form::Html,
            m if m.starts_with("application/") && (m.ends_with("json") || m.contains("json;")) => {
                Form::Json
            }
            _ => continue,
        };
        if weight > best_weight {
            (best, best_weight) = (form, weight);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_pages_and_programs_get_json() {
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, form) in [
            (firefox, Form::Html),
            ("", Form::Json),
            ("*/*", Form::Json),
            ("application/geo+json", Form::Json),
            ("text/html;q=0.4, application/json", Form::Json),
            ("application/json;q=0.4, text/html;q=0.9", Form::Html),
            ("text/html;q=x", Form::Json),
        ] {
            assert_eq!(Form::wanted(None, accept), Ok(form), "{accept}");
        }
        assert_eq!(Form::wanted(Some("json"), firefox), Ok(Form::Json));
        assert!(Form::wanted(Some("xml"), firefox).is_err());
    }
}
