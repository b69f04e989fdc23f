// Draws what the report's data describe, by Chart.js. All numbers were worked out before; here
// they only get their place.

const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [1, 2], [12, 4], [6, 2, 1, 2]];
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function theme() {
  return {
    ink: cssColour("--ink"),
    dim: cssColour("--dim"),
    grid: cssColour("--grid"),
    card: cssColour("--card"),
    doubt: cssColour("--doubt"),
    doubtWash: cssColour("--doubt-wash"),
    apartWash: cssColour("--apart-wash"),
    series: DASHES.map((_, i) => cssColour(`--series-${i}`)),
  };
}

function font(size) {
  return `${size}px system-ui, sans-serif`;
}

// Percentiles are spread so that the rare ones have room: 0, 90, 99, 99.9 % lie equally far apart.
const percentilePlace = (share) => -Math.log10(1 - share);

const middles = (edges) => edges.from.map((from, i) => (from + edges.to[i]) / 2);

// ---- ticks: where they are, and what they say

function timeTicks(scale) {
  const wanted = Math.max(2, Math.floor(scale.width / 80));
  const step = TIME_STEPS.find((each) => scale.max / each <= wanted) ?? TIME_STEPS.at(-1);
  scale.ticks = [];
  for (let at = 0; at <= scale.max; at += step) scale.ticks.push({ value: at });
}

function percentileTicks(scale) {
  const shares = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
  scale.ticks = shares
    .map((share) => ({ value: percentilePlace(share), share }))
    .filter((tick) => tick.value <= scale.max + 1e-9);
}

// Bars stand side by side, each as much wider in value as the one before: the axis is logarithmic.
function barTicks(chart) {
  const place = (value) => Math.log2(value) * chart.per_octave - chart.first;
  return (scale) => {
    const room = Math.max(2, Math.floor(scale.width / 60));
    const lowest = Math.floor(Math.log10(2 ** (chart.first / chart.per_octave)));
    const highest = Math.ceil(Math.log10(2 ** ((chart.first + scale.max) / chart.per_octave)));
    for (const factors of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
      scale.ticks = [];
      for (let power = lowest; power <= highest; ++power) {
        for (const factor of factors) {
          const value = factor * 10 ** power;
          const at = place(value);
          if (at >= 0 && at <= scale.max) scale.ticks.push({ value: at, means: value });
        }
      }
      if (scale.ticks.length <= room) break;
    }
  };
}

// ---- what is drawn under and over the lines

// Ranges of time: hatched where the client's own doing makes the figures doubtful, plain where the
// samples are apart from the run's (warm-up).
const rangePlugin = {
  id: "ranges",
  beforeDatasetsDraw(drawn, _, { chart, ranges }) {
    if (chart.kind !== "time") return;
    const { ctx, chartArea: area, scales } = drawn;
    const colours = theme();
    for (const range of ranges) {
      const left = Math.max(area.left, scales.x.getPixelForValue(range.begin));
      const right = Math.min(area.right, Math.max(scales.x.getPixelForValue(range.end), left + 2));
      if (right <= left) continue;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, area.top, right - left, area.bottom - area.top);
      ctx.clip();
      ctx.fillStyle = range.apart ? colours.apartWash : colours.doubtWash;
      ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
      if (!range.apart) {
        ctx.strokeStyle = colours.doubt;
        ctx.lineWidth = 1;
        ctx.beginPath();
        const height = area.bottom - area.top;
        // One pattern over all ranges, so that neighbours join.
        const start = area.left - height + Math.floor((left - area.left) / 8) * 8;
        for (let x = start; x < right; x += 8) {
          ctx.moveTo(x, area.bottom);
          ctx.lineTo(x + height, area.top);
        }
        ctx.stroke();
      }
      ctx.restore();
    }
  },
};

