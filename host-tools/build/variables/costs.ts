// What things weigh in Espruino variables (13-byte cells), measured on the 2,500- and 5,000-variable builds of 2v29 with code in flash.
// `variables.espruino.test.ts` measures the sample bundles again where the interpreter is at hand.

/** Cells of one function whose text stays in flash: itself, its code reference, its scope reference. Each parameter is one more. */
export const FUNCTION_CELLS = 4;
/** A class: itself, prototype, links; an own constructor adds to it. */
export const CLASS_CELLS = 7;
export const CONSTRUCTOR_CELLS = 2;
/** Scope that a function keeps alive, before its names. */
export const SCOPE_CELLS = 1;
/** The first call of an array method makes the object that holds them. */
export const ARRAY_METHODS_CELLS = 8;
/** The link from an instance to its prototype. */
export const PROTOTYPE_LINK_CELLS = 2;
/** A timer, without the function it calls. */
export const TIMER_CELLS = 5;
/** Largest integer that fits into the cell of its name (builds with at most 4,095 variables; larger builds have one bit more). */
export const SMALL_INTEGER = 2047;
/** The first use of a built-in makes its object. */
export const BUILTIN_CELLS: ReadonlyMap<string, number> = new Map([
  ["array methods", ARRAY_METHODS_CELLS], ["Math", 2], ["JSON", 2], ["Array", 3], ["Error", 8], ["TypeError", 8], ["ArrayBuffer", 8], ["DataView", 8],
  ["Int8Array", 8], ["Uint8Array", 8], ["Int16Array", 8], ["Uint16Array", 8], ["Int32Array", 8], ["Uint32Array", 8], ["Float64Array", 8],
]);

/** Cells that a function's reference to its scopes takes beyond the first: one scope is referred to directly, several by an array of them. */
export function scopesCells(scopes: number): number {
  return scopes < 2 ? 0 : 1 + scopes;
}

/** Cells of a name: four characters fit, then up to twelve more. */
export function nameCells(name: string): number {
  return name.length <= 4 ? 1 : 1 + Math.ceil((name.length - 4) / 12);
}

/** Cells of a string in RAM. */
export function stringCells(length: number): number {
  return length <= 8 ? 1 : 1 + Math.ceil((length - 8) / 9);
}

/** Cells of a typed array: view, buffer, and its bytes in one flat block where that is smaller. */
export function typedArrayCells(bytes: number): number {
  return 2 + Math.min(stringCells(bytes), 1 + Math.ceil(bytes / 13));
}
