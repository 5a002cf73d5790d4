"use strict";
// What the page adds where scripts run: legend entries are buttons, the values at any number of labels are read
// by pointing or by keyboard, and the state is kept in the address. Without it the page is complete.
(() => {
  const figures = [...document.querySelectorAll("figure.curves")];
  if (!figures.length) return;
  const state = { band: null, off: new Set(), at: null };

  // Reads the state of an address such as `#band=quartiles&off=random&at=300`; a mere anchor has none.
  function read() {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return;
    const values = new URLSearchParams(hash);
    state.band = values.get("band");
    state.off = new Set(values.getAll("off"));
    const at = values.get("at");
    state.at = at !== null && at !== "" && Number.isFinite(Number(at)) ? Number(at) : null;
  }

  function write() {
    const values = new URLSearchParams();
    if (state.band) values.set("band", state.band);
    for (const name of state.off) values.append("off", name);
    if (state.at !== null) values.set("at", state.at);
    const hash = values.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  }

  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const fixed = (x, decimals) => x.toFixed(decimals).replace("-", "\u2212");
  const nearest = (numbers, x) =>
    numbers.reduce((best, n, i) => (Math.abs(n - x) < Math.abs(numbers[best] - x) ? i : best), 0);

  const views = figures.map((figure) => {
    const data = JSON.parse(figure.querySelector("script.data").textContent);
    const labels = [...new Set(data.series.flatMap((series) => series.labels))].sort((a, b) => a - b);
    const names = new Map(data.series.map((series) => [String(series.id), series.name]));
    const view = { figure, data, names, labels, svg: figure.querySelector("svg.plot:not(.swatch)") };
    makeButtons(view);
    makeSlider(view);
    makeCursor(view);
    for (const input of figure.querySelectorAll(".bands input")) {
      input.addEventListener("change", () => { state.band = input.value; write(); show(); });
    }
    return view;
  });

  function makeButtons({ figure, names }) {
    for (const item of figure.querySelectorAll(".legend li")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...item.childNodes);
      button.addEventListener("click", () => {
        const name = names.get(item.dataset.series);
        if (!state.off.delete(name)) state.off.add(name);
        write();
        show();
      });
      item.append(button);
    }
  }

  // A slider over the rounds: arrow keys go from round to round.
  function makeSlider(view) {
    const label = document.createElement("label");
    label.className = "slider";
    const text = document.createElement("span");
    text.textContent = "Labels";
    view.slider = document.createElement("input");
    view.slider.type = "range";
    view.slider.min = 0;
    view.slider.max = view.labels.length - 1;
    view.slider.addEventListener("input", () => {
      state.at = view.labels[view.slider.valueAsNumber];
      write();
      show();
    });
    label.append(text, view.slider);
    view.figure.querySelector(".legend").after(label);
  }

  function makeCursor(view) {
    const { left, right, top, bottom, width, least, most } = view.figure.dataset;
    const cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
    cursor.setAttribute("class", "cursor");
    view.svg.append(cursor);
    const place = (labels) => Number(left) + ((labels - least) / (most - least)) * (right - left);
    view.moveTo = (labels) => {
      const x = place(labels).toFixed(1);
      cursor.setAttribute("d", labels >= least && labels <= most ? `M${x} ${top}V${bottom}` : "");
    };
    const point = (event) => {
      const box = view.svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * Number(width);
      const labels = Number(least) + ((x - left) / (right - left)) * (most - least);
      const at = view.labels[nearest(view.labels, labels)];
      if (at === state.at) return;
      state.at = at;
      show();
    };
    view.svg.addEventListener("pointermove", point);
    view.svg.addEventListener("pointerdown", point);
    view.svg.addEventListener("pointerleave", write);
  }

  function show() {
    for (const view of views) {
      const inputs = [...view.figure.querySelectorAll(".bands input")];
      const input = inputs.find((input) => input.value === state.band);
      if (input) input.checked = true;
      const band = (inputs.find((input) => input.checked) || { value: "standard_error" }).value;
      for (const part of view.figure.querySelectorAll("[data-series]")) {
        const off = state.off.has(view.names.get(part.dataset.series));
        const button = part.querySelector("button");
        if (button) button.setAttribute("aria-pressed", String(!off));
        else part.classList.toggle("off", off);
      }
      const wanted = state.at === null ? view.labels[view.labels.length - 1] : state.at;
      const place = nearest(view.labels, wanted);
      view.slider.value = place;
      view.slider.setAttribute("aria-valuetext", `${grouped(view.labels[place])} labels`);
      view.moveTo(view.labels[place]);
      tell(view, view.labels[place], band);
    }
  }

  // Fills the table with the values of each series at its round that is nearest.
  function tell({ figure, data }, labels, band) {
    const key = band === "seeds" ? "seeds_range" : band;
    figure.querySelector(".readout output").textContent = grouped(labels);
    const rows = data.series.map((series) => {
      const at = nearest(series.labels, labels);
      return { series, at, labels: series.labels[at], band: series[key][at], seeds: series.seeds[at] };
    });
    const visible = rows.filter((row) => !state.off.has(row.series.name) && row.labels === labels);
    const centres = visible.map((row) => row.band[1]);
    const best = data.up ? Math.max(...centres) : Math.min(...centres);
    const lines = [...figure.querySelectorAll(".readout tbody tr")];
    for (const row of rows) {
      const line = lines.find((line) => line.dataset.series === String(row.series.id));
      const [low, centre, high] = row.band.map((value) => fixed(value, data.decimals));
      const there = row.labels === labels;
      const behind = there && centres.length ? fixed(Math.abs(best - row.band[1]), data.decimals) : "\u2013";
      const texts = [
        there ? centre : `${centre} (at ${grouped(row.labels)})`,
        row.seeds > 1 ? `${low} to ${high}` : "\u2013",
        behind,
        row.seeds,
      ];
      [...line.querySelectorAll("td")].forEach((cell, i) => { cell.textContent = texts[i]; });
    }
  }

  addEventListener("hashchange", () => { read(); show(); });
  read();
  show();
})();
