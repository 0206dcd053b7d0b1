import type { Department } from "./people.ts";
import type { Random } from "./random.ts";

/** What people of a department talk about with a twin. */
export interface Topic {
  topic: string;
  title: string;
  asks: string[];
  answers: string[];
  /** Title and kind of the document that is made. */
  document: [string, string];
  /** What is looked up, and the kind of that question. */
  query: [string, string];
  source: string;
}

const slots: Record<string, string[]> = {
  customer: ["Northwind", "Globex", "Initech", "Umbra Logistics", "Bluewater", "Hartmann AG", "Solaris", "Fjord Bank"],
  product: ["Atlas", "Beacon", "Compass", "the mobile app", "the reporting add-on"],
  quarter: ["Q1", "Q2", "Q3", "Q4"],
  service: ["billing-api", "search", "the import queue", "checkout", "notifications"],
  colleague: ["Sarah", "Jonas", "Priya", "Mateo", "Hannah", "Omar"],
  amount: ["4,200", "12,500", "980", "31,000", "7,750"],
  count: ["two", "three", "four", "five", "a dozen"],
};

/** A template with its slots filled: the same slot is the same word within one call. */
export function fill(template: string, random: Random, words: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => (words[slot] ??= random.pick(slots[slot] ?? [slot])));
}

