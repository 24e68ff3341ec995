"use strict";
// The polygon of the draw that is pointed at, beside its map.
kgon.drawings.draws = (id, figure, plot) => {
  const beside = plot.parentElement.querySelector(".beside");

  function show(draw) {
    const {W, b, label, features} = figure.payload.variants[figure.chosen];
    const columns = Array.from({length: features}, (_, i) => [
      W[draw * 2 * features + i] * 30, -W[draw * 2 * features + features + i] * 30]);
    const colour = kgon.css(kgon.look(label[draw]));
    const corners = kgon.hull(columns).map(point => point.map(x => x.toFixed(1)).join(",")).join(" ");
    const rays = columns.map((point, i) => {
      const sign = b[draw * features + i] > 0 ? "positive" : "negative";
      return `<line x1="0" y1="0" x2="${point[0].toFixed(1)}" y2="${point[1].toFixed(1)}" stroke="${kgon.css("ink")}" stroke-width="2"/>` +
        `<circle cx="${point[0].toFixed(1)}" cy="${point[1].toFixed(1)}" r="4" fill="${kgon.css(sign)}"/>`;
    }).join("");
    beside.innerHTML = `<svg viewBox="-75 -75 150 150"><polygon points="${corners}" fill="${colour}" fill-opacity="0.2" stroke="${colour}" stroke-width="2"/>${rays}</svg><p></p>`;
    beside.querySelector("p").textContent = label[draw];
  }

  plot.on("plotly_hover", event => {
    const draw = event.points[0].customdata;
    if (draw !== undefined) show(draw);
  });
  show(0);
};
