// What every page does: shows the state of the live connection, lets clocks tick, and asks
// before something that cannot be undone. Data comes as HTML by htmx.

const offline = document.getElementById("offline");

function connected(on) {
  if (offline) offline.hidden = on;
  document.documentElement.dataset.live = on ? "on" : "off";
}

document.addEventListener("htmx:sse:after:connection", () => connected(true));
document.addEventListener("htmx:sse:error", () => connected(false));

// Length of the calls that go on, counted here between two answers of the server.
function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
    const minutes = Math.floor(seconds / 60);
    const short = `${minutes % 60}`.padStart(minutes >= 60 ? 2 : 1, "0") + ":" + `${seconds % 60}`.padStart(2, "0");
    clock.textContent = minutes >= 60 ? `${Math.floor(minutes / 60)}:${short}` : short;
  }
}
setInterval(tick, 1000);

document.addEventListener("click", (event) => {
  const empties = event.target.closest("[data-empties]");
  if (empties) document.querySelector(empties.dataset.empties)?.replaceChildren();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    const search = document.querySelector(".search input");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});
