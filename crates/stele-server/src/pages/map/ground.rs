//! Where on the globe an image lies, for the map to lay it there: a mesh of positions of the image's own
//! system as longitude and latitude. By the same transformations as imported lists, so that an image and a
//! list in one system lie where the other does, and the script needs none of its own.

use crate::answer::{Answer, json};
use crate::asked::Asked;
use serde::Deserialize;
use serde_json::json as value;
use stele_formats::table::Projection;
use stele_registry::Refusal;

/// Most meshes of a side.
const MOST_STEPS: u32 = 64;
/// Coordinates further from nought are of no system there is.
const FURTHEST: f64 = 1e9;

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// Number of the system in the EPSG registry.
    epsg: String,
    /// Position of the upper left corner, in the system's units, east first.
    origin: String,
    /// From there to the upper right corner.
    across: String,
    /// From there to the lower left one.
    down: String,
    /// Meshes of each side.
    steps: String,
}

/// `GET /map/ground?epsg=32638&origin=500000,4430000&across=10000,0&down=0,-10000&steps=16`
pub async fn ground(Asked(q): Asked<Ask>) -> Answer {
    let (system, positions) = q.read().map_err(|refusal| {
        crate::answer::Failure::from(refusal)
            .of_address()
            .into_json()
    })?;
    json(&value!({"system": system, "positions": positions}))
}

impl Ask {
    /// The positions row by row from the upper left corner.
    fn read(&self) -> Result<(String, Vec<[f64; 2]>), Refusal> {
        let code: u32 = self.epsg.trim().parse().map_err(|_| {
            Refusal::field("epsg", "is the number of a coordinate system, as in 32638")
        })?;
        let projection = Projection::epsg(code).map_err(|_| {
            let why = format!("the coordinate system EPSG:{code} is not known here");
            Refusal::field("epsg", why)
        })?;
        let origin = pair("origin", &self.origin)?;
        let across = pair("across", &self.across)?;
        let down = pair("down", &self.down)?;
        let steps = self.steps.trim().parse::<u32>().ok();
        let steps = steps
            .filter(|n| (1..=MOST_STEPS).contains(n))
            .ok_or_else(|| {
                Refusal::field("steps", format!("is a whole number from 1 to {MOST_STEPS}"))
            })?;
        let side = f64::from(steps);
        let mut positions = Vec::with_capacity((steps as usize + 1).pow(2));
        for row in 0..=steps {
            for column in 0..=steps {
                let (u, v) = (f64::from(column) / side, f64::from(row) / side);
                let at = [0, 1].map(|i| origin[i] + across[i] * u + down[i] * v);
                positions.push(on_globe(projection.as_ref(), at)?);
            }
        }
        Ok((format!("EPSG:{code}"), positions))
    }
}

fn on_globe(projection: Option<&Projection>, at: [f64; 2]) -> Result<[f64; 2], Refusal> {
    let told = match projection {
        Some(projection) => projection.position(at),
        None => Ok(at),
    };
    // An image of the whole globe may end a hair beyond its edge.
    const HAIR: f64 = 1e-6;
    let [lon, lat] = told.map_err(|why| Refusal::field("origin", why))?;
    match lon.abs() <= 360.0 + HAIR && lat.abs() <= 90.0 + HAIR {
        true => Ok([lon, lat]),
        false => Err(Refusal::field(
            "origin",
            format!("{}, {} is no position of that system", at[0], at[1]),
        )),
    }
}

fn pair(field: &str, text: &str) -> Result<[f64; 2], Refusal> {
    let mut numbers = text.split(',').map(|part| {
        let number = part.trim().parse::<f64>().ok();
        number.filter(|n| n.abs() <= FURTHEST)
    });
    match (
        numbers.next().flatten(),
        numbers.next().flatten(),
        numbers.next(),
    ) {
        (Some(x), Some(y), None) => Ok([x, y]),
        _ => Err(Refusal::field(
            field,
            "is two numbers: east, north, as in 500000,4430000",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(epsg: &str, origin: &str, across: &str, down: &str, steps: &str) -> Ask {
        let [epsg, origin, across, down, steps] =
            [epsg, origin, across, down, steps].map(str::to_owned);
        Ask {
            epsg,
            origin,
            across,
            down,
            steps,
        }
    }

    #[test]
    fn a_mesh_begins_at_the_upper_left_and_goes_row_by_row() {
        let asked = ask("32638", "400000,4427757.2", "200000,0", "0,-100000", "2");
        let (system, mesh) = asked.read().unwrap();
        assert_eq!((system.as_str(), mesh.len()), ("EPSG:32638", 9));
        // The middle of the upper edge lies on the central meridian, where a northing of 4,427,757 m is 40° north.
        let [lon, lat] = mesh[1];
        assert!(
            (lon - 45.0).abs() < 1e-6 && (lat - 40.0).abs() < 1e-4,
            "{lon} {lat}"
        );
        assert!(mesh[0][0] < lon && mesh[2][0] > lon && mesh[4][1] < lat);
        let (_, turned) = ask("4326", "46,40", "0.5,0.5", "0.5,-0.5", "1")
            .read()
            .unwrap();
        assert_eq!(
            turned,
            [[46.0, 40.0], [46.5, 40.5], [46.5, 39.5], [47.0, 40.0]]
        );
    }

    #[test]
    fn what_is_no_mesh_is_refused_by_the_field() {
        let good = ["32638", "400000,4400000", "1000,0", "0,-1000", "4"];
        for (at, text) in [
            (0, ""),
            (0, "32767"),
            (0, "9999999999"),
            (1, "1"),
            (1, "NaN,1"),
            (1, "1e300,0"),
            (2, "a,b"),
            (3, "1,2,3"),
            (4, "0"),
            (4, "65"),
        ] {
            let mut fields = good;
            fields[at] = text;
            let [epsg, origin, across, down, steps] = fields;
            let refused = ask(epsg, origin, across, down, steps).read().unwrap_err();
            let Refusal::Fields(fields) = refused else {
                panic!("{text}: {refused}")
            };
            let names = ["epsg", "origin", "across", "down", "steps"];
            assert_eq!(fields[0].field, names[at], "{text}");
        }
        assert!(ask("4326", "400,99", "1,0", "0,1", "1").read().is_err());
    }
}
