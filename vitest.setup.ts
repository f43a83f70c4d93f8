// Property tests draw the same cases in every run; GENESIS_SEED=<number> draws others (`npm run assure` uses a new one each time and prints it).
import fc from "fast-check";

const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_122);
fc.configureGlobal({ seed });
