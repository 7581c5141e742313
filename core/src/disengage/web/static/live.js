"use strict";
// Keeps an open page as things are. When the server says that something happened, the page is fetched anew, and each
// part with data-live and an id takes the place of the old one; never one that somebody is in the middle of.

const CALM = 400; // milliseconds: news that come together are one
const POLITE = 5000; // milliseconds between two announcements
const address = document.body.dataset.events;
let stream = null;
let waiting = 0;
let behind = false; // a part was left as it was, since somebody was using it
let announced = 0;

function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource(address);
  stream.addEventListener("changed", soon);
}

function rest() {
  if (stream) stream.close();
  stream = null;
}

function soon() {
  if (!waiting) waiting = setTimeout(refresh, CALM + Math.random() * CALM);
}

async function refresh() {
  waiting = 0;
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "manual" });
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    else rest(); // signed out, or gone: the page stays as it is, to be read
  } catch {
    // the server is away for a moment; the stream comes back with it
  }
}

function take(fresh) {
  let changed = false;
  behind = false;
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const other = fresh.getElementById(part.id);
    if (!other) continue;
    keepOpen(part, other);
    if (part.isEqualNode(other)) continue;
    if (inUse(part)) {
      behind = true;
      continue;
    }
    part.replaceWith(document.adoptNode(other));
    changed = true;
  }
  if (changed) announce();
}

function inUse(part) {
  const marked = getSelection();
  if (part.contains(document.activeElement)) return true;
  if (marked && !marked.isCollapsed && part.contains(marked.anchorNode)) return true;
  return [...part.querySelectorAll("input, textarea, select")].some(typed);
}

function typed(field) {
  if (field.type === "hidden") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected && one.selected);
  return field.value !== field.defaultValue;
}

// What a reader opened stays open, and what was shut stays shut.
function keepOpen(part, other) {
  const open = new Map([...part.querySelectorAll("details")].map((one) => [named(one), one.open]));
  for (const one of other.querySelectorAll("details")) {
    const before = open.get(named(one));
    if (before !== undefined) one.open = before;
  }
}

function named(details) {
  const around = details.parentElement.closest("[id]");
  const beside = around ? [...around.querySelectorAll("details")].indexOf(details) : 0;
  const summary = details.querySelector("summary");
  return `${around ? around.id : ""} ${details.id || summary?.textContent.trim() || beside}`;
}

function announce() {
  const word = document.getElementById("live-word");
  if (!word || Date.now() - announced < POLITE) return;
  announced = Date.now();
  word.textContent = "";
  setTimeout(() => { word.textContent = word.dataset.said; }, 100);
}

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
document.addEventListener("focusout", () => { if (behind) soon(); });
window.addEventListener("pagehide", rest);
window.addEventListener("pageshow", listen);
if (address) listen();
