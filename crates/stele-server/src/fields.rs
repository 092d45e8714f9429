//! What a form sent: its fields and files, urlencoded or multipart, as one list.

use crate::App;
use crate::answer::Failure;
use axum::extract::{FromRequest, Multipart, RawForm, Request};
use axum::http::header;
use stele_registry::Refusal;

/// A file of a form.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Name it came with, without folders.
    pub name: String,
    /// Media type the browser gave it.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The fields of a form in the order they were sent, and the first file that is not empty.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    /// The file.
    pub file: Option<Upload>,
}

/// Most fields of one form.
const MOST_FIELDS: usize = 5_000;

impl Fields {
    /// These fields and no file.
    pub fn of(values: impl IntoIterator<Item = (String, String)>) -> Self {
        Fields {
            values: values.into_iter().collect(),
            file: None,
        }
    }

    /// What was written into a field, without the space around it; empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.values
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v.trim())
    }

    /// What was written into a field, as it was sent; none where it was not.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// Writes into a field, in place of what stood there.
    pub fn set(&mut self, name: String, value: String) {
        match self.values.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = value,
            None => self.values.push((name, value)),
        }
    }

    /// Whether anything is written into a field of this name or below it (`count.value`, `names[0].text`).
    pub fn any_under(&self, name: &str) -> bool {
        self.values.iter().any(|(n, v)| {
            !v.trim().is_empty()
                && n.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }
}

impl FromRequest<App> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|t| t.starts_with("multipart/form-data"));
        let fields = if multipart {
            from_multipart(request, app).await?
        } else {
            from_form(request, app).await?
        };
        if fields.values.len() > MOST_FIELDS {
            return Err(unreadable(format!(
                "the form has more than {MOST_FIELDS} fields"
            )));
        }
        Ok(fields)
    }
}

fn unreadable(reason: impl ToString) -> Failure {
    Refusal::Unreadable(format!(
        "the form could not be read: {}",
        reason.to_string()
    ))
    .into()
}

async fn from_form(request: Request, app: &App) -> Result<Fields, Failure> {
    let RawForm(bytes) = RawForm::from_request(request, app)
        .await
        .map_err(unreadable)?;
    let values = form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Fields { values, file: None })
}

async fn from_multipart(request: Request, app: &App) -> Result<Fields, Failure> {
    let mut parts = Multipart::from_request(request, app)
        .await
        .map_err(unreadable)?;
    let mut fields = Fields::default();
    while let Some(part) = parts
        .next_field()
        .await
        .map_err(|e| unreadable(e.body_text()))?
    {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file_name) = part.file_name().map(base_name) else {
            let text = part.text().await.map_err(|e| unreadable(e.body_text()))?;
            fields.values.push((name, text));
            continue;
        };
        let media_type = part
            .content_type()
            .unwrap_or("application/octet-stream")
            .to_owned();
        let bytes = part
            .bytes()
            .await
            .map_err(|e| unreadable(e.body_text()))?
            .to_vec();
        let nothing_chosen = bytes.is_empty() && file_name.is_empty();
        if !nothing_chosen && fields.file.is_none() {
            fields.file = Some(Upload {
                name: file_name,
                media_type,
                bytes,
            });
        }
    }
    Ok(fields)
}

/// The name of a file, without folders and whatever ends a line.
pub fn base_name(path: &str) -> String {
    path.rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}
