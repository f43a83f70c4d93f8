// Sunlight for self-powered tiles: clear sky from the sun's position, dimmed by seeded clouds.
//
// Declination: Cooper, Solar Energy 12(3), 1969. Clear sky: Haurwitz, J. Meteorology 2, 1945, in the form of Reno, Hansen and Stein, SAND2012-2389:
// GHI = 1098 cos z · exp(−0.059 / cos z) W/m². Clouds: G = G₀ (1 − 0.75 N^3.4) for a cover of N, Kasten and Czeplak, Solar Energy 24(2), 1980; N is a
// seeded random walk from hour to hour that stays between clear and overcast. A model, not a measurement: no terrain, no temperature, no dirt.

const radians = Math.PI / 180;
const minutesPerDay = 1440;

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Cosine of the sun's zenith angle. `dayOfYear` 1 … 365, `hour` of solar time. */
export function cosZenith(latitudeDeg: number, dayOfYear: number, hour: number): number {
  const declination = 23.45 * radians * Math.sin(2 * Math.PI * ((284 + dayOfYear) / 365));
  const hourAngle = (hour - 12) * 15 * radians;
  return Math.sin(latitudeDeg * radians) * Math.sin(declination) + Math.cos(latitudeDeg * radians) * Math.cos(declination) * Math.cos(hourAngle);
}

/** Global horizontal irradiance of a clear sky, W/m². */
export function clearSkyWm2(cosine: number): number {
  return cosine <= 0 ? 0 : 1098 * cosine * Math.exp(-0.059 / cosine);
}

/** What is left of it under a cloud cover 0 … 1. */
export function cloudFactor(cover: number): number {
  return 1 - 0.75 * cover ** 3.4;
}

export interface SolarSite {
  latitudeDeg: number;
  /** First day, 1 … 365. */
  dayOfYear: number;
  days: number;
  /** Area of the panel × its efficiency ÷ the battery's voltage gives a current. */
  panelCm2: number;
  efficiency: number;
  volts: number;
  /** Mean cloud cover 0 … 1. */
  meanCover: number;
  seed: number;
}

/** Charge harvested since the beginning, nC, at the end of each minute; [0] = 0. */
export function solarTrace(site: SolarSite): Float64Array {
  const random = seededRandom(site.seed);
  const sum = new Float64Array(site.days * minutesPerDay + 1);
  const ampsPerWm2 = ((site.panelCm2 / 10_000) * site.efficiency) / site.volts;
  let cover = site.meanCover;
  let day = 0.5;
  for (let minute = 0; minute < site.days * minutesPerDay; minute++) {
    if (minute % minutesPerDay === 0) day = Math.min(1, Math.max(0, site.meanCover + (random() + random() - 1) * 0.6)); // the day's weather
    if (minute % 60 === 0) cover = Math.min(1, Math.max(0, cover + (day - cover) * 0.5 + (random() - 0.5) * 0.4));
    const cosine = cosZenith(site.latitudeDeg, site.dayOfYear + Math.floor(minute / minutesPerDay), (minute % minutesPerDay) / 60);
    sum[minute + 1] = sum[minute]! + clearSkyWm2(cosine) * cloudFactor(cover) * ampsPerWm2 * 60 * 1e9;
  }
  return sum;
}

/** Charge harvested up to `timeUs`, nC: the trace, and straight lines between its minutes. */
export function harvestedNc(trace: Float64Array, timeUs: number): number {
  const minutes = timeUs / 60_000_000;
  const at = Math.min(Math.floor(minutes), trace.length - 2);
  return trace[at]! + (trace[at + 1]! - trace[at]!) * Math.min(1, minutes - at);
}
