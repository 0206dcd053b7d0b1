import { navigating, page } from "$app/state";

/** What the server last said, or that it said nothing, while a page is asked for again and again. */
export type Lost = {
  message: string;
  request_id: string | null;
  /** It is the page that is open; else one that somebody wants to go to. */
  isHere: boolean;
  again(): void;
};

let lost = $state.raw<Lost | null>(null);
/** Why what the page shows is not up to date, or the next one doesn't come; null while nothing is waited for. */
export const lostNow = (): Lost | null => lost;

/** How often a server may answer that it fails before a page that isn't open yet shows that instead. */
const answersTaken = 4;

type Failure = Pick<Lost, "message" | "request_id">;
/** Why an answer is no page, by no fault of who asks; null where it is one. */
function failureOf(response: Response | null): Failure | null {
  const told = response?.headers.get("x-page-failed");
  if (told) return JSON.parse(decodeURIComponent(told)) as Failure;
  return response && response.status < 500 ? null : { message: "The server did not answer.", request_id: null };
}

async function hold(ask: () => Promise<Response>): Promise<Response> {
  const { href } = navigating.to?.url ?? page.url;
  const isHere = () => page.url.href === href;
  let mine: Lost | null = null;
  try {
    for (let answers = 0, wait = 1_000; ; wait = Math.min(2 * wait, 15_000)) {
      const response = await ask().catch(() => null);
      const failure = failureOf(response);
      if (response && (!failure || (!isHere() && ++answers >= answersTaken))) return response;
      await new Promise<void>((again) => {
        setTimeout(again, wait);
        lost = mine = { ...failure!, isHere: isHere(), again };
      });
      if (!isHere() && navigating.to?.url.href !== href) return Response.error();
    }
  } finally {
    if (lost === mine) lost = null;
  }
}

/**
 * While the server fails, the page that is open stays as it is: what it asks for is asked again until it comes, first after a
 * second, later every 15, once for all who ask for the same. A page that somebody wants to go to is asked for in the same way;
 * where the server answers that it fails, that is shown in the end. What nobody waits for any more is given up.
 */
export function holdPages(): void {
  const ask = window.fetch;
  const held = new Map<string, Promise<Response>>();
  window.fetch = async (input, init) => {
    const href = String(input);
    if (!href.includes("/__data.json?")) return ask(input, init);
    const answer = held.get(href) ?? hold(() => ask(input, init)).finally(() => held.delete(href));
    held.set(href, answer);
    return (await answer).clone();
  };
}
