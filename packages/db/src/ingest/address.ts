/** An address as PostgreSQL writes it, so that the same one compares equal; IPv4 inside IPv6 becomes IPv4. */
function canonical(address: string): string {
  if (!address.includes(":")) return address;
  const host = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(host);
  if (!mapped) return host;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** An address in canonical form; `truncate` cuts it to the part that names no household: /24, or /48 of IPv6 (trust.md, PII). */
export function storedAddress(address: string, truncate: boolean): string {
  const whole = canonical(address);
  if (!truncate) return whole;
  if (!whole.includes(":")) return whole.replace(/\.\d+$/, ".0");
  const [head = "", tail = ""] = whole.split("::");
  const left = head ? head.split(":") : [];
  const right = tail ? tail.split(":") : [];
  const groups = whole.includes("::")
    ? [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right]
    : left;
  return canonical(`${groups.slice(0, 3).join(":")}::`);
}
