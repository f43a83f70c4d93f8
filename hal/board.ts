// A board as data: what it has, what it may spend, how it is flashed. `boards/<id>/board.ts` exports one of these; existing is registering.

/** Image profile (design §5): `small` for ≤ 64 kB Storage or < 5,000 variables, `full` for the rest. */
export type Profile = "small" | "full";

/** Current drawn in one state, with the place it was read from. */
export interface PowerState {
  state: string;
  currentUa: number;
  source: string;
  /** A sleep state that keeps the heap and that a timer ends: µs until code runs again. Such rows stand in order, shallowest first. */
  wakeUs?: number;
  /** A peripheral: its current comes on top of the processor's while it is on. */
  isExtra?: boolean;
}

export interface Board {
  id: string;
  name: string;
  /** JavaScript engine that runs the tile. */
  engine: "espruino" | "xs" | "quickjs" | "node";
  /** 1: every scenario runs in CI; 2: recorded on the real engine; 3: described, not yet run. */
  tier: 1 | 2 | 3;
  mcu: string;
  ramBytes: number;
  /** Espruino variables, where the engine has them. */
  variables?: number;
  flashBytes: number;
  storageBytes: number;
  /** Erase unit of the flash. */
  pageBytes: number;
  profile: Profile;
  /** 2: A/B; 1: one slot and a compressed previous image. */
  slots: 1 | 2;
  /** Pages of one slot / of the compressed previous image (0 with two slots) / of the journal. */
  slotPages: number;
  previousPages: number;
  journalPages: number;
  /** UART that carries the link, and its rate in baud. */
  link: { device: "Serial1" | "Serial2"; baud: number };
  /** Board has native SHA-256 (`require("crypto").SHA256`). */
  nativeSha256: boolean;
  pins: Record<string, string>;
  power: PowerState[];
  /** Where the numbers come from. */
  source: string;
}
