// Builds dist/stele.css, dist/review.js and dist/fonts/*.woff2 under names that never change:
// the server puts its own version into the path (/assets/VERSION/stele.css).
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Packages whose fonts are used; each stands under the SIL Open Font License. */
const FONTS = ["noto-sans", "noto-sans-arabic", "noto-sans-armenian", "noto-sans-georgian", "noto-sans-hebrew", "noto-sans-mono", "source-serif-4"];

/** The fonts' licences go where the fonts go, and the page loads its script without `type=module`. */
function checked(): Plugin {
  return {
    name: "stele-checked",
    generateBundle(_, bundle) {
      for (const font of FONTS) {
        const text = readFileSync(`node_modules/@fontsource-variable/${font}/LICENSE`, "utf8");
        this.emitFile({ type: "asset", fileName: `fonts/${font}.LICENSE.txt`, source: text });
      }
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && (file.imports.length > 0 || file.exports.length > 0)) {
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
      input: { stele: "src/stele.css", review: "src/review.ts" },
      output: {
        entryFileNames: "[name].js",
        assetFileNames: ({ names }) => (names[0]?.endsWith(".woff2") ? "fonts/[name][extname]" : "[name][extname]"),
      },
    },
  },
});
