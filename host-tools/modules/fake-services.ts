// The tile's services as a test's module meets them: pins with levels, edges and values, a list of telemetry records, kept state, a clock, samples.
//
// What each label means stands in firmware/modules/guest-api.ts; here is the least that does it.

import { ClockLabel, GuestLimit, PinEdge, PinLabel, SelfLabel, SensorLabel, Status, TelemetryLabel } from "../../firmware/modules/guest-api.ts";
import type { ModuleManifest, Need, PinNeed } from "./manifest.ts";

export interface Answer {
  label: number;
  a: number;
  b: number;
  data: string;
}

export interface TelemetryRecord {
  atUs: number;
  kind: number;
  values: number[];
}

export interface SavedState {
  version: number;
  data: string;
}

interface FakePin {
  need: PinNeed;
  address: number;
  /** Level (0, 1), or analog value. */
  value: number;
  edges: PinEdge;
  debounceUs: number;
  /** Level that was told last, and when it changed to that. */
  told: number;
  toldUs: number;
  changedUs: number;
}

/** What the services ask of the world around them. */
export interface ServiceWorld {
  nowUs(): number;
  /** Does something at a time, in virtual time. */
  at(timeUs: number, action: () => void): void;
  notify(bits: number): void;
}

const answer = (label: number, a: number = 0, b: number = 0, data: string = ""): Answer => ({ label, a, b, data });

export class FakeServices {
  readonly telemetry: TelemetryRecord[] = [];
  /** What a restart finds; what a new version saved before it was ready stands beside it. */
  saved: SavedState | undefined;
  onTrial: SavedState | undefined;
  isReady = false;
  /** Wall clock at virtual time 0, ms since 1970; undefined: not set. */
  wallMs: number | undefined;
  uncertaintyMs = 50;
  /** The tile's own sample. */
  sample: { value: number; timeS: number } | undefined;
  private readonly manifest: ModuleManifest;
  private readonly world: ServiceWorld;
  private readonly pins = new Map<string, FakePin>();

  constructor(manifest: ModuleManifest, world: ServiceWorld) {
    this.manifest = manifest;
    this.world = world;
    manifest.needs.forEach((need, index) => {
      if (need.service === "pins") this.pins.set(need.pin, { need, address: index + 2, value: 0, edges: PinEdge.None, debounceUs: 0, told: 0, toldUs: 0, changedUs: 0 });
    });
    this.stopped();
  }

  /** A pin's level or value. @throws RangeError when the manifest has no such pin. */
  pinOf(name: string): FakePin {
    const pin = this.pins.get(name);
    if (pin === undefined) throw new RangeError(`the manifest of ${this.manifest.name} has no pin "${name}", only ${[...this.pins.keys()].join(", ")}`);
    return pin;
  }

  /** The world puts a level or a value on a pin. */
  setPin(name: string, value: number): void {
    const pin = this.pinOf(name);
    const most = pin.need.mode === "analog" ? 32767 : 1;
    if (pin.need.mode === "output") throw new RangeError(`pin ${name} is an output: the module sets it`);
    if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError(`pin ${name}: an integer from 0 to ${most}, not ${value}`);
    if (pin.value === value) return;
    const nowUs = this.world.nowUs();
    pin.value = value;
    pin.changedUs = nowUs;
    if (pin.edges === PinEdge.None) return;
    this.world.at(nowUs + pin.debounceUs, () => {
      if (pin.changedUs !== nowUs || pin.value === pin.told || pin.edges === PinEdge.None) return;
      pin.told = pin.value;
      if ((pin.edges & (pin.value === 1 ? PinEdge.Rising : PinEdge.Falling)) === 0) return;
      pin.toldUs = nowUs;
      this.world.notify(1 << (pin.address - 2));
    });
  }

  /** The module begins. */
  started(): void {
    this.isReady = false;
    this.onTrial = undefined;
  }

  /** The module is not running: outputs are safe, nothing is watched. */
  stopped(): void {
    for (const pin of this.pins.values()) {
      pin.edges = PinEdge.None;
      if (pin.need.mode === "output") pin.value = pin.need.safe;
    }
  }

  self(label: number, a: number, data: string): Answer {
    const { version, bytes } = this.manifest.state;
    if (label === SelfLabel.Load) {
      const state = this.onTrial ?? this.saved;
      return state === undefined ? answer(0) : answer(state.version, state.data.length, 0, state.data);
    }
    if (label === SelfLabel.Save) {
      if (a !== version || version === 0) return answer(Status.InvalidArgument);
      if (data.length > bytes) return answer(Status.TruncatedMessage);
      if (this.isReady) this.saved = { version, data };
      else this.onTrial = { version, data };
      return answer(Status.Ok);
    }
    if (label !== SelfLabel.Ready) return answer(Status.IllegalOperation);
    this.isReady = true;
    this.saved = this.onTrial ?? this.saved;
    this.onTrial = undefined;
    return answer(Status.Ok);
  }

  need(need: Need, label: number, a: number, b: number, data: string): Answer {
    if (need.service === "pins") return this.pin(this.pinOf(need.pin), label, a, b);
    if (need.service === "telemetry" && label === TelemetryLabel.Append) return this.append(a, data);
    if (need.service === "sensor" && label === SensorLabel.Latest) return this.sample === undefined ? answer(Status.NotReady) : answer(Status.Ok, this.sample.value, this.sample.timeS);
    if (need.service === "clock" && label === ClockLabel.Wall) return this.wallMs === undefined ? answer(Status.NotReady) : answer(Status.Ok, this.wallMs + Math.floor(this.world.nowUs() / 1000), this.uncertaintyMs);
    return answer(Status.IllegalOperation);
  }

  private pin(pin: FakePin, label: number, a: number, b: number): Answer {
    const { mode } = pin.need;
    switch (label) {
      case PinLabel.Read:
        return mode === "analog" ? answer(Status.InvalidCapability) : answer(Status.Ok, pin.value, pin.toldUs);
      case PinLabel.Write:
        if (mode !== "output") return answer(Status.InvalidCapability);
        if (a !== 0 && a !== 1) return answer(Status.RangeError);
        pin.value = a;
        return answer(Status.Ok);
      case PinLabel.Analog:
        return mode === "analog" ? answer(Status.Ok, pin.value) : answer(Status.InvalidCapability);
      case PinLabel.Watch:
        if (mode !== "watch") return answer(Status.InvalidCapability);
        if (!Number.isInteger(a) || a < PinEdge.None || a > PinEdge.Both || !Number.isInteger(b) || b < 0) return answer(Status.RangeError);
        pin.edges = a;
        pin.debounceUs = b;
        pin.told = pin.value;
        pin.toldUs = 0;
        return answer(Status.Ok, pin.value);
      default:
        return answer(Status.IllegalOperation);
    }
  }

  private append(kind: number, data: string): Answer {
    if (!Number.isInteger(kind) || kind < 0 || kind > 255) return answer(Status.RangeError);
    if (data.length === 0 || data.length % 4 !== 0 || data.length > 4 * GuestLimit.RecordValues) return answer(Status.InvalidArgument);
    const bytes = Buffer.from(data, "latin1");
    this.telemetry.push({ atUs: this.world.nowUs(), kind, values: Array.from({ length: data.length / 4 }, (_, index) => bytes.readInt32BE(index * 4)) });
    return answer(Status.Ok, 1);
  }
}
