// A section's text with what was written in it marked. Words are set by textContent only, never parsed as markup.

const SAID = { written: "written: ", inferred: "inferred: " };

export default function ({ data, parentElement }) {
  const text = parentElement.querySelector(".marked");
  text.replaceChildren(
    ...data.pieces.map(([kind, words]) => {
      const node = document.createElement("span");
      node.className = kind;
      if (kind in SAID) {
        const said = document.createElement("span");
        said.className = "hidden";
        said.textContent = SAID[kind];
        node.append(said, words);
      } else {
        node.textContent = words;
      }
      return node;
    }),
  );
}
