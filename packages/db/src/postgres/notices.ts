import pg from "pg";

/** Called with a notice's text; null: notices may have been missed, so look. */
type Listener = (text: string | null) => void;

const channels = ["figures", "api_keys"] as const;
type Channel = (typeof channels)[number];

const retryMs = 500;

/** One listening connection a process and database, open while somebody follows a channel. */
export class Notices {
  readonly #url: string;
  readonly #channels = new Map<string, Set<Listener>>();
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isOpen = false;
  #isClosed = false;
  /** False behind a pooler, which passes no notices on. */
  readonly arrive: boolean;

  constructor(url: string, arrive: boolean) {
    this.#url = url;
    this.arrive = arrive;
  }

  /** Whether notices arrive at this moment. */
  get isOpen(): boolean {
    return this.arrive && this.#isOpen;
  }

  /**
   * Calls `listener` at each notice of a channel, and whenever the connection is opened.
   * @returns ends it
   */
  follow(channel: Channel, listener: Listener): () => void {
    this.#channels.set(channel, (this.#channels.get(channel) ?? new Set()).add(listener));
    if (!this.#client && !this.#retry) this.#open();
    return () => {
      const left = this.#channels.get(channel);
      left?.delete(listener);
      if (left?.size === 0) this.#channels.delete(channel);
      if (this.#channels.size === 0) this.#end();
    };
  }

  /** Ends the connection for good. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#end();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#isOpen = false;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  #open(): void {
    if (this.#isClosed) return;
    const client = new pg.Client({ connectionString: this.#url, application_name: "twin notices", keepAlive: true });
    this.#client = client;
    const broken = () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#isOpen = false;
      void client.end().catch(() => {});
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        if (this.#channels.size > 0) this.#open();
      }, retryMs);
    };
    client.on("error", broken);
    client.on("end", broken);
    client.on("notification", ({ channel, payload }) => this.#tell(channel, payload ?? ""));
    client
      .connect()
      .then(() => client.query(channels.map((channel) => `listen ${channel}`).join("; ")))
      .then(() => {
        if (this.#client !== client) return;
        this.#isOpen = true;
        for (const channel of this.#channels.keys()) this.#tell(channel, null);
      })
      .catch(broken);
  }

  #tell(channel: string, text: string | null): void {
    for (const listener of this.#channels.get(channel) ?? []) listener(text);
  }
}
