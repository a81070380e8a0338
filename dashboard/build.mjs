// Copies the browser parts named below from node_modules to static/vendor, so that the
// dashboard loads nothing from other hosts. `npm ci && npm run build`.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

const modules = new URL("./node_modules/", import.meta.url);
const vendor = new URL("./static/vendor/", import.meta.url);

const files = {
  "tabler.css": "@tabler/core/dist/css/tabler.min.css",
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "hx-sse.js": "htmx.org/dist/ext/hx-sse.min.js",
  "wavesurfer.js": "wavesurfer.js/dist/wavesurfer.esm.js",
};

// The icons that templates draw by `icon("name")`; a test compares this list with the templates.
const icons = [
  "alert-circle", "alert-triangle", "arrow-left", "arrow-right", "bell", "building",
  "calendar-event", "check", "chevron-down", "clipboard-check", "clock", "download", "ear",
  "flame", "hand-stop", "headphones", "heartbeat", "history", "inbox", "key", "language",
  "list-check", "logout", "map-pin", "microphone", "note", "pencil", "phone", "phone-call",
  "phone-off", "phone-outgoing", "player-pause", "player-play", "plus", "search",
  "shield-lock", "trash", "upload", "urgent", "user", "users", "walk",
];

function symbol(name, svg) {
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s+/g, " ").trim()}</symbol>`;
}

await rm(vendor, { recursive: true, force: true });
await mkdir(vendor, { recursive: true });
for (const [name, source] of Object.entries(files)) {
  // A source map would be asked for by developer tools and is not shipped.
  const text = await readFile(new URL(source, modules), "utf8");
  await writeFile(new URL(name, vendor), text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*$/, ""));
}
// The texts that their licences ask to be passed on; @tabler/core names its own only in its banner.
const licences = ["@tabler/icons", "htmx.org", "wavesurfer.js"];
const texts = await Promise.all(
  licences.map(async (name) => `${name}\n\n${await readFile(new URL(`${name}/LICENSE`, modules), "utf8")}`),
);
texts.push(
  texts[0].replace("@tabler/icons", "@tabler/core").replace(/Copyright.*/, "Copyright (c) 2018-2026 The Tabler Authors"),
);
await writeFile(new URL("LICENSES.txt", vendor), texts.join("\n\n"));

const symbols = [];
for (const name of icons) {
  symbols.push(symbol(name, await readFile(new URL(`@tabler/icons/icons/outline/${name}.svg`, modules), "utf8")));
}
await writeFile(
  new URL("icons.svg", vendor),
  `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
);