export const topics: Record<Department, Topic[]> = {
  Engineering: [
    {
      topic: "incidents",
      title: "{service} alerts",
      asks: [
        "Why did {service} page us last night?",
        "Has {service} done this before?",
        "What did we change on {service} this week?",
        "Who knows {service} best?",
      ],
      answers: [
        "The queue grew after the deploy at 22:10 and drained by itself. The same happened in spring; the fix then was a larger pool.",
        "{colleague} wrote the last review of it. The open action is a limit on retries.",
        "Three changes went out: a dependency update, a new index and the timeout you approved.",
      ],
      document: ["Review: {service} incident", "report"],
      query: ["runbook for {service}", "runbook"],
      source: "Runbooks / {service}",
    },
    {
      topic: "releases",
      title: "Release notes for {product}",
      asks: [
        "What goes into the next release of {product}?",
        "Can you shorten that for customers?",
        "Is anything risky in it?",
      ],
      answers: [
        "Eleven changes are merged. The visible ones are the faster export and the new filter.",
        "Short version: exports are twice as fast, filters remember themselves, and {count} small fixes.",
        "The migration touches a large table, so it should go out before noon.",
      ],
      document: ["Release notes: {product}", "release_notes"],
      query: ["changes in {product} since the last release", "changelog"],
      source: "Changelog / {product}",
    },
    {
      topic: "architecture",
      title: "How {service} stores its state",
      asks: [
        "Why did we choose one table for {service}?",
        "Is there a decision record?",
        "What would break if we split it?",
      ],
      answers: [
        "The record from last year says: one writer, simple recovery. Volume was a tenth of today's.",
        "Yes, with two alternatives and their figures. {colleague} signed it.",
        "Only the nightly report reads across both halves, and it could read a view.",
      ],
      document: ["Decision: split {service}", "decision"],
      query: ["decision record {service}", "documentation"],
      source: "Decisions / {service}",
    },
  ],
  Sales: [
    {
      topic: "proposals",
      title: "Proposal for {customer}",
      asks: [
        "Draft the opening of the proposal for {customer}.",
        "Make it shorter, they read on the phone.",
        "What did we promise them in {quarter}?",
      ],
      answers: [
        "Here is a first version: it starts with their migration date and ends with one clear next step.",
        "Cut to 90 words. I kept the price and the date, and moved the references to the appendix.",
        "A pilot for {count} teams and a review with their operations lead.",
      ],
      document: ["Proposal: {customer}", "proposal"],
      query: ["last contract with {customer}", "contract"],
      source: "Contracts / {customer}",
    },
    {
      topic: "pricing",
      title: "Discount for {customer}",
      asks: [
        "How far can I go for {customer} on {product}?",
        "Who has to approve that?",
        "What did similar customers pay?",
      ],
      answers: [
        "Up to 12 % on a yearly term without approval; they ask for {amount} euros less, which is within it.",
        "{colleague}, as it is above the standard band.",
        "Between 8 and 15 % off list, all on two-year terms.",
      ],
      document: ["Offer: {customer}, {product}", "offer"],
      query: ["discount rules for {product}", "policy"],
      source: "Deal desk / Pricing",
    },
    {
      topic: "meetings",
      title: "Call with {customer}",
      asks: [
        "Prepare me for the call with {customer}.",
        "What is still open from last time?",
        "Write the follow-up, please.",
      ],
      answers: [
        "They renewed in {quarter}, opened {count} tickets since, and the new head of IT joins the call.",
        "The security questionnaire and the date for training.",
        "Done: thanks, the three points agreed, and who does what until Friday.",
      ],
      document: ["Follow-up: {customer}", "email"],
      query: ["open points {customer}", "crm"],
      source: "CRM / {customer}",
    },
  ],
  "Customer Success": [
    {
      topic: "tickets",
      title: "{customer} cannot export",
      asks: [
        "{customer} says the export stops half-way, is that known?",
        "What should I answer?",
        "How long did the fix take last time?",
      ],
      answers: [
        "Yes, it affects exports with more than 50,000 rows. A workaround is to split by month.",
        "I drafted a reply with the workaround and the expected date.",
        "Two days, with {colleague} on it.",
      ],
      document: ["Reply to {customer}", "email"],
      query: ["export stops half-way", "help_centre"],
      source: "Help centre / Exports",
    },
    {
      topic: "onboarding",
      title: "First month of {customer}",
      asks: [
        "Where does {customer} stand in onboarding?",
        "Which step do most customers forget?",
        "Can you make a plan for week three?",
      ],
      answers: [
        "Day 12 of 30: accounts are connected, {count} people have not signed in yet.",
        "Inviting the second administrator.",
        "Plan: training on Tuesday, first report on Thursday, review call on Friday.",
      ],
      document: ["Onboarding plan: {customer}", "plan"],
      query: ["onboarding checklist {product}", "checklist"],
      source: "Playbooks / Onboarding",
    },
  ],
  Marketing: [
    {
      topic: "campaigns",
      title: "{quarter} campaign for {product}",
      asks: [
        "Give me three headlines for {product}.",
        "Which one is closest to our tone?",
        "How did the {quarter} campaign do?",
      ],
      answers: [
        "1. Know before you ask. 2. Your week, already sorted. 3. Less searching, more answering.",
        "The second: concrete, calm, no promise that we cannot keep.",
        "Open rate 31 %, best on Tuesdays; the short subject lines won.",
      ],
      document: ["Brief: {quarter} campaign", "brief"],
      query: ["results of the {quarter} campaign", "analytics"],
      source: "Campaigns / {quarter}",
    },
    {
      topic: "content",
      title: "Story about {customer}",
      asks: [
        "Turn the interview with {customer} into a story.",
        "Shorter, and start with the problem.",
        "Do we have their approval?",
      ],
      answers: [
        "Draft is ready: 600 words, two quotes, one figure.",
        "Now it opens with the Monday-morning backlog and ends with the hours they saved.",
        "Yes for the web, not yet for print.",
      ],
      document: ["Story: {customer}", "article"],
      query: ["boilerplate for {product}", "brand"],
      source: "Brand / Boilerplate",
    },
  ],
  Finance: [
    {
      topic: "month_end",
      title: "Open items for {quarter}",
      asks: [
        "Which invoices of {customer} are still open?",
        "What is left on the month-end list?",
        "Why is travel above plan?",
      ],
      answers: [
        "{count} of them, {amount} euros in all; the oldest is 41 days past due.",
        "Accruals for hosting, and the sign-off by {colleague}.",
        "Two conferences moved into this month; without them it is on plan.",
      ],
      document: ["Variance note {quarter}", "note"],
      query: ["cost centre for {product}", "ledger"],
      source: "Ledger / {quarter}",
    },
  ],
  People: [
    {
      topic: "policies",
      title: "Parental leave in practice",
      asks: [
        "How much notice does parental leave need?",
        "Does that hold for our office in London too?",
        "Can you write it up for {colleague}?",
      ],
      answers: [
        "Seven weeks before it begins, in writing. The form is on the handbook page.",
        "No, there it is fifteen weeks before the due date.",
        "Written, with both cases and the links.",
      ],
      document: ["Note for {colleague}", "note"],
      query: ["parental leave notice", "policy"],
      source: "Handbook / Leave",
    },
    {
      topic: "hiring",
      title: "Interviews for {product}",
      asks: [
        "Suggest questions for the {product} interviews.",
        "Which of them did we ask last time?",
        "Summarise the feedback so far.",
      ],
      answers: [
        "Six questions, two of them about a decision they regret. I left out anything about private life.",
        "The first and the fourth; candidates found the fourth hard but fair.",
        "{count} candidates seen, two strong, one open question about availability.",
      ],
      document: ["Interview guide: {product}", "guide"],
      query: ["interview scorecards {product}", "hiring"],
      source: "Hiring / {product}",
    },
  ],
};

export const purposes = ["expertise", "hand-over", "onboarding", "second opinion", "out of office"];
export const thanks = [
  "Thanks, that helps.",
  "Perfect, I'll send it.",
  "Good enough for today.",
  "Can you keep an eye on it?",
];
export const closings = [
  "Gladly. I'll note the open point for Monday.",
  "Done, and I saved it under {topic}.",
  "I will, and tell you when it changes.",
];
