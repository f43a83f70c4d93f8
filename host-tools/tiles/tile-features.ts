// Which features the image of a running tile carries beyond its profile, from what its services answer: an update built here keeps them.
import { neighborApi } from "../../firmware/neighbor/api.ts";
import { sensorApi } from "../../firmware/sensor/api.ts";
import { imageApi } from "../../firmware/update/api.ts";
import type { Profile } from "../../hal/board.ts";
import { beyondProfile, type Feature } from "../build/features.ts";
import { isLinkError } from "../link/link-errors.ts";
import { callRead } from "../link/service-client.ts";
import type { SmpClient } from "../link/smp-client.ts";

/** A question that only an image with the feature answers, or answers with other than false. */
const QUESTIONS: Readonly<Record<Feature, (client: SmpClient) => Promise<unknown>>> = {
  upload: (client) => callRead(client, imageApi, "slots", {}),
  neighbor: (client) => callRead(client, neighborApi, "status", {}),
  sensor: (client) => callRead(client, sensorApi, "status", {}),
};

/** Rejects as the link does, but for refusals. */
export async function hasFeature(client: SmpClient, feature: Feature): Promise<boolean> {
  try {
    return (await QUESTIONS[feature](client)) !== false;
  } catch (error) {
    if (isLinkError(error, "REFUSED")) return false;
    throw error;
  }
}

/** What `client`'s tile carries beyond `profile`. Rejects as the link does. */
export async function tileFeatures(client: SmpClient, profile: Profile): Promise<Feature[]> {
  const found: Feature[] = [];
  // No question is asked about what the profile has by itself.
  for (const feature of beyondProfile(profile, Object.keys(QUESTIONS) as Feature[])) if (await hasFeature(client, feature)) found.push(feature);
  return found;
}
