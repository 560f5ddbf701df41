// The proposed changes of a carried edit. Every click or key sends all decisions to Python, which answers with the
// decisions that hold. Words of the note are set by textContent only, never parsed as markup.

const KINDS = { add: "added", change: "changed", remove: "removed" };
const STATUS = { accepted: "Accepted", rejected: "Rejected", open: "To decide" };

const instances = new WeakMap(); // mount point -> Changes

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".changes");
  let changes = instances.get(parentElement);
  if (changes && (changes.root !== root || changes.review !== data.review)) {
    changes.dispose();
    changes = undefined;
  }
  if (!changes && root) {
    changes = new Changes(root, data);
    instances.set(parentElement, changes);
  }
  if (changes) {
    changes.send = (decision) => setTriggerValue("decision", decision);
    changes.adopt(data);
  }
  return () => {
    instances.get(parentElement)?.dispose();
    instances.delete(parentElement);
  };
}

class Changes {
  constructor(root, data) {
    this.root = root;
    this.review = data.review;
    this.revision = data.revision;
    this.stop = new AbortController(); // removes every listener at once
    this.find = (selector) => root.querySelector(selector);
    this.items = data.changes.map((change, index) => this.buildItem(change, data.edited, index));
    this.find(".list").replaceChildren(...this.items.map((item) => item.node));
    this.on(this.find(".accept-all"), "click", () => this.decideAll("accepted"));
    this.on(this.find(".reject-all"), "click", () => this.decideAll("rejected"));
    this.focusable(0);
  }

  dispose() {
    this.stop.abort();
  }

  on(target, type, handler) {
    target.addEventListener(type, handler, { signal: this.stop.signal });
  }

  // What Python says holds, unless the reader has decided more since.
  adopt(data) {
    if (data.revision < this.revision) return;
    this.revision = data.revision;
    this.items.forEach((item, index) => {
      item.decision = data.accepted.includes(index) ? "accepted" : data.rejected.includes(index) ? "rejected" : "open";
    });
    this.paint();
  }

  // ---- deciding

  decide(index, decision) {
    const item = this.items[index];
    item.decision = item.decision === decision ? "open" : decision;
    this.report(`${item.section}: ${STATUS[item.decision]}.`);
  }

  decideAll(decision) {
    for (const item of this.items) item.decision = decision;
    this.report(`All changes: ${STATUS[decision]}.`);
  }

  report(sentence) {
    this.paint();
    this.find(".announcement").textContent = sentence;
    this.revision += 1;
    const indices = (decision) => this.items.flatMap((item, index) => (item.decision === decision ? [index] : []));
    this.send({
      review: this.review,
      revision: this.revision,
      accepted: indices("accepted"),
      rejected: indices("rejected"),
    });
  }

  onKey(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: this.items.length - 1 };
    const decisions = { a: "accepted", r: "rejected" };
    if (event.key in moves) {
      this.focusable(Math.min(this.items.length - 1, Math.max(0, moves[event.key]))).focus();
    } else if (event.key.toLowerCase() in decisions) {
      this.decide(index, decisions[event.key.toLowerCase()]);
    } else {
      return;
    }
    event.preventDefault();
  }

  // The one change that Tab reaches; the arrow keys move on from there.
  focusable(index) {
    this.items.forEach((item, other) => (item.node.tabIndex = other === index ? 0 : -1));
    return this.items[index]?.node;
  }

  // ---- drawing

  paint() {
    const open = this.items.filter((item) => item.decision === "open").length;
    const total = this.items.length;
    this.find(".title").textContent = `${total} proposed ${total === 1 ? "change" : "changes"}, ${open} to decide`;
    for (const item of this.items) {
      item.node.dataset.decision = item.decision;
      item.status.textContent = STATUS[item.decision];
      item.accept.setAttribute("aria-pressed", String(item.decision === "accepted"));
      item.reject.setAttribute("aria-pressed", String(item.decision === "rejected"));
    }
  }

  buildItem(change, edited, index) {
    const node = element("li", "change");
    const head = element("div", "head");
    const status = element("span", "status");
    const arrow = change.direction === "forward" ? `↓ forward, after ${edited}` : `↑ backward, before ${edited}`;
    const sure = `${Math.floor(100 * change.confidence + 1e-6)}% sure`; // rounded down
    head.append(element("span", "section", change.section), element("span", "fact", KINDS[change.kind]));
    head.append(element("span", "fact", arrow), element("span", "fact", sure), status);
    const text = element("p", "text");
    text.append(...change.pieces.map(([operation, words]) => piece(operation, words)));
    const buttons = element("div", "decide");
    const accept = element("button", "accept", "Accept");
    const reject = element("button", "reject", "Reject");
    for (const [button, decision] of [[accept, "accepted"], [reject, "rejected"]]) {
      button.type = "button";
      button.setAttribute("aria-label", `${button.textContent} change ${index + 1}, ${change.section}`);
      this.on(button, "click", () => this.decide(index, decision));
    }
    buttons.append(accept, reject);
    node.append(head, text, element("p", "cause", cause(change.cause, edited)), buttons);
    this.on(node, "keydown", (event) => this.onKey(event, index));
    this.on(node, "focusin", () => this.focusable(index));
    return { node, status, accept, reject, section: change.section, decision: "open" };
  }
}

function piece(operation, words) {
  if (operation === "equal") return document.createTextNode(words);
  const added = operation === "insert";
  const node = element(added ? "ins" : "del");
  const sign = element("span", "sign", added ? "+" : "−");
  sign.setAttribute("aria-hidden", "true");
  node.append(sign, element("span", "hidden", added ? "added: " : "deleted: "), element("span", "words", words));
  return node;
}

function cause({ before, after }, edited) {
  if (before && after) return `because in ${edited} you changed “${before}” to “${after}”`;
  return after ? `because in ${edited} you added “${after}”` : `because in ${edited} you deleted “${before}”`;
}

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
