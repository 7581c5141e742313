"use strict";
// Buttons that copy a value. Without this script they stay hidden, and the value can be marked by hand.

function show(root) {
  if (!navigator.clipboard) return; // pages that came over plain http from elsewhere have none
  for (const button of root.querySelectorAll("button.copy[hidden]")) button.hidden = false;
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return; // the browser did not let us; the value is still there to be marked
  }
  const said = document.createElement("span");
  said.className = "copied";
  said.setAttribute("role", "status");
  said.textContent = button.dataset.copied;
  button.after(said);
  setTimeout(() => said.remove(), 1600);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) show(node);
}).observe(document.documentElement, { childList: true, subtree: true });
show(document);
