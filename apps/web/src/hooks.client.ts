import type { ClientInit } from "@sveltejs/kit/hooks";
import { holdPages } from "#lib/ui/lost.svelte.ts";

export const init: ClientInit = holdPages;
