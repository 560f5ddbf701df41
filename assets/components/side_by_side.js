// Replays the notes of several models on one clock. Everything arrives once; nothing is sent back to Python.
// Words of a note are set by textContent (or as attribute values) only, never parsed as markup.

const KEY_MOVES = 50; // the arrow keys move by this part of the whole

const instances = new WeakMap(); // mount point -> Replay
const played = new Set(); // comparisons that have played by themselves in this tab

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".side-by-side");
  let replay = instances.get(parentElement);
  if (replay && (replay.root !== root || replay.id !== data.id)) {
    replay.dispose();
    replay = undefined;
  }
  if (!replay && root) {
    replay = new Replay(root, data.id, data.lanes);
    instances.set(parentElement, replay);
  }
  return () => {
    instances.get(parentElement)?.dispose();
    instances.delete(parentElement);
  };
}

class Replay {
  constructor(root, id, lanes) {
    this.root = root;
    this.id = id;
    this.end = Math.ceil(Math.max(...lanes.map((lane) => lane.total_ms)));
    this.speed = 1;
    this.stop = new AbortController(); // removes every listener at once
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.find = (selector) => root.querySelector(selector);
    this.lanes = lanes.map(buildLane);
    this.find(".lanes").replaceChildren(...this.lanes.map((lane) => lane.node));
    this.find(".scrub").max = String(this.end);
    this.listen();
    this.followMotionPreference();
    if (this.reduced.matches || played.has(id)) {
      this.show(this.end);
    } else {
      played.add(id);
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
    on(this.find(".play"), "click", () => this.toggle());
    on(this.find(".scrub"), "input", (event) => this.moveTo(Number(event.target.value)));
    for (const button of this.root.querySelectorAll("[data-speed]")) {
      on(button, "click", () => this.setSpeed(Number(button.dataset.speed)));
    }
    on(this.root, "keydown", (event) => this.onKey(event));
    on(this.reduced, "change", () => this.followMotionPreference());
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = this.end / KEY_MOVES;
    const moves = { ArrowLeft: this.now - move, ArrowRight: this.now + move, Home: 0, End: this.end };
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
    play.disabled = this.reduced.matches;
    play.title = this.reduced.matches ? "Your system asks for reduced motion: move the clock by hand" : "Play or pause (space)";
    if (this.reduced.matches) this.pause();
  }

  // ---- playback

  get playing() {
    return this.frame !== undefined;
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
    if (this.now >= this.end) this.show(0);
    let before = performance.now();
    const tick = (time) => {
      this.show(this.now + Math.max(0, time - before) * this.speed);
      before = time;
      if (this.now < this.end) {
        this.frame = requestAnimationFrame(tick);
      } else {
        this.pause();
        this.announce();
      }
    };
    this.frame = requestAnimationFrame(tick);
    this.showPlayState();
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.showPlayState();
  }

  restart() {
    this.pause();
    this.show(0);
    if (this.reduced.matches) this.announce();
    else this.play();
  }

  moveTo(milliseconds) {
    this.pause();
    this.show(milliseconds);
    this.announce();
  }

  setSpeed(speed) {
    this.speed = speed;
    for (const button of this.root.querySelectorAll("[data-speed]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed));
    }
  }

  // ---- what is shown

  showPlayState() {
    const play = this.find(".play");
    play.classList.toggle("playing", this.playing);
    play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
  }

  show(milliseconds) {
    this.now = Math.min(this.end, Math.max(0, milliseconds));
    for (const lane of this.lanes) paintLane(lane, this.now);
    const said = `${seconds(this.now)} of ${seconds(this.end)}`;
    const scrub = this.find(".scrub");
    scrub.value = String(Math.round(this.now));
    scrub.setAttribute("aria-valuetext", said);
    this.find(".position").textContent = said;
    this.root.dataset.now = String(Math.round(this.now));
  }

  announce() {
    clearTimeout(this.announceTimer);
    this.announceTimer = setTimeout(() => {
      const states = this.lanes.map((lane) => `${lane.title}: ${lane.state.textContent}`);
      this.find(".announcement").textContent = `At ${seconds(this.now)}. ${states.join(". ")}.`;
    }, 300);
  }
}

// ---- drawing

function buildLane(data) {
  const node = element("article", "lane");
  const state = element("p", "state");
  const bar = element("div", "bar");
  const done = element("span");
  bar.append(done);
  bar.setAttribute("aria-hidden", "true");
  node.append(element("h3", "", data.title), state, bar);
  const tokens = [];
  for (const section of data.sections) {
    const body = element("p", "text");
    for (const [text, step] of section.tokens) {
      const word = text.trimStart();
      if (word !== text) body.append(" ");
      const token = element("span", "token");
      body.append(token);
      // No step has a time of its own: all passes of a note are taken to be equally long.
      const at = step === 0 ? 0 : data.before_ms + (step / Math.max(data.steps, 1)) * data.writing_ms;
      tokens.push({ node: token, word, at, written: undefined });
    }
    node.append(element("h4", "", section.title), body);
  }
  return { node, state, done, tokens, title: data.title, parallel: data.parallel, before: data.before_ms, total: data.total_ms };
}

function paintLane(lane, now) {
  let written = 0;
  for (const token of lane.tokens) {
    const isWritten = token.at <= now;
    if (isWritten) written += 1;
    if (token.written !== isWritten) paintToken(token, isWritten, lane.parallel);
  }
  const finished = now >= lane.total;
  lane.node.classList.toggle("finished", finished);
  lane.done.style.width = `${lane.tokens.length ? (100 * written) / lane.tokens.length : 100}%`;
  lane.state.textContent = stateOf(lane, now, written, finished);
}

function stateOf(lane, now, written, finished) {
  if (finished) return `complete after ${seconds(lane.total)}`;
  if (now < lane.before) return "reading the visit";
  return `${written} of ${lane.tokens.length} tokens`;
}

function paintToken(token, written, parallel) {
  const { node, word } = token;
  token.written = written;
  node.className = written ? "token" : `token ${parallel ? "masked" : "unwritten"}`;
  node.textContent = written ? word : "";
  if (written) {
    delete node.dataset.word;
    node.removeAttribute("aria-hidden");
  } else {
    node.dataset.word = word; // keeps the place of the word, drawn transparent by the style sheet
    node.setAttribute("aria-hidden", "true");
  }
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(2)} s`;

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
