// What the page tells over its box, seen and heard, and a way on.
import { $ } from "./dom.js";

export function tell(problem, retry) {
  $("problem").hidden = !problem;
  $("problem-text").textContent = problem;
  $("retry").hidden = !retry;
  $("retry").onclick = () => {
    tell("");
    retry();
  };
}

/** It holds no longer; what else was told since stays. */
export const untell = (problem) => $("problem-text").textContent === problem && tell("");

$("dismiss").onclick = () => tell("");
