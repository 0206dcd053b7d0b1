import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll } from "vitest";

/** What a mail server got: for whom, and the message as it came. */
export type Received = { to: string[]; source: string };

/**
 * A mail server on this machine for the tests of a file. It keeps what it gets, and refuses addresses that begin with
 * `refused`.
 */
export async function useMailbox(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onRcptTo({ address }, _session, callback) {
      const refused = Object.assign(new Error(`${address} is unknown here`), { responseCode: 550 });
      callback(address.startsWith("refused") ? refused : null);
    },
    onData(stream, { envelope }, callback) {
      let source = "";
      stream.on("data", (chunk: Buffer) => (source += chunk.toString()));
      stream.on("end", () => {
        received.push({ to: envelope.rcptTo.map(({ address }) => address), source });
        callback(null);
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, received };
}
