// Where names stand on the basemap and what they are, in the reader's language and script. Names of
// countries are the browser's own; those of cities come from CLDR; where neither knows, the list's.

interface Labels {
  /** Code, English name, longitude, latitude, zoom from and to. */
  readonly countries: readonly (readonly [string, string, number, number, number, number])[];
  /** English name, longitude, latitude, rank, capital. */
  readonly places: readonly (readonly [string, number, number, number, 0 | 1])[];
}

/** Zoom from which a place of a rank is named. */
const FROM_ZOOM = [2.5, 3, 3.4, 3.8, 4.4, 5, 5.4, 6, 7, 8, 8.5];

async function json<T>(address: string): Promise<T | null> {
  try {
    const answer = await fetch(address);
    return answer.ok ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}

function countryNames(lang: string): (code: string, english: string) => string {
  try {
    const known = new Intl.DisplayNames([lang], { type: "region", fallback: "none" });
    return (code, english) => (/^[A-Z]{2}$/.test(code) ? (known.of(code) ?? english) : english);
  } catch {
    return (_, english) => english;
  }
}

/** The names as GeoJSON: `kind`, `name`, `rank`, `from`, `to`. */
export async function labels(assets: string, lang: string): Promise<GeoJSON.FeatureCollection> {
  const [where, cities] = await Promise.all([
    json<Labels>(`${assets}basemap/labels.json`),
    /^[a-z]{2,3}$/.test(lang) && lang !== "en" ? json<Record<string, string>>(`${assets}basemap/names/${lang}.json`) : null,
  ]);
  const country = countryNames(lang);
  const feature = (lon: number, lat: number, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } });
  const countries = (where?.countries ?? []).map(([code, english, lon, lat, from, to]) =>
    feature(lon, lat, { kind: "country", name: country(code, english), rank: from, from: Math.max(from - 0.8, 0), to: to + 0.5 }),
  );
  const places = (where?.places ?? []).map(([english, lon, lat, rank, capital]) => {
    const from = (FROM_ZOOM[rank] ?? 9) - (capital ? 0.6 : 0);
    return feature(lon, lat, { kind: "place", name: cities?.[english] ?? english, rank, from, to: 24 });
  });
  return { type: "FeatureCollection", features: [...countries, ...places] };
}