// Limits of thresholds across; percentiles of a distribution and a search's knee upright.
const markPlugin = {
  id: "marks",
  afterDatasetsDraw(drawn, _, { chart }) {
    const { ctx, chartArea: area, scales } = drawn;
    const colours = theme();
    ctx.save();
    ctx.font = font(11);
    ctx.textBaseline = "alphabetic";
    ctx.lineWidth = 1.2;
    ctx.strokeStyle = colours.ink;
    const write = (text, x, y, align) => {
      ctx.textAlign = align;
      ctx.setLineDash([]);
      ctx.lineWidth = 3;
      ctx.strokeStyle = colours.card;
      ctx.strokeText(text, x, y);
      ctx.fillStyle = colours.ink;
      ctx.fillText(text, x, y);
      ctx.lineWidth = 1.2;
      ctx.strokeStyle = colours.ink;
      ctx.setLineDash([5, 3]);
    };
    ctx.setLineDash([5, 3]);
    for (const limit of chart.limits ?? []) {
      const y = scales.y.getPixelForValue(limit.value);
      if (y < area.top || y > area.bottom) continue;
      ctx.beginPath();
      ctx.moveTo(area.left, y);
      ctx.lineTo(area.right, y);
      ctx.stroke();
      write(limit.label, area.right - 4, y - 4 < area.top + 10 ? y + 13 : y - 4, "right");
    }
    const place = (value) =>
      chart.kind === "bars" ? Math.log2(value) * chart.per_octave - chart.first : value;
    let row = 0;
    for (const mark of chart.marks ?? []) {
      const x = scales.x.getPixelForValue(place(mark.value));
      if (x < area.left || x > area.right) continue;
      ctx.beginPath();
      ctx.moveTo(x, area.top);
      ctx.lineTo(x, area.bottom);
      ctx.stroke();
      const rightHalf = x > (area.left + area.right) / 2;
      write(mark.label, x + (rightHalf ? -4 : 4), area.top + 10 + 13 * row++, rightHalf ? "right" : "left");
    }
    ctx.restore();
  },
};

// ---- configurations

function lineSets(chart, xs, colours) {
  const few = xs.length <= 40;
  return chart.series.map((series, i) => {
    const at = series.colour ?? i;
    const colour = colours.series[at % colours.series.length];
    const marked = (index) => series.signs?.[index] !== undefined;
    // A point between two gaps has no line that would show it.
    const alone = (index) =>
      (series.values[index - 1] ?? null) === null && (series.values[index + 1] ?? null) === null;
    return {
      label: series.label,
      data: xs.map((x, index) => ({ x, y: series.values[index] ?? null })),
      borderColor: colour,
      backgroundColor: chart.stacked ? colour + "55" : colour,
      borderWidth: 2,
      borderDash: DASHES[at % DASHES.length],
      fill: chart.stacked ? (i === 0 ? "origin" : "-1") : false,
      pointRadius: (context) => (few || alone(context.dataIndex) ? 2.5 : 0),
      pointBackgroundColor: (context) => (marked(context.dataIndex) ? colours.card : colour),
      pointHitRadius: 8,
      clip: 5, // A point at the edge is drawn whole.
      tension: 0,
      spanGaps: false,
    };
  });
}

function labelOf(chart, item) {
  const series = chart.series[item.datasetIndex];
  const value = series.values[item.dataIndex];
  const sign = series.signs?.[item.dataIndex] ?? "";
  const text = formatValue(value, chart.unit);
  return `${series.label}: ${sign === "≥" ? sign : ""}${text}${sign === "~" ? sign : ""}`;
}

function rangeText(edges, index) {
  return `${formatClock(edges.from[index])} – ${formatClock(edges.to[index])}`;
}

function valueAxis(chart, colours) {
  return {
    type: chart.log ? "logarithmic" : "linear",
    beginAtZero: !chart.log,
    min: chart.log ? undefined : 0,
    suggestedMax: chart.highest,
    suggestedMin: chart.log && chart.limits?.length ? chart.limits[0].value : undefined,
    grace: chart.kind === "bars" ? "20%" : 0, // Room for the marks' names.
    stacked: Boolean(chart.stacked),
    border: { display: false },
    grid: { color: colours.grid, drawBorder: false },
    ticks: {
      color: colours.dim,
      maxTicksLimit: 6,
      precision: chart.unit === "count" ? 0 : undefined,
      callback(value) {
        if (chart.log && !/^[125]/.test(value.toExponential())) return "";
        return formatTick(value, chart.unit);
      },
    },
    title: chart.axis ? { display: true, text: chart.axis, color: colours.dim } : undefined,
  };
}

// What became of a search's steps, in the shape of their points.
const POINTS = { held: "circle", "did not hold": "crossRot", "not known": "triangle" };

