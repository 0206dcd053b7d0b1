import { addDays } from "@twin/contracts/dates";
import { Random } from "./random.ts";

export const departments = ["Engineering", "Sales", "Customer Success", "Marketing", "Finance", "People"] as const;
export type Department = (typeof departments)[number];

export interface DemoPerson {
  id: string;
  name: string;
  email: string;
  department: Department;
  timezone: string;
  joined: string;
  /** When they stopped using it; null: they still do. */
  left: string | null;
  /** Visits on a usual day. */
  eagerness: number;
  home: Platform;
}

export type Platform = "slack" | "web" | "teams" | "mobile";

export interface DemoTwin {
  id: string;
  owner: DemoPerson;
  name: string;
  description: string;
  isShared: boolean;
  since: string;
}

const firstNames =
  "Sarah Lukas Amara Jonas Priya Mateo Hannah Felix Yuki Clara Omar Ines Noah Leonie Tomasz Aisha David Marta Emil Zoe Karim Johanna Ben Sofia Arjun Greta Samuel Lina Victor Nadia Paul Elif Oskar Mira Daniel Freya Hugo Selin Anton Ruth Ivan Carla Moritz Leila Simon Astrid Rafael Thea Adam Vera Nikhil Julia Max Olga Peter Ebba Tim Rosa Jan Mei Leo Anna Kofi Eva Finn Dalia Erik Nora Ali Ida Marco Pia Sven Tara Ole Uma Rui Wanda Kai Zara Luis Britta Aron Maja Theo Lucia Nils Alma Jakob Esther Milan Frida Bruno Salma Henrik Romy".split(
    " ",
  );
const lastNames =
  "Chen Weber Okafor Lindqvist Sharma Garcia Vogel Brandt Tanaka Hoffmann Haddad Costa Fischer Keller Nowak Rahman Cohen Silva Bergmann Laurent Mansour Krüger Walker Rossi Mehta Sommer Adler Novak Petrov Jansen Yilmaz Baumann Kaya Larsen Dubois Aydin Richter Klein Horvat Moreno Schäfer Nasser Winter Holm Santos Berg Kowalski Peters Iyer Martin Becker Ivanova Hughes Olsson Krause Ricci Maier Lin Vargas Schmitt Mensah Pohl Reid Amin Nyström Falk Farouk Dahl Conti Graf Engel Shah Lund Bauer Sousa Zielinski Huber Malik Romero Seidel Roth Vidal Frank Moreau Arslan Thoma Blum Steiner Vance Koch Ferrari Sato".split(
    " ",
  );
const zones = ["Europe/Berlin", "Europe/Berlin", "Europe/Berlin", "Europe/London", "Europe/Madrid", "America/New_York"];
const share: Record<Department, number> = {
  Engineering: 30,
  Sales: 22,
  "Customer Success": 16,
  Marketing: 12,
  Finance: 9,
  People: 7,
};
const homes: Record<Department, Partial<Record<Platform, number>>> = {
  Engineering: { slack: 8, web: 2 },
  Sales: { slack: 3, teams: 3, mobile: 4 },
  "Customer Success": { web: 5, slack: 4, mobile: 1 },
  Marketing: { slack: 5, web: 4, mobile: 1 },
  Finance: { teams: 6, web: 4 },
  People: { teams: 4, web: 3, slack: 3 },
};
const teamTwins: Record<Department, [string, string][]> = {
  Engineering: [
    ["Runbook Twin", "Knows the runbooks, the architecture decisions and who is on call."],
    ["Release Twin", "Writes release notes and answers what shipped when."],
  ],
  Sales: [["Deal Desk Twin", "Pricing rules, discount approvals and the standard contract."]],
  "Customer Success": [
    ["Support Twin", "Answers from the help centre and past tickets."],
    ["Onboarding Twin", "Guides new customers through their first thirty days."],
  ],
  Marketing: [["Brand Twin", "Tone of voice, boilerplate and campaign history."]],
  Finance: [["Close Twin", "Month-end checklist, cost centres and expense policy."]],
  People: [["People Twin", "Leave, benefits, onboarding and the handbook."]],
};
const personalTwins = 18;

const plain = (text: string) =>
  text
    .toLowerCase()
    .replaceAll("ü", "ue")
    .replaceAll("ä", "ae")
    .normalize("NFD")
    .replace(/[^a-z]/g, "");

/** The people of Acme, from `start` on: a third at once, the others over the year; a few leave. */
export function makePeople(start: string, days: number): DemoPerson[] {
  return firstNames.map((first, index) => {
    const random = new Random(`person ${index}`);
    const last = lastNames[index % lastNames.length]!;
    const department = random.weighted(share);
    // Many join at the beginning, few in summer, and more with the roll-out in autumn.
    const at =
      index < 24
        ? random.whole(0, 9)
        : Math.floor(days * (0.06 + 0.92 * ((index - 24) / (firstNames.length - 24)) ** 0.85));
    const stays = !random.chance(0.14);
    return {
      id: `person-${index + 1}`,
      name: `${first} ${last}`,
      email: `${plain(first)}.${plain(last)}@acme.example`,
      department,
      timezone: random.pick(zones),
      joined: addDays(start, at),
      left: stays ? null : addDays(start, at + random.whole(25, 150)),
      eagerness: 0.25 + 1.5 * random.next() ** 2,
      home: random.weighted(homes[department]),
    };
  });
}

/** Their twins, none made after `last`: shared ones of each department, and personal ones of some people. */
export function makeTwins(people: DemoPerson[], last: string): DemoTwin[] {
  const twins: DemoTwin[] = [];
  for (const department of departments) {
    const colleagues = people.filter((person) => person.department === department && person.left === null);
    for (const [at, [name, description]] of teamTwins[department].entries()) {
      const owner = colleagues[at] ?? people[0]!;
      twins.push({ id: `twin-${twins.length + 1}`, owner, name, description, isShared: true, since: owner.joined });
    }
  }
  const eager = people.filter(({ left }) => left === null).toSorted((a, b) => b.eagerness - a.eagerness);
  for (const owner of eager.slice(0, personalTwins)) {
    const random = new Random(`twin of ${owner.id}`);
    twins.push({
      id: `twin-${twins.length + 1}`,
      owner,
      name: `${owner.name.split(" ")[0]}'s Twin`,
      description: `Answers for ${owner.name} (${owner.department}) from their mail, documents and calendar.`,
      isShared: random.chance(0.4),
      since: [addDays(owner.joined, random.whole(0, 20)), last].toSorted()[0]!,
    });
  }
  return twins;
}
