/** What the server last said, or that it said nothing, while a page is asked for again and again. */
export type Lost = { message: string; request_id: string | null; again(): void };

let lost = $state.raw<Lost | null>(null);
/** Why what the page shows is not up to date; null while it is. */
export const lostNow = (): Lost | null => lost;

const dataOf = (input: RequestInfo | URL): boolean =>
  new URL(input instanceof Request ? input.url : input, location.href).pathname.endsWith("__data.json");

const unanswered = { message: "The server did not answer.", request_id: null };
const reasonOf = async (response: Response): Promise<Omit<Lost, "again">> =>
  response.headers.get("content-type")?.includes("json")
    ? { ...unanswered, ...((await response.json().catch(() => ({}))) as object) }
    : unanswered;

function pause(milliseconds: number, told: (again: () => void) => void): Promise<void> {
  return new Promise((done) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      done();
    };
    const timer = setTimeout(go, milliseconds);
    addEventListener("online", go);
    told(go);
  });
}

/**
 * While the server fails, the page that is open stays as it is: what it asks for is asked again until it comes, first after a
 * second, later every 15. Only what was asked last is told; Kit passes over what comes for a page that nobody waits for.
 */
export function holdPages(): void {
  const ask = window.fetch.bind(window);
  let latest = 0;
  window.fetch = async (input, init) => {
    if (!dataOf(input)) return ask(input, init);
    const turn = ++latest;
    for (let wait = 1_000; ; wait = Math.min(2 * wait, 15_000)) {
      const response = await ask(input, init).catch(() => null);
      if (response && response.status < 500) {
        if (turn === latest) lost = null;
        return response;
      }
      const reason = response ? await reasonOf(response) : unanswered;
      await pause(wait, (again) => {
        if (turn === latest) lost = { ...reason, again };
      });
    }
  };
}
