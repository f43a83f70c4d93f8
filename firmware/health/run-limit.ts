// What a run of a service may burn (services are metered: host-tools/build/fuel/README.md).
//
// Handlers are not interrupted, so a budget can't make a long run wait: it ends the run in a fault. It is there for what never ends and has to let
// everything else pass: about three times what the dearest honest run burns (a read of 100 capabilities: 70,000), and back before the next run.

export const enum RunLimit {
  /** Units: 2 s on a Cortex-M4 at 62.5 MIPS, about 6 s on a real nRF52, less than the watchdog's time. */
  Fuel = 200000,
  PeriodUs = 1,
}
