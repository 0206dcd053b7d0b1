import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const api = process.env.API_ORIGIN ?? "http://127.0.0.1:3000";

/**
 * What every chart of LayerChart loads and none of ours calls, 22 kB of the Overview's JavaScript, gives way to
 * `left-out.ts`. Parts of LayerChart that need it, and that we don't load, keep theirs.
 */
const leftOut: Plugin = {
  name: "left-out",
  enforce: "pre",
  resolveId(source, importer = "") {
    const isOurs =
      /^(tailwind-merge|d3-time-format)$/.test(source) ||
      (/^d3-(geo|interpolate-path)$/.test(source) &&
        /\/layerchart\/dist\/(utils\/geo|components\/(Area|Path|Spline)\/\w+\.shared\.svelte)\.js/.test(importer));
    return isOurs ? fileURLToPath(new URL("src/lib/charts/left-out.ts", import.meta.url)) : null;
  },
};

export default defineConfig({
  plugins: [
    leftOut,
    sveltekit({
      adapter: adapter({ precompress: true }),
      compilerOptions: { runes: true },
      csp: {
        mode: "nonce",
        directives: {
          "default-src": ["none"],
          "base-uri": ["none"],
          "connect-src": ["self"],
          "font-src": ["self"],
          "form-action": ["self"],
          "frame-ancestors": ["none"],
          "img-src": ["self", "data:"],
          "manifest-src": ["self"],
          "script-src": ["self"],
          "style-src": ["self"],
          // Widths of bars and positions of marks come as style attributes from the server.
          "style-src-attr": ["unsafe-inline"],
        },
      },
    }),
  ],
  build: { manifest: true },
  server: { proxy: { "/trpc": api, "/api": api } },
});
