// Every service a tile can have, by its description. A new service is one line here and its row in the image's table.
import type { Interface } from "../../firmware/api.ts";
import { detectorApi } from "../../firmware/detector/api.ts";
import { healthApi } from "../../firmware/health/api.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { neighborApi } from "../../firmware/neighbor/api.ts";
import { sensorApi } from "../../firmware/sensor/api.ts";
import { capabilityApi } from "../../firmware/smp/capability-api.ts";
import { fsApi } from "../../firmware/smp/fs-api.ts";
import { osApi } from "../../firmware/smp/os-api.ts";
import { shellApi, statApi } from "../../firmware/smp/shell-api.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";
import { imageApi } from "../../firmware/update/api.ts";

export const allServices: readonly Interface[] = [osApi, imageApi, statApi, fsApi, shellApi, telemetryApi, healthApi, capabilityApi, sensorApi, detectorApi, identityApi, neighborApi];
