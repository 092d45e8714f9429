// Making elements of the page without markup: text is only ever text.

type Child = Node | string | null | false;

/** An element with a class, attributes and what stands in it. */
export function make<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Readonly<Record<string, string>> = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return element;
}

/** Words of a record, which may run either way. */
export function said(text: string): HTMLElement {
  return make("bdi", { dir: "auto" }, text);
}
