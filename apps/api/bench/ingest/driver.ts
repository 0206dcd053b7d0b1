import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { bodiesOf } from "./bodies.ts";
import type { Load, Sent } from "./drive.ts";

// Sends records over connections that stay open, in a process of its own, so that its work isn't counted as the api's.

process.once("message", (load: Load) => {
  void send(load).then((sent) => process.send!(sent, () => process.disconnect()));
});

async function send(load: Load): Promise<Sent> {
  const { url, key, kind, batch, connections, people, name, seconds = 0, warming = 0, total = Infinity, rate } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bodyOf = bodiesOf(kind, people, name);
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const stored = new RegExp(`"accepted":${batch},`);
  const sent: Sent = { times: [], counted: 0, sent: 0, seconds: 0, cpu: 0, trouble: null };

  const post = (body: string): Promise<void> =>
    new Promise((done, failed) => {
      const asked = request(
        `${url}/api/ingest`,
        { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
        (answer) => {
          let said = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => (said += part));
          answer.on("end", () => {
            if (answer.statusCode !== 200 || !stored.test(said))
              sent.trouble ??= `${answer.statusCode} ${said.slice(0, 500)}`;
            done();
          });
        },
      );
      asked.on("error", failed);
      asked.end(body);
    });

  const began = performance.now();
  const counted = began + warming * 1_000;
  const end = total < Infinity ? Infinity : counted + seconds * 1_000;
  let begun = 0;
  const connection = async () => {
    while (performance.now() < end && begun * batch < total && sent.trouble === null) {
      const due = rate === undefined ? 0 : began + (begun * batch * 1_000) / rate;
      begun++;
      if (due >= end) return;
      if (performance.now() < due) await sleep(due - performance.now());
      const body = bodyOf(batch);
      const at = performance.now();
      await post(body);
      const now = performance.now();
      sent.sent += batch;
      if (now < counted || now > end) continue;
      sent.times.push(now - at);
      sent.counted += batch;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  sent.seconds = total < Infinity ? (performance.now() - began) / 1_000 : seconds;
  const { user, system } = process.cpuUsage();
  sent.cpu = (user + system) / 1_000;
  agent.destroy();
  return sent;
}
