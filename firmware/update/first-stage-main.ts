// Entry point of `.bootcde`: the first stage on the real port, which on Espruino is the global object.
import { firstStage, type BootPort } from "./first-stage.ts";

declare const global: BootPort;

firstStage(global);
