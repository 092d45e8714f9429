// The one script, on every page: the theme button, suggestions for the search, the first rows of a list whose
// columns are being said, how much of a list is sent, keys for the review of proposals and of pairs. All only add to pages that work
// without it; nothing is decided or saved here, the form does that.

import { showFirstRows } from "./columns";
import { offerSuggestions } from "./suggest";
import { offerThemes } from "./theme";
import { showSending } from "./upload";

const WORDS = { accept: "accepted", edit: "accepted with changes", reject: "rejected", later: "left for later" } as const;

type Decision = keyof typeof WORDS;

/** Keys of the letters where the layout writes another script (Armenian, Arabic, Cyrillic …). */
const LETTERS: Readonly<Record<string, string>> = { KeyJ: "j", KeyK: "k", KeyA: "a", KeyR: "r", KeyE: "e", KeyU: "u", KeyS: "s", KeyD: "d", KeyB: "b" };

const FIELD = "input:not([type=hidden], [type=radio], [type=checkbox]), textarea, select";

function isDecision(value: string): value is Decision {
  return value in WORDS;
}

/** Whether a letter typed here belongs to a text. */
function takesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches(FIELD));
}

function letterOf(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  return /^[\x21-\x7e]$/.test(key) ? key : (LETTERS[event.code] ?? "");
}

/** One proposal: its article, its radio buttons and the passages it marks in the text. */
class Proposal {
  readonly marks: readonly HTMLElement[];

  constructor(
    readonly article: HTMLElement,
    allMarks: readonly HTMLElement[],
  ) {
    const id = article.dataset["proposal"] ?? "";
    this.marks = allMarks.filter((mark) => idsOf(mark).includes(id));
    if (!article.hasAttribute("tabindex")) article.tabIndex = -1;
  }

  private get radios(): HTMLInputElement[] {
    return [...this.article.querySelectorAll<HTMLInputElement>('input[type="radio"][name^="decision-"]')];
  }

  get decision(): Decision {
    const value = this.radios.find((radio) => radio.checked)?.value ?? "later";
    return isDecision(value) ? value : "later";
  }

  set decision(decision: Decision) {
    for (const radio of this.radios) radio.checked = radio.value === decision;
  }

  /** The part where a proposal is changed, opened. */
  openEdit(): HTMLElement | null {
    const details = this.article.querySelector<HTMLDetailsElement>("details.proposal__edit");
    if (details) details.open = true;
    return details;
  }

  /** Shows what was decided; `marks` may be shared with others, so they are only ever added to. */
  show(isCurrent: boolean): void {
    const decision = this.decision;
    const isTaken = decision === "accept" || decision === "edit";
    this.article.classList.toggle("proposal--current", isCurrent);
    this.article.classList.toggle("proposal--accepted", isTaken);
    this.article.classList.toggle("proposal--rejected", decision === "reject");
    for (const mark of this.marks) {
      if (isCurrent) mark.classList.add("proposal-mark--current");
      if (isTaken) mark.classList.add("proposal-mark--accepted");
      if (decision === "reject") mark.classList.add("proposal-mark--rejected");
    }
  }
}

/** The numbers of the proposals that a mark belongs to: several where passages overlap. */
function idsOf(mark: HTMLElement): string[] {
  return (mark.dataset["proposal"] ?? "").split(/\s+/).filter(Boolean);
}

/** Keys of a page whose buttons and links name theirs: the one with the key is pressed. */
function pressable(within: HTMLElement): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return;
    const letter = letterOf(event);
    const button = [...within.querySelectorAll<HTMLElement>("[data-key]")].find((one) => one.dataset["key"] === letter);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}

