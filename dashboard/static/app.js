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

// Seconds in which something can still be taken back, from when the page got them.
function countDown() {
  for (const clock of document.querySelectorAll("[data-left]")) {
    clock.ends ??= Date.now() + 1000 * Number(clock.dataset.left);
    clock.textContent = Math.max(0, Math.ceil((clock.ends - Date.now()) / 1000));
  }
}
setInterval(countDown, 250);

// Urgent tickets that nobody has: the tab's title says how many as long as there are some, and
// a new one is also heard when this browser's user asked for sound.
const title = document.title;
let waiting = new Set();

function soundOn() {
  return localStorage.getItem("urgent-sound") === "on";
}

function ring() {
  const audio = new AudioContext();
  for (const [number, hz] of [880, 660, 880, 660].entries()) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    loudness.gain.value = 0.15;
    tone.frequency.value = hz;
    tone.connect(loudness).connect(audio.destination);
    tone.start(audio.currentTime + number * 0.25);
    tone.stop(audio.currentTime + number * 0.25 + 0.2);
    if (number === 3) tone.onended = () => audio.close();
  }
}

function look(first) {
  const banner = document.getElementById("urgent");
  if (!banner) return;
  const now = new Set(banner.dataset.waiting.split(",").filter(Boolean));
  if (!first && soundOn() && [...now].some((id) => !waiting.has(id))) ring();
  waiting = now;
  document.title = now.size ? `(!) ${banner.dataset.title} · ${title}` : title;
}
look(true);
document.addEventListener("htmx:after:swap", () => look(false));

const sound = document.getElementById("sound");
function showSound() {
  sound.hidden = false;
  sound.setAttribute("aria-pressed", soundOn());
  sound.querySelector("span").textContent = soundOn() ? sound.dataset.on : sound.dataset.off;
}
if (sound) {
  showSound();
  sound.addEventListener("click", () => {
    localStorage.setItem("urgent-sound", soundOn() ? "off" : "on");
    showSound();
    if (soundOn()) ring(); // so that it is known how it sounds, and the browser allows it
  });
}

document.addEventListener("click", (event) => {
  const empties = event.target.closest("[data-empties]");
  if (empties) document.querySelector(empties.dataset.empties)?.replaceChildren();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// What cannot be taken back is asked once.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
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
