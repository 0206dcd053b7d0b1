import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

const api = process.env.API_ORIGIN ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [
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
