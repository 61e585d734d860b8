// Charts by Plotly, which is large: it is fetched when the first one comes into view.
import { el } from "../dom.js";
import { words } from "../words.js";

// Plotly would put styles for maps into the page while it loads, which the policy forbids. It does
// not where something has this name already.
const MAPS_ID = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";
const dark = matchMedia("(prefers-color-scheme: dark)");

let loading;
const plotly = () => (loading ??= new Promise((resolve, reject) => {
  const onerror = () => {
    loading = undefined;
    reject(new Error(words.noChart));
  };
  document.head.append(el("meta", { id: MAPS_ID }), el("script", { src: "/static/plotly.min.js", onload: () => resolve(globalThis.Plotly), onerror }));
}));

/** The page's colours as they are now, read where they take effect. */
function colours(place) {
  const read = (name) => {
    place.style.color = `var(--${name})`;
    return [name, getComputedStyle(place).color];
  };
  return Object.fromEntries(["ink", "soft", "line", "accent", "good", "bad"].map(read));
}

/** A line across the chart at a place of one axis, and a name at its end. */
export const dashed = (axis, at, color, width = 1.5) => {
  const across = axis === "x" ? "y" : "x";
  return { type: "line", [`${across}ref`]: "paper", [`${across}0`]: 0, [`${across}1`]: 1, [`${axis}0`]: at, [`${axis}1`]: at, line: { color, dash: "dash", width } };
};
export const named = (axis, at, text, color) => ({
  ...(axis === "x" ? { y: 1, yref: "paper" } : { x: 0, xref: "paper", xanchor: "left" }), [axis]: at, yanchor: "bottom", showarrow: false, text, font: { color, size: 11 },
});

function dress(layout, ink) {
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name));
  const axis = (own) => ({ gridcolor: ink.line, linecolor: ink.line, zerolinecolor: ink.soft, automargin: true, ...own });
  return {
    height: 340, margin: { l: 48, r: 12, t: 28, b: 40 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent", hovermode: "x unified",
    font: { color: ink.ink, family: "system-ui, sans-serif", size: 12 }, legend: { orientation: "h", y: -0.3 },
    hoverlabel: { bgcolor: ink.line, font: { color: ink.ink } }, dragmode: false, ...layout,
    ...Object.fromEntries(["xaxis", "yaxis", ...axes].map((name) => [name, axis(layout[name])])),
  };
}

/**
 * A figure that is drawn once it comes into view, again for another colour scheme, and by its
 * `redraw`. `draw(colours)` gives {data, layout}; `say()` the same figures as a table.
 */
export function chart(title, draw, say, signal) {
  const place = el("div.plot", { role: "img", ariaLabel: title });
  const fill = () => rows.open && rows.replaceChildren(rows.firstChild, say());
  const rows = el("details", { ontoggle: fill }, el("summary", words.asTable));
  const figure = el("figure.stack", place, rows);
  let seen = false, asked = 0, width = 0;
  async function paint() {
    asked = 0;
    const Plotly = await plotly();
    if (signal.aborted) return;
    const ink = colours(place), { data, layout } = draw(ink), dressed = dress(layout, ink);
    width = place.clientWidth;
    place.style.height = `${dressed.height}px`;
    await Plotly.react(place, data, { ...dressed, width }, { displayModeBar: false });
  }
  const fail = (error) => {
    place.replaceWith(error.message);
    rows.open = true;
  };
  figure.redraw = () => {
    fill();
    asked ||= seen && requestAnimationFrame(() => paint().catch(fail));
  };
  const watch = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    watch.disconnect();
    seen = true;
    figure.redraw();
  });
  watch.observe(figure);
  const sized = new ResizeObserver(() => place.clientWidth && place.clientWidth !== width && figure.redraw());
  sized.observe(place);
  dark.addEventListener("change", figure.redraw, { signal });
  signal.addEventListener("abort", () => {
    watch.disconnect();
    sized.disconnect();
    if (seen) globalThis.Plotly?.purge(place);
  });
  return figure;
}

/** Training curves, each in a field of its own, for `chart`. `at` gives {steps, series}. */
export const curves = (at) => (ink) => {
  const { steps, series } = at(), names = Object.keys(series);
  const columns = Math.min(names.length, innerWidth < 700 ? 1 : innerWidth < 1000 ? 2 : 3), rows = Math.ceil(names.length / columns) || 1;
  const layout = { showlegend: false, grid: { rows, columns, pattern: "independent", ygap: 0.45 }, height: 60 + 180 * rows, annotations: [], hovermode: "closest" };
  const data = names.map((name, i) => {
    const n = i ? i + 1 : "";
    layout[`xaxis${n}`] = { rangemode: "tozero" };
    layout[`yaxis${n}`] = { nticks: 4 };
    layout.annotations.push({ text: name.replaceAll("_", " "), xref: `x${n} domain`, yref: `y${n} domain`, x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", showarrow: false });
    return { name, x: steps, y: series[name], xaxis: `x${n}`, yaxis: `y${n}`, mode: steps.length < 2 ? "markers" : "lines", line: { color: ink.accent, width: 1.5 }, marker: { color: ink.accent } };
  });
  return { data, layout };
};
