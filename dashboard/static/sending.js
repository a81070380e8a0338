// What somebody sends reaches the server once, or he is told that it has not.
//
//   sent --answer--> done
//    +-----no answer, a fault of the server--> unsent: told, sent again by itself with the same
//              key for two minutes, then by hand only --answer--> done
//
// The server does what bears the same key once, so sending again is safe. What is unsent and
// what is half-written survives a reload of the page, in this tab alone.
import { toast } from "./toasts.js";

const AGAIN_MS = [2000, 4000, 8000, 15000, 30000];
const BY_ITSELF_MS = 120_000;
const LIMIT_MS = 15_000;
const SLOW_MS = 1500;
const UNSENT = "unsent";
const words = document.getElementById("sending-words")?.dataset ?? {};

function stored(name, fallback) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? fallback;
  } catch {
    return fallback;
  }
}

function store(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Full, or forbidden: what is sent is not kept over a reload.
  }
}

// -- keys ----------------------------------------------------------------------------------

let unsent = stored(UNSENT, []); // {action, body, headers, key, label, at}
const toasts = new Map(); // by key
const timers = new Map();

function newKey() {
  // `randomUUID` is missing on plain http; this is not.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

// The same thing sent to the same place again, while the first is unsent, is the same thing.
function keyFor(action, body) {
  return unsent.find((each) => each.action === action && each.body === body)?.key ?? newKey();
}

function isChange(ctx) {
  return ctx.request.method !== "GET";
}

function isAsked(ctx) {
  return ["click", "submit", "change", "input"].includes(ctx.sourceEvent?.type);
}

document.addEventListener("htmx:before:request", (event) => {
  const ctx = event.detail.ctx;
  if (!isChange(ctx)) return;
  const key = keyFor(ctx.request.action, String(ctx.request.body ?? ""));
  ctx.request.headers["Idempotency-Key"] = key;
  // Now: when the answer is lost, the button may by then be that of the next step.
  ctx.label = labelOf(ctx.request.submitter ?? ctx.sourceElement);
  const pending = ctx.request.form ?? ctx.sourceElement;
  ctx.slow = setTimeout(() => {
    ctx.waiting = toast(words.waiting);
  }, SLOW_MS);
  pending.classList.add("is-sending");
  pending.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:finally:request", (event) => {
  const ctx = event.detail.ctx;
  if (!isChange(ctx)) return;
  clearTimeout(ctx.slow);
  ctx.waiting?.remove();
  const pending = ctx.request.form ?? ctx.sourceElement;
  pending.classList.remove("is-sending");
  pending.removeAttribute("aria-busy");
});

// -- what came back ---------------------------------------------------------------------------

document.addEventListener("htmx:after:request", (event) => {
  const ctx = event.detail.ctx;
  if (isChange(ctx) && ctx.response.status < 400) {
    settled(ctx.request.headers["Idempotency-Key"]);
    forgetDrafts(ctx.request.form);
  }
});

// A fault of the server, or of a proxy before it.
document.addEventListener("htmx:response:error", (event) => {
  const ctx = event.detail.ctx;
  if (ctx.response.status >= 500) failed(ctx, words.fault);
});

// No network, or no answer in time.
document.addEventListener("htmx:error", (event) => {
  const { ctx, error } = event.detail;
  if (ctx?.request && !ctx.response) failed(ctx, whyOf(error));
});

// A refusal is a page of its own for who has no scripts; here it is told over this one.
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail.ctx;
  if (!(ctx?.response?.status >= 400)) return;
  const page = new DOMParser().parseFromString(ctx.text ?? "", "text/html");
  const refusal = page.querySelector(".gate-box h1");
  if (!refusal) return;
  event.preventDefault();
  settled(ctx.request.headers["Idempotency-Key"]);
  toast(refusal, { refusal: true });
});

class ServerFault extends Error {}

// htmx ends a request that takes too long with the word "timeout", the browser with an error.
function whyOf(error) {
  if (error instanceof ServerFault) return words.fault;
  const late = error === "timeout" || error?.name === "TimeoutError";
  return late ? words.silent : words.offline;
}

