"use strict";
// Developmental stages: one trajectory, played record by record.
kgon.drawings.stages = (id, figure, root) => {
  const {members, scale, top} = figure.payload;
  const has = values => values.some(Number.isFinite);
  const find = name => root.querySelector(`.${name}`);
  const [select, play, scrub, speed, where] = ["member", "play", "scrub", "speed", "where"].map(find);
  const believed = find("believed");
  const panes = {polygon: find("polygon"), bars: find("bars"), stairs: find("stairs")};
  let chosen = 0, record = 0, timer = null;

  members.forEach((one, i) => select.add(new Option(one.name, i)));

  const powers = Array.from({length: 11}, (_, i) => 10 ** i).filter((_, i) => i % (root.clientWidth < kgon.narrow ? 2 : 1) === 0);
  const axis = more => ({gridcolor: "@{grid}", zeroline: false, linecolor: "@{muted}", showline: true,
    ticks: "outside", tickcolor: "@{muted}", automargin: true, ...more});
  const layout = more => ({height: 330, margin: {l: 44, r: 12, t: 30, b: 44}, showlegend: false,
    font: {family: "system-ui, sans-serif", size: 13, color: "@{ink}"}, paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)", hoverlabel: {bgcolor: "@{paper}", bordercolor: "@{muted}", font: {color: "@{ink}", size: 13}}, ...more});

  function columns(one, at) {
    const c = one.features, base = at * 2 * c;
    return Array.from({length: c}, (_, i) => [one.W[base + i], one.W[base + c + i]]);
  }
  const biases = (one, at) => one.b.subarray(at * one.features, (at + 1) * one.features);

  function draw_polygon(one) {
    const points = columns(one, record), corners = kgon.hull(points), colour = kgon.look(one.phase[record]);
    const closed = corners.length ? [...corners, corners[0]] : [];
    const rays = {x: [], y: []};
    for (const [x, y] of points) { rays.x.push(0, x, null); rays.y.push(0, y, null); }
    Plotly.react(panes.polygon, kgon.coloured([
      {type: "scatter", mode: "lines", x: closed.map(p => p[0]), y: closed.map(p => p[1]), fill: "toself",
        fillcolor: `@{${colour}/0.2}`, line: {color: `@{${colour}}`, width: 2}, hoverinfo: "skip"},
      {type: "scatter", mode: "lines", x: rays.x, y: rays.y, line: {color: "@{ink}", width: 1.5}, hoverinfo: "skip"},
      {type: "scatter", mode: "markers", x: points.map(p => p[0]), y: points.map(p => p[1]),
        marker: {size: 8, color: "@{ink}"}, text: points.map((_, i) => `W<sub>${i + 1}</sub>`),
        hovertemplate: "%{text}: (%{x:.3f}, %{y:.3f})<extra></extra>"},
    ]), kgon.coloured(layout({title: {text: "columns of W", font: {size: 14}, y: 0.97},
      xaxis: axis({range: [-scale, scale], constrain: "domain"}),
      yaxis: axis({range: [-scale, scale], scaleanchor: "x", constrain: "domain"})})),
    {displayModeBar: false, responsive: true});
  }

  function draw_bars(one) {
    const lengths = columns(one, record).map(([x, y]) => Math.hypot(x, y)), b = [...biases(one, record)];
    const names = lengths.map((_, i) => String(i + 1));
    Plotly.react(panes.bars, kgon.coloured([
      {type: "bar", x: names, y: lengths, name: "length", marker: {color: "@{ink}"}, hovertemplate: "‖W‖ of %{x}: %{y:.3f}<extra></extra>"},
      {type: "bar", x: names, y: b, name: "bias", marker: {color: b.map(v => v < 0 ? "@{negative}" : "@{positive}")},
        hovertemplate: "b of %{x}: %{y:.4f}<extra></extra>"},
    ]), kgon.coloured(layout({title: {text: "lengths ‖W‖ and biases b", font: {size: 14}, y: 0.97}, barmode: "group", bargap: 0.25,
      xaxis: axis({title: {text: "column"}, type: "category"}), yaxis: axis({range: [-top, top], zeroline: true, zerolinecolor: "@{muted}"})})),
    {displayModeBar: false, responsive: true});
  }

  // Names of plateaus above the plot, in two rows, left out where both are taken.
  function names(one, span) {
    const width = Math.max(180, panes.stairs.clientWidth - 130), ends = [-Infinity, -Infinity];
    const found = [];
    for (const [first, last, label] of one.plateaus) {
      const steps = [first, last].map(i => Math.log10(Math.max(1, one.step[i])));
      const middle = Math.min(1, (steps[0] + steps[1]) / 2 / span);
      const size = 12 + 10 * label.length, left = middle * width - size / 2;
      const row = ends.findIndex(end => left > end + 4);
      if (row < 0) continue;
      ends[row] = left + size;
      found.push({text: label, x: middle, y: 1, yshift: 2 + 20 * row, xref: "paper", yref: "paper",
        yanchor: "bottom", showarrow: false, font: {size: 15, color: `@{${kgon.look(label)}}`}});
    }
    return found;
  }

  function draw_stairs(one) {
    const x = Array.from(one.step, s => Math.max(1, s)), span = Math.log10(x.at(-1)) || 1;
    // Without an estimate the theory's number, without one no second axis.
    const measured = has(one.estimate), second = measured ? one.stairs : one.theory, purple = "@{accent}";
    const trace = (y, name, more) => ({type: "scatter", mode: "lines", x, y, name,
      hovertemplate: `${name}, step %{x:,}: %{y:.4g}<extra></extra>`, ...more});
    const traces = [
      trace(one.training, "training loss", {line: {color: "@{muted}", width: 1}}),
      trace(one.loss, "population loss", {line: {color: "@{ink}", width: 2}}),
    ];
    if (has(second)) {
      traces.push(trace(second, measured ? "λ̂ on the plateau" : "λ (theory)", {yaxis: "y2", connectgaps: false,
        line: {color: purple, width: 3, shape: "hv", dash: measured ? "solid" : "dot"}}));
    }
    if (measured) {
      traces.push(trace(one.estimate, "λ̂", {yaxis: "y2", mode: "markers",
        marker: {size: 5, color: "@{accent/0.6}", symbol: Array.from(one.sound, s => s ? "circle" : "circle-open")},
        error_y: {type: "data", array: one.error, thickness: 1, width: 0, color: "@{accent/0.25}"}}));
    }
    const bands = one.plateaus.map(([first, last, label]) => ({type: "rect", xref: "x", yref: "paper", y0: 0, y1: 1,
      x0: x[first], x1: x[last], fillcolor: `@{${kgon.look(label)}/0.13}`, line: {width: 0}, layer: "below"}));
    Plotly.react(panes.stairs, kgon.coloured(traces), kgon.coloured(layout({
      margin: {l: 56, r: 52, t: 62, b: root.clientWidth < kgon.narrow ? 120 : 90}, showlegend: true, legend: {orientation: "h", x: 0, y: root.clientWidth < kgon.narrow ? -0.34 : -0.24, yanchor: "top"},
      xaxis: axis({title: {text: "SGD steps", standoff: 4}, type: "log", range: [0, span], tickvals: powers, ticktext: powers.map(n => n.toLocaleString("en"))}),
      yaxis: axis({title: {text: "loss"}}),
      yaxis2: axis({visible: measured || has(second), title: {text: measured ? "λ̂" : "λ", font: {color: purple}}, overlaying: "y", side: "right", showgrid: false,
        tickmode: "auto", range: heights(measured ? one.estimate : one.theory)}),
      shapes: [...bands, cursor(x)], annotations: names(one, span)})), kgon.config("developmental-stages"));
  }

  function heights(values) {
    const sound = Array.from(values).filter(Number.isFinite);
    return sound.length ? [Math.min(...sound) - 1, Math.max(...sound) + 1] : [0, 10];
  }
  const cursor = x => ({type: "line", xref: "x", yref: "paper", x0: x[record], x1: x[record], y0: 0, y1: 1,
    line: {color: "@{negative}", width: 2}});

  function move(to) {
    const one = members[chosen];
    record = Math.min(Math.max(0, to), one.step.length - 1);
    scrub.value = record;
    scrub.setAttribute("aria-valuetext", `step ${one.step[record]}, ${one.phase[record]}`);
    const estimate = one.estimate[record];
    where.textContent = `step ${Number(one.step[record]).toLocaleString("en")} · ${one.phase[record]} · loss ${one.loss[record].toFixed(5)}` +
      (Number.isFinite(estimate) ? ` · λ̂ ${estimate.toFixed(2)} ± ${one.error[record].toFixed(2)}` : "");
    believed.textContent = one.believed.length ? `λ̂ on the plateaus: ${one.believed.join("; ")} have a verdict to believe.` : "";
    draw_polygon(one);
    draw_bars(one);
    const last = panes.stairs.layout.shapes.length - 1, at = Math.max(1, one.step[record]);
    Plotly.relayout(panes.stairs, {[`shapes[${last}].x0`]: at, [`shapes[${last}].x1`]: at});
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "▶ Play";
    play.setAttribute("aria-label", "Play");
  }
  function tick() {
    if (record + 1 >= members[chosen].step.length) return stop();
    move(record + 1);
    timer = setTimeout(tick, 1000 / Number(speed.value));
  }
  function choose(index) {
    stop();
    chosen = index;
    scrub.max = members[chosen].step.length - 1;
    record = 0;
    draw_stairs(members[chosen]);
    move(0);
  }

  play.addEventListener("click", () => {
    if (timer) return stop();
    if (record + 1 >= members[chosen].step.length) move(0);
    play.textContent = "⏸ Pause";
    play.setAttribute("aria-label", "Pause");
    tick();
  });
  scrub.addEventListener("input", () => { stop(); move(Number(scrub.value)); });
  select.addEventListener("change", () => choose(Number(select.value)));
  figure.redraw = () => { const at = record; draw_stairs(members[chosen]); move(at); };
  choose(0);
};
