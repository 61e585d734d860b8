// All that a view is made of, under one name.
export { announce, button, confirmed, el, stamp } from "../dom.js";
export { words } from "../words.js";
export * as api from "./api.js";
export * from "./format.js";
export * from "./parts.js";