function failed(ctx, why) {
  if (!isChange(ctx)) {
    if (isAsked(ctx)) toast(`${words.unread} ${why}`, { refusal: true });
    return;
  }
  const key = ctx.request.headers["Idempotency-Key"];
  if (!unsent.some((each) => each.key === key)) {
    unsent.push({
      key,
      action: ctx.request.action,
      body: String(ctx.request.body ?? ""),
      headers: ctx.request.headers,
      label: ctx.label,
      at: Date.now(),
    });
    store(UNSENT, unsent);
  }
  tell(key, why);
  later(key, 0);
}

function labelOf(element) {
  return (element?.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 60);
}

// -- unsent -----------------------------------------------------------------------------------

function tell(key, why) {
  const one = unsent.find((each) => each.key === key);
  if (!one || toasts.get(key)?.isConnected) return;
  const shown = toast(`${words.unsent.replace("{what}", one.label)} ${why}`, {
    refusal: true,
    actions: [
      { label: words.now, run: () => again(key, AGAIN_MS.length) },
      { label: words.discard, run: () => settled(key) },
    ],
  });
  if (shown) toasts.set(key, shown);
}

function settled(key) {
  if (!key) return;
  clearTimeout(timers.get(key));
  toasts.get(key)?.remove();
  toasts.delete(key);
  unsent = unsent.filter((each) => each.key !== key);
  store(UNSENT, unsent.length ? unsent : null);
}

function later(key, number) {
  const one = unsent.find((each) => each.key === key);
  if (!one || Date.now() - one.at > BY_ITSELF_MS) return;
  clearTimeout(timers.get(key));
  const pause = AGAIN_MS[Math.min(number, AGAIN_MS.length - 1)];
  timers.set(key, setTimeout(() => again(key, number + 1), pause));
}

async function again(key, number) {
  const one = unsent.find((each) => each.key === key);
  if (!one || one.busy) return;
  one.busy = true;
  try {
    const response = await fetch(one.action, {
      method: "POST",
      headers: { ...one.headers, "Content-Type": "application/x-www-form-urlencoded" },
      body: one.body,
      credentials: "same-origin",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (response.status >= 500) throw new ServerFault(String(response.status));
    const text = await response.text();
    if (response.headers.get("HX-Redirect")) {
      location.href = response.headers.get("HX-Redirect"); // signed out: it stays unsent
      return;
    }
    settled(key);
    told(one, response.status, text);
  } catch (error) {
    tell(key, whyOf(error));
    later(key, number);
  } finally {
    one.busy = false;
  }
}

function told(one, status, text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const answer = page.querySelector("[data-answer], .gate-box h1");
  const refusal = status >= 400 || answer?.dataset.answer === "refusal";
  const sent = new URLSearchParams(one.body).get("note");
  if (!refusal && sent !== null) forgetDrafts(document, sent);
  toast(answer ?? words.sent.replace("{what}", one.label), { refusal });
  // The page asks again for what it shows, as after a broken connection.
  document.getElementById("changes")?.dispatchEvent(new CustomEvent("store-open"));
}

window.addEventListener("online", () => {
  for (const each of unsent) if (Date.now() - each.at < BY_ITSELF_MS) again(each.key, 0);
});

for (const each of unsent) {
  each.busy = false;
  tell(each.key, words.before);
  later(each.key, 0);
}

// -- drafts -----------------------------------------------------------------------------------

function draftOf(field) {
  return `draft ${location.pathname} ${field.id}`;
}

function forgetDrafts(root, onlyText = null) {
  for (const field of root?.querySelectorAll?.("[data-draft]") ?? []) {
    if (onlyText !== null && field.value.trim() !== onlyText.trim()) continue;
    store(draftOf(field), null);
    if (onlyText !== null) field.value = "";
  }
}

function restoreDrafts() {
  for (const field of document.querySelectorAll("[data-draft]")) {
    const kept = stored(draftOf(field), "");
    if (kept && !field.value) field.value = kept;
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-draft]")) {
    store(draftOf(event.target), event.target.value || null);
  }
});
restoreDrafts();
document.addEventListener("htmx:after:swap", restoreDrafts);

// Whoever signs out leaves nothing behind on a computer that others use.
document.querySelector('form[action="/logout"]')?.addEventListener("submit", () => {
  sessionStorage.clear();
});
