// What people call a version. Shared by every page.
import { words } from "./words.js";

/** Of `support-p000042-1a2b3c4d` 42, of the base model 0. */
export const versionNumber = (version) => Number(/-p(\d+)-/.exec(version)?.[1] ?? 0);

/** Of the same v42. */
export const versionName = (version) =>
  version === "base" ? words.base : versionNumber(version) ? `v${versionNumber(version)}` : version;
