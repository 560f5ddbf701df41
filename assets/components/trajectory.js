// Plays the denoising trajectory of one note. The whole trajectory arrives once; nothing is sent back to Python.
// Words of the note are set by textContent (or as attribute values) only, never parsed as markup.

const PLAY_MS = 2500; // whole animation at 1x
const MIN_STEP_MS = 40;
const BANDS = [
  { from: 0.95, label: "95% or more" },
  { from: 0.85, label: "85–94%" },
  { from: 0.7, label: "70–84%" },
  { from: 0.5, label: "50–69%" },
  { from: 0, label: "below 50%" },
];
const ORDER_BANDS = 5;
const PIECES_SHOWN = 24;

const instances = new WeakMap(); // mount point -> Player
const played = new Set(); // notes that have played by themselves in this tab

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".player");
  let player = instances.get(parentElement);
  if (player && (player.root !== root || player.noteId !== data.note_id)) {
    player.dispose();
    player = undefined;
  }
  if (!player && root) {
    player = new Player(root, data.note_id, data.trajectory);
    instances.set(parentElement, player);
  }
  return () => {
    instances.get(parentElement)?.dispose();
    instances.delete(parentElement);
  };
}

class Player {
  constructor(root, noteId, trajectory) {
    this.root = root;
    this.noteId = noteId;
    this.steps = trajectory.steps;
    this.speed = 1;
    this.view = "confidence";
    this.stop = new AbortController(); // removes every listener at once
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.find = (selector) => root.querySelector(selector);
    this.tokens = buildNote(this.find(".note"), trajectory.sections);
    this.find(".scrub").max = String(this.steps);
    this.listen();
    this.setSpeed(1);
    this.setView("confidence");
    this.followMotionPreference();
    if (this.reduced.matches || this.steps === 0 || played.has(noteId)) {
      this.show(this.steps);
    } else {
      played.add(noteId);
      this.show(0);
      this.play();
    }
  }

  dispose() {
    this.pause();
    clearTimeout(this.announceTimer);
    this.stop.abort();
  }

  listen() {
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal: this.stop.signal });
    on(this.find(".restart"), "click", () => this.restart());
    on(this.find(".back"), "click", () => this.moveTo(this.step - 1));
    on(this.find(".forward"), "click", () => this.moveTo(this.step + 1));
    on(this.find(".play"), "click", () => this.toggle());
    on(this.find(".scrub"), "input", (event) => this.moveTo(Number(event.target.value)));
    for (const button of this.root.querySelectorAll("[data-speed]")) {
      on(button, "click", () => this.setSpeed(Number(button.dataset.speed)));
    }
    for (const button of this.root.querySelectorAll("[data-view]")) {
      on(button, "click", () => this.setView(button.dataset.view));
    }
    on(this.root, "keydown", (event) => this.onKey(event));
    for (const type of ["pointerover", "click"]) {
      on(this.find(".note"), type, (event) => this.describe(event.target));
    }
    on(this.find(".note"), "pointerleave", () => this.showDetails());
    on(this.reduced, "change", () => this.followMotionPreference());
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: this.step - 1, ArrowRight: this.step + 1, Home: 0, End: this.steps };
    if (event.key in moves) {
      event.preventDefault();
      this.moveTo(moves[event.key]);
    } else if (event.key === " " && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      this.toggle();
    }
  }

  followMotionPreference() {
    const play = this.find(".play");
    play.disabled = this.reduced.matches || this.steps === 0;
    play.title = this.reduced.matches ? "Your system asks for reduced motion: use the step buttons" : "Play or pause (space)";
    if (this.reduced.matches) this.pause();
  }

  // ---- playback

  get playing() {
    return this.timer !== undefined;
  }

  toggle() {
    if (this.playing) {
      this.pause();
      this.announce();
    } else {
      this.play();
    }
  }

  play() {
    if (this.playing || this.find(".play").disabled) return;
    if (this.step >= this.steps) this.show(0);
    this.schedule();
    this.showPlayState();
  }

  schedule() {
    const wait = Math.max(MIN_STEP_MS, PLAY_MS / this.steps) / this.speed;
    this.timer = setTimeout(() => {
      this.show(this.step + 1);
      if (this.step < this.steps) {
        this.schedule();
      } else {
        this.pause();
        this.announce();
      }
    }, wait);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.showPlayState();
  }

  restart() {
    this.pause();
    this.show(0);
    if (this.reduced.matches) this.announce();
    else this.play();
  }

  moveTo(step) {
    this.pause();
    this.show(step);
    this.announce();
  }

  setSpeed(speed) {
    this.speed = speed;
    press(this.root, "[data-speed]", (button) => Number(button.dataset.speed) === speed);
    if (this.playing) {
      clearTimeout(this.timer);
      this.schedule();
    }
  }

  setView(view) {
    this.view = view;
    press(this.root, "[data-view]", (button) => button.dataset.view === view);
    this.root.dataset.view = view;
    buildLegend(this.find(".legend"), view, this.steps, this.tokens.some((token) => token.step === 0));
    if (this.step !== undefined) this.show(this.step);
  }

  // ---- what is shown

  showPlayState() {
    const play = this.find(".play");
    play.classList.toggle("playing", this.playing);
    play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
  }

  show(step) {
    this.step = Math.min(this.steps, Math.max(0, step));
    for (const token of this.tokens) paint(token, this.step, this.view, this.steps);
    const scrub = this.find(".scrub");
    scrub.value = String(this.step);
    scrub.style.setProperty("--done", `${this.steps ? (100 * this.step) / this.steps : 100}%`);
    scrub.setAttribute("aria-valuetext", `Step ${this.step} of ${this.steps}`);
    this.find(".position").textContent = `Step ${this.step} of ${this.steps}`;
    this.root.dataset.step = String(this.step);
    this.showDetails();
  }

  showDetails() {
    const now = this.tokens.filter((token) => token.step === this.step && token.step > 0);
    const written = this.tokens.filter((token) => token.step <= this.step).length;
    const total = this.tokens.length;
    this.find(".summary").textContent = this.step
      ? `Step ${this.step} wrote ${count(now.length)} (${written} of ${total})${now.length ? ", least sure first:" : ""}`
      : `Before the first step: ${written} of ${count(total)} known`;
    const leastSureFirst = now.sort((a, b) => a.confidence - b.confidence);
    const pieces = leastSureFirst.slice(0, PIECES_SHOWN).map((token) => `${token.word.trim()}\u00a0${percent(token)}`);
    if (leastSureFirst.length > PIECES_SHOWN) pieces.push(`and ${leastSureFirst.length - PIECES_SHOWN} more`);
    this.find(".pieces").replaceChildren(...pieces.map((text) => element("span", "piece", text)));
  }

  describe(target) {
    const token = this.tokens.find((candidate) => candidate.node === target);
    if (!token || token.step > this.step) return;
    this.find(".summary").textContent = token.step ? `Written in step ${token.step}:` : "Given by you:";
    this.find(".pieces").replaceChildren(element("span", "piece", `${token.word.trim()}\u00a0${percent(token)}`));
  }

  announce() {
    clearTimeout(this.announceTimer);
    this.announceTimer = setTimeout(() => {
      const written = this.tokens.filter((token) => token.step <= this.step).length;
      this.find(".announcement").textContent =
        this.step === this.steps
          ? `The note is complete, ${this.steps} steps.`
          : `Step ${this.step} of ${this.steps}, ${written} of ${count(this.tokens.length)} written.`;
    }, 300);
  }
}

