// The sun against known values.
import { describe, expect, it } from "vitest";
import { clearSkyWm2, cloudFactor, cosZenith, harvestedNc, seededRandom, solarTrace } from "./solar.ts";

const degrees = (cosine: number): number => (Math.acos(cosine) * 180) / Math.PI;
const site = { latitudeDeg: 52.5, dayOfYear: 172, days: 2, panelCm2: 10, efficiency: 0.2, volts: 4, meanCover: 0.5 };

describe("sun", () => {
  it("stands where it should at noon", () => {
    expect(degrees(cosZenith(52.5, 172, 12))).toBeCloseTo(52.5 - 23.45, 1); // solstices
    expect(degrees(cosZenith(52.5, 355, 12))).toBeCloseTo(52.5 + 23.45, 1);
    expect(degrees(cosZenith(0, 81, 12))).toBeCloseTo(0, 0); // equinox at the equator
    expect(cosZenith(52.5, 172, 0)).toBeLessThan(0);
    expect(degrees(cosZenith(0, 81, 6))).toBeCloseTo(90, 0);
  });
  it("gives Haurwitz' irradiance", () => {
    expect(clearSkyWm2(1)).toBeCloseTo(1098 * Math.exp(-0.059), 6);
    expect(clearSkyWm2(0.5)).toBeCloseTo(549 * Math.exp(-0.118), 6);
    expect(clearSkyWm2(-0.2)).toBe(0);
    expect(cloudFactor(0)).toBe(1);
    expect(cloudFactor(1)).toBeCloseTo(0.25, 6);
  });
});

describe("trace", () => {
  it("never falls, repeats with its seed, and differs with another", () => {
    const one = solarTrace({ ...site, seed: 1 });
    for (let i = 1; i < one.length; i++) expect(one[i]).toBeGreaterThanOrEqual(one[i - 1]!);
    expect(solarTrace({ ...site, seed: 1 })).toEqual(one);
    expect(solarTrace({ ...site, seed: 2 })).not.toEqual(one);
    expect(harvestedNc(one, 0)).toBe(0);
    expect(harvestedNc(one, 90_000_000)).toBeCloseTo((one[1]! + one[2]!) / 2, 6);
    expect(harvestedNc(one, 1e15)).toBe(one[one.length - 1]);
  });
  it("is at most what a clear sky gives", () => {
    // 0.5 mA for each 10 W/m²: a clear midsummer day in Berlin has about 8 kWh/m².
    const sum = solarTrace({ ...site, days: 1, seed: 4 }).at(-1)! / 3.6e9;
    expect(sum).toBeLessThan(9000 * 0.05);
    expect(sum).toBeGreaterThan(9000 * 0.05 * 0.2);
  });
  it("random numbers are even", () => {
    const random = seededRandom(9);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) sum += random();
    expect(sum / 10_000).toBeCloseTo(0.5, 1);
  });
});
