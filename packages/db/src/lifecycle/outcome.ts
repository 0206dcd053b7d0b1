import { type DataType, policyKinds } from "@twin/contracts/policies";

/** What happens to a kind of data, and which lists and charts then begin at the first day that is kept. */
export function outcomeOf(data_type: DataType): { becomes: string; loses: string[] } {
  const { becomes, loses } = policyKinds[data_type];
  return { becomes, loses: [...loses] };
}
