// Ties allauth's passkey scripts to the button of this page, and says in words when it does not work.
"use strict";
(() => {
  const button = document.querySelector("[data-passkey]");
  if (!button || !window.webauthnJSON.supported()) return;
  const part = button.closest(".passkey");
  const failed = part.querySelector("[data-passkey-failed]");
  const credential = document.getElementById(button.dataset.credential);
  const id = button.id;

  button.hidden = false;
  part.querySelector("[data-passkey-without]").hidden = true;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    failed.hidden = false;
    failed.textContent = failed.dataset.passkeyFailed;
  });
  credential.form.addEventListener("submit", (event) => {
    if (credential.value) return;
    event.preventDefault(); // somebody pressed Enter in a field
    button.click();
  });
  window.allauth.webauthn.forms[button.dataset.passkey]({
    ids: {
      add: id, authenticate: id, login: id, data: "js_data",
      credential: button.dataset.credential, passwordless: "id_passwordless",
    },
  });
})();
