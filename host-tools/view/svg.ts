// The little SVG that the pictures need: elements as text, with everything in them escaped. Standard: SVG 1.1 (a file that browsers open by themselves).
import { xmlText } from "./printable.ts";

export type Attributes = Readonly<Record<string, string | number>>;

const number = (value: string | number): string => (typeof value === "number" ? String(Math.round(value * 10) / 10) : value);

/** `children` is SVG already; text goes through `text`. */
export function element(name: string, attributes: Attributes, children: string = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(number(value))}"`).join("");
  return children === "" ? `<${name}${written}/>` : `<${name}${written}>${children}</${name}>`;
}

/** Text at a baseline. */
export const text = (x: number, y: number, words: string, attributes: Attributes = {}): string => element("text", { x, y, ...attributes }, xmlText(words) || " ");

/** What a browser shows while the mouse is over the element. */
export const tip = (words: string): string => `<title>${xmlText(words)}</title>`;

/** A whole file: white paper, so that it reads the same on dark pages. */
export function drawing(width: number, height: number, title: string, style: string, parts: readonly string[]): string {
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">`,
    `<title>${xmlText(title)}</title>`,
    `<style>${style}</style>`,
    element("rect", { ...size, fill: "#ffffff" }),
    ...parts,
    "</svg>",
  ].join("\n");
}
