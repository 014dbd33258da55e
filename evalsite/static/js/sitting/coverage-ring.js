// Draws which part of a signal was heard as thick arcs around its button.

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 28;
const CENTRE = 32;

export class CoverageRing {
  #group;
  #duration;
  #drawn = "";

  /** `svg` is the drawing of a .play button of 64 by 64 units. */
  constructor(svg, duration) {
    this.#duration = duration;
    this.#group = document.createElementNS(SVG, "g");
    svg.append(this.#group);
  }

  show(stretches) {
    const paths = stretches.map(([from, to]) => describeArc(from, to, this.#duration));
    if (paths.join() === this.#drawn) {
      return;
    }
    this.#drawn = paths.join();
    this.#group.replaceChildren(
      ...paths.map((d) => {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("class", "heard");
        path.setAttribute("d", d);
        return path;
      }),
    );
  }
}

/** Clockwise from the top; two half arcs, since one of a whole turn has no direction. */
export function describeArc(from, to, duration) {
  const [start, end] = [from, to].map((at) => Math.min(Math.max(at / duration, 0), 1));
  const places = [start, (start + end) / 2, end].map((turn) => {
    const angle = 2 * Math.PI * turn;
    const x = CENTRE + RADIUS * Math.sin(angle);
    const y = CENTRE - RADIUS * Math.cos(angle);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const arc = `A${RADIUS} ${RADIUS} 0 0 1 `;
  return `M${places[0]}${arc}${places[1]}${arc}${places[2]}`;
}
