//! Further basemaps that `stele.toml` names: a PMTiles file of the folder, or the address of tiles elsewhere.

use crate::Registry;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// A basemap beside the one that the program carries, as `[[basemap]]` in `stele.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basemap {
    /// What the reader chooses it by.
    pub name: String,
    /// A PMTiles file, by its path within the registry's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Address of picture tiles with `{z}`, `{x}` and `{y}`, or WMTS's `{TileMatrix}`, `{TileCol}`, `{TileRow}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<String>,
    /// Whose it is, shown on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// Highest zoom that has tiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_zoom: Option<u8>,
}

impl Basemap {
    /// The address of tiles with `{z}`, `{x}` and `{y}`, whichever way it is written.
    pub fn address(&self) -> Option<String> {
        let address = self.tiles.as_deref()?;
        Some(
            address
                .replace("{TileMatrix}", "{z}")
                .replace("{TileCol}", "{x}")
                .replace("{TileRow}", "{y}"),
        )
    }

    /// The origin that a page has to be allowed to ask, and no more than that.
    pub fn origin(&self) -> Option<String> {
        let address = self.address()?;
        let (scheme, rest) = address.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        Some(format!("{scheme}://{host}"))
    }

    /// What is wrong with it.
    pub(crate) fn problem(&self) -> Option<String> {
        let wrong = |what: &str| Some(format!("the basemap “{}” {what}", self.name));
        match (&self.file, &self.tiles) {
            (Some(_), Some(_)) | (None, None) => {
                wrong("needs either `file` (a PMTiles file) or `tiles` (an address), not both")
            }
            (Some(file), None) if !is_within(Path::new(file)) => wrong(
                "names a `file` outside the registry's folder; put it there and give its path within",
            ),
            (Some(file), None) if !file.ends_with(".pmtiles") => {
                wrong("names a `file` that does not end in .pmtiles")
            }
            (None, Some(_)) => {
                let address = self.address().unwrap_or_default();
                let host = self.origin().unwrap_or_default();
                let plain = host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-.:/[]".contains(c));
                let is_web = address.starts_with("https://") || address.starts_with("http://");
                if !is_web || !plain || host.ends_with("//") {
                    return wrong(
                        "needs an address of `tiles` that begins with https:// and a host",
                    );
                }
                match ["{z}", "{x}", "{y}"]
                    .iter()
                    .find(|part| !address.contains(**part))
                {
                    Some(part) => wrong(&format!("needs {part} in its address of `tiles`")),
                    None => None,
                }
            }
            _ => None,
        }
    }
}

fn is_within(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
}

impl Registry {
    /// The further basemaps, in the order of the settings.
    pub fn basemaps(&self) -> &[Basemap] {
        &self.settings.basemaps
    }

    /// Where the file of one of them is.
    pub fn basemap_file(&self, number: usize) -> Result<PathBuf, Refusal> {
        let missing = || Refusal::NotFound(format!("basemap {number}"));
        let file = self
            .basemaps()
            .get(number)
            .and_then(|b| b.file.as_deref())
            .ok_or_else(missing)?;
        let path = self.folder.path(file);
        match path.is_file() {
            true => Ok(path),
            false => Err(missing()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basemap(file: Option<&str>, tiles: Option<&str>) -> Basemap {
        Basemap {
            name: "Survey".into(),
            file: file.map(str::to_owned),
            tiles: tiles.map(str::to_owned),
            attribution: None,
            max_zoom: None,
        }
    }

    #[test]
    fn a_file_stays_within_the_folder() {
        assert_eq!(basemap(Some("maps/region.pmtiles"), None).problem(), None);
        for file in [
            "../node.pmtiles",
            "/etc/x.pmtiles",
            "maps/../../x.pmtiles",
            "node.key",
        ] {
            assert!(basemap(Some(file), None).problem().is_some(), "{file}");
        }
    }

    #[test]
    fn an_address_adds_its_origin_and_nothing_else() {
        let wmts = basemap(
            None,
            Some("https://maps.example.org/wmts/a/{TileMatrix}/{TileRow}/{TileCol}.png?k=1"),
        );
        assert_eq!(wmts.problem(), None);
        assert_eq!(wmts.origin().as_deref(), Some("https://maps.example.org"));
        assert_eq!(
            wmts.address().as_deref(),
            Some("https://maps.example.org/wmts/a/{z}/{y}/{x}.png?k=1")
        );
        for bad in [
            "ftp://x/{z}/{x}/{y}",
            "https:///{z}/{x}/{y}",
            "https://x; script-src *//{z}/{x}/{y}",
            "https://x/{z}/{x}",
        ] {
            assert!(basemap(None, Some(bad)).problem().is_some(), "{bad}");
        }
        assert!(basemap(None, None).problem().is_some());
    }
}
