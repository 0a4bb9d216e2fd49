// The editor of rich text: its words in Dutch, and its style within the content security policy.
(() => {
  const WORDS = {
    "bold": "Vet", "italic": "Schuin", "paragraph": "Gewone tekst", "blockquote": "Citaat", "link": "Link maken of wijzigen",
    "unlink": "Link weghalen",
    "insert link": "Link maken of wijzigen", "remove link": "Link weghalen", "unordered list": "Lijst met punten",
    "Heading 3": "Kop", "Heading 4": "Kleine kop", "Paragraph": "Gewone tekst", "bullet list": "Lijst met punten", "ordered list": "Genummerde lijst",
    "bulletList": "Lijst met punten", "orderedList": "Genummerde lijst", "numbered list": "Genummerde lijst",
    "undo": "Ongedaan maken", "redo": "Opnieuw doen", "heading 3": "Kop", "heading 4": "Kleine kop",
    "Edit Link": "Link", "URL": "Adres (begint met https://)", "Title": "Uitleg bij de link (mag leeg)", "Update": "Bewaar",
    "Cancel": "Annuleer", "Insert": "Voeg in", "List properties": "Lijst", "Start at": "Begin bij", "List type": "Soort lijst",
    "Decimal numbers": "Cijfers", "Lowercase letters": "Kleine letters", "Uppercase letters": "Hoofdletters",
    "Lowercase Roman numerals": "Kleine Romeinse cijfers", "Uppercase Roman numerals": "Romeinse cijfers",
  };
  const earlier = window.gettext || ((word) => word);
  window.gettext = (word) => WORDS[word] || earlier(word);

  // The editor leaves its own style out where it finds one: what it would inject stands in editing.css.
  const { nonce } = document.currentScript;
  if (nonce) {
    const found = document.createElement("style");
    found.nonce = nonce;
    found.dataset.tiptapStyle = "";
    document.head.append(found);
  }

  function translate(editor) {
    for (const button of editor.querySelectorAll(".prose-menubar button[title]")) {
      const word = WORDS[button.title];
      if (!word) continue;
      button.title = word;
      button.setAttribute("aria-label", word);
    }
    for (const option of editor.querySelectorAll(".prose-menubar__option > *")) {
      if (WORDS[option.textContent]) option.textContent = WORDS[option.textContent];
    }
  }

  // The menu is drawn after the editor says that it is ready, and again when it changes.
  document.addEventListener("prose-editor:ready", ({ detail: { textarea } }) => {
    const editor = textarea.closest(".prose-editor");
    translate(editor);
    new MutationObserver(() => translate(editor)).observe(editor, { childList: true, subtree: true });
    const label = document.querySelector(`label[for="${textarea.id}"]`);
    const text = editor.querySelector(".ProseMirror");
    if (!label || !text) return;
    text.setAttribute("aria-label", label.textContent.replace(/:\s*$/, "").trim());
    label.addEventListener("click", () => text.focus());
  });
})();