/** Keys, counts and marks of a review page. */
function review(page: HTMLElement): void {
  const text = page.querySelector<HTMLElement>(".review__text");
  const marks = [...page.querySelectorAll<HTMLElement>(".proposal-mark[data-proposal]")];
  const proposals = [...page.querySelectorAll<HTMLElement>("article.proposal[data-proposal]")].map((article) => new Proposal(article, marks));
  const live = document.querySelector<HTMLElement>("[data-live]");
  const help = document.querySelector<HTMLDialogElement>("dialog#review-keys");
  const switchOff = document.querySelector<HTMLInputElement>("input[data-keys]");
  let current = -1;
  let isDirty = false;

  const refresh = (): void => {
    for (const mark of marks) mark.classList.remove("proposal-mark--current", "proposal-mark--accepted", "proposal-mark--rejected");
    proposals.forEach((proposal, i) => proposal.show(i === current));
    const decisions = proposals.map((proposal) => proposal.decision);
    for (const place of document.querySelectorAll<HTMLElement>("[data-count]")) {
      const counted = place.dataset["count"];
      const n = decisions.filter((d) => d === counted || (d === "edit" && counted === "accept")).length;
      place.textContent = String(n);
    }
  };

  const announce = (index: number): void => {
    const proposal = proposals[index];
    if (live && proposal) live.textContent = `Proposal ${index + 1} of ${proposals.length}: ${WORDS[proposal.decision]}`;
  };

  /** Scrolls the text, never the page: on a narrow screen the text stands above what is being read. */
  const showPassage = (proposal: Proposal): void => {
    const mark = proposal.marks[0];
    if (!text || !mark) return;
    const [inner, outer] = [mark.getBoundingClientRect(), text.getBoundingClientRect()];
    const isSeen = inner.top >= outer.top && inner.bottom <= outer.bottom;
    if (!isSeen) text.scrollTop += inner.top - outer.top - text.clientHeight / 3;
  };

  const makeCurrent = (index: number): void => {
    const proposal = proposals[index];
    if (!proposal || index === current) return;
    current = index;
    refresh();
    showPassage(proposal);
  };

  const goTo = (index: number): void => {
    const proposal = proposals[index];
    if (!proposal) return;
    makeCurrent(index);
    proposal.article.focus({ preventScroll: true });
    proposal.article.scrollIntoView({ block: "nearest" });
  };

  const decided = (index: number): void => {
    const proposal = proposals[index];
    if (!proposal) return;
    isDirty = true;
    if (proposal.decision === "edit") proposal.openEdit();
    refresh();
    announce(index);
  };

  const decide = (decision: Decision): void => {
    if (current < 0) goTo(0);
    const proposal = proposals[current];
    if (!proposal) return;
    proposal.decision = decision;
    decided(current);
    if (decision === "edit") proposal.openEdit()?.querySelector<HTMLElement>(FIELD)?.focus();
  };

  const toggleHelp = (): void => {
    if (help?.open) help.close();
    else help?.showModal();
  };

  const acts: Readonly<Record<string, () => void>> = {
    j: () => goTo(Math.min(current + 1, proposals.length - 1)),
    k: () => goTo(Math.max(current - 1, 0)),
    a: () => decide("accept"),
    r: () => decide("reject"),
    e: () => decide("edit"),
    u: () => decide("later"),
    "?": toggleHelp,
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return;
    const letter = letterOf(event);
    const act = acts[letter];
    if (!act || (letter !== "?" && (help?.open || switchOff?.checked === false))) return;
    event.preventDefault();
    act();
  });

  page.addEventListener("change", (event) => {
    const index = proposals.findIndex((proposal) => event.target instanceof Node && proposal.article.contains(event.target));
    if (event.target instanceof HTMLInputElement && event.target.type === "radio") decided(index);
  });
  page.addEventListener("input", () => (isDirty = true));
  page.addEventListener("focusin", (event) => {
    makeCurrent(proposals.findIndex((proposal) => event.target instanceof Node && proposal.article.contains(event.target)));
  });
  text?.addEventListener("click", (event) => {
    const mark = event.target instanceof Element ? event.target.closest<HTMLElement>(".proposal-mark") : null;
    // Where passages overlap, clicking again leads to the next of them.
    const indices = proposals.flatMap((proposal, i) => (mark && proposal.marks.includes(mark) ? [i] : []));
    const next = indices[(indices.indexOf(current) + 1) % indices.length];
    if (next !== undefined) goTo(next);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
    if (form.contains(page) || page.contains(form)) isDirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });

  // A region that scrolls must be reachable without a mouse.
  if (text && !text.hasAttribute("tabindex")) text.tabIndex = 0;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-review-help]")) {
    button.hidden = false;
    button.addEventListener("click", toggleHelp);
  }
  refresh();
}

offerThemes();
offerSuggestions();
showFirstRows();
showSending();
const page = document.querySelector<HTMLElement>(".review");
if (page) review(page);
if (document.querySelector("[data-key]")) pressable(document.body);
