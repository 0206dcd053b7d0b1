/** An address as PostgreSQL writes it, so that the same one compares equal; IPv4 inside IPv6 becomes IPv4. */
function canonical(address: string): string {
  if (!address.includes(":")) return address;
  const host = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(host);
  if (!mapped) return host;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The first so many groups of four digits of an IPv6 address, the rest zero. */
function headOf(whole: string, groups: number): string {
  const [head = "", tail = ""] = whole.split("::");
  const left = head ? head.split(":") : [];
  const right = tail ? tail.split(":") : [];
  const all = whole.includes("::")
    ? [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right]
    : left;
  return canonical(`${all.slice(0, groups).join(":")}::`);
}

/** An address in canonical form; `truncate` cuts it to the part that names no household: /24, or /48 of IPv6. */
export function storedAddress(address: string, truncate: boolean): string {
  const whole = canonical(address);
  if (!truncate) return whole;
  return whole.includes(":") ? headOf(whole, 3) : whole.replace(/\.\d+$/, ".0");
}

/** What tries are counted by: an IPv4 address, or the /64 of IPv6 that one household has. */
export function networkOf(address: string): string {
  const whole = canonical(address);
  return whole.includes(":") ? headOf(whole, 4) : whole;
}
