// Puts the charts on the page, and what goes with them: their tables, the theme, print.
// report.html#dark and #light choose a theme; with #selftest the root element says what was drawn.

const report = JSON.parse(document.getElementById("report-data").textContent);
const drawn = new Map();

function draw(chart) {
  const figure = document.getElementById(chart.id);
  const plot = document.createElement("div");
  plot.className = "plot";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Chart: ${chart.title}`);
  canvas.setAttribute("aria-describedby", `${chart.id}-caption`);
  plot.append(canvas);
  figure.append(plot, tableOf(chart));
  drawn.set(chart.id, { chart, canvas, plotted: new Chart(canvas, configure(chart, report.ranges)) });
}

function cell(kind, text, scope) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (scope) made.scope = scope;
  return made;
}

// Filled when it is first opened: hundreds of rows of a dozen charts would slow the page down.
function tableOf(chart) {
  const details = document.createElement("details");
  details.append(cell("summary", "Data as a table"));
  details.addEventListener("toggle", () => details.querySelector("table") ?? fillTable(details, chart), { once: true });
  return details;
}

function fillTable(details, chart) {
  const box = document.createElement("div");
  box.className = "scroll";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", `Data of ${chart.title}`);
  const table = document.createElement("table");
  table.append(cell("caption", chart.title));
  const heads = table.createTHead().insertRow();
  heads.append(cell("th", { time: "time", bars: "from – to", percentiles: "percentile", loads: chart.load_name }[chart.kind], "col"));
  for (const series of chart.series) {
    const head = cell("th", series.label, "col");
    head.className = "number";
    heads.append(head);
  }
  const body = table.createTBody();
  for (let i = 0; i < chart.series[0].values.length; ++i) {
    const row = body.insertRow();
    row.append(cell("th", rowHead(chart, i), "row"));
    chart.series.forEach((series) => {
      const sign = series.signs?.[i] ?? "";
      const text = formatValue(series.values[i], chart.unit);
      row.append(cell("td", (sign === "≥" ? sign : "") + text + (sign === "~" ? sign : "")));
    });
  }
  box.append(table);
  details.append(box);
}

function redraw() {
  for (const each of drawn.values()) {
    each.plotted.destroy();
    each.plotted = new Chart(each.canvas, configure(each.chart, report.ranges));
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const name = () => (button.textContent = isDark() ? "Light" : "Dark");
  button.hidden = false;
  button.setAttribute("aria-label", "Change between light and dark");
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    name();
    redraw();
  });
  name();
  // Paper is white, and narrower than a screen; see style.css.
  let before;
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    document.documentElement.classList.add("paper");
    redraw();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("paper");
    if (before) document.documentElement.dataset.theme = before;
    else delete document.documentElement.dataset.theme;
    redraw();
  });
}

// Whether anything but the background is on it, where lines and bars are drawn.
function hasInk({ canvas, plotted }) {
  const { left, top, width, height } = plotted.chartArea;
  const scale = plotted.currentDevicePixelRatio;
  const at = [left, top, width, height].map((length) => Math.max(1, Math.round(length * scale)));
  const colours = theme().series.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const pixels = canvas.getContext("2d").getImageData(...at).data;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] < 255) continue;
    if (colours.some((rgb) => rgb.every((part, k) => part === pixels[i + k]))) return true;
  }
  return false;
}

// For tests: how many charts are described and drawn, which are blank, whether the page is too wide.
function tellOfItself() {
  const root = document.documentElement;
  const blank = [...drawn.values()].filter((each) => !hasInk(each));
  root.dataset.charts = report.charts.length;
  root.dataset.drawn = drawn.size - blank.length;
  root.dataset.blank = blank.map((each) => each.chart.id).join(" ");
  root.dataset.width = innerWidth;
  root.dataset.overflow = root.scrollWidth > root.clientWidth ? "yes" : "no";
}

function main() {
  const asked = location.hash.slice(1).split(",");
  const chosen = asked.find((word) => word === "dark" || word === "light");
  if (chosen) document.documentElement.dataset.theme = chosen;
  setUpTheme();
  for (const chart of report.charts) draw(chart);
  if (asked.includes("selftest")) tellOfItself();
}

main();
