import type { TestProject } from "vitest/node";
import { startTestServer, templateName } from "./test-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
    templateName: string;
  }
}

/** One throw-away server a test run, with one migrated database that each test file gets a clone of; or that of `TEST_SERVER`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["TEST_SERVER"];
  const server = given ? { url: given, stop: async () => {} } : await startTestServer(project.config.env.POSTGRES_BIN);
  project.provide("adminUrl", server.url);
  project.provide("templateName", templateName);
  return server.stop;
}