// Per kind: the axis along the bottom, the sets, and the head of a tooltip.
const KINDS = {
  time: (chart, colours) => ({
    type: "line",
    sets: lineSets(chart, chart.at_ends ? chart.edges.to : middles(chart.edges), colours),
    x: {
      max: chart.edges.to.at(-1),
      afterBuildTicks: timeTicks,
      ticks: { callback: (value) => formatClock(value), maxRotation: 0, color: colours.dim },
    },
    head: (index) =>
      chart.at_ends ? `at ${formatClock(chart.edges.to[index])}` : rangeText(chart.edges, index),
  }),
  percentiles: (chart, colours) => ({
    type: "line",
    sets: lineSets(chart, chart.shares.map(percentilePlace), colours).map((set) => ({
      ...set,
      pointRadius: 0,
    })),
    x: {
      max: percentilePlace(chart.shares.at(-1)),
      afterBuildTicks: percentileTicks,
      ticks: {
        color: colours.dim,
        maxRotation: 0,
        callback: (_, index, ticks) => `p${+(100 * ticks[index].share).toFixed(4)}`,
      },
    },
    head: (index) => `p${+(100 * chart.shares[index]).toFixed(4)}`,
  }),
  loads: (chart, colours) => ({
    type: "line",
    sets: lineSets(chart, chart.loads, colours).map((set) => ({
      ...set,
      pointStyle: chart.outcomes.map((outcome) => POINTS[outcome]),
      pointRadius: 5,
      pointBorderWidth: 2,
    })),
    x: {
      suggestedMax: chart.loads.at(-1),
      title: { display: true, text: chart.load_name, color: colours.dim },
      ticks: { color: colours.dim, maxRotation: 0, callback: (value) => significant(value, 4) },
    },
    head: (index) => `${significant(chart.loads[index], 4)}${chart.load_unit} ${chart.outcomes[index]}`,
  }),
  bars: (chart, colours) => {
    const edge = (index) => 2 ** ((chart.first + index) / chart.per_octave);
    return {
      type: "bar",
      sets: chart.series.map((series) => ({
        label: series.label,
        data: series.values.map((y, i) => ({ x: i + 0.5, y })),
        backgroundColor: colours.series[0],
        barPercentage: 1,
        categoryPercentage: 0.92,
      })),
      x: {
        max: chart.series[0].values.length,
        offset: false,
        grid: { offset: false, color: colours.grid },
        afterBuildTicks: barTicks(chart),
        ticks: {
          color: colours.dim,
          maxRotation: 0,
          callback: (_, index, ticks) => formatTick(ticks[index].means, chart.bar_unit),
        },
      },
      head: (index) =>
        `${formatValue(edge(index), chart.bar_unit)} – ${formatValue(edge(index + 1), chart.bar_unit)}`,
    };
  },
};

// Chart.js's own leave out the dashes.
function legendLabels(of, colours) {
  return of.data.datasets.map((set, index) => ({
    text: set.label,
    datasetIndex: index,
    hidden: !of.isDatasetVisible(index),
    fontColor: colours.ink,
    pointStyle: "line",
    strokeStyle: set.borderColor,
    lineDash: set.borderDash,
    lineWidth: 2,
  }));
}

function configure(chart, ranges) {
  const colours = theme();
  const kind = KINDS[chart.kind](chart, colours);
  return {
    type: kind.type,
    data: { datasets: kind.sets },
    plugins: [
      { ...rangePlugin, beforeDatasetsDraw: (drawn) => rangePlugin.beforeDatasetsDraw(drawn, null, { chart, ranges }) },
      { ...markPlugin, afterDatasetsDraw: (drawn) => markPlugin.afterDatasetsDraw(drawn, null, { chart }) },
    ],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      devicePixelRatio: document.documentElement.classList.contains("paper") ? 2 : undefined,
      font: { family: "system-ui, sans-serif" },
      interaction: { mode: "index", intersect: false, axis: "x" },
      scales: {
        x: {
          type: "linear",
          min: 0,
          grid: { color: colours.grid, drawBorder: false },
          ...kind.x,
        },
        y: valueAxis(chart, colours),
      },
      plugins: {
        legend: {
          display: chart.series.length > 1,
          position: "bottom",
          labels: { usePointStyle: true, boxWidth: 34, pointStyleWidth: 34, padding: 10, generateLabels: (of) => legendLabels(of, colours) },
        },
        tooltip: {
          backgroundColor: colours.ink,
          titleColor: colours.card,
          bodyColor: colours.card,
          callbacks: {
            title: (items) => (items.length ? kind.head(items[0].dataIndex) : ""),
            label: (item) => labelOf(chart, item),
            labelColor: (item) => ({
              borderColor: colours.series[(chart.series[item.datasetIndex].colour ?? item.datasetIndex) % 8],
              backgroundColor: colours.series[(chart.series[item.datasetIndex].colour ?? item.datasetIndex) % 8],
            }),
          },
        },
      },
    },
  };
}

// What the first column of a chart's table says of its row.
function rowHead(chart, index) {
  return KINDS[chart.kind](chart, theme()).head(index);
}
