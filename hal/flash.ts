// Flash as the kernel and the services see it: one page-aligned range, NOR semantics.
//
// Offsets count from the first page of the tile's range. Erasing sets a page to 0xff; programming can only clear bits, in whole 4-byte words.

export interface Flash {
  /** Erase unit, bytes. */
  pageBytes: number;
  /** Bytes from `offset` as a byte string; stays in flash where the board can. */
  read(offset: number, length: number): string;
  /** Program a byte string whose length and `offset` are multiples of 4. */
  program(offset: number, data: string): void;
  /** Erase the page that holds `offset`. */
  erase(offset: number): void;
}
