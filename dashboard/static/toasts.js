// Answers to what somebody has done, over the page: whoever has scrolled down sees them too.
// What went well goes away by itself; a refusal takes the focus and stays until it is closed.

const DONE_MS = 6000;
const REPEATED_MS = 1500; // the same words again within this are one answer
const box = document.getElementById("toasts");
let last = { words: "", at: 0 };

export function toast(content, { refusal = false, actions = [] } = {}) {
  if (!box) return null;
  const words = typeof content === "string" ? content : content.textContent;
  if (words === last.words && Date.now() - last.at < REPEATED_MS) return null;
  last = { words, at: Date.now() };
  const one = document.createElement("div");
  one.className = `toast-one ${refusal ? "toast-refusal" : "toast-done"}`;
  one.setAttribute("role", refusal ? "alert" : "status");
  const text = document.createElement("div");
  text.className = "toast-text";
  text.append(...(typeof content === "string" ? [content] : content.childNodes));
  one.append(text);
  for (const { label, run } of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-small";
    button.textContent = label;
    button.addEventListener("click", run);
    one.append(button);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "toast-close";
  close.setAttribute("aria-label", box.dataset.close);
  close.textContent = "×";
  close.addEventListener("click", () => one.remove());
  one.append(close);
  box.append(one);
  if (refusal) {
    one.tabIndex = -1;
    one.focus({ preventScroll: true });
  } else {
    setTimeout(() => one.remove(), DONE_MS);
  }
  return one;
}

// Answers that came with a page or a part of it.
function lift(root) {
  for (const answer of root.querySelectorAll("[data-answer]")) {
    answer.remove();
    toast(answer, { refusal: answer.dataset.answer === "refusal" });
  }
  const refusal = root.querySelector("[data-refusal]"); // beside what is to be mended
  refusal?.removeAttribute("data-refusal");
  refusal?.focus();
}

// An answer stands in the address after a form was taken; read again, it would be told again.
function forget() {
  const address = new URL(location.href);
  if (!address.searchParams.has("done")) return;
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

lift(document);
forget();
document.addEventListener("htmx:after:swap", () => lift(document));
