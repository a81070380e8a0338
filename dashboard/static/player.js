// The player of a recording: waveform, keys, and the words that light up while they are heard.
import WaveSurfer from "./vendor/wavesurfer.js";

const nonce = document.querySelector('meta[name="csp-nonce"]').content;
const COUNT = 600; // loudnesses asked for; the waveform draws as many as fit

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

class Player {
  constructor(box) {
    this.box = box;
    this.id = box.dataset.player;
    this.audio = box.querySelector("audio");
    this.wave = box.querySelector(".wave");
    this.button = box.querySelector(".play");
    this.address = `/api/v1/recordings/${this.id}`;
    this.current = [];
    this.listen();
    this.draw();
  }

  listen() {
    const { audio, box } = this;
    this.button.addEventListener("click", () => this.toggle());
    box.querySelector(".back5").addEventListener("click", () => this.jump(audio.currentTime - 5));
    box.querySelector(".speed").addEventListener("change", (event) => {
      audio.playbackRate = Number(event.target.value);
    });
    box.querySelector(".channel").addEventListener("change", (event) => this.choose(event.target.value));
    for (const name of ["play", "pause", "ended"]) {
      audio.addEventListener(name, () => this.showState());
    }
    audio.addEventListener("play", () => this.follow());
    audio.addEventListener("seeked", () => this.show());
    audio.addEventListener("error", () => this.problem(true));
    audio.addEventListener("playing", () => this.problem(false));
    this.wave.addEventListener("keydown", (event) => this.key(event));
  }

  async draw() {
    const response = await fetch(`${this.address}/peaks?count=${COUNT}`);
    if (!response.ok) return; // without a waveform the recording still plays
    const shape = await response.json();
    this.surfer = WaveSurfer.create({
      container: this.wave,
      media: this.audio,
      peaks: [shape.caller, shape.hotline],
      duration: shape.duration_s,
      height: 72,
      waveColor: "#9fb4cf",
      progressColor: "#1d4f91",
      cursorColor: "#b3261e",
      cursorWidth: 2,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      normalize: true,
      dragToSeek: true,
      cspNonce: nonce,
    });
    this.surfer.on("interaction", () => this.show());
    this.wave.dataset.drawn = "yes";
  }

  toggle() {
    if (this.audio.paused) this.audio.play().catch(() => this.problem(true));
    else this.audio.pause();
  }

  jump(seconds) {
    this.audio.currentTime = Math.max(0, seconds);
    this.show();
  }

  // Another channel of the same recording, from where we are.
  choose(channel) {
    const { audio } = this;
    const at = audio.currentTime;
    const going = !audio.paused;
    audio.src = `${this.address}/audio?channel=${channel}`;
    audio.currentTime = at;
    if (going) audio.play().catch(() => this.problem(true));
  }

  key(event) {
    const steps = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5 };
    if (event.key in steps) this.jump(this.audio.currentTime + steps[event.key]);
    else if (event.key === "Home") this.jump(0);
    else if (event.key === " " || event.key === "Enter") this.toggle();
    else return;
    event.preventDefault();
  }

  problem(visible) {
    this.box.querySelector(".player-problem").hidden = !visible;
  }

  showState() {
    const going = !this.audio.paused;
    this.box.classList.toggle("playing", going);
    this.button.setAttribute("aria-label", going ? this.button.dataset.pause : this.button.dataset.play);
    this.show();
  }

  follow() {
    this.show();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  show() {
    const at = this.audio.currentTime;
    this.box.querySelector(".now-at").textContent = clock(at);
    this.wave.setAttribute("aria-valuenow", String(Math.floor(at)));
    this.wave.setAttribute("aria-valuetext", clock(at));
    // Asked for anew each time: a correction replaces the words while the page is open.
    const words = document.querySelectorAll(`[data-transcript="${this.id}"] .word`);
    for (const word of words) {
      const now = at > 0 && at >= Number(word.dataset.start) && at < Number(word.dataset.end);
      word.classList.toggle("now", now);
    }
  }
}

const players = new Map();

function find() {
  for (const [id, player] of players) {
    if (!player.box.isConnected) {
      player.audio.pause();
      player.surfer?.destroy();
      players.delete(id);
    }
  }
  for (const box of document.querySelectorAll("[data-player]")) {
    if (!players.has(box.dataset.player)) players.set(box.dataset.player, new Player(box));
  }
}

document.addEventListener("click", (event) => {
  const word = event.target.closest(".word");
  const transcript = word?.closest("[data-transcript]");
  const player = transcript && players.get(transcript.dataset.transcript);
  if (!player || String(getSelection())) return; // marking text is not a jump
  player.jump(Number(word.dataset.start) + 0.01);
  player.audio.play().catch(() => player.problem(true));
});

document.addEventListener("htmx:after:settle", find);
document.addEventListener("htmx:after:swap", find);
find();
