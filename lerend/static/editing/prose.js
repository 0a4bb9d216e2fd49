// The editor of rich text: its words in Dutch, and its style within the content security policy.
(() => {
  const WORDS = {
    "bold": "Vet", "italic": "Schuin", "paragraph": "Gewone tekst", "blockquote": "Citaat", "link": "Link maken of wijzigen",
    "unlink": "Link weghalen", "bullet list": "Lijst met punten", "ordered list": "Genummerde lijst",
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
  const found = document.createElement("style");
  found.nonce = document.currentScript.nonce;
  found.dataset.tiptapStyle = "";
  document.head.append(found);

  document.addEventListener("prose-editor:ready", ({ detail: { textarea } }) => {
    const editor = textarea.closest(".prose-editor");
    for (const button of editor.querySelectorAll("button[title]")) {
      const word = WORDS[button.title] || button.title;
      button.title = word;
      button.setAttribute("aria-label", word);
    }
    const label = document.querySelector(`label[for="${textarea.id}"]`);
    const text = editor.querySelector(".ProseMirror");
    if (!label || !text) return;
    text.setAttribute("aria-label", label.textContent.replace(/:\s*$/, "").trim());
    label.addEventListener("click", () => text.focus());
  });
})();