// ---- drawing

function buildNote(note, sections) {
  note.replaceChildren();
  const tokens = [];
  for (const section of sections) {
    const block = element("div", "section");
    const heading = element("h3", "", section.title);
    const given = section.tokens.length > 0 && section.tokens.every(([, step]) => step === 0);
    if (given) heading.append(element("span", "yours", "yours"));
    const body = element("p", "text");
    const breaks = itemStarts(section);
    section.tokens.forEach(([text, step, confidence], index) => {
      const word = text.trimStart();
      if (breaks.has(index)) body.append(element("br"));
      else if (word !== text) body.append(" ");
      const node = element("span", "token");
      body.append(node);
      tokens.push({ node, word, step, confidence });
    });
    block.append(heading, body);
    note.append(block);
  }
  return tokens;
}

// Indices of the tokens that begin item 2, 3, ... of a numbered list, so that each item stands on its own line.
function itemStarts(section) {
  const starts = new Set();
  if (section.id !== "assessment" && section.id !== "plan") return starts;
  const texts = section.tokens.map(([text]) => text);
  let next = texts.join("").trimStart().startsWith("1.") ? 2 : Infinity;
  texts.forEach((text, index) => {
    const ahead = texts.slice(index, index + 6).join("");
    if (/^\s/.test(text) && ahead.trimStart().startsWith(`${next}.`)) {
      starts.add(index);
      next += 1;
    }
  });
  return starts;
}

function paint(token, step, view, steps) {
  const { node, word } = token;
  if (token.step > step) {
    node.className = "token masked";
    node.textContent = "";
    node.dataset.word = word; // gives the block its width, drawn transparent by the style sheet
    node.setAttribute("aria-hidden", "true");
    node.removeAttribute("title");
    return;
  }
  const band = token.step === 0 ? "given" : view === "order" ? `order-${orderBand(token.step, steps)}` : `sure-${sureBand(token.confidence)}`;
  const fresh = token.step === step && step > 0 && step < steps; // the finished note carries no frames
  node.className = `token ${band}${fresh ? " fresh" : ""}`;
  if (node.textContent !== word) node.textContent = word;
  delete node.dataset.word;
  node.removeAttribute("aria-hidden");
  node.title = token.step ? `${percent(token)}, step ${token.step}` : "Given by you";
}

function buildLegend(legend, view, steps, anyGiven) {
  const entries =
    view === "order"
      ? orderRanges(steps).map(([band, label]) => [`order-${band}`, label])
      : BANDS.map(({ label }, band) => [`sure-${band}`, label]);
  if (anyGiven) entries.push(["given", "given by you"]);
  legend.replaceChildren(element("span", "legend-title", view === "order" ? "Order of writing" : "Model confidence"));
  for (const [band, label] of entries) {
    const entry = element("span", "entry");
    entry.append(element("span", `token ${band}`, "Abc"), element("span", "", label));
    legend.append(entry);
  }
}

function orderRanges(steps) {
  const ranges = new Map();
  for (let step = 1; step <= steps; step += 1) {
    const band = orderBand(step, steps);
    ranges.set(band, [ranges.get(band)?.[0] ?? step, step]);
  }
  return [...ranges].map(([band, [first, last]]) => [band, first === last ? `step ${first}` : `steps ${first}–${last}`]);
}

const sureBand = (confidence) => BANDS.findIndex(({ from }) => confidence >= from);
const orderBand = (step, steps) => Math.min(ORDER_BANDS - 1, Math.floor(((step - 1) * ORDER_BANDS) / Math.max(steps, 1)));
// Rounded down, so that the figure never belongs to a higher band than the color.
const percent = (token) => (token.step ? `${Math.floor(100 * token.confidence + 1e-6)}%` : "yours");
const count = (tokens) => (tokens === 1 ? "1 token" : `${tokens} tokens`);

function press(root, selector, isPressed) {
  for (const button of root.querySelectorAll(selector)) button.setAttribute("aria-pressed", String(isPressed(button)));
}

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
