// The outline of a sound as an SVG drawing: of the open reference only, whose picture tells nothing.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 480;
const HEIGHT = 72;

/** <svg class="wave"> of an AudioBuffer's first channel, as high as its loudest sample. */
export function drawWave(buffer) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "wave");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", describeOutline(findPeaks(buffer.getChannelData(0), WIDTH), HEIGHT));
  svg.append(path);
  return svg;
}

/** The largest absolute sample of each of `n` equal parts, the loudest of them 1. */
export function findPeaks(samples, n) {
  const peaks = new Float32Array(n);
  for (let i = 0; i < samples.length; i += 1) {
    const part = Math.min(Math.floor((i * n) / samples.length), n - 1);
    peaks[part] = Math.max(peaks[part], Math.abs(samples[i]));
  }
  const loudest = peaks.reduce((a, b) => Math.max(a, b), 0) || 1;
  return Array.from(peaks, (peak) => peak / loudest);
}

/** Along the top to the right and along the bottom back. */
export function describeOutline(peaks, height) {
  const half = height / 2;
  const top = peaks.map((peak, i) => `${i} ${(half - half * peak).toFixed(1)}`);
  const bottom = peaks.map((peak, i) => `${i} ${(half + half * peak).toFixed(1)}`).reverse();
  return `M${[...top, ...bottom].join("L")}Z`;
}
