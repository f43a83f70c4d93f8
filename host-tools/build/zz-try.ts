import { buildTileImage, buildFirstStage } from "./tile-image.ts";
for (const profile of ["small","full"] as const) { const i = await buildTileImage("/work/main", {name:"tile", version:"1.0.0", profile}); console.log(profile, i.bundle.code.length, i.file.length, i.bundle.bytesPerSubsystem, i.bundle.warnings.slice(0,3)); }
const f = await buildFirstStage("/work/main"); console.log(f.code.length, f.warnings.slice(0,3));
