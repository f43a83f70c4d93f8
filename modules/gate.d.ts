// The one name that a module has from outside: the tile's gate (firmware/modules/guest-api.ts says what it takes).
declare function gate(op: import("../firmware/modules/guest-api.ts").Op.Now): number;
declare function gate(op: import("../firmware/modules/guest-api.ts").Op.SetTimer, address: 0, label: 0, atUs: number): number;
/** @returns a number ≥ 0, or a Status. */
declare function gate(op: import("../firmware/modules/guest-api.ts").Op, address: number, label: number, a: number, b: number, data: string): number;
