// Plays how the statements that an edit affects were masked and written again: stage 0 is the note before, stage 1 has
// them masked, stage 2 and on are the denoising steps. Words are set by textContent (or as attribute values) only.

const PLAY_MS = 2500; // whole animation
const MIN_STAGE_MS = 120;

const instances = new WeakMap(); // mount point -> Rewriting
const played = new Set(); // reviews that have played by themselves in this tab

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".rewriting");
  let rewriting = instances.get(parentElement);
  if (rewriting && (rewriting.root !== root || rewriting.review !== data.review)) {
    rewriting.dispose();
    rewriting = undefined;
  }
  if (!rewriting && root) {
    rewriting = new Rewriting(root, data);
    instances.set(parentElement, rewriting);
  }
  return () => {
    instances.get(parentElement)?.dispose();
    instances.delete(parentElement);
  };
}

class Rewriting {
  constructor(root, data) {
    this.root = root;
    this.review = data.review;
    this.sections = data.sections;
    this.last = data.steps + 1;
    this.stop = new AbortController(); // removes every listener at once
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.find = (selector) => root.querySelector(selector);
    this.find(".scrub").max = String(this.last);
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal: this.stop.signal });
    on(this.find(".play"), "click", () => (this.playing ? this.pause() : this.play()));
    on(this.find(".scrub"), "input", (event) => this.moveTo(Number(event.target.value)));
    on(this.reduced, "change", () => this.followMotionPreference());
    this.followMotionPreference();
    if (this.reduced.matches || played.has(this.review)) {
      this.show(this.last);
    } else {
      played.add(this.review);
      this.show(0);
      this.play();
    }
  }

  dispose() {
    this.pause();
    this.stop.abort();
  }

  followMotionPreference() {
    const play = this.find(".play");
    play.disabled = this.reduced.matches;
    play.title = this.reduced.matches ? "Your system asks for reduced motion: use the slider" : "";
    if (this.reduced.matches) this.pause();
  }

  get playing() {
    return this.timer !== undefined;
  }

  play() {
    if (this.find(".play").disabled) return;
    if (this.stage >= this.last) this.show(0);
    this.schedule();
    this.find(".play").textContent = "Pause";
  }

  schedule() {
    this.timer = setTimeout(() => {
      this.show(this.stage + 1);
      if (this.stage < this.last) this.schedule();
      else this.pause();
    }, Math.max(MIN_STAGE_MS, PLAY_MS / (this.last + 1)));
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.find(".play").textContent = "Play";
  }

  moveTo(stage) {
    this.pause();
    this.show(stage);
  }

  show(stage) {
    this.stage = Math.min(this.last, Math.max(0, stage));
    const name =
      this.stage === 0
        ? "Before"
        : this.stage === 1
          ? "Affected statements masked"
          : `Step ${this.stage - 1} of ${this.last - 1}`;
    const scrub = this.find(".scrub");
    scrub.value = String(this.stage);
    scrub.setAttribute("aria-valuetext", name);
    this.find(".position").textContent = name;
    this.root.dataset.stage = String(this.stage);
    this.find(".note").replaceChildren(...this.sections.flatMap((section) => this.drawSection(section)));
  }

  drawSection(section) {
    const body = element("p", "text");
    if (this.stage === 0) {
      body.append(...section.before.map(([text, affected]) => element("span", affected ? "affected" : "", text)));
    } else {
      section.tokens.forEach(([text, step], index) => body.append(this.drawToken(text, step, index)));
    }
    return [element("h3", "", section.title), body];
  }

  drawToken(text, step, index) {
    const word = index === 0 ? text.trimStart() : text;
    const done = this.stage - 1;
    if (step === 0) return element("span", "", word);
    if (step <= done) return element("span", step === done && this.stage < this.last ? "written fresh" : "written", word);
    const node = element("span", "masked");
    node.dataset.word = word; // gives the block its width, drawn transparent by the style sheet
    node.setAttribute("aria-hidden", "true");
    return node;
  }
}

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
