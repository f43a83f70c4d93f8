// Energy scheduling context: the right to spend charge, as µC per period. It stops an energy hog as a fuel budget stops a CPU hog.
//
// What a run costs is known only afterwards (a transmission can't be stopped half-way), so an account may go into debt; it is refilled once a period,
// never above one budget, and a task in debt waits until refills have paid it. Over n whole periods a task spends at most n + 1 budgets and the last
// run. This is the reserve of Resource Kernels (Rajkumar et al., MMCN 1998) with charge as the resource; Cinder (Roy et al., EuroSys 2011) calls it a tap.

/** Words of an account: two doubles, then integers. */
export interface EnergyContext {
  /** Time of the next refill, and the period, µs. */
  _nextUs: number;
  _periodUs: number;
  /** µC; budget 0: unlimited. `_left` may be negative. */
  _budgetUc: number;
  _leftUc: number;
  /** What of its task's charge has been spent from it already, nC. */
  _paidNc: number;
}

/** Budget in µC (0: unlimited) per period in µs, full from now on. */
export function createEnergyContext(budgetUc: number, periodUs: number, nowUs: number): EnergyContext {
  return { _nextUs: nowUs + periodUs, _periodUs: periodUs, _budgetUc: budgetUc, _leftUc: budgetUc, _paidNc: 0 };
}

/** A run, or a device that is on, has used `chargeUc`. */
export function spendEnergy(e: EnergyContext, chargeUc: number): void {
  if (e._budgetUc) e._leftUc -= chargeUc;
}

/** Refills what is due. @returns the time from which its task may run: `nowUs`, or the refill that ends the debt. Unlimited accounts may always. */
export function energyReadyUs(e: EnergyContext, nowUs: number): number {
  if (e._budgetUc && nowUs >= e._nextUs) {
    const periods = Math.floor((nowUs - e._nextUs) / e._periodUs) + 1;
    const left = e._leftUc + periods * e._budgetUc;
    e._leftUc = left > e._budgetUc ? e._budgetUc : left;
    e._nextUs += periods * e._periodUs;
  }
  if (!e._budgetUc || e._leftUc > 0) return nowUs;
  return e._nextUs + Math.floor(-e._leftUc / e._budgetUc) * e._periodUs;
}
