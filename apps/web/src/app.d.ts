import type { Client } from "#lib/api.ts";
import type { Viewer } from "@twin/contracts/access";

declare global {
  namespace App {
    interface Error {
      message: string;
      request_id?: string | null;
      /** Where to go instead. */
      way?: { name: string; href: string };
    }
    interface Locals {
      api: Client;
      /** Who is signed in; leads to the sign-in page where no one is. */
      viewer(): Promise<Viewer>;
      theme: "light" | "dark" | null;
      keysOff: boolean;
      /** Why this request failed by no fault of who asks: a page that is open stays, and asks again. */
      failed: { message: string; request_id: string | null } | null;
    }
  }
}

export {};
