import { addDays } from "@twin/contracts/dates";
import { weekday } from "./calendar.ts";
import { Random } from "./random.ts";
import { type Habit, intakes, sharedAssistant, type Taste, tasteOf } from "./story.ts";

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
  habit: Habit;
  home: Platform;
  /** How willingly they talk, search and write: weights of the kinds of activities. */
  leaning: { conversation: number; query: number; document: number };
  /** Share of their visits that go to a twin of their own, where they have one. */
  loyalty: number;
  /** The features that they use beside. */
  tastes: Taste[];
}

export type Platform = "slack" | "web" | "teams" | "mobile";

export interface DemoTwin {
  id: string;
  owner: DemoPerson;
  name: string;
  description: string;
  isShared: boolean;
  /** Answers for one person, its owner; others answer for a team. */
  isPersonal: boolean;
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
  "Customer Success": 22,
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
/** How many have a twin of their own, by how often they use one. */
const withTwin: Record<Habit, number> = { daily: 1, weekly: 0.4, monthly: 0.1, fading: 0 };

const plain = (text: string) =>
  text
    .toLowerCase()
    .replaceAll("ü", "ue")
    .replaceAll("ä", "ae")
    .normalize("NFD")
    .replace(/[^a-z]/g, "");

/** Names in an order in which none comes twice. */
function nameOf(index: number): [first: string, last: string] {
  const round = Math.floor(index / firstNames.length);
  return [firstNames[index % firstNames.length]!, lastNames[(index + round * 17) % lastNames.length]!];
}

/** The first workday on or after a day: nobody begins on a weekend. */
function workday(day: string): string {
  const past = weekday(day) - 4;
  return past > 0 ? addDays(day, 3 - past) : day;
}

/** The people of Acme, from `start` on, as the story takes them in; some leave. */
export function makePeople(start: string): DemoPerson[] {
  return intakes
    .flatMap((intake) => Array.from({ length: intake.people }, (_, place) => ({ intake, place })))
    .map(({ intake, place }, index) => {
      const { from, to, people, departments: open, habits } = intake;
      const random = new Random(`person ${index}`);
      const [first, last] = nameOf(index);
      const department = random.weighted(Object.fromEntries(open.map((one) => [one, share[one]])) as typeof share);
      const joined = workday(addDays(start, from + Math.floor(((to - from) * place) / people)));
      return {
        id: `person-${index + 1}`,
        name: `${first} ${last}`,
        email: `${plain(first)}.${plain(last)}@acme.example`,
        department,
        timezone: random.pick(zones),
        joined,
        left: random.chance(0.07) ? addDays(joined, random.whole(30, 300)) : null,
        habit: random.weighted(habits),
        home: random.weighted(homes[department]),
        leaning: {
          conversation: random.chance(0.1) ? 0 : 52,
          query: random.whole(6, 50),
          document: random.chance(0.5) ? 30 : 0,
        },
        loyalty: random.chance(0.5) ? 1 : 0.5,
        tastes: tasteOf(`person ${index}`),
      };
    });
}

/** Their twins, none made after `last`: the shared assistant, those of each department, and personal ones of some people. */
export function makeTwins(people: DemoPerson[], start: string, last: string): DemoTwin[] {
  const twins: DemoTwin[] = [];
  const add = (twin: Omit<DemoTwin, "id">) => twins.push({ id: `twin-${twins.length + 1}`, ...twin });
  const staying = people.filter(({ left }) => left === null);
  add({
    owner: staying[1]!,
    name: sharedAssistant,
    description: "The handbook, help with IT and who does what: everybody's first stop.",
    isShared: true,
    isPersonal: false,
    since: addDays(start, 40),
  });
  for (const department of departments) {
    const colleagues = staying.filter((person) => person.department === department);
    for (const [at, [name, description]] of teamTwins[department].entries()) {
      const owner = colleagues[at + 2]!;
      add({ owner, name, description, isShared: true, isPersonal: false, since: owner.joined });
    }
  }
  for (const owner of staying) {
    const random = new Random(`twin of ${owner.id}`);
    if (owner.joined > addDays(last, -30) || !random.chance(withTwin[owner.habit])) continue;
    add({
      owner,
      name: `${owner.name}'s Twin`,
      description: `Answers for ${owner.name} (${owner.department}) from their mail, documents and calendar.`,
      isShared: random.chance(0.25),
      isPersonal: true,
      since: addDays(owner.joined, random.whole(0, 20)),
    });
  }
  return twins;
}
