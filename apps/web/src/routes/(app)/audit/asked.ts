import { actionsKnown } from "@twin/wording/audit";

/** What an address of the audit asks for beside its days. */
export function auditAsked(params: Pick<URLSearchParams, "get">) {
  const text = (name: string) => params.get(name)?.slice(0, 200) || undefined;
  const action = actionsKnown.find((one) => one === params.get("action"));
  return { actor: text("actor"), object: text("object"), action: action && [action] };
}

/** A row's number in the address; undefined for none. */
export function rowOf(params: Pick<URLSearchParams, "get">, name: string): number | undefined {
  const given = params.get(name) ?? "";
  return /^[1-9]\d{0,14}$/.test(given) ? Number(given) : undefined;
}
