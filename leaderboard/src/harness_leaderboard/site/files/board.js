const field = document.getElementById("filter"), shown = document.getElementById("shown");
const applyFilter = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0, total = 0;
  document.querySelectorAll("table").forEach((table, number) => {
    for (const row of table.tBodies[0].rows) {
      const name = (row.querySelector("th") ?? row).textContent.toLowerCase();
      row.hidden = !words.every(word => name.includes(word));
      if (number === 0) { total += 1; count += row.hidden ? 0 : 1; }
    }
  });
  shown.textContent = words.length ? `${count} of ${total} entries` : "";
};
if (field) field.addEventListener("input", applyFilter);

const source = document.getElementById("planets");
if (source) {
  const data = JSON.parse(source.textContent);
  const [first, second] = ["first", "second"].map(name => document.getElementById(name));
  const plot = document.getElementById("pair"), told = document.getElementById("told");
  const space = "http://www.w3.org/2000/svg";
  const make = (name, attributes, text) => {
    const node = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const short = value => Number(value.toPrecision(4)).toString();
  const draw = () => {
    const [a, b] = [first, second].map(choice => data.methods[choice.value]);
    const points = data.planets.map((planet, index) => [a.scores[index], b.scores[index], planet, data.kinds[index]])
      .filter(point => point[0] !== null && point[1] !== null);
    plot.replaceChildren();
    if (!points.length) { told.textContent = "No planet has a score from both."; return; }
    const numbers = points.flatMap(point => [point[0], point[1]]);
    const low = Math.min(...numbers), high = Math.max(...numbers), span = high - low || 1;
    const x = value => 70 + 430 * (value - low) / span, y = value => 440 - 420 * (value - low) / span;
    plot.append(make("rect", {x: 70, y: 20, width: 430, height: 420, class: "axis"}));
    plot.append(make("line", {x1: x(low), y1: y(low), x2: x(high), y2: y(high), class: "grid"}));
    for (const [value, anchor] of [[low, "middle"], [(low + high) / 2, "middle"], [high, "end"]]) {
      plot.append(make("text", {x: value === high ? 520 : x(value), y: 460, "text-anchor": anchor}, short(value)));
      plot.append(make("text", {x: 64, y: y(value) + 5, "text-anchor": "end"}, short(value)));
    }
    plot.append(make("text", {x: 285, y: 484, "text-anchor": "middle"}, "second method"));
    plot.append(make("text", {x: 18, y: 335, "text-anchor": "middle", transform: "rotate(-90 18 335)"}, "first method"));
    const ranks = point => data.ranking === null || point[3] === data.ranking;
    for (const point of points) {
      const [one, other, planet, kind] = point;
      const dot = make("circle", {cx: x(other), cy: y(one), r: 4, class: `dot ${ranks(point) ? "front" : "beaten"}`});
      dot.append(make("title", {}, `${planet}${kind ? ` (${kind})` : ""}: ${short(one)} and ${short(other)}`));
      plot.append(dot);
    }
    const apart = points.filter(ranks).map(point => point[0] - point[1]);
    const mean = apart.reduce((sum, one) => sum + one, 0) / apart.length;
    const better = apart.filter(one => data.higher ? one > 0 : one < 0).length;
    const which = data.ranking === null ? "" : ` of the kind '${data.ranking}', by which the board ranks and which are coloured`;
    told.textContent = apart.length
      ? `The first is better on ${better} of ${apart.length} planets${which}; first less second: ${short(mean)} in the mean.`
      : `No planet${which} has a score from both.`;
  };
  for (const choice of [first, second]) choice.addEventListener("change", draw);
  draw();
}
