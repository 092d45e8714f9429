// Builds dist/stele.css, dist/review.js, dist/map.js with its chunks, and dist/fonts/*.woff2 under names that never change:
// the server puts its own version into the path (/assets/VERSION/stele.css).
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Packages whose fonts are used; each stands under the SIL Open Font License. */
const FONTS = ["noto-sans", "noto-sans-arabic", "noto-sans-armenian", "noto-sans-georgian", "noto-sans-hebrew", "noto-sans-mono", "source-serif-4"];

/** What the map needs as files of its own: MapLibre's worker, and the licences of what the chunks carry. */
const MAP_FILES = [
  ["node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs", "maplibre-worker.js"],
  ["node_modules/maplibre-gl/LICENSE.txt", "maplibre.LICENSE.txt"],
] as const;

/** The fonts' licences go where the fonts go, and the page loads its script without `type=module`. */
function checked(): Plugin {
  return {
    name: "stele-checked",
    generateBundle(_, bundle) {
      for (const font of FONTS) {
        const text = readFileSync(`node_modules/@fontsource-variable/${font}/LICENSE`, "utf8");
        this.emitFile({ type: "asset", fileName: `fonts/${font}.LICENSE.txt`, source: text });
      }
      for (const [from, name] of MAP_FILES) this.emitFile({ type: "asset", fileName: name, source: readFileSync(from) });
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && file.fileName === "review.js" && (file.imports.length > 0 || file.exports.length > 0)) {
          this.error(`${file.fileName} is loaded as a classic script: it may neither import nor export`);
        }
      }
    },
  };
}

export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [checked()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: true,
    target: ["chrome111", "firefox114", "safari16.4"],
    rolldownOptions: {
      input: { stele: "src/stele.css", review: "src/review.ts", map: "src/map/map.ts", "map-style": "src/map/map.css", compare: "src/map/compare.ts", "compare-style": "src/map/compare.css" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: ({ names }) => (names[0]?.endsWith(".woff2") ? "fonts/[name][extname]" : "[name][extname]"),
      },
    },
  },
});
