// Light or dark: the system's, until the reader says otherwise. The style sheet knows `data-theme` and nothing else.

type Theme = "light" | "dark";

const KEY = "stele-theme";

/** Shows the button that the page keeps hidden for readers without a script, and remembers what it chose. */
export function offerThemes(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const usual = (): Theme => (system.matches ? "dark" : "light");
  const apply = (theme: Theme | null): void => {
    if (theme) document.documentElement.dataset["theme"] = theme;
    else delete document.documentElement.dataset["theme"];
  };

  let chosen = remembered();
  apply(chosen);
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-toggle]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const next: Theme = (chosen ?? usual()) === "dark" ? "light" : "dark";
      chosen = next === usual() ? null : next;
      apply(chosen);
      remember(chosen);
    });
  }
}

// A browser may refuse storage altogether; the choice then holds for the page.
function remembered(): Theme | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : null;
  } catch {
    return null;
  }
}

function remember(theme: Theme | null): void {
  try {
    if (theme) localStorage.setItem(KEY, theme);
    else localStorage.removeItem(KEY);
  } catch {
    // Nothing is lost but the memory.
  }
}
