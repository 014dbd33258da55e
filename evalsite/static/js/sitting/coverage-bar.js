// Draws which seconds were heard: one cell a second, filled in parts, and the place of the sound.

import { cellParts } from "./coverage.js";

const SVG = "http://www.w3.org/2000/svg";
const CELL = 30;

export class CoverageBar {
  #duration;
  #heard = make("g", {});
  #line = make("path", { class: "head-line" });
  #knob = make("path", { class: "head-knob" });

  constructor(svg, duration) {
    this.#duration = duration;
    const nCells = Math.ceil(duration);
    svg.setAttribute("viewBox", `0 0 ${CELL * duration} 36`);
    const cells = Array.from({ length: nCells }, (_, cell) => {
      const width = (CELL - 3) * Math.min(1, duration - cell);
      return make("rect", { class: "cov-off", x: CELL * cell + 1.5, y: 10.5, width, height: 15 });
    });
    svg.replaceChildren(...cells, this.#heard, this.#line, this.#knob);
  }

  show(stretches, at) {
    const parts = cellParts(stretches, this.#duration).flatMap((ofCell, cell) =>
      ofCell.map(([from, to]) => {
        const x = CELL * cell + 1 + (CELL - 2) * from;
        const width = (CELL - 2) * (to - from);
        return make("rect", { class: "cov-on", x, y: 10, width, height: 16 });
      }),
    );
    this.#heard.replaceChildren(...parts);
    this.#line.setAttribute("d", `M${round(CELL * at)} 3V33`);
    this.#knob.setAttribute("d", `M${round(CELL * at)} 4v.01`);
  }
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  const all = name === "rect" ? { rx: 1.5, ...attributes } : attributes;
  for (const [key, value] of Object.entries(all)) {
    element.setAttribute(key, typeof value === "number" ? String(round(value)) : value);
  }
  return element;
}

function round(value) {
  return Math.round(100 * value) / 100;
}
