import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

/** How requests reach this process. */
export type Reach = {
  /** A proxy in front sets X-Forwarded-For and X-Forwarded-Proto itself. */
  trustProxy: boolean;
  /** The address that people open. */
  publicUrl?: URL | undefined;
  /** A secret made at start, with which the dashboard in this process passes on its visitor's address. */
  secret: string;
};

/** Where a request came from, as the browser sees it. */
export type Visitor = {
  protocol: "http" | "https";
  host: string;
  ip: string | undefined;
  /** The browser opened a name of this machine itself. */
  loopback: boolean;
  /** It also came from this machine, with no proxy in between. */
  local: boolean;
};

type Request = { peer: string | undefined; header(name: string): string | undefined };

/** The header that carries a visitor from the dashboard to the API. */
export const visitorHeader = "x-dashboard-visitor";

const isLoopback = (name: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/i.test(name);
const nameOf = (host: string): string => host.replace(/:\d*$/, "");
const last = (list: string | undefined): string | undefined => list?.split(",").at(-1)?.trim() || undefined;

/** An address as proxies write it, some with a port; undefined for anything else. */
function addressOf(text: string | undefined): string | undefined {
  const [, inBrackets, beforePort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text ?? "") ?? [];
  const [address = ""] = (inBrackets ?? beforePort ?? text ?? "").split("%");
  return isIP(address) ? address : undefined;
}

const forwarding = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/**
 * Reads where a request came from. Forwarding headers count only with TRUST_PROXY, and what the dashboard says of its
 * visitor only with the secret of this process: all other programs on this machine are strangers, too.
 */
export function visitorOf({ peer, header }: Request, reach: Reach): Visitor {
  const told = readTold(header(visitorHeader), reach.secret);
  if (told) return told;
  const from = peer?.replace(/^::ffff:/, "");
  const host = header("host") ?? "";
  const forwarded = (name: string) => (reach.trustProxy ? last(header(name)) : undefined);
  // Without an address of the visitor the proxy's counts: otherwise guesses would not be counted at all.
  const ip = addressOf(forwarded("x-forwarded-for")) ?? addressOf(from);
  const isPublic = reach.publicUrl !== undefined && host.toLowerCase() === reach.publicUrl.host;
  const https = isPublic ? reach.publicUrl!.protocol === "https:" : forwarded("x-forwarded-proto") === "https";
  const loopback = isLoopback(nameOf(host));
  return {
    protocol: https ? "https" : "http",
    host,
    ip,
    loopback,
    local: loopback && from !== undefined && isLoopback(from) && forwarding.every((name) => header(name) === undefined),
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** What the dashboard passes on of its visitor, for `visitorOf`. */
export const tellVisitor = ({ protocol, host, ip, local }: Visitor, { secret }: Reach): string =>
  [secret, protocol, ip ?? "-", local ? "local" : "far", host].join(" ");

function readTold(text: string | undefined, secret: string): Visitor | null {
  const [given, protocol, ip, way, host] = text?.split(" ") ?? [];
  if (given === undefined || host === undefined || !timingSafeEqual(digest(given), digest(secret))) return null;
  return {
    protocol: protocol === "https" ? "https" : "http",
    host,
    ip: ip === "-" ? undefined : ip,
    loopback: isLoopback(nameOf(host)),
    local: way === "local",
  };
}

/**
 * Why a request is refused for its host name: a name of another site that leads here could let that site's pages act for
 * our visitors. Names of this machine, and the one of PUBLIC_URL, are ours.
 * @returns null for a name that is ours
 */
export function refusedHost(visitor: Pick<Visitor, "host" | "loopback">, { publicUrl }: Reach): string | null {
  if (visitor.loopback || visitor.host.toLowerCase() === publicUrl?.host) return null;
  return publicUrl
    ? `this server is ${publicUrl.origin}: open that address`
    : "this server answers to names of its own machine only: set PUBLIC_URL to the address that people open";
}
