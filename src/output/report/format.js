// Numbers as the rest of the page writes them (metrics::format_value).

function withDecimals(value, decimals) {
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.max(0, Math.min(decimals, 15)) });
}

function significant(value, digits) {
  if (value === 0) return "0";
  return withDecimals(value, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
}

function formatDuration(seconds) {
  const scaled = (value, unit) =>
    value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + unit;
  if (seconds === 0) return "0s";
  if (seconds < 999.5e-9) return Math.round(seconds * 1e9) + "ns";
  if (seconds < 999.5e-6) return scaled(seconds * 1e6, "us");
  if (seconds < 0.9995) return scaled(seconds * 1e3, "ms");
  if (seconds < 59.95) return scaled(seconds, "s");
  return formatClock(seconds);
}

// A moment of the run, to the second: "12s", "1m05s", "2h03m".
function formatClock(seconds) {
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return whole + "s";
  if (whole < 3600) return Math.floor(whole / 60) + "m" + two(whole % 60) + "s";
  return Math.floor(whole / 3600) + "h" + two(Math.floor(whole / 60) % 60) + "m";
}

function formatShare(share) {
  return withDecimals(share * 100, 2) + "%";
}

function formatUsd(usd) {
  return "$" + (usd !== 0 && Math.abs(usd) < 1 ? usd.toFixed(4) : usd.toFixed(2));
}

function formatValue(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "s") return formatDuration(value);
  if (unit === "share") return formatShare(value);
  if (unit === "usd") return formatUsd(value);
  if (unit === "count") return withDecimals(value, 0);
  return significant(value, 3) + unit;
}

// An axis has round numbers, which want no zeros at their end.
function formatTick(value, unit) {
  if (unit === "s") return formatDuration(value).replace(/\.0+(?=[a-z])|(\.\d*?[1-9])0+(?=[a-z])/, "$1");
  if (unit === "count" || unit.startsWith("/") || unit.startsWith(" ")) return significant(value, 4);
  return formatValue(value, unit);
}
