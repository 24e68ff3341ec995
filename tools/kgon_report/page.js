"use strict";
// What all figures share: arrays, colours, themes, controls, and drawing what is in sight.
const kgon = (() => {
  const palettes = JSON.parse(document.getElementById("palettes").textContent);
  const kinds = {i1: Int8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array, f8: Float64Array};
  const narrow = 640;  // pixels, below which a figure takes its narrow form
  // Labels of an axis that was made logarithmic: Plotly's own digits between powers are too small.
  const log_marks = Array.from({length: 45}, (_, i) => [1, 2, 5][i % 3] * 10 ** (Math.floor(i / 3) - 6));
  const log_ticks = {tickvals: log_marks, ticktext: log_marks.map(mark => mark >= 1 ? mark.toLocaleString("en") : String(Number(mark.toPrecision(2))))};
  const figures = new Map();
  const drawings = {};
  let theme = "light";

  // Arrays come as {"~f4": base64, width: of their rows, if they have rows}.
  function decode(value) {
    if (Array.isArray(value)) return value.map(decode);
    if (value === null || typeof value !== "object") return value;
    const key = Object.keys(value)[0];
    if (key && key[0] === "~") {
      const bytes = Uint8Array.from(atob(value[key]), c => c.charCodeAt(0));
      const all = new kinds[key.slice(1)](bytes.buffer);
      if (!value.width) return all;
      const rows = [];
      for (let i = 0; i < all.length; i += value.width) rows.push(all.subarray(i, i + value.width));
      return rows;
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(v)]));
  }

  function css(name, opacity) {
    const colour = palettes[theme][name];
    if (opacity === undefined) return colour;
    const [r, g, b] = [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));
    return `rgba(${r},${g},${b},${opacity})`;
  }

  // Colour tokens @{name} and @{name/opacity} become colours of the theme.
  function coloured(value) {
    if (typeof value === "string") {
      if (!value.includes("@{")) return value;
      const text = value.replace(/@\{([^}/]+)(?:\/([0-9.]+))?\}/g,
        (all, name, opacity) => name in palettes[theme] ? css(name, opacity) : all);
      const svg = "data:image/svg+xml,";
      return text.startsWith(svg) ? svg + encodeURIComponent(text.slice(svg.length)) : text;
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v)]));
  }

  const look = label => {
    const parts = /^(\d+)(\+*)(-*)$/.exec(label);
    if (!parts) return "other";
    if (parts[3]) return parts[2] ? "4+-" : "4-";
    for (let s = Math.min(parts[2].length, 2); s >= 0; --s) {
      const name = parts[1] + "+".repeat(s);
      if (palettes.light[name]) return name;
    }
    return Number(parts[1]) < 3 ? "3" : "8";
  };

  // The corners of the convex hull of [x, y] points, in order (Andrew's monotone chain).
  function hull(points) {
    const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    const half = list => {
      const corners = [];
      for (const point of list) {
        while (corners.length > 1 && turn(corners.at(-2), corners.at(-1), point) <= 0) corners.pop();
        corners.push(point);
      }
      return corners.slice(0, -1);
    };
    const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return [...half(sorted), ...half(sorted.reverse())];
  }

  const config = name => ({
    responsive: true, displaylogo: false, plotlyServerURL: "",
    // These alone: others of plotly's send the figure to its makers.
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
    toImageButtonOptions: {format: "svg", filename: name},
  });

  function draw(id) {
    const figure = figures.get(id);
    const plot = document.getElementById(`${id}-plot`);
    const variant = figure.variants[figure.chosen];
    const slim = variant.narrow.data && plot.clientWidth < narrow;
    const part = slim ? variant.narrow : variant;
    const layout = coloured(part.layout);
    layout.uirevision = `variant ${figure.chosen}`;  // a theme keeps what was hidden and zoomed
    for (const [axis, kind] of Object.entries(figure.scales)) {
      if (layout[axis].type === kind) continue;
      const {range, tickvals, ticktext, ...rest} = layout[axis];
      layout[axis] = {...rest, type: kind, autorange: true, ...(kind === "log" ? log_ticks : {})};
    }
    plot.style.minHeight = `${layout.height}px`;
    figure.slim = slim;
    const done = Plotly.react(plot, coloured(part.data), layout, config(id));
    if (!figure.drawn && drawings[figure.script]) drawings[figure.script](id, figure, plot);
    figure.drawn = true;
    return done;
  }

  function redraw(id) {
    const figure = figures.get(id);
    if (!figure.drawn) return;
    if (figure.script === "stages") figure.redraw(); else draw(id);
  }

  function first(id) {
    const figure = figures.get(id);
    if (figure.drawn) return;
    if (figure.script === "stages") {
      figure.drawn = true;
      drawings.stages(id, figure, document.getElementById(id));
    } else {
      draw(id);
    }
  }

  function set_theme(name) {
    theme = name;
    document.documentElement.dataset.theme = name;
    const button = document.getElementById("theme");
    button.setAttribute("aria-pressed", String(name === "dark"));
    for (const id of figures.keys()) redraw(id);
  }

  function start() {
    for (const element of document.querySelectorAll("script[data-figure]")) {
      const id = element.dataset.figure;
      const script = document.getElementById(id).dataset.script;
      // Parsed when it comes into sight: a page of many figures opens at once.
      let parsed = null;
      figures.set(id, {script, chosen: 0, scales: {}, drawn: false, get content() {
        if (!parsed) parsed = decode(JSON.parse(element.textContent));
        return parsed;
      }, get variants() { return this.content.variants; }, get payload() { return this.content.payload; }});
    }
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    set_theme(dark.matches ? "dark" : "light");
    dark.addEventListener("change", event => set_theme(event.matches ? "dark" : "light"));
    document.getElementById("theme").addEventListener("click", () => set_theme(theme === "dark" ? "light" : "dark"));
    document.addEventListener("change", event => {
      const target = event.target;
      if (target.dataset.choice) {
        figures.get(target.dataset.choice).chosen = Number(target.value);
        draw(target.dataset.choice);
      } else if (target.dataset.scale) {
        figures.get(target.dataset.scale).scales[target.value] = target.checked ? "log" : "linear";
        draw(target.dataset.scale);
      }
    });
    const watcher = new IntersectionObserver(entries => {
      for (const entry of entries) if (entry.isIntersecting) first(entry.target.id);
    }, {rootMargin: "400px"});
    for (const id of figures.keys()) watcher.observe(document.getElementById(id));
    window.addEventListener("resize", () => {
      for (const [id, figure] of figures) {
        if (!figure.drawn || figure.script === "stages") continue;
        const plot = document.getElementById(`${id}-plot`);
        if (figure.variants[figure.chosen].narrow.data && (plot.clientWidth < narrow) !== figure.slim) draw(id);
      }
    });
  }

  return {start, drawings, coloured, css, look, hull, config, first, figures, narrow};
})();
window.addEventListener("DOMContentLoaded", kgon.start);
